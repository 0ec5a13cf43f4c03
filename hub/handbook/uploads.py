"""Files that a form takes: their kinds by name and by content. Whoever sends them is a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.handbook.shapes import Label, UploadsShape

_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final[Mapping[str, tuple[str, tuple[bytes, ...]]]] = {
    "png": ("image/png", (b"\x89PNG",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "bmp": ("image/bmp", (b"BM",)),
    "webp": ("image/webp", (b"RIFF",)),
    "pdf": ("application/pdf", (b"%PDF",)),
    "doc": ("application/msword", (_OLE,)),
    "xls": ("application/vnd.ms-excel", (_OLE,)),
    "ppt": ("application/vnd.ms-powerpoint", (_OLE,)),
    "docx": (f"{_OFFICE}wordprocessingml.document", (_ZIP,)),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", (_ZIP,)),
    "pptx": (f"{_OFFICE}presentationml.presentation", (_ZIP,)),
    "zip": ("application/zip", (_ZIP,)),
    "gz": ("application/gzip", (b"\x1f\x8b",)),
    "7z": ("application/x-7z-compressed", (b"7z\xbc\xaf",)),
    "mp4": ("video/mp4", ()),
    "txt": ("text/plain", ()),
    "log": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "json": ("application/json", ()),
    "xml": ("application/xml", ()),
}
"""The media type of each ending, and how such a file begins."""


def ending_of(name: str) -> str:
    """Give a file name's ending, small, without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def media_type(name: str) -> str:
    """Give the media type that a name's ending stands for; what the sender says is not asked."""
    return MEDIA_TYPES.get(ending_of(name), ("application/octet-stream", ()))[0]


def file_fault(shape: UploadsShape, name: str, content: bytes) -> Label | None:
    """Say why a file is not taken; None if it is."""
    if not content:
        return Label(zh=f"文件“{name}”是空的。", en=f"The file “{name}” is empty.")
    if len(content) > shape.megabytes * 1024 * 1024:
        size = f"{shape.megabytes:g} MB"
        return Label(
            zh=f"文件“{name}”超过 {size}。", en=f"The file “{name}” is larger than {size}."
        )
    ending = ending_of(name)
    if ending not in shape.endings or ending not in MEDIA_TYPES:
        kinds = ", ".join(shape.endings)
        return Label(
            zh=f"不接受文件“{name}”的类型，可用：{kinds}。",
            en=f"The file “{name}” is of a kind that is not taken; these are: {kinds}.",
        )
    mime, starts = MEDIA_TYPES[ending]
    plain = mime.startswith("text/") and b"\0" in content and content[:2] not in _WIDE
    if plain or (starts and not content.startswith(starts)):
        return Label(
            zh=f"文件“{name}”的内容与扩展名不符。",
            en=f"The content of the file “{name}” is not what its name says.",
        )
    return None


_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
"""How text in two bytes a sign begins: it holds zeros."""
