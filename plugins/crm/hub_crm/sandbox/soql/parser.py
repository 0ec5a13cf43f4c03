"""Reads a query's tokens into nodes; what does not fit the grammar is MALFORMED_QUERY."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.soql.lexer import Kind, Token, malformed
from hub_crm.sandbox.soql.nodes import (
    Call,
    FieldSet,
    Item,
    Path,
    Query,
    Selected,
    TypeOf,
)
from hub_crm.sandbox.soql.reader import Reader
from hub_crm.sandbox.wire import ApiError

LONGEST: Final = 100_000
_SETS: Final = frozenset({"ALL", "STANDARD", "CUSTOM"})
_MODES: Final = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
_PLACES: Final = ("AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW")
_PURPOSES: Final = frozenset({"VIEW", "REFERENCE", "UPDATE"})


def parse(text: str) -> Query:
    """Parse one query."""
    if not text.strip():
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    if len(text) > LONGEST:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", f"SOQL statement is over {LONGEST} characters")
    parser = Parser(text)
    query = parser.query()
    parser.end()
    return query


class Parser(Reader):
    """Reads whole queries."""

    def query(self) -> Query:
        """Read a query up to where it can not go on."""
        self.need_word("SELECT")
        items = self.items()
        self.need_word("FROM")
        source = self._source()
        aliases = self._aliases()
        scope = self.name().text.lower() if self.word("USING", "SCOPE") else ""
        where = self.condition() if self.word("WHERE") else None
        self._with()
        grouping, group = self._groups() if self.word("GROUP", "BY") else ("", ())
        having = None
        if group and self.word("HAVING"):
            having = self.condition()
        order = self.orders() if self.word("ORDER", "BY") else ()
        limit = self.integer() if self.word("LIMIT") else None
        offset = self.integer() if self.word("OFFSET") else 0
        purposes = self._purposes()
        if order and "UPDATE" in purposes:
            raise malformed(self.text, source.at, "ORDER BY is not allowed in a locking query")
        return Query(
            self.text, items, source.text, source.at, aliases, scope, where, group, grouping,
            having, order, limit, offset, purposes,
        )  # fmt: skip

    def _aliases(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Read `FROM Contact c, c.Account a`: names for the object and for parents of it."""
        self.word("AS")
        aliases: list[tuple[str, tuple[str, ...]]] = []
        if own := self.alias():
            aliases.append((own.text, ()))
        while self.sign(","):
            path = self.path()
            self.word("AS")
            aliases.append((self.name().text, path.parts))
        return tuple(aliases)

    def _source(self) -> Token:
        # GROUP and ORDER are objects as well as words of the language.
        if self.sees("GROUP") or self.sees("ORDER"):
            return self.take()
        source = self.name()
        if self.sees_sign("."):
            raise self.fail()
        return source

    def items(self) -> tuple[Item, ...]:
        """Read what is asked for."""
        items = [self._item()]
        while self.sign(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Item:
        at = self.token.at
        if self.sign("("):
            self._deeper(at)
            query = self.query()
            self.need_sign(")")
            self._depth -= 1
            return query
        if self.word("TYPEOF"):
            return self._type_of(at)
        if self.sees("FIELDS") and self.sees_sign("(", ahead=1):
            return self._field_set()
        what = self.operand()
        alias = self.alias_before("FROM")
        return Selected(what, alias.text, alias.at) if alias else Selected(what)

    def _field_set(self) -> FieldSet:
        at = self.take().at
        self.need_sign("(")
        which = self.name()
        if which.text.upper() not in _SETS:
            raise malformed(self.text, which.at, f"unexpected token: '{which.text}'")
        self.need_sign(")")
        return FieldSet(which.text.upper(), at)

    def _type_of(self, at: int) -> TypeOf:
        way = self.name().text
        cases = []
        while self.word("WHEN"):
            name = self.name() if not self.sees("GROUP") else self.take()
            self.need_word("THEN")
            cases.append((Path((name.text,), name.at), self._paths()))
        if not cases:
            raise self.fail()
        otherwise = self._paths() if self.word("ELSE") else ()
        self.need_word("END")
        return TypeOf(way, tuple(cases), otherwise, at)

    def _paths(self) -> tuple[Path, ...]:
        paths = [self.path()]
        while self.sign(","):
            paths.append(self.path())
        return tuple(paths)

    def _with(self) -> None:
        while self.word("WITH"):
            if self.word("DATA", "CATEGORY"):
                self._categories()
                continue
            mode = self.name()
            if mode.text.upper() not in _MODES:
                raise self.fail(mode)

    def _categories(self) -> None:
        """Read `Region__c AT (Asia__c, Europe__c) AND …`: the organisation has no such groups."""
        while True:
            group = self.name()
            if not any(self.word(place) for place in _PLACES):
                raise self.fail()
            listed = self.sign("(")
            self.name()
            while listed and self.sign(","):
                self.name()
            if listed:
                self.need_sign(")")
            if not self.word("AND"):
                break
        what = f"Data category group '{group.text}' does not exist"
        raise malformed(self.text, group.at, what, "INVALID_QUERY_FILTER_OPERATOR")

    def _groups(self) -> tuple[str, tuple[Path | Call, ...]]:
        for grouping in ("ROLLUP", "CUBE"):
            if self.sees(grouping) and self.sees_sign("(", ahead=1):
                at = self.take().at
                self.need_sign("(")
                keys = self._keys()
                self.need_sign(")")
                if len(keys) > 3:
                    what = f"{grouping} may group by at most 3 fields"
                    raise malformed(self.text, at, what)
                return grouping, keys
        return "", self._keys()

    def _keys(self) -> tuple[Path | Call, ...]:
        keys = [self.operand()]
        while self.sign(","):
            keys.append(self.operand())
        return tuple(keys)

    def _purposes(self) -> frozenset[str]:
        purposes: set[str] = set()
        while self.word("FOR"):
            while True:
                purpose = self.name()
                if purpose.text.upper() not in _PURPOSES:
                    raise self.fail(purpose)
                purposes.add(purpose.text.upper())
                if not self.sign(","):
                    break
        if self.sees("ALL", "ROWS"):
            at = self.token.at
            raise malformed(self.text, at, "ALL ROWS not allowed in this context")
        if self.word("UPDATE"):
            return frozenset(purposes | self._tracking())
        return frozenset(purposes)

    def _tracking(self) -> set[str]:
        """Read `UPDATE TRACKING`, `UPDATE VIEWSTAT`, for articles."""
        kinds = set()
        while True:
            kind = self.token
            if kind.kind is not Kind.NAME or kind.text.upper() not in {"TRACKING", "VIEWSTAT"}:
                raise self.fail()
            kinds.add(self.take().text.upper())
            if not self.sign(","):
                return kinds
