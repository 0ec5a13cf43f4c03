"""Reads a search: `FIND {…} IN … FIELDS RETURNING Object(fields WHERE …) LIMIT n`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from hub_crm.sandbox.soql.nodes import Path, Query, Selected
from hub_crm.sandbox.soql.parser import Parser
from hub_crm.sandbox.sosl.terms import refused
from hub_crm.sandbox.wire import ApiError

MOST: Final = 2000
GROUPS: Final = frozenset({"ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"})
_FIND: Final = re.compile(r"\s*FIND\s*\{((?:[^{}\\]|\\.)*)\}", re.IGNORECASE | re.DOTALL)
_QUOTED: Final = re.compile(r"\s*FIND\s*'((?:[^'\\]|\\.)*)'", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Search:
    """One search; without `wanted` all objects that can be searched are."""

    terms: str
    group: str = "ALL"
    wanted: tuple[Query, ...] = ()
    limit: int = MOST


def parse(text: str) -> Search:
    """Parse a search; MALFORMED_SEARCH if it is none."""
    found = _FIND.match(text) or _QUOTED.match(text)
    if found is None:
        raise refused("No search term found. The search term must be enclosed in braces.")
    try:
        parser = SearchParser(text[found.end() :])
        search = parser.search(found[1])
        parser.end()
    except ApiError as error:
        if error.code == "MALFORMED_QUERY":
            raise refused(error.message) from None
        raise
    return search


class SearchParser(Parser):
    """Reads what follows the search terms."""

    def search(self, terms: str) -> Search:
        """Read the rest of a search."""
        group = "ALL"
        if self.word("IN"):
            group = self.name().text.upper()
            if group not in GROUPS:
                raise self.fail()
            self.need_word("FIELDS")
        wanted: list[Query] = []
        if self.word("RETURNING"):
            wanted.append(self._wanted())
            while self.sign(","):
                wanted.append(self._wanted())
        while self.word("WITH"):
            self._filter()
        limit = min(self.integer(), MOST) if self.word("LIMIT") else MOST
        self._updates()
        return Search(terms, group, tuple(wanted), limit)

    def _wanted(self) -> Query:
        source = self._source()
        if not self.sign("("):
            return returning(self.text, source.text, source.at)
        query = Query(self.text, self.items(), source.text, source.at)
        if self.word("USING", "LISTVIEW"):
            raise self.fail()
        query = self.narrowed(query)
        self.need_sign(")")
        return query

    def narrowed(self, query: Query) -> Query:
        """Read the condition, order and limits of one object."""
        where = self.condition() if self.word("WHERE") else None
        order = self.orders() if self.word("ORDER", "BY") else ()
        limit = self.integer() if self.word("LIMIT") else None
        offset = self.integer() if self.word("OFFSET") else 0
        return replace(query, where=where, order=order, limit=limit, offset=offset)

    def _filter(self) -> None:
        """Pass over what changes how a hit is shown, and refuse what would narrow the search."""
        for word in ("SNIPPET", "HIGHLIGHT", "SPELL_CORRECTION", "METADATA"):
            if not self.word(word):
                continue
            if self.sign("("):
                self.need_word("TARGET_LENGTH")
                self.need_sign("=")
                self.integer()
                self.need_sign(")")
            elif self.sign("="):
                self.literal()
            return
        raise self.fail()

    def _updates(self) -> None:
        if self.word("UPDATE"):
            self._tracking()


def returning(text: str, name: str, at: int = 0) -> Query:
    """Give the query of an object of which only ids are given."""
    return Query(text, (Selected(Path(("Id",), at)),), name, at)
