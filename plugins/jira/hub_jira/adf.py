"""Plain text to the Atlassian Document Format and back (Jira Cloud, API v3). Pure.

Text that the hub writes comes back exactly: blank lines part paragraphs, line ends are hard
breaks. What people write with Jira's editor (lists, tables, mentions) becomes readable text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

Node = dict[str, Any]

_LINK: Final = re.compile(
    r"https?://[^\s<>\"'（）【】，。；、]+[^\s<>\"'（）【】，。；、.,;:!?)\]}]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Unify line ends and drop the signs that no XML (so no Jira) can hold."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def from_text(text: str) -> Node:
    """Make a document of plain text; addresses of pages become links."""
    paragraphs = [_paragraph(part) for part in clean(text).split("\n\n")]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _paragraph(text: str) -> Node:
    content: list[Node] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        content.extend(_inline(line))
    return {"type": "paragraph", "content": content} if content else {"type": "paragraph"}


def _inline(line: str) -> Iterator[Node]:
    end = 0
    for match in _LINK.finditer(line):
        if match.start() > end:
            yield {"type": "text", "text": line[end : match.start()]}
        href = match.group()
        marks = [{"type": "link", "attrs": {"href": href}}]
        yield {"type": "text", "text": href, "marks": marks}
        end = match.end()
    if end < len(line):
        yield {"type": "text", "text": line[end:]}


def measure(document: Node) -> int:
    """Give the size that Jira's text limit sees: all text, and a little for each node."""
    return sum(len(node.get("text", "")) + 1 for node in _walk(document))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("content", ()):
        yield from _walk(child)


def to_text(document: object) -> str:
    """Make plain text of a document; None and unknown nodes lose nothing that is text."""
    if document is None:
        return ""
    if isinstance(document, str):
        return clean(document)
    if not isinstance(document, dict):
        raise TypeError(f"not a document but {type(document).__name__}")
    return clean(_blocks(document.get("content", ())))


def _blocks(nodes: list[Node], gap: str = "\n\n") -> str:
    return gap.join(_block(node) for node in nodes)


def _block(node: Node) -> str:
    kind = str(node.get("type", ""))
    content = node.get("content", [])
    if read := _CONTAINERS.get(kind):
        return read(node)
    if kind in _FRAMES or (content and content[0].get("type") in _BLOCK_KINDS):
        return _blocks(content)
    return "".join(_leaf(child) for child in content) if content else _leaf(node)


_FRAMES: Final = frozenset({"panel", "expand", "nestedExpand", "layoutSection", "layoutColumn"})
_BLOCK_KINDS: Final = frozenset(
    {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "table"}
)


def _list(node: Node) -> str:
    return "\n".join(_entries(node))


def _quote(node: Node) -> str:
    return _prefix(_blocks(node.get("content", [])), "> ", "> ")


def _table(node: Node) -> str:
    return "\n".join(_row(row) for row in node.get("content", ()))


def _files(node: Node) -> str:
    return " ".join(_file(child) for child in node.get("content", ()) if child["type"] == "media")


_CONTAINERS: Final[dict[str, Callable[[Node], str]]] = {
    "bulletList": _list,
    "orderedList": _list,
    "taskList": _list,
    "decisionList": _list,
    "blockquote": _quote,
    "table": _table,
    "rule": lambda _: "----",
    "mediaSingle": _files,
    "mediaGroup": _files,
}


def _entries(node: Node) -> Iterator[str]:
    first = int(node.get("attrs", {}).get("order", 1) or 1)
    for number, entry in enumerate(node.get("content", ()), first):
        done = entry.get("attrs", {}).get("state") == "DONE"
        mark = {
            "orderedList": f"{number}. ",
            "taskList": "[x] " if done else "[ ] ",
        }.get(node["type"], "- ")
        content = entry.get("content", [])
        inline = bool(content) and content[0].get("type") not in _BLOCK_KINDS
        text = "".join(map(_leaf, content)) if inline else _blocks(content, "\n")
        yield _prefix(text, mark, " " * len(mark))


def _prefix(text: str, first: str, rest: str) -> str:
    return first + text.replace("\n", "\n" + rest)


def _row(row: Node) -> str:
    cells = (_blocks(cell.get("content", []), " ") for cell in row.get("content", ()))
    return "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"


def _file(node: Node) -> str:
    attrs = node.get("attrs", {})
    return f"[{attrs.get('alt') or attrs.get('id') or 'file'}]"


def _text(node: Node) -> str:
    text = str(node.get("text", ""))
    for mark in node.get("marks", ()):
        href = str(mark.get("attrs", {}).get("href", ""))
        if mark.get("type") == "link" and href not in {text, f"mailto:{text}", f"http://{text}"}:
            return f"{text} ({href})"
    return text


def _date(node: Node) -> str:
    stamp = int(node.get("attrs", {}).get("timestamp", 0))
    return datetime.fromtimestamp(stamp / 1000, UTC).date().isoformat()


def _attribute(*names: str) -> Callable[[Node], str]:
    def read(node: Node) -> str:
        attrs = node.get("attrs", {})
        return next((str(attrs[name]) for name in names if attrs.get(name)), "")

    return read


_LEAVES: Final[dict[str, Callable[[Node], str]]] = {
    "text": _text,
    "hardBreak": lambda _: "\n",
    "mention": _attribute("text", "id"),
    "emoji": _attribute("text", "shortName"),
    "inlineCard": _attribute("url"),
    "blockCard": _attribute("url"),
    "embedCard": _attribute("url"),
    "status": _attribute("text"),
    "date": _date,
    "media": _file,
    "mediaInline": _file,
    "placeholder": lambda _: "",
}


def _leaf(node: Node) -> str:
    read = _LEAVES.get(str(node.get("type", "")))
    if read is not None:
        return read(node)
    return "".join(_leaf(child) for child in node.get("content", ())) or str(node.get("text", ""))
