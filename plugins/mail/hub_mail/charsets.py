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
    """Decode bytes by their label, else as UTF-8, GB18030, the label with gaps, Latin-1.

    Mails labelled `gb2312` are GBK or GB18030 in truth: the wider charset reads all three.
    """
    label = charset.strip().strip("\"'").split("*")[0].lower()
    label = _WIDER.get(label, label)
    attempts = [(label, "strict")] if label else []
    attempts += [("utf-8", "strict"), ("gb18030", "strict")]
    attempts += [(label, "replace")] if label else []
    for name, errors in attempts:
        try:
            return scrub(raw.decode(name, errors))
        except (LookupError, ValueError):
            continue
    return scrub(raw.decode("latin-1"))


def scrub(text: str) -> str:
    """Take out what a database refuses or a reader can not see: surrogates, NUL, controls."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", text))
