"""Pages as HTML: one file, no script, nothing loaded from elsewhere. Pure."""

from __future__ import annotations

from html import escape
from typing import Final

from hub.core.pages import Page

_STYLE: Final = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;"
    "color:#222}h1{font-size:1.25rem}textarea{width:100%;box-sizing:border-box;font:inherit}"
    "fieldset{border:0;padding:0;margin:1rem 0}label{margin-right:1rem}"
    "button{font:inherit;padding:.5rem 1rem;margin:1rem .5rem 0 0}"
)


def page_html(page: Page) -> str:
    """Give a page as an HTML document."""
    language = "zh-CN" if page.language == "zh" else page.language
    text = "".join(f"<p>{_lines(part)}</p>" for part in page.text.split("\n\n") if part.strip())
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(page.title)}</h1>{text}{_form(page)}</body></html>"
    )


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.strip().splitlines())


def _form(page: Page) -> str:
    if not page.choices:
        return ""
    scale = "".join(
        f'<label><input type="radio" name="rating" value="{escape(value)}" required> '
        f"{escape(value)}</label>"
        for value in page.scale
    )
    buttons = "".join(
        f'<button name="choice" value="{escape(value)}">{escape(label)}</button>'
        for value, label in page.choices
    )
    required = " required" if page.demanded else ""
    remark = (
        f'<label for="remark">{escape(page.remark)}</label>'
        f'<textarea id="remark" name="remark" rows="4" maxlength="4000"{required}></textarea>'
    )
    chosen = f"<fieldset>{scale}</fieldset>" if scale else ""
    return f'<form method="post">{chosen}{remark}<br>{buttons}</form>'
