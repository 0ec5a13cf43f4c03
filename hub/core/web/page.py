"""The page behind a link: it says what would be acknowledged, and has the button for it."""

from __future__ import annotations

from html import escape
from typing import Final

from hub.core.inquiry import ItemView

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:1.2rem/1.6 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
button{{font:inherit;padding:.8rem 2rem}}</style></head>
<body><h1>{title}</h1><p>{zh}</p><p lang="en">{en}</p>{form}</body></html>
"""
_FORM: Final = '<form method="post"><button type="submit">确认接手 · I take it</button></form>'


def question(item: ItemView) -> str:
    """Ask whether the reader takes the case; or say who has taken it."""
    taken = _taken_by(item)
    if taken:
        return _taken(item, taken)
    number = _number(item)
    return _page(
        "确认接手 · acknowledge",
        f"您是否接手问题 {number}？",
        f"Do you take case {number}?",
        _FORM,
    )


def thanks(item: ItemView, person: str) -> str:
    """Say that an acknowledgement was received."""
    taken = _taken_by(item)
    if taken and taken != person:
        return _taken(item, taken)
    number = _number(item)
    return _page(
        "已收到 · received",
        f"已收到您对问题 {number} 的确认，不再呼叫其他人员。",
        f"Your acknowledgement of case {number} was received; nobody else is called.",
    )


def unknown() -> str:
    """Say that a link is not one of ours, or is no longer."""
    return _page(
        "链接无效 · no valid link",
        "此链接无效或已失效，请直接回复邮件确认。",
        "This link is not valid, or no longer: please answer the mail instead.",
    )


def _taken(item: ItemView, person: str) -> str:
    return _page(
        "已有人接手 · taken",
        f"问题 {_number(item)} 已由 {person} 接手。",
        f"Case {_number(item)} was taken by {person}.",
    )


def _taken_by(item: ItemView) -> str:
    calling = bool(item.fields.get("call"))
    return "" if calling else str(item.fields.get("acknowledged_by") or "")


def _number(item: ItemView) -> str:
    return str(item.fields.get("case_number") or item.id)


def _page(title: str, zh: str, en: str, form: str = "") -> str:
    return _PAGE.format(title=escape(title), zh=escape(zh), en=escape(en), form=form)
