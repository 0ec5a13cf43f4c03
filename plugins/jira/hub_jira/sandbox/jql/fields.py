"""The fields that JQL knows: what they hold, which operators they take, how they sort."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime, time
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql.lexer import JqlError
from hub_jira.sandbox.model import CATEGORIES, CustomField, Named, User
from hub_jira.sandbox.site import Site

_EQUAL: Final = frozenset({"=", "!=", "IN", "NOT IN", "IS", "IS NOT"})
_ORDERED: Final = _EQUAL | {"<", "<=", ">", ">="}
_TEXT: Final = frozenset({"~", "!~", "IS", "IS NOT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field of JQL."""

    operators: frozenset[str]
    sort_key: Callable[[Issue], Any]
    sorts_down: bool = False

    def is_empty(self, issue: Issue) -> bool:
        """Say whether an issue has no value here."""
        return self.sort_key(issue) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(FieldSpec):
    """A moment."""

    def value(self, issue: Issue) -> datetime | None:
        """Give the moment."""
        moment: datetime | None = self.sort_key(issue)
        return moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(FieldSpec):
    """One text, or several that are searched together."""

    texts: Callable[[Issue], list[str]]

    def is_empty(self, issue: Issue) -> bool:
        """Say whether there is no text at all."""
        return not any(self.texts(issue))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField(FieldSpec):
    """The issue itself, by key or id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField(FieldSpec):
    """A choice: `resolve` finds ids by what a query names, None if there is none."""

    members: Callable[[Issue], set[str | None]]
    resolve: Callable[[str, User | None], Iterable[str] | None]
    rank: Callable[[str | None], Any] = attribute(default=lambda _: None)

    def is_empty(self, issue: Issue) -> bool:
        """Say whether nothing is chosen."""
        return self.members(issue) <= {None, ""}


def field(site: Site, name: str) -> FieldSpec:
    """Give the field that a query names; refused if there is none."""
    low = name.lower()
    if make := _FIELDS.get(low):
        return make(site)
    for custom in site.custom_fields.values():
        number = custom.id.removeprefix("customfield_")
        if low in {custom.name.lower(), custom.id, f"cf[{number}]"}:
            return _custom(custom)
    raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")


def _choice(
    get: Callable[[Issue], str | None],
    resolve: Callable[[str, User | None], Iterable[str] | None],
    *,
    show: Callable[[str], Any] = str,
) -> SetField:
    def sort_key(issue: Issue) -> Any:
        value = get(issue)
        return None if value is None else show(value)

    return SetField(
        operators=_EQUAL,
        sort_key=sort_key,
        members=lambda issue: {get(issue)},
        resolve=resolve,
    )


def _by_name(table: dict[str, Any]) -> Callable[[str, User | None], Iterable[str] | None]:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        entries: Iterable[Named] = table.values()
        found = [x.id for x in entries if x.id == text or x.name.lower() == text.lower()]
        return found or None

    return resolve


def _project(site: Site) -> FieldSpec:
    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        found = [
            project.id
            for project in site.projects.values()
            if text.lower() in {project.id, project.key.lower(), project.name.lower()}
            and (user is None or site.may(user, "BROWSE_PROJECTS", project))
        ]
        return found or None

    return _choice(lambda x: x.project, resolve, show=lambda x: site.projects[x].key)


def _person(get: Callable[[Issue], str | None]) -> Callable[[Site], FieldSpec]:
    def make(site: Site) -> FieldSpec:
        def resolve(text: str, _user: User | None) -> Iterable[str] | None:
            user = site.find_user(text)
            return None if user is None else [user.account_id]

        return _choice(get, resolve, show=lambda x: site.users[x].display_name)

    return make


def _status(site: Site) -> FieldSpec:
    order = list(site.statuses)
    return _choice(lambda x: x.status, _by_name(site.statuses), show=order.index)


def _status_category(site: Site) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        names = (c.key for c in CATEGORIES.values() if low in {c.key, c.name.lower(), str(c.id)})
        return list(names) or None

    return _choice(lambda x: site.statuses[x.status].category, resolve)


def _resolution(site: Site) -> FieldSpec:
    names = _by_name(site.resolutions)

    def resolve(text: str, user: User | None) -> Iterable[str] | None:
        return [""] if text.lower() == "unresolved" else names(text, user)

    return SetField(
        operators=_EQUAL,
        sort_key=lambda x: site.resolutions[x.resolution].name if x.resolution else None,
        members=lambda x: {x.resolution} if x.resolution else {None, ""},
        resolve=resolve,
    )


def _priority(site: Site) -> FieldSpec:
    order = list(reversed(site.priorities))

    def rank(value: str | None) -> Any:
        return order.index(value) if value in order else None

    return SetField(
        operators=_ORDERED,
        sort_key=lambda x: rank(x.priority),
        sorts_down=True,
        members=lambda x: {x.priority},
        resolve=_by_name(site.priorities),
        rank=rank,
    )


def _issue_type(site: Site) -> FieldSpec:
    return _choice(
        lambda x: x.issue_type,
        _by_name(site.issue_types),
        show=lambda x: site.issue_types[x].name,
    )


def _labels(_site: Site) -> FieldSpec:
    return SetField(
        operators=_EQUAL,
        sort_key=lambda x: sorted(x.labels) or None,
        members=lambda x: set(x.labels),
        resolve=lambda text, _user: [text],
    )


def _parent(site: Site) -> FieldSpec:
    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        issue = site.find_issue(text)
        return None if issue is None else [issue.id]

    return _choice(lambda x: x.parent, resolve)


def _key(site: Site) -> FieldSpec:
    return KeyField(
        operators=_ORDERED - {"IS", "IS NOT"},
        sort_key=lambda x: (site.projects[x.project].key, x.number),
    )


def _date(get: Callable[[Issue], datetime | None]) -> Callable[[Site], FieldSpec]:
    return lambda _site: DateField(operators=_ORDERED, sort_key=get, sorts_down=True)


def _due(issue: Issue) -> datetime | None:
    return datetime.combine(issue.due, time(), UTC) if issue.due else None


def _words(get: Callable[[Issue], list[str]]) -> Callable[[Site], FieldSpec]:
    return lambda _site: TextField(
        operators=_TEXT, sort_key=lambda x: next(iter(get(x)), "").lower() or None, texts=get
    )


def _description(issue: Issue) -> list[str]:
    return [issue.description.plain()] if issue.description else []


def _environment(issue: Issue) -> list[str]:
    return [issue.environment.plain()] if issue.environment else []


def _comments(issue: Issue) -> list[str]:
    return [comment.body.plain() for comment in issue.comments]


def _everything(issue: Issue) -> list[str]:
    texts = [issue.summary, *_description(issue), *_environment(issue), *_comments(issue)]
    return texts + [value for value in issue.custom.values() if isinstance(value, str)]


def _custom(custom: CustomField) -> FieldSpec:
    def texts(issue: Issue) -> list[str]:
        value = issue.custom.get(custom.id)
        entries = value if isinstance(value, list) else [value]
        return [str(x.get("value", "")) if isinstance(x, dict) else str(x) for x in entries if x]

    return TextField(
        operators=_TEXT | {"=", "!="},
        sort_key=lambda x: next(iter(texts(x)), None),
        texts=texts,
    )


_FIELDS: Final[dict[str, Callable[[Site], FieldSpec]]] = {
    "project": _project,
    "key": _key,
    "issuekey": _key,
    "issue": _key,
    "id": _key,
    "status": _status,
    "statuscategory": _status_category,
    "resolution": _resolution,
    "priority": _priority,
    "issuetype": _issue_type,
    "type": _issue_type,
    "labels": _labels,
    "parent": _parent,
    "assignee": _person(lambda x: x.assignee),
    "reporter": _person(lambda x: x.reporter),
    "creator": _person(lambda x: x.creator),
    "created": _date(lambda x: x.created),
    "createddate": _date(lambda x: x.created),
    "updated": _date(lambda x: x.updated),
    "updateddate": _date(lambda x: x.updated),
    "resolved": _date(lambda x: x.resolved),
    "resolutiondate": _date(lambda x: x.resolved),
    "statuscategorychangeddate": _date(lambda x: x.status_changed),
    "due": _date(_due),
    "duedate": _date(_due),
    "summary": _words(lambda x: [x.summary]),
    "description": _words(_description),
    "environment": _words(_environment),
    "comment": _words(_comments),
    "text": _words(_everything),
}
