"""Bytes to text, whatever the label says: wrong, unknown and missing charsets, lone surrogates."""

from __future__ import annotations

import re
from typing import Final

_WIDER: Final = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "euc-cn": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-8859-1": "cp1252",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "default": "utf-8",
}
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(raw: bytes, charset: str = "") -> str:
    """Decode bytes by their label, else as UTF-8, else by the label with gaps, else as GB18030.

    Mails labelled `gb2312` are GBK or GB18030 in truth: the wider charset reads all three.
    """
    label = charset.strip().strip("\"'").split("*")[0].lower()
    label = _WIDER.get(label, label)
    found = _try(raw, label) if label else None
    found = _try(raw, "utf-8") if found is None else found
    if found is None:
        gapped = _try(raw, label, "replace") if label else None
        if gapped is not None and _has_few_gaps(gapped):
            found = gapped
        else:
            found = _try(raw, "gb18030")
            found = gapped if found is None else found
    return scrub(raw.decode("latin-1") if found is None else found)


def _try(raw: bytes, charset: str, errors: str = "strict") -> str | None:
    try:
        return raw.decode(charset, errors)
    except (LookupError, ValueError):
        return None


def _has_few_gaps(text: str) -> bool:
    """Tell a text that was damaged on its way from one under a wrong label."""
    beyond_ascii = sum(1 for sign in text if sign > "\x7f")
    return text.count("\ufffd") <= 1 + beyond_ascii // 20


def scrub(text: str) -> str:
    """Take out what a database refuses or a reader can not see: surrogates, NUL, controls."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", text))
