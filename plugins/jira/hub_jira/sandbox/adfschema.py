"""Which documents Jira takes: the structure of the Atlassian Document Format, version 1. Pure.

Nodes and marks as in Atlassian's published schema of the format; what Jira's editor can not make
is refused: unknown nodes, nodes in the wrong place, attributes that are missing or of a wrong
type, marks where they can not stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Check = type | tuple[type, ...] | frozenset[Any]
_ANY: Final[Mapping[str, Check]] = {}

INLINE: Final = frozenset(
    {
        "text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "mediaInline",
        "inlineExtension", "placeholder",
    }
)  # fmt: skip
_LISTS: Final = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_MEDIA: Final = frozenset({"mediaSingle", "mediaGroup"})
_PLAIN: Final = frozenset({"paragraph", "heading", "codeBlock", "rule", "extension"})
_CARDS: Final = frozenset({"blockCard", "embedCard"})
_NESTED: Final = _LISTS | _MEDIA | _PLAIN | {"panel", "blockquote"}
_TOP: Final = _NESTED | _CARDS | {"table", "expand", "bodiedExtension"}
_OPENED: Final = _NESTED | _CARDS | {"table", "nestedExpand", "bodiedExtension"}
_TASKS: Final = frozenset({"taskItem", "taskList", "blockTaskItem"})
_CELL: Final = _NESTED | _CARDS | {"nestedExpand"}


@dataclass(frozen=True, slots=True)
class _Node:
    """What a node may hold: children and how many, attributes it must have, marks it may bear."""

    content: frozenset[str] = frozenset()
    least: int = 0
    most: int = 10**6
    attributes: Mapping[str, Check] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()


_ALIGNED: Final = frozenset({"alignment", "indentation"})
_WIDE: Final = frozenset({"breakout"})
_IDENTIFIED: Final[Mapping[str, Check]] = {"localId": str}
_EXTENSION: Final[Mapping[str, Check]] = {"extensionKey": str, "extensionType": str}
_NUMBER: Final = (int, float)
_TEXT_MARKS: Final = frozenset(
    {
        "strong", "em", "strike", "underline", "code", "subsup", "textColor", "backgroundColor",
        "link", "annotation",
    }
)  # fmt: skip
_WITH_CODE: Final = frozenset({"code", "link", "annotation"})

_NODES: Final[Mapping[str, _Node]] = {
    "doc": _Node(_TOP | {"layoutSection"}),
    "paragraph": _Node(INLINE, marks=_ALIGNED),
    "heading": _Node(INLINE, attributes={"level": frozenset(range(1, 7))}, marks=_ALIGNED),
    "bulletList": _Node(frozenset({"listItem"}), 1),
    "orderedList": _Node(frozenset({"listItem"}), 1),
    "listItem": _Node(
        frozenset({"paragraph", "mediaSingle", "codeBlock", "extension"}) | _LISTS, 1
    ),
    "codeBlock": _Node(frozenset({"text"}), marks=_WIDE),
    "blockquote": _Node(
        frozenset({"paragraph", "codeBlock", "bulletList", "orderedList", "extension"}) | _MEDIA, 1
    ),
    "rule": _Node(),
    "panel": _Node(
        _LISTS | _MEDIA | _PLAIN | {"blockCard"},
        1,
        attributes={
            "panelType": frozenset({"info", "note", "tip", "warning", "error", "success", "custom"})
        },
    ),
    "table": _Node(frozenset({"tableRow"}), 1, marks=frozenset({"fragment"})),
    "tableRow": _Node(frozenset({"tableCell", "tableHeader"})),
    "tableCell": _Node(_CELL, 1),
    "tableHeader": _Node(_CELL, 1),
    "mediaSingle": _Node(frozenset({"media", "caption"}), 1, 2, marks=frozenset({"link"})),
    "mediaGroup": _Node(frozenset({"media"}), 1),
    "media": _Node(
        attributes={"type": frozenset({"file", "link", "external"})},
        marks=frozenset({"link", "annotation", "border"}),
    ),
    "caption": _Node(INLINE),
    "expand": _Node(
        _NESTED | _CARDS | {"table", "nestedExpand", "bodiedExtension"}, 1, marks=_WIDE
    ),
    "nestedExpand": _Node(_NESTED, 1, attributes=_ANY),
    "taskList": _Node(
        frozenset({"taskItem", "taskList", "blockTaskItem"}), 1, attributes=_IDENTIFIED
    ),
    "taskItem": _Node(INLINE, attributes={"localId": str, "state": frozenset({"TODO", "DONE"})}),
    "blockTaskItem": _Node(
        frozenset({"paragraph", "extension"}),
        1,
        attributes={"localId": str, "state": frozenset({"TODO", "DONE"})},
    ),
    "decisionList": _Node(frozenset({"decisionItem"}), 1, attributes=_IDENTIFIED),
    "decisionItem": _Node(INLINE, attributes={"localId": str, "state": str}),
    "blockCard": _Node(),
    "embedCard": _Node(attributes={"url": str, "layout": str}),
    "layoutSection": _Node(frozenset({"layoutColumn"}), 1, 5, marks=_WIDE),
    "layoutColumn": _Node(_TOP, 1, attributes={"width": _NUMBER}),
    "extension": _Node(attributes=_EXTENSION, marks=frozenset({"dataConsumer", "fragment"})),
    "bodiedExtension": _Node(_TOP, 1, attributes=_EXTENSION),
    "inlineExtension": _Node(attributes=_EXTENSION),
    "hardBreak": _Node(),
    "mention": _Node(attributes={"id": str}, marks=frozenset({"annotation"})),
    "emoji": _Node(attributes={"shortName": str}, marks=frozenset({"annotation"})),
    "inlineCard": _Node(marks=frozenset({"annotation"})),
    "date": _Node(attributes={"timestamp": str}, marks=frozenset({"annotation"})),
    "status": _Node(
        attributes={
            "text": str,
            "color": frozenset({"neutral", "purple", "blue", "red", "yellow", "green"}),
        },
        marks=frozenset({"annotation"}),
    ),
    "mediaInline": _Node(
        attributes={"id": str, "collection": str}, marks=frozenset({"link", "annotation", "border"})
    ),
    "placeholder": _Node(attributes={"text": str}),
}
_MARKS: Final[Mapping[str, Mapping[str, Check]]] = {
    "strong": _ANY,
    "em": _ANY,
    "strike": _ANY,
    "underline": _ANY,
    "code": _ANY,
    "subsup": {"type": frozenset({"sub", "sup"})},
    "textColor": {"color": str},
    "backgroundColor": {"color": str},
    "link": {"href": str},
    "annotation": {"id": str, "annotationType": str},
    "alignment": {"align": frozenset({"center", "end"})},
    "indentation": {"level": frozenset(range(1, 7))},
    "breakout": {"mode": frozenset({"wide", "full-width"})},
    "border": {"size": _NUMBER, "color": str},
    "fragment": _IDENTIFIED,
    "dataConsumer": {"sources": list},
}
_KEYS: Final = frozenset({"type", "attrs", "content", "marks"})
_ADDRESSED: Final = frozenset({"blockCard", "inlineCard"})


def defects(document: Any) -> Iterator[str]:
    """Give what makes a document one that Jira refuses, with the place; nothing if it is good."""
    if not is_document(document):
        yield "the root is no document of version 1 with content"
    else:
        root = {key: value for key, value in document.items() if key != "version"}
        yield from _node(root, frozenset({"doc"}), "doc")


def is_document(value: Any) -> bool:
    """Say whether something is meant as a document at all."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and not isinstance(value["version"], bool)
        and isinstance(value.get("content"), list)
    )


def _node(node: Any, allowed: frozenset[str], at: str) -> Iterator[str]:
    if not isinstance(node, dict):
        yield f"{at}: no object"
        return
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        yield f"{at}: {kind!r:.40} can not stand here"
    elif kind == "text":
        yield from _text(node, at)
    else:
        shape = _NODES[kind]
        if strange := set(node) - _KEYS:
            yield f"{at}: a {kind} has no {min(map(str, strange))}"
        yield from _attributes(node.get("attrs", {}), shape.attributes, f"{at}.attrs")
        yield from _own_rules(kind, node.get("attrs", {}), at)
        yield from _marks(node.get("marks", []), shape.marks, at)
        yield from _children(node.get("content", []), shape, at)


def _children(content: Any, shape: _Node, at: str) -> Iterator[str]:
    if not isinstance(content, list):
        yield f"{at}: the content is no list"
    elif not shape.least <= len(content) <= shape.most:
        yield f"{at}: {len(content)} children are too few or too many"
    else:
        for number, child in enumerate(content):
            yield from _node(child, shape.content, f"{at}.content[{number}]")


def _own_rules(kind: str, attributes: Any, at: str) -> Iterator[str]:
    given = attributes if isinstance(attributes, dict) else {}
    if kind in _ADDRESSED and not (isinstance(given.get("url"), str) or "data" in given):
        yield f"{at}: a {kind} needs a url or data"
    if kind == "media":
        wanted = ("url",) if given.get("type") == "external" else ("id", "collection")
        if not all(isinstance(given.get(name), str) for name in wanted):
            yield f"{at}: media needs {' and '.join(wanted)}"


def _text(node: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(node.get("text"), str) or not node["text"]:
        yield f"{at}: the text is missing or empty"
    if strange := set(node) - {"type", "text", "marks"}:
        yield f"{at}: a text has no {min(map(str, strange))}"
    marks = node.get("marks", [])
    yield from _marks(marks, _TEXT_MARKS, at)
    if isinstance(marks, list):
        kinds = {mark.get("type") for mark in marks if isinstance(mark, dict)}
        if "code" in kinds and kinds - _WITH_CODE:
            yield f"{at}: the mark 'code' bears no other but links"


def _marks(marks: Any, allowed: frozenset[str], at: str) -> Iterator[str]:
    if not isinstance(marks, list):
        yield f"{at}: the marks are no list"
        return
    for number, mark in enumerate(marks):
        kind = mark.get("type") if isinstance(mark, dict) else None
        if not isinstance(kind, str) or kind not in allowed:
            yield f"{at}.marks[{number}]: {kind!r:.40} can not stand here"
        else:
            yield from _attributes(mark.get("attrs", {}), _MARKS[kind], f"{at}.marks[{number}]")


def _attributes(given: Any, wanted: Mapping[str, Check], at: str) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{at}: no object"
        return
    for name, check in wanted.items():
        value = given.get(name)
        if isinstance(check, frozenset):
            good = isinstance(value, str | int) and not isinstance(value, bool) and value in check
        else:
            good = isinstance(value, check) and not isinstance(value, bool)
        if not good:
            yield f"{at}: {name} is missing or wrong"
