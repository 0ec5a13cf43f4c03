"""Lays the records of several systems side by side: what has one subject is one matter.

A record is read by what it calls its things, whatever system it is of: one with a `subject` or
`summary` is a card; one without, but with a text, is a remark upon the card that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Records = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
"""Records by sandbox and kind, as emulators give them."""

SHOWN: Final = 100
"""How many matters are laid out at most; the latest."""

_TITLE: Final = ("subject", "summary")
_KEY: Final = ("key", "casenumber", "number", "id", "uid")
_STATE: Final = ("status", "flags")
_WHO: Final = ("assignee", "owner", "from")
_AUTHOR: Final = ("author", "createdby", "from")
_AT: Final = ("updated", "lastmodifieddate", "date", "created")
_TEXT: Final = ("description", "text", "textbody", "commentbody", "body")
_PUBLIC: Final = ("public", "ispublished")
_MARKS: Final = re.compile(
    r"\A(?:\s|(?:re|fwd?|aw|回复|答复|转发|回覆)\s*[:：]|\[[^\]]*\]|【[^】]*】)+"
    r"|\s*\[#?[A-Z0-9-]+\]\s*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said on a record; `public` is None where the system does not know it."""

    who: str
    text: str
    at: str
    public: bool | None


@dataclass(slots=True)
class Card:
    """A record as it is laid out."""

    sandbox: str
    kind: str
    key: str
    title: str
    state: str
    who: str
    at: str
    text: str
    names: frozenset[str]
    raw: Mapping[str, Any]
    remarks: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class Matter:
    """The cards of one matter, by sandbox."""

    title: str
    cells: dict[str, list[Card]] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """Give when it was last touched, as far as the systems tell."""
        return max(card.at for cards in self.cells.values() for card in cards)


@dataclass(slots=True)
class Board:
    """All matters, the latest first, and the records that are none, by sandbox and kind."""

    matters: list[Matter]
    others: dict[str, dict[str, Sequence[Mapping[str, Any]]]]
    total: int


def lay_out(records: Records) -> Board:
    """Lay the records side by side."""
    matters: dict[str, Matter] = {}
    others: dict[str, dict[str, Sequence[Mapping[str, Any]]]] = {}
    for sandbox, kinds in records.items():
        cards = list(_cards(sandbox, kinds))
        known = {name: card for card in cards for name in card.names}
        for card in cards:
            matter = matters.setdefault(_gist(card.title), Matter(card.title))
            matter.cells.setdefault(sandbox, []).append(card)
        for kind, rows in kinds.items():
            rest = [row for row in rows if not _read(row, _TITLE) and not _remark(row, known)]
            if rest:
                others.setdefault(sandbox, {})[kind] = rest
    for matter in matters.values():
        for cell in matter.cells.values():
            cell.sort(key=lambda card: card.at)
    ordered = sorted(matters.values(), key=lambda matter: matter.at, reverse=True)
    return Board(ordered[:SHOWN], others, len(ordered))


def _cards(sandbox: str, kinds: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Card]:
    for kind, rows in kinds.items():
        for row in rows:
            if title := _read(row, _TITLE):
                names = {_read(row, (name,)) for name in ("id", "key", "casenumber")}
                yield Card(
                    sandbox=sandbox,
                    kind=kind,
                    key=_read(row, _KEY),
                    title=title,
                    state=_read(row, _STATE),
                    who=_read(row, _WHO),
                    at=_read(row, _AT)[:19],
                    text=_read(row, _TEXT),
                    names=frozenset(names - {""}),
                    raw=row,
                )


def _remark(row: Mapping[str, Any], known: Mapping[str, Card]) -> bool:
    """Put a record to the card that it names; False if it is no remark upon any."""
    text = _read(row, _TEXT)
    named = [str(value) for value in row.values() if isinstance(value, str) and value in known]
    if not text or not named:
        return False
    public = next((row[name] for name in row if name.lower() in _PUBLIC), None)
    known[named[0]].remarks.append(
        Remark(
            _read(row, _AUTHOR),
            text,
            _read(row, _AT)[:19],
            public if isinstance(public, bool) else None,
        )
    )
    return True


def _read(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Give the first of some fields that the record has and that is not empty."""
    by_name = {name.lower().replace("_", ""): value for name, value in row.items()}
    for name in names:
        value = by_name.get(name)
        if isinstance(value, list):
            value = " ".join(map(str, value))
        if value not in {None, ""}:
            return str(value)
    return ""


def _gist(title: str) -> str:
    """Give a subject without what answers, forwards and systems put before and after it."""
    gist = _MARKS.sub("", title)
    while (shorter := _MARKS.sub("", gist)) != gist:
        gist = shorter
    return " ".join((gist or title).split()).casefold()
