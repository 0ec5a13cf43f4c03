"""The handbook as tables that people read, in Chinese or English: Markdown, HTML, plain cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from hub.handbook.cells import Cell, Key, Range, Values, Words
from hub.handbook.handbook import Handbook
from hub.handbook.shapes import Language, PathShape
from hub.handbook.tables import Rule, Table

Cells = tuple[str, ...]

WORDS: Final = {
    "zh": {
        "any": "任意", "not": "非", "or": "、", "list": "、", "contains": "包含", "lacks": "不包含",
        "empty": "（空）",
        "from": "≥", "above": ">", "to": "≤", "below": "<", "and": "且", "yes": "是", "no": "否",
        "row": "规则", "clause": "条款", "source": "出处", "if": "条件", "roles": "角色",
        "people": "人员", "role": "角色", "person": "姓名", "mail": "邮件地址", "types": "问题类型",
        "type": "类型", "subtypes": "子类", "severities": "严重程度", "severity": "严重程度",
        "channels": "受理渠道", "channel": "渠道", "required": "必填项", "acknowledged": "自动回执",
        "paths": "转交", "hand-off": "转交", "by": "由", "towards": "转给", "told": "通知",
        "state": "状态", "hit": "命中规则", "first": "自上而下，先中先用", "unique": "只应命中一行",
        "collect": "命中的行全部有效", "version": "版本",
    },
    "en": {
        "any": "any", "not": "not", "or": " or ", "list": ", ",
        "contains": "contains", "lacks": "lacks", "empty": "(empty)",
        "from": "≥", "above": ">", "to": "≤", "below": "<", "and": "and",
        "yes": "yes", "no": "no", "row": "rule", "clause": "clause", "source": "source", "if": "if",
        "roles": "Roles", "people": "People", "role": "role", "person": "name", "mail": "mail",
        "types": "Types of problem", "type": "type", "subtypes": "subtypes",
        "severities": "Severities", "severity": "severity", "channels": "Channels",
        "channel": "channel", "required": "required", "acknowledged": "acknowledged",
        "paths": "Hand-offs", "hand-off": "hand-off", "by": "by", "towards": "to", "told": "told",
        "state": "state", "hit": "hit policy", "first": "from above, the first that fits",
        "unique": "one row at most should fit", "collect": "all rows that fit",
        "version": "version",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """One table: heading, a line about it, its columns, its rows."""

    title: str
    note: str
    columns: Cells
    rows: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A handbook as people read it."""

    title: str
    version: str
    language: Language
    sections: tuple[Section, ...]


def page_of(handbook: Handbook, language: Language, tables: Sequence[str] = ()) -> Page:
    """Give a handbook as tables: all of it, or the decision tables named; ValueError if unknown."""
    scribe = _Scribe(handbook, language)
    unknown = [name for name in tables if name not in handbook.tables]
    if unknown:
        known = ", ".join(handbook.tables)
        raise ValueError(f"no table {unknown[0]!r} (known: {known})")
    wanted = tables or tuple(handbook.tables)
    decided = [scribe.table(name, handbook.tables[name]) for name in wanted]
    sections = tuple(decided) if tables else (*scribe.words(), *decided, scribe.paths())
    title = handbook.about.name.label(language)
    return Page(title, handbook.version, language, sections)


class _Scribe:
    def __init__(self, handbook: Handbook, language: Language) -> None:
        self._book = handbook
        self._language = language
        self._say = WORDS[language]
        self._columns = {field.id: field.label(language) for field in handbook.intake.fields}

    def words(self) -> Iterator[Section]:
        """Give who and what the handbook speaks of."""
        book, say, language = self._book, self._say, self._language
        roles = [
            (row.label(language), row.id, ", ".join(self._people(row.id)), row.clause)
            for row in book.people.roles.values()
        ]
        yield self._section("roles", ("role", "id", "people", "clause"), roles)
        types = [
            (row.label(language), row.id, say["list"].join(s.label(language) for s in row.subtypes),
             row.clause)
            for row in book.intake.types
        ]  # fmt: skip
        yield self._section("types", ("type", "id", "subtypes", "clause"), types)
        severities = [(row.label(language), row.id, row.clause) for row in book.intake.severities]
        yield self._section("severities", ("severity", "id", "clause"), severities)
        channels = [
            (row.label(language), self._names(row.required),
             say["yes" if row.acknowledge else "no"], row.clause)
            for row in book.intake.channels
        ]  # fmt: skip
        columns = ("channel", "required", "acknowledged", "clause")
        yield self._section("channels", columns, channels)

    def paths(self) -> Section:
        """Give who may hand a case to whom."""
        columns = ("hand-off", "by", "towards", "told", "state", "clause", "source")
        return self._section("paths", columns, [self._path(p) for p in self._book.handoff.paths])

    def _path(self, path: PathShape) -> Cells:
        return (
            path.label(self._language),
            self._value("role", list(path.from_roles)),
            self._value("role", list(path.to_roles)),
            self._value("role", list(path.notify)),
            self._value("state", path.state),
            path.clause,
            path.source,
        )

    def _section(self, title: str, columns: Cells, rows: Iterable[Cells]) -> Section:
        named = tuple(self._say.get(column, column) for column in columns)
        return Section(self._say[title], "", named, tuple(rows))

    def table(self, name: str, table: Table) -> Section:
        """Give a decision table; columns that no row asks about are left out."""
        say = self._say
        asked = [column for column in table.inputs if any(column in r.cells for r in table.rules)]
        condition = ["if"] if any(rule.condition for rule in table.rules) else []
        given = [column for column in table.outputs if any(r.then.get(column) for r in table.rules)]
        columns = (
            say["row"],
            *(self._column(column) for column in asked),
            *(say[column] for column in condition),
            *(f"→ {self._column(column)}" for column in given),
            say["clause"],
            say["source"],
        )
        rows = tuple(self._row(rule, asked, condition, given) for rule in table.rules)
        return Section(name, f"{say['hit']}: {say[table.hit]}", columns, rows)

    def _row(
        self, rule: Rule, asked: Sequence[str], condition: Sequence[str], given: Sequence[str]
    ) -> Cells:
        return (
            rule.label(self._language),
            *(self._cell(column, rule.cell(column)) for column in asked),
            *(str(rule.condition or "") for _ in condition),
            *(self._value(column, rule.then.get(column)) for column in given),
            rule.clause,
            rule.source,
        )

    def _cell(self, column: str, cell: Cell) -> str:
        say = self._say
        if isinstance(cell, Values):
            listed = say["or"].join(sorted(self._key(column, key) for key in cell.keys))
            return f"{say['not']} {listed}" if cell.negated else listed
        if isinstance(cell, Words):
            verb = say["lacks" if cell.negated else "contains"]
            return f"{verb} {say['or'].join(cell.words)}"
        if isinstance(cell, Range):
            return self._range(cell)
        return say["any"]

    def _range(self, cell: Range) -> str:
        say = self._say
        low, high = "above" if cell.low_open else "from", "below" if cell.high_open else "to"
        bounds = [
            f"{say[low]} {cell.low:g}" if cell.low is not None else "",
            f"{say[high]} {cell.high:g}" if cell.high is not None else "",
        ]
        text = f" {say['and']} ".join(bound for bound in bounds if bound)
        return f"{say['not']} ({text})" if cell.negated else text

    def _key(self, column: str, key: Key) -> str:
        if key is None:
            return self._say["empty"]
        return self._value(column, key) if isinstance(key, str) else str(key)

    def _value(self, column: str, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, list):
            return self._say["list"].join(self._value(column, part) for part in value)
        return self._book.messages.shown(column, str(value), self._language)

    def _column(self, column: str) -> str:
        return self._columns.get(column, column)

    def _names(self, fields: Iterable[str]) -> str:
        return self._say["list"].join(self._column(name) for name in fields)

    def _people(self, role: str) -> Iterator[str]:
        for email in self._book.people.members(role):
            yield self._book.people.name(email, self._language)


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
