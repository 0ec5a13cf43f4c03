"""Creates, edits, moves and deletes issues, with the changelog that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from hub_jira.sandbox.catalogue import field_name
from hub_jira.sandbox.fieldvalues import (
    AUTOMATIC,
    EDITABLE,
    WRONG_TYPE,
    FieldValues,
    held,
    hold,
    mapping,
)
from hub_jira.sandbox.issue import ChangeItem, History, Issue
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError, Project, User
from hub_jira.sandbox.parsing import Parser, refuse
from hub_jira.sandbox.planning import Component, Version
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Happened, Site

LONGEST_KEY: Final = 255
LONGEST_PROPERTY: Final = 32_768


class Editor:
    """Changes issues on behalf of one user, through one version of the API."""

    def __init__(self, site: Site, user: User | None, api: int) -> None:
        self.site = site
        self.user = user
        self.api = api
        self.parser = Parser(site, api)
        self.values = FieldValues(site, self.parser)

    def create(self, body: Mapping[str, Any]) -> Issue:
        """Create an issue."""
        fields = dict(mapping(body.get("fields")))
        project = self._new_project(fields.pop("project", None))
        message = "You do not have permission to create issues in this project."
        user = self.site.require(self.user, "CREATE_ISSUES", project, message)
        fields = {"issuetype": None, "summary": None, **fields}
        if "assignee" not in {**fields, **mapping(body.get("update"))}:
            fields["assignee"] = {"name": AUTOMATIC}
        values, errors = self.values.read({**body, "fields": fields}, project, self.screen())
        self._check_type(values, project, errors)
        self._check_required(values, project.required, errors)
        refuse(errors)
        properties = read_properties(body)
        issue = self._build(values, project, user)
        issue.properties.update(properties)
        self.site.keep(issue)
        self._tell("jira:issue_created", issue)
        return issue

    def _check_required(
        self, values: Mapping[str, Any], required: Iterable[str], errors: dict[str, str]
    ) -> None:
        for name in required:
            if values.get(name) in (None, "", []) and name not in errors:
                errors[name] = f"{self._field_name(name)} is required."

    def _field_name(self, name: str) -> str:
        return field_name(name, self.site.custom_fields.get(name))

    def _check_type(
        self, values: Mapping[str, Any], project: Project, errors: dict[str, str]
    ) -> None:
        kind = values.get("issuetype")
        if kind is None:
            return
        if kind not in project.issue_types:
            errors["issuetype"] = self._wrong_type()
        elif self.site.issue_types[kind].subtask:
            parent = self.site.issues.get(values.get("parent") or "")
            if parent is None and "parent" not in errors:
                errors["parent"] = (
                    "Issue type is a sub-task but parent issue key or id not specified."
                )
            elif parent is not None and self.site.issue_types[parent.issue_type].subtask:
                errors["parent"] = f"Given parent issue '{parent.key}' is a sub-task itself."

    def _wrong_type(self) -> str:
        return "The issue type selected is invalid." if self.site.cloud else WRONG_TYPE

    def screen(self) -> frozenset[str]:
        """Give the fields on the screens that create and edit issues."""
        return frozenset((*EDITABLE, *self.site.custom_fields))

    def _new_project(self, value: Any) -> Project:
        identifier = (
            str(value.get("key") or value.get("id") or "") if isinstance(value, Mapping) else ""
        )
        project = self.site.find_project(identifier)
        if project is None or not self.site.may(self.user, "BROWSE_PROJECTS", project):
            cloud = self.site.cloud
            what = "Specify a valid project ID or key" if cloud else "project is required"
            raise JiraError(400, errors={"project": what})
        return project

    def _build(self, values: dict[str, Any], project: Project, user: User) -> Issue:
        now, watches = self.site.now(), self.site.settings.watches_by_itself
        issue = Issue(
            id=self.site.new_id(),
            key=self.site.next_key(project),
            project=project.id,
            issue_type=values.pop("issuetype"),
            summary=values.pop("summary"),
            status=project.workflow.initial,
            priority=values.pop("priority", None) or self._default_priority(),
            creator=user.account_id,
            reporter=values.pop("reporter", user.account_id),
            created=now,
            updated=now,
            status_changed=now,
            rank=float(self.site.last_id),
            watchers=[user.account_id] if watches(user.account_id) else [],
        )
        self._estimate(issue, values.pop("timetracking", None))
        for name, value in values.items():
            hold(issue, name, value)
        return issue

    def _estimate(self, issue: Issue, given: Mapping[str, int] | None) -> list[ChangeItem]:
        """Set estimates; what remains is what was estimated first, unless that is said too."""
        items = []
        wanted = dict(given or {})
        original, remaining = wanted.get("originalEstimate"), wanted.get("remainingEstimate")
        if original is not None and remaining is None and issue.remaining_estimate is None:
            remaining = original
        for attribute, field, value in (
            ("original_estimate", "timeoriginalestimate", original),
            ("remaining_estimate", "timeestimate", remaining),
        ):
            old = getattr(issue, attribute)
            if value is not None and value != old:
                setattr(issue, attribute, value)
                shown = (None if old is None else str(old), str(value))
                items.append(
                    ChangeItem(
                        field=field, field_id=field, old=shown[0], old_text=shown[0],
                        new=shown[1], new_text=shown[1],
                    )
                )  # fmt: skip
        return items

    def _default_priority(self) -> str:
        entries = list(self.site.priorities)
        return entries[len(entries) // 2]

    def edit(self, issue: Issue, body: Mapping[str, Any]) -> None:
        """Edit an issue; nothing is changed if any field is refused."""
        project = self.site.projects[issue.project]
        message = "You do not have permission to edit issues in this project."
        self.site.require(self.user, "EDIT_ISSUES", project, message)
        values, errors = self.values.read(body, project, self.screen(), issue)
        if values.get("summary", "") is None:
            errors["summary"] = "You must specify a summary of the issue."
        if values.get("issuetype") not in {None, *project.issue_types}:
            errors["issuetype"] = self._wrong_type()
        self._check_required(values, [x for x in project.required if x in values], errors)
        if values.get("parent") == issue.id:
            errors["parent"] = "An issue can not be its own parent."
        refuse(errors)
        issue.properties.update(read_properties(body))
        self.change(issue, values)

    def assign(self, issue: Issue, value: Any) -> None:
        """Assign an issue to whom the value names; whether the user may is checked before."""
        project = self.site.projects[issue.project]
        body = {"fields": {"assignee": value}}
        values, errors = self.values.read(body, project, {"assignee"}, issue)
        refuse(errors)
        self.change(issue, values)

    def change(self, issue: Issue, values: Mapping[str, Any]) -> tuple[ChangeItem, ...]:
        """Set values that are already read; give what really changed."""
        changes = dict(values)
        items = self._estimate(issue, changes.pop("timetracking", None))
        for name, value in changes.items():
            old = held(issue, name)
            if old != value:
                items += self._items(name, old, value)
                hold(issue, name, value)
        self.record(issue, items)
        return tuple(items)

    def record(self, issue: Issue, items: list[ChangeItem]) -> None:
        """Write the changelog and tell of it, if anything changed."""
        if not items:
            self.site.keep(issue)
            return
        author = self.user.account_id if self.user else ""
        now = self.site.now()
        entry = History(id=self.site.new_id(), author=author, created=now, items=tuple(items))
        issue.histories.append(entry)
        issue.updated = now
        self.site.keep(issue)
        self._tell("jira:issue_updated", issue, tuple(items))

    def _items(self, name: str, old: Any, new: Any) -> list[ChangeItem]:
        """Tell a change; of components and versions each that came or went is told by itself."""
        planning = self.site.planning
        tables: dict[str, tuple[str, Mapping[str, Component] | Mapping[str, Version]]] = {
            "components": ("Component", planning.components),
            "fixVersions": ("Fix Version", planning.versions),
            "versions": ("Version", planning.versions),
        }
        if name not in tables:
            return [self._item(name, old, new)]
        field, table = tables[name]
        gone = [(x, None) for x in old or () if x not in (new or ())]
        come = [(None, x) for x in new or () if x not in (old or ())]
        return [
            ChangeItem(
                field=field,
                field_id=name,
                old=before,
                old_text=table[before].name if before else None,
                new=after,
                new_text=table[after].name if after else None,
            )
            for before, after in (*gone, *come)
        ]

    def _item(self, name: str, old: Any, new: Any) -> ChangeItem:
        custom = self.site.custom_fields.get(name)
        old_id, old_text = self._shown(name, old)
        new_id, new_text = self._shown(name, new)
        return ChangeItem(
            field=custom.name if custom else name,
            field_id=name,
            kind="custom" if custom else "jira",
            old=old_id,
            old_text=old_text,
            new=new_id,
            new_text=new_text,
        )

    def _shown(self, name: str, value: Any) -> tuple[str | None, str | None]:
        if value is None or value == []:
            return (None, "" if name == "labels" else None)
        tables: dict[str, Mapping[str, Any]] = {
            "status": self.site.statuses,
            "resolution": self.site.resolutions,
            "priority": self.site.priorities,
            "issuetype": self.site.issue_types,
        }
        if name in tables:
            return (str(value), str(tables[name][value].name))
        if name in {"assignee", "reporter"}:
            return (str(value), self.site.users[value].display_name)
        if isinstance(value, RichText):
            return (None, value.as_markup())
        if isinstance(value, list) and all(isinstance(entry, int) for entry in value):
            sprints = self.site.planning.sprints
            names = [sprints[entry].name for entry in value if entry in sprints]
            return (", ".join(map(str, value)), ", ".join(names))
        return (None, " ".join(value) if isinstance(value, list) else str(value))

    def move(self, issue: Issue, project: Project) -> None:
        """Move an issue to another project: its key changes, its id does not."""
        old = issue.key
        issue.old_keys.append(old)
        issue.project = project.id
        issue.key = self.site.next_key(project)
        if issue.status not in project.workflow.statuses:
            issue.status = project.workflow.initial
        items = [
            ChangeItem(field="Key", field_id="key", old_text=old, new_text=issue.key),
            ChangeItem(field="project", field_id="project", new=project.id, new_text=project.name),
        ]
        self.record(issue, items)

    def delete(self, issue: Issue) -> None:
        """Delete an issue."""
        project = self.site.projects[issue.project]
        message = "You do not have permission to delete issues in this project."
        self.site.require(self.user, "DELETE_ISSUES", project, message)
        self.site.drop(issue)
        self._tell("jira:issue_deleted", issue)

    def _tell(self, event: str, issue: Issue, changes: tuple[ChangeItem, ...] = ()) -> None:
        if self.user is not None:
            happened = Happened(
                event=event, user=self.user, issue=issue, changes=changes, at=self.site.now()
            )
            self.site.tell(happened)


def read_properties(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read the properties that a request brings along."""
    entries = body.get("properties") or []
    if not isinstance(entries, list) or not all(isinstance(x, Mapping) for x in entries):
        raise JiraError(400, INVALID_PAYLOAD)
    return {property_key(entry.get("key")): property_value(entry.get("value")) for entry in entries}


def property_key(key: Any) -> str:
    """Check a property's key."""
    if not isinstance(key, str) or not key:
        raise JiraError(400, "The property key must not be empty.")
    if len(key) > LONGEST_KEY:
        raise JiraError(
            400, f"The property key is too long. The limit is {LONGEST_KEY} characters."
        )
    return key


def property_value(value: Any) -> Any:
    """Check a property's value: any JSON, of bounded length, but not nothing."""
    if len(msgspec.json.encode(value)) > LONGEST_PROPERTY:
        raise JiraError(
            400,
            f"The property value is too long. The limit is {LONGEST_PROPERTY} characters.",
        )
    return value
