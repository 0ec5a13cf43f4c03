"""Loads issues by the thousand, past the REST API: no history, no webhooks, one stroke."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub_jira.sandbox.issue import PUBLIC_PROPERTY, Comment, Issue
from hub_jira.sandbox.model import Named, Project, User
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Site, named

Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Said(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: Text
    author: str | None = None
    public: bool = False
    created: datetime | None = None


class _Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    project: str = "RND"
    issuetype: str = "Bug"
    status: str | None = None
    priority: str = "Medium"
    description: str = ""
    labels: list[str] = []
    assignee: str | None = None
    reporter: str | None = None
    created: datetime | None = None
    comments: list[_Said] = []


class Loader:
    """Loads issues into one site. People are named by e-mail address, user name or account id."""

    def __init__(self, site: Site, by: User) -> None:
        self._site = site
        self._by = by
        self._people: dict[str, User] = {}

    def load(self, entries: Any) -> list[Issue]:
        """Load a list of issues with their comments: all of them, or none.

        ValueError tells which entry is wrong and what is wrong with it.
        """
        try:
            wanted = msgspec.convert(entries, list[_Entry])
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        return [self._keep(issue) for issue in [self._issue(entry) for entry in wanted]]

    def _keep(self, issue: Issue) -> Issue:
        project = self._site.projects[issue.project]
        issue.key = self._site.next_key(project)
        self._site.keep(issue)
        for comment in issue.comments:
            self._site.owners[comment.id] = issue.id
        return issue

    def _issue(self, entry: _Entry) -> Issue:
        site = self._site
        project = self._project(entry.project)
        created = self._at(entry.created)
        said = [self._comment(each, created) for each in entry.comments]
        kinds = [site.issue_types[kind] for kind in project.issue_types]
        status = entry.status
        statuses = site.statuses_of(project)
        return Issue(
            id=site.new_id(),
            key="",
            project=project.id,
            issue_type=_known(kinds, entry.issuetype, "issue type"),
            summary=entry.summary,
            description=RichText(markup=entry.description) if entry.description else None,
            status=_known(statuses, status, "status") if status else project.workflow.initial,
            priority=_known(site.priorities.values(), entry.priority, "priority"),
            creator=self._by.account_id,
            reporter=self._person(entry.reporter).account_id,
            assignee=self._person(entry.assignee).account_id if entry.assignee else None,
            labels=sorted(set(entry.labels)),
            created=created,
            updated=max([created, *(comment.created for comment in said)]),
            status_changed=created,
            comments=said,
        )

    def _comment(self, said: _Said, after: datetime) -> Comment:
        author = self._person(said.author).account_id
        at = self._at(said.created) if said.created else after
        return Comment(
            id=self._site.new_id(),
            author=author,
            update_author=author,
            body=RichText(markup=said.text),
            created=at,
            updated=at,
            properties={} if said.public else {PUBLIC_PROPERTY: {"internal": True}},
        )

    def _at(self, wanted: datetime | None) -> datetime:
        if wanted is None:
            return self._site.now()
        if wanted.tzinfo is None:
            raise ValueError(f"{wanted.isoformat()} has no time zone")
        return wanted

    def _project(self, text: str) -> Project:
        project = self._site.find_project(text)
        if project is None:
            raise ValueError(f"no project {text!r}")
        return project

    def _person(self, text: str | None) -> User:
        if text is None:
            return self._by
        if text not in self._people:
            found = self._site.find_user(text)
            if found is None:
                raise ValueError(f"nobody is called {text!r}")
            self._people[text] = found
        return self._people[text]


def _known(entries: Iterable[Named], text: str, what: str) -> str:
    found = named(entries, text)
    if found is None:
        raise ValueError(f"no {what} {text!r}")
    return found.id
