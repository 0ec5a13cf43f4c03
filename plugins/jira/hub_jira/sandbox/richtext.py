"""Rich text as a site keeps it: in the form it was written, shown in the other form on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hub_jira.sandbox.adfschema import INLINE

_WIKI_MARKS: Final = {
    "strong": ("*", "*"),
    "em": ("_", "_"),
    "code": ("{{", "}}"),
    "strike": ("-", "-"),
    "underline": ("+", "+"),
}


@dataclass(frozen=True, slots=True)
class RichText:
    """A text, written as a document (API v3) or as wiki markup (API v2)."""

    document: dict[str, Any] | None = None
    markup: str = ""

    def as_document(self) -> dict[str, Any]:
        """Give the document form."""
        if self.document is not None:
            return self.document
        parts = [_paragraph(part) for part in self.markup.split("\n\n")]
        return {"version": 1, "type": "doc", "content": parts}

    def as_markup(self) -> str:
        """Give the wiki form."""
        return self.markup if self.document is None else _render(self.document, marked=True)

    def plain(self) -> str:
        """Give the words alone, for search and for showing."""
        return self.markup if self.document is None else _render(self.document, marked=False)


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def _render(node: dict[str, Any], *, marked: bool) -> str:
    children: list[dict[str, Any]] = node.get("content", [])
    parts = [_render(child, marked=marked) for child in children]
    kind = node.get("type", "")
    if kind == "text":
        return _text(node) if marked else str(node["text"])
    if kind == "hardBreak":
        return "\n"
    if kind in {"heading", "codeBlock"} and marked:
        level = node.get("attrs", {}).get("level", 1)
        frame = ("{code}\n", "\n{code}") if kind == "codeBlock" else (f"h{level}. ", "")
        return "".join(parts).join(frame)
    if kind in {"bulletList", "orderedList"}:
        mark = "#" if kind == "orderedList" else "*"
        return "\n".join(f"{mark} {part}" for part in parts)
    return _joined(node, children, parts)


def _joined(node: dict[str, Any], children: list[dict[str, Any]], parts: list[str]) -> str:
    kind = node.get("type", "")
    attrs = node.get("attrs", {})
    if not children:
        shown = attrs.get("text") or attrs.get("url") or attrs.get("shortName")
        return str(shown or ("----" if kind == "rule" else ""))
    inline = children[0].get("type") in INLINE
    gap = "" if inline else {"doc": "\n\n", "tableRow": " | "}.get(kind, "\n")
    return gap.join(parts)


def _text(node: dict[str, Any]) -> str:
    text = str(node["text"])
    for mark in node.get("marks", ()):
        before, after = _WIKI_MARKS.get(str(mark.get("type")), ("", ""))
        text = f"{before}{text}{after}"
        href = mark.get("attrs", {}).get("href") if mark.get("type") == "link" else None
        if href:
            text = f"[{text}|{href}]" if href != text else f"[{href}]"
    return text
