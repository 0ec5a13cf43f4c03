"""Draws the pictures that every site has: a circle, its colour by the picture's number."""

from __future__ import annotations

import colorsys
import struct
import zlib
from typing import Final

PIXELS: Final = {"xsmall": 16, "small": 24, "medium": 32, "large": 48, "xlarge": 256}
_SIGNATURES: Final = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/gif": b"GIF8",
    "image/jpeg": b"\xff\xd8\xff",
}
_STEP: Final = 0.618  # of the golden ratio: neighbours in number are far apart in colour


def is_picture(kind: str, content: bytes) -> bool:
    """Say whether bytes are a picture of a type that may be uploaded: PNG, GIF or JPEG."""
    return kind in _SIGNATURES and content.startswith(_SIGNATURES[kind])


def svg(number: int, pixels: int) -> bytes:
    """Draw a picture as SVG."""
    colour = "#{:02x}{:02x}{:02x}".format(*_colour(number))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" '
        f'viewBox="0 0 2 2"><circle cx="1" cy="1" r="1" fill="{colour}"/></svg>'
    ).encode()


def png(number: int, pixels: int) -> bytes:
    """Draw a picture as PNG, by its specification (https://www.w3.org/TR/png-3/)."""
    inside, outside = bytes((*_colour(number), 255)), bytes(4)
    radius = pixels / 2
    rows = bytearray()
    for y in range(pixels):
        rows += b"\0"  # the row stands as it is, without a filter
        for x in range(pixels):
            far = (x + 0.5 - radius) ** 2 + (y + 0.5 - radius) ** 2 > radius**2
            rows += outside if far else inside
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return _SIGNATURES["image/png"] + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(number: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(number * _STEP % 1, 0.5, 0.6)
    return int(red * 255), int(green * 255), int(blue * 255)
