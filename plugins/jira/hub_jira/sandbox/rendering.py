"""Rich text as the HTML that Jira renders of it: of documents, and of the usual wiki markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from hub_jira.sandbox.richtext import RichText

Node = Mapping[str, Any]

_TAGS: Final = {
    "paragraph": "p", "bulletList": "ul", "orderedList": "ol", "listItem": "li",
    "blockquote": "blockquote", "table": "table", "tableRow": "tr", "tableCell": "td",
    "tableHeader": "th", "panel": "div", "taskList": "ul", "taskItem": "li",
    "decisionList": "ul", "decisionItem": "li", "expand": "div", "nestedExpand": "div",
}  # fmt: skip
_MARKS: Final = {"strong": "b", "em": "em", "underline": "ins", "strike": "del", "code": "tt"}
_FENCE: Final = re.compile(r"\{(code|noformat|quote)(?::[^}\n]{0,500})?\}")
_HEADING: Final = re.compile(r"h([1-6])\.[ \t]+(.*)", re.DOTALL)
_ITEM: Final = re.compile(r"([*#-])[ \t]+(.*)")
_INLINE: Final = tuple(
    (re.compile(rf"(?<![\w\\]){first}(?=\S)(.{{1,500}}?)(?<=[^\s\\]){last}(?!\w)"), tag)
    for first, last, tag in (
        (r"\*", r"\*", "b"),
        ("_", "_", "em"),
        (r"\+", r"\+", "ins"),
        (r"\{\{", r"\}\}", "tt"),
    )
)
_LINK: Final = re.compile(r"\[(?:([^|\]\[\n]+)\|)?((?:https?://|mailto:)[^\]\[|\s]+)\]")


def html(text: RichText | None) -> str:
    """Give the HTML of a text; of none, an empty one."""
    if text is None:
        return ""
    return _children(text.document) if text.document is not None else _wiki(text.markup)


def _tagged(tag: str, inner: str) -> str:
    return f"<{tag}>{inner}</{tag}>"


def _children(node: Node) -> str:
    return "".join(_node(child) for child in node.get("content", ()))


def _node(node: Node) -> str:
    kind = str(node.get("type", ""))
    if special := _SPECIAL.get(kind):
        return special(node)
    inner = _children(node)
    if tag := _TAGS.get(kind):
        return _tagged(tag, inner)
    attrs = node.get("attrs", {})
    return inner or escape(str(attrs.get("text") or attrs.get("shortName") or ""))


def _text(node: Node) -> str:
    shown = escape(str(node.get("text", "")))
    for mark in node.get("marks", ()):
        if tag := _MARKS.get(str(mark.get("type"))):
            shown = _tagged(tag, shown)
        elif mark.get("type") == "link":
            shown = _anchor(str(mark.get("attrs", {}).get("href", "")), shown)
    return shown


def _anchor(href: str, shown: str) -> str:
    return f'<a href="{escape(href)}" class="external-link" rel="nofollow">{shown}</a>'


def _code(text: str) -> str:
    return f'<div class="code panel"><div class="codeContent"><pre>{text}</pre></div></div>'


def _card(node: Node) -> str:
    url = str(node.get("attrs", {}).get("url", ""))
    return _anchor(url, escape(url))


_SPECIAL: Final[Mapping[str, Callable[[Node], str]]] = {
    "text": _text,
    "hardBreak": lambda _: "<br/>",
    "rule": lambda _: "<hr />",
    "heading": lambda x: _tagged(f"h{x.get('attrs', {}).get('level', 1)}", _children(x)),
    "codeBlock": lambda x: _code(_children(x)),
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
}


def _wiki(markup: str) -> str:
    parts = []
    within, begun = "", 0
    for match in _FENCE.finditer(markup):
        kind = match[1]
        if within in {"", kind}:
            parts.append(_block(within, markup[begun : match.start()]))
            within, begun = ("" if within else kind), match.end()
    return "".join([*parts, _block(within, markup[begun:])])


def _block(kind: str, inner: str) -> str:
    if kind in {"", "quote"}:
        return _tagged("blockquote", _paragraphs(inner)) if kind else _paragraphs(inner)
    return _code(escape(inner.strip("\n"), quote=False))


def _paragraphs(markup: str) -> str:
    return "\n".join(_paragraph(part) for part in re.split(r"\n\s*\n", markup) if part.strip())


def _paragraph(part: str) -> str:
    lines = part.strip("\n").split("\n")
    items = [_ITEM.fullmatch(line) for line in lines]
    found = [item for item in items if item]
    if len(found) == len(lines):
        tag = "ol" if found[0][1] == "#" else "ul"
        return _tagged(tag, "".join(_tagged("li", _spans(item[2])) for item in found))
    if heading := _HEADING.fullmatch(part.strip()):
        return _tagged(f"h{heading[1]}", _spans(heading[2]))
    return _tagged("p", "<br/>\n".join(map(_spans, lines)))


def _spans(line: str) -> str:
    shown = escape(line, quote=False)
    for pattern, tag in _INLINE:
        shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
    return _LINK.sub(lambda match: _anchor(match[2], match[1] or match[2]), shown)
