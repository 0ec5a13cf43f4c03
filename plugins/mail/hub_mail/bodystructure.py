"""Reads BODYSTRUCTURE: which part of a mail too large to fetch is its text, which are files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from hub.filenames import safe_name
from hub.models import Attachment
from hub_mail import headers
from hub_mail.charsets import decode

_TOKEN: Final = re.compile(
    rb'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r?\n|([^\s()"{]+))', re.DOTALL
)
Node: TypeAlias = "str | list[Node] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One part that is no multipart."""

    path: str
    media_type: str
    name: str
    size: int
    is_attachment: bool


def leaves(data: bytes) -> list[Leaf]:
    """Give the parts that a FETCH answer describes; ValueError if it can not be read."""
    start = data.upper().index(b"BODYSTRUCTURE") + len(b"BODYSTRUCTURE")
    node = _parse(data, start)
    if not isinstance(node, list):
        raise ValueError("no BODYSTRUCTURE")  # noqa: TRY004 - the data is wrong, not our type
    found: list[Leaf] = []
    _collect(node, "", found)
    return found


def attachments(found: list[Leaf], text: Leaf | None) -> list[Attachment]:
    """Give all parts but the text as attachments."""
    return [
        Attachment(
            id=leaf.path,
            name=safe_name(headers.decoded(leaf.name), f"attachment-{number}"),
            media_type=leaf.media_type,
            size=leaf.size,
        )
        for number, leaf in enumerate(found, 1)
        if leaf is not text
    ]


def text_of(found: list[Leaf]) -> Leaf | None:
    """Choose the part to read: the first plain text, else the first HTML."""
    for kind in ("text/plain", "text/html"):
        for leaf in found:
            if leaf.media_type == kind and not leaf.is_attachment:
                return leaf
    return None


def _parse(data: bytes, position: int) -> Node:
    stack: list[list[Node]] = []
    while (token := _TOKEN.match(data, position)) is not None:
        position = token.end()
        if token[1] is not None:
            stack.append([])
            continue
        value: Node
        if token[2] is not None:
            if not stack:
                raise ValueError("unbalanced parentheses")
            value = stack.pop()
        elif token[4] is not None:
            size = int(token[4])
            value = data[position : position + size].decode("utf-8", "replace")
            position += size
        elif token[3] is not None:
            value = re.sub(rb"\\(.)", rb"\1", token[3]).decode("utf-8", "replace")
        else:
            atom = token[5].decode("ascii", "replace")
            value = None if atom.upper() == "NIL" else atom
        if not stack:
            return value
        stack[-1].append(value)
    raise ValueError("BODYSTRUCTURE ends too early")


def _collect(node: list[Node], path: str, found: list[Leaf]) -> None:
    children = [child for child in node if isinstance(child, list)] if _is_multi(node) else []
    if not children:
        found.append(_leaf(node, path or "1"))
        return
    for number, child in enumerate(_parts(node), 1):
        _collect(child, f"{path}.{number}" if path else str(number), found)


def _is_multi(node: list[Node]) -> bool:
    return bool(node) and isinstance(node[0], list)


def _parts(node: list[Node]) -> list[list[Node]]:
    parts = []
    for child in node:
        if not isinstance(child, list):
            break
        parts.append(child)
    return parts


def _leaf(node: list[Node], path: str) -> Leaf:
    main, sub = (str(value or "").lower() for value in (*node, None, None)[:2])
    size = node[6] if len(node) > 6 and isinstance(node[6], str) and node[6].isdigit() else "0"
    named = _pairs(node[2] if len(node) > 2 else None)
    disposition, more = _disposition(node)
    name = _name(more, "filename") or _name(named, "name")
    return Leaf(
        path=path,
        media_type=f"{main}/{sub}",
        name=name,
        size=int(size),
        is_attachment=disposition == "attachment" or bool(disposition and name),
    )


def _disposition(node: list[Node]) -> tuple[str, dict[str, str]]:
    for value in node[7:]:
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str):
            kind = value[0].lower()
            if kind in {"attachment", "inline", "form-data"}:
                return kind, _pairs(value[1])
    return "", {}


def _name(pairs: dict[str, str], key: str) -> str:
    """Give a name in either form; `key*` is RFC 2231's, which some servers pass on undecoded."""
    extended = pairs.get(f"{key}*", "")
    if not extended:
        return pairs.get(key, "")
    charset, _, rest = extended.partition("'")
    return decode(unquote_to_bytes(rest.partition("'")[2]), charset)


def _pairs(node: Node) -> dict[str, str]:
    if not isinstance(node, list):
        return {}
    texts = [value if isinstance(value, str) else "" for value in node]
    return {key.lower(): value for key, value in zip(texts[::2], texts[1::2], strict=False)}
