"""The system's fields, by the names that JQL knows them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import choices
from hub_jira.sandbox.jql.kinds import (
    EQUAL,
    MATCHED,
    ORDERED,
    DateField,
    FieldSpec,
    KeyField,
    NumberField,
    QueryField,
    SetField,
    TextField,
)
from hub_jira.sandbox.model import User
from hub_jira.sandbox.sharing import shared
from hub_jira.sandbox.site import Site

Make = Callable[[Site], FieldSpec]


def _key(site: Site) -> FieldSpec:
    def key(issue: Issue) -> tuple[str, int]:
        return (site.projects[issue.project].key, issue.number)

    return KeyField(
        operators=ORDERED - {"IS", "IS NOT"},
        sort_key=key,
        key=key,
        has_empty=False,
        type="com.atlassian.jira.issue.Issue",
    )


def _date(get: Callable[[Issue], datetime | date | None]) -> Make:
    return lambda _site: DateField(
        operators=ORDERED, sort_key=get, value=get, sorts_down=True, type="java.util.Date"
    )


def words(get: Callable[[Issue], list[str]], *, sorts: bool = True) -> Make:
    """Make a field of text."""

    def sort_key(issue: Issue) -> Any:
        return next(iter(get(issue)), "").lower() or None

    return lambda _site: TextField(
        operators=MATCHED, sort_key=sort_key if sorts else None, texts=get
    )


def _description(issue: Issue) -> list[str]:
    return [issue.description.plain()] if issue.description else []


def _environment(issue: Issue) -> list[str]:
    return [issue.environment.plain()] if issue.environment else []


def _comments(issue: Issue) -> list[str]:
    return [comment.body.plain() for comment in issue.comments]


def _everything(issue: Issue) -> list[str]:
    texts = [issue.summary, *_description(issue), *_environment(issue), *_comments(issue)]
    for value in issue.custom.values():
        if isinstance(value, str):
            texts.append(value)
        elif hasattr(value, "plain"):
            texts.append(value.plain())
    return texts


def _people(get: Callable[[Issue], Iterable[str]]) -> Make:
    def make(site: Site) -> FieldSpec:
        def resolve(text: str, _user: User | None) -> Iterable[str] | None:
            user = site.find_user(text)
            return None if user is None else [user.account_id]

        return SetField(
            operators=EQUAL,
            members=lambda x: set(get(x)),
            resolve=resolve,
            functions=("user",),
            type="com.atlassian.jira.user.ApplicationUser",
        )

    return make


def _number(get: Callable[[Issue], float | None]) -> Make:
    return lambda _site: NumberField(
        operators=ORDERED, sort_key=get, value=get, type="java.lang.Number"
    )


def _link_type(site: Site) -> FieldSpec:
    kinds = site.relations.types

    def members(issue: Issue) -> set[str | None]:
        found: set[str | None] = set()
        for link in site.relations.links_of(issue.id):
            kind = kinds[link.type]
            reads = kind.outward if link.inward == issue.id else kind.inward
            found |= {reads.lower(), kind.name.lower()}
        return found

    def resolve(text: str, _user: User | None) -> Iterable[str] | None:
        low = text.lower()
        named = ((kind.name, kind.inward, kind.outward) for kind in kinds.values())
        known = {name.lower() for names in named for name in names}
        return [low] if low in known else None

    return SetField(operators=EQUAL, members=members, resolve=resolve)


def _attachments(_site: Site) -> FieldSpec:
    return SetField(
        operators=frozenset({"IS", "IS NOT"}),
        members=lambda x: {entry.id for entry in x.attachments},
        resolve=lambda _text, _user: None,
    )


def _filter(site: Site) -> FieldSpec:
    def resolve(text: str, user: User | None) -> str | None:
        low = text.lower()
        for entry in site.planning.filters.values():
            if (entry.id == text or entry.name.lower() == low) and shared(site, user, entry):
                return entry.jql
        return None

    return QueryField(operators=frozenset({"=", "!=", "IN", "NOT IN"}), resolve=resolve)


FIELDS: Final[Mapping[str, Make]] = {
    "project": choices.project,
    "key": _key,
    "issuekey": _key,
    "issue": _key,
    "id": _key,
    "status": choices.status,
    "statuscategory": choices.status_category,
    "resolution": choices.resolution,
    "priority": choices.priority,
    "issuetype": choices.issue_type,
    "type": choices.issue_type,
    "labels": choices.labels,
    "component": choices.component,
    "fixversion": lambda site: choices.versions(site, lambda x: x.fix_versions, "fixVersions"),
    "affectedversion": lambda site: choices.versions(site, lambda x: x.versions),
    "level": choices.security,
    "parent": choices.parent,
    "assignee": lambda site: choices.person(site, lambda x: x.assignee, "assignee"),
    "reporter": lambda site: choices.person(site, lambda x: x.reporter, "reporter"),
    "creator": lambda site: choices.person(site, lambda x: x.creator),
    "created": _date(lambda x: x.created),
    "createddate": _date(lambda x: x.created),
    "updated": _date(lambda x: x.updated),
    "updateddate": _date(lambda x: x.updated),
    "resolved": _date(lambda x: x.resolved),
    "resolutiondate": _date(lambda x: x.resolved),
    "statuscategorychangeddate": _date(lambda x: x.status_changed),
    "due": _date(lambda x: x.due),
    "duedate": _date(lambda x: x.due),
    "summary": words(lambda x: [x.summary]),
    "description": words(_description),
    "environment": words(_environment),
    "comment": words(_comments, sorts=False),
    "text": words(_everything, sorts=False),
    "projecttype": choices.project_type,
    "category": choices.category,
    "watcher": _people(lambda x: x.watchers),
    "voter": _people(lambda x: x.voters),
    "worklogauthor": _people(lambda x: [entry.author for entry in x.worklogs]),
    "watchers": _number(lambda x: len(x.watchers)),
    "votes": _number(lambda x: len(x.voters)),
    "timespent": _number(lambda x: x.time_spent or None),
    "originalestimate": _number(lambda x: x.original_estimate),
    "timeoriginalestimate": _number(lambda x: x.original_estimate),
    "remainingestimate": _number(lambda x: x.remaining_estimate),
    "timeestimate": _number(lambda x: x.remaining_estimate),
    "worklogcomment": words(
        lambda x: [entry.comment.plain() for entry in x.worklogs if entry.comment], sorts=False
    ),
    "issuelinktype": _link_type,
    "attachments": _attachments,
    "filter": _filter,
    "savedfilter": _filter,
    "request": _filter,
}
NAMES: Final = (
    "affectedVersion", "assignee", "attachments", "category", "comment", "component", "created",
    "creator", "description", "due", "environment", "filter", "fixVersion", "issueLinkType",
    "issuekey", "issuetype", "labels", "level", "originalEstimate", "parent", "priority", "project",
    "projectType", "remainingEstimate", "reporter", "resolution", "resolved", "status",
    "statusCategory", "statusCategoryChangedDate", "summary", "text", "timespent", "updated",
    "voter", "votes", "watcher", "watchers", "worklogAuthor", "worklogComment",
)  # fmt: skip
"""How Jira's reference data spells them; other spellings are aliases."""
