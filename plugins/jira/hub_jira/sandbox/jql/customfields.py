"""Custom fields in JQL: by name, by `cf[10050]`, by `customfield_10050`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql.choices import person
from hub_jira.sandbox.jql.fields import FIELDS
from hub_jira.sandbox.jql.kinds import (
    EQUAL,
    MATCHED,
    ORDERED,
    DateField,
    FieldSpec,
    NumberField,
    SetField,
    TextField,
)
from hub_jira.sandbox.jql.lexer import JqlError
from hub_jira.sandbox.jql.syntax import FieldName, Property
from hub_jira.sandbox.model import CustomField, User
from hub_jira.sandbox.site import Site

Build = Callable[[Site, CustomField], FieldSpec]


def lookup(site: Site, name: FieldName) -> FieldSpec:
    """Give the field that a query names; refused if there is none."""
    spec = _property(site, name.property) if name.property else _plain(site, name.name.lower())
    if spec is None:
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
    return spec


def _plain(site: Site, low: str) -> FieldSpec | None:
    if make := FIELDS.get(low):
        return make(site)
    for custom in site.custom_fields.values():
        number = custom.id.removeprefix("customfield_")
        if low in {custom.name.lower(), custom.id, f"cf[{number}]"}:
            return _custom(site, custom)
    return None


def _custom(site: Site, custom: CustomField) -> FieldSpec:
    kind = custom.custom.rpartition(":")[2]
    return _KINDS.get(kind, _BY_TYPE.get(custom.type, _text))(site, custom)


def _entries(issue: Issue, custom: CustomField) -> list[Any]:
    value = issue.custom.get(custom.id)
    return [x for x in (value if isinstance(value, list) else [value]) if x is not None]


def _shown(value: Any) -> str:
    if hasattr(value, "plain"):
        return str(value.plain())
    return str(value.get("value", "")) if isinstance(value, dict) else str(value)


def _text(_site: Site, custom: CustomField) -> FieldSpec:
    def texts(issue: Issue) -> list[str]:
        return [text for entry in _entries(issue, custom) if (text := _shown(entry))]

    return TextField(operators=MATCHED, sort_key=lambda x: next(iter(texts(x)), None), texts=texts)


def _number(_site: Site, custom: CustomField) -> FieldSpec:
    def value(issue: Issue) -> float | None:
        entry = issue.custom.get(custom.id)
        return None if entry is None else float(entry)

    return NumberField(operators=ORDERED, sort_key=value, value=value, type="java.lang.Number")


def _moment(_site: Site, custom: CustomField) -> FieldSpec:
    def value(issue: Issue) -> datetime | date | None:
        entry = issue.custom.get(custom.id)
        if isinstance(entry, datetime | date):
            return entry
        try:
            return None if entry is None else datetime.fromisoformat(str(entry))
        except ValueError:
            return None

    return DateField(operators=ORDERED, sort_key=value, value=value, type="java.util.Date")


def _option(_site: Site, custom: CustomField) -> FieldSpec:
    def members(issue: Issue) -> set[str | None]:
        return {_shown(entry).lower() for entry in _entries(issue, custom)}

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        return [x.lower() for x in custom.options if x.lower() == text.lower()] or None

    return SetField(
        operators=EQUAL,
        sort_key=lambda x: sorted(filter(None, members(x))) or None,
        members=members,
        resolve=resolve,
        type="com.atlassian.jira.issue.customfields.option.Option",
    )


def _labels(_site: Site, custom: CustomField) -> FieldSpec:
    return SetField(
        operators=EQUAL,
        sort_key=lambda x: sorted(map(_shown, _entries(x, custom))) or None,
        members=lambda x: set(map(_shown, _entries(x, custom))),
        resolve=lambda text, _user: [text],
    )


def _person(site: Site, custom: CustomField) -> FieldSpec:
    return person(site, lambda issue: issue.custom.get(custom.id))


def _sprint(site: Site, custom: CustomField) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        sprints = site.planning.sprints.values()
        return [str(x.id) for x in sprints if str(x.id) == text or x.name.lower() == low] or None

    return SetField(
        operators=EQUAL,
        sort_key=lambda x: max(_entries(x, custom), default=None),
        members=lambda x: {str(sprint) for sprint in _entries(x, custom)},
        resolve=resolve,
        functions=("sprint",),
    )


def _rank(_site: Site, _custom_field: CustomField) -> FieldSpec:
    return FieldSpec(operators=frozenset(), sort_key=lambda issue: issue.rank)


def _epic(site: Site, custom: CustomField) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        issue = site.find_issue(text)
        return None if issue is None else [issue.key]

    return SetField(
        operators=EQUAL,
        sort_key=lambda x: x.custom.get(custom.id),
        members=lambda x: {x.custom.get(custom.id)},
        resolve=resolve,
        functions=("issue",),
    )


_KINDS: Final[dict[str, Build]] = {
    "gh-sprint": _sprint,
    "gh-lexo-rank": _rank,
    "gh-epic-link": _epic,
    "float": _number,
    "datepicker": _moment,
    "datetime": _moment,
    "select": _option,
    "multiselect": _option,
    "radiobuttons": _option,
    "multicheckboxes": _option,
    "labels": _labels,
    "userpicker": _person,
}
_BY_TYPE: Final[dict[str, Build]] = {
    "number": _number,
    "date": _moment,
    "datetime": _moment,
    "option": _option,
    "user": _person,
}


def _property(site: Site, wanted: Property) -> FieldSpec | None:
    """Give the field of an issue's property, if an app has declared it for the index."""
    kind = site.schemes.indexed.get((wanted.key, wanted.path.removeprefix(".")))
    if kind is None:
        return None

    def value(issue: Issue) -> Any:
        found: Any = issue.properties.get(wanted.key)
        for step in filter(None, wanted.path.split(".")):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    if kind == "number":
        return NumberField(operators=ORDERED, sort_key=value, value=_only(value, int, float))
    if kind == "text":
        texts = _only(value, str)
        return TextField(operators=MATCHED, texts=lambda x: [t] if (t := texts(x)) else [])
    return SetField(
        operators=EQUAL,
        sort_key=value,
        members=lambda x: {None if value(x) is None else str(value(x))},
        resolve=lambda text, _user: [text],
    )


def _only(get: Callable[[Issue], Any], *kinds: type) -> Callable[[Issue], Any]:
    return lambda issue: found if isinstance(found := get(issue), kinds) else None
