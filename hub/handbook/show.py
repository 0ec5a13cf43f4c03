"""The handbook as tables that people read, in Chinese or English: Markdown, HTML, plain cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from hub.handbook.handbook import Handbook
from hub.handbook.naming import WORDS
from hub.handbook.sections import Section, Sections
from hub.handbook.shapes import Language


@dataclass(frozen=True, slots=True)
class Page:
    """A handbook as people read it."""

    title: str
    version: str
    language: Language
    sections: tuple[Section, ...]


def page_of(handbook: Handbook, language: Language, wanted: Sequence[str] = ()) -> Page:
    """Give a handbook as tables: all of it, or the sections named; ValueError if unknown."""
    sections = Sections(handbook, language)
    unknown = [name for name in wanted if name not in sections.names]
    if unknown:
        raise ValueError(f"no section {unknown[0]!r} (known: {', '.join(sections.names)})")
    made = tuple(sections.make(name) for name in wanted or sections.names)
    title = handbook.about.name.label(language)
    return Page(title, handbook.version, language, made)


def markdown(page: Page) -> str:
    """Give a page as Markdown."""
    say = WORDS[page.language]
    lines = [f"# {page.title}", "", f"{say['version']} {page.version}"]
    for section in page.sections:
        lines += ["", f"## {section.title}", ""]
        lines += [section.note, ""] if section.note else []
        lines.append(_line(section.columns))
        lines.append(_line(["---"] * len(section.columns)))
        lines += [_line(row) for row in section.rows]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(cell: str) -> str:
    return " ".join(cell.replace("\\", "\\\\").replace("|", "\\|").split())


def html(page: Page) -> str:
    """Give a page as one HTML document that needs nothing else."""
    title = escape(page.title)
    parts = [
        f'<!doctype html>\n<html lang="{page.language}"><head><meta charset="utf-8">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1><p>{WORDS[page.language]['version']} {escape(page.version)}</p>",
    ]
    for section in page.sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        if section.note:
            parts.append(f"<p>{escape(section.note)}</p>")
        parts.append(f"<table><thead>{_html_row('th', section.columns)}</thead><tbody>")
        parts += [_html_row("td", row) for row in section.rows]
        parts.append("</tbody></table>")
    return "\n".join(parts) + "\n</body></html>\n"


def _html_row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


_STYLE: Final = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:80rem;
padding:0 1rem;color:#1a2433}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}
th,td{border:1px solid #d6dce5;padding:.4rem .6rem;text-align:left;vertical-align:top}
th{background:#f0f3f8}td:last-child{color:#66728a;font-family:monospace;font-size:13px}
h2{margin-top:2rem}
"""
