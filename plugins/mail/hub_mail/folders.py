"""Modified UTF-7 (RFC 3501, 5.1.3): how folder names outside ASCII travel."""

from __future__ import annotations

import base64
import binascii
import re


def encode(name: str) -> bytes:
    """Give a mailbox's name as it travels."""
    parts: list[str] = []
    for piece in re.split(r"([^\x20-\x7e]+)", name):
        if piece and not (0x20 <= ord(piece[0]) <= 0x7E):
            packed = base64.b64encode(piece.encode("utf-16-be", "surrogatepass")).decode()
            parts.append(f"&{packed.rstrip('=').replace('/', ',')}-")
        else:
            parts.append(piece.replace("&", "&-"))
    return "".join(parts).encode("ascii")


def decode(raw: bytes) -> str:
    """Read a mailbox's name; what is no modified UTF-7 is taken as UTF-8."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")
    return re.sub(r"&([A-Za-z0-9+,]*)-", _piece, text)


def _piece(match: re.Match[str]) -> str:
    packed = match[1].replace(",", "/")
    if not packed:
        return "&"
    try:
        padded = packed + "=" * (-len(packed) % 4)
        return base64.b64decode(padded).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return match[0]


def quoted(name: str) -> str:
    """Give a folder's name as an argument of a command: encoded and in quotes."""
    return '"' + encode(name).decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"'
