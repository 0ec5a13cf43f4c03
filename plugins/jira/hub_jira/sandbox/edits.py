"""Creates, edits, moves and deletes issues, with the changelog that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hub_jira.sandbox.issue import ChangeItem, History, Issue
from hub_jira.sandbox.model import JiraError, Project, User
from hub_jira.sandbox.parsing import FieldError, Parser, refuse
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Happened, Site

NOT_ON_SCREEN: Final = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
EDITABLE: Final = (
    "summary", "description", "environment", "labels", "priority", "issuetype", "assignee",
    "reporter", "duedate", "parent",
)  # fmt: skip
_ATTRIBUTES: Final = {
    "issuetype": "issue_type",
    "duedate": "due",
}


class Editor:
    """Changes issues on behalf of one user, through one version of the API."""

    def __init__(self, site: Site, user: User | None, api: int) -> None:
        self.site = site
        self.user = user
        self.parser = Parser(site, api)

    def create(self, body: Mapping[str, Any]) -> Issue:
        """Create an issue."""
        fields = dict(_mapping(body.get("fields")))
        project = self._new_project(fields.pop("project", None))
        message = "You do not have permission to create issues in this project."
        user = self.site.require(self.user, "CREATE_ISSUES", project, message)
        errors: dict[str, str] = {}
        fields.setdefault("issuetype", None)
        fields.setdefault("summary", None)
        fields = {**fields, **self._verbs(body, None, errors)}
        values = self._values(fields, project, errors)
        kind = values.get("issuetype")
        if kind is not None and kind not in project.issue_types:
            errors["issuetype"] = "The issue type selected is invalid."
        refuse(errors)
        issue = self._build(values, project, user)
        for entry in body.get("properties") or ():
            issue.properties[str(entry["key"])] = entry.get("value")
        self.site.keep(issue)
        self._tell("jira:issue_created", issue)
        return issue

    def _new_project(self, value: Any) -> Project:
        identifier = str(value.get("key") or value.get("id") or "") if value else ""
        project = self.site.find_project(identifier)
        if project is None or not self.site.may(self.user, "BROWSE_PROJECTS", project):
            cloud = self.site.cloud
            what = "Specify a valid project ID or key" if cloud else "project is required"
            raise JiraError(400, errors={"project": what})
        return project

    def _build(self, values: dict[str, Any], project: Project, user: User) -> Issue:
        now = self.site.now()
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
        )
        for name, value in values.items():
            _set(issue, name, value)
        return issue

    def _default_priority(self) -> str:
        entries = list(self.site.priorities)
        return entries[len(entries) // 2]

    def _values(
        self, fields: Mapping[str, Any], project: Project, errors: dict[str, str]
    ) -> dict[str, Any]:
        """Read all fields; what is refused goes to `errors`, as Jira reports all at once."""
        result = {}
        for name, raw in fields.items():
            try:
                result[name] = self._value(name, raw, project)
            except FieldError as error:
                errors[name] = str(error)
        return result

    def _value(self, name: str, raw: Any, project: Project) -> Any:
        parser = self.parser
        readers: dict[str, Callable[[], Any]] = {
            "summary": lambda: parser.summary(raw),
            "description": lambda: parser.rich(raw),
            "environment": lambda: parser.rich(raw),
            "labels": lambda: parser.labels(raw),
            "priority": lambda: parser.choice(self.site.priorities, raw, "priority"),
            "issuetype": lambda: self._issue_type(raw),
            "assignee": lambda: parser.user(raw, project),
            "reporter": lambda: parser.user(raw),
            "duedate": lambda: parser.due(raw),
            "parent": lambda: self._parent(raw),
        }
        if reader := readers.get(name):
            return reader()
        if custom := self.site.custom_fields.get(name):
            return parser.custom(custom, raw)
        raise FieldError(NOT_ON_SCREEN.format(name))

    def _issue_type(self, raw: Any) -> str:
        if not raw:
            raise FieldError("Specify an issue type")
        return self.parser.choice(self.site.issue_types, raw, "issue type")

    def _parent(self, raw: Any) -> str | None:
        if raw is None:
            return None
        parent = self.site.find_issue(str(raw.get("key") or raw.get("id") or ""))
        if parent is None:
            raise FieldError("Could not find issue by id or key.")
        return parent.id

    def edit(self, issue: Issue, body: Mapping[str, Any]) -> None:
        """Edit an issue; nothing is changed if any field is refused."""
        project = self.site.projects[issue.project]
        message = "You do not have permission to edit issues in this project."
        self.site.require(self.user, "EDIT_ISSUES", project, message)
        fields = dict(_mapping(body.get("fields")))
        errors: dict[str, str] = {}
        fields = {**fields, **self._verbs(body, issue, errors)}
        fields.pop("comment", None)
        values = self._values(fields, project, errors)
        if values.get("summary", "") is None:
            errors["summary"] = "You must specify a summary of the issue."
        refuse(errors)
        for entry in body.get("properties") or ():
            issue.properties[str(entry["key"])] = entry.get("value")
        self.change(issue, values)

    def _verbs(
        self, body: Mapping[str, Any], issue: Issue | None, errors: dict[str, str]
    ) -> dict[str, Any]:
        """Fold the verbs of `update` into whole values."""
        result: dict[str, Any] = {}
        fields = _mapping(body.get("fields"))
        for name, verbs in _mapping(body.get("update")).items():
            if not isinstance(verbs, list) or not all(isinstance(x, Mapping) for x in verbs):
                raise JiraError(400, f"The operations on '{name}' must be a list of objects.")
            if name in fields:
                errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
            elif name == "labels":
                result[name] = _fold_labels(issue.labels if issue else [], verbs)
            elif name != "comment":
                for verb in verbs:
                    if "set" in verb:
                        result[name] = verb["set"]
                    else:
                        verb_name = next(iter(verb), "")
                        errors[name] = f"Field '{name}' does not support operation '{verb_name}'"
        return result

    def change(self, issue: Issue, values: Mapping[str, Any]) -> tuple[ChangeItem, ...]:
        """Set values that are already read; give what really changed."""
        items = []
        for name, value in values.items():
            old = _get(issue, name)
            if old != value:
                items.append(self._item(name, old, value))
                _set(issue, name, value)
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


def _mapping(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise JiraError(400, "Invalid request payload. Refer to the REST API documentation.")
    return value


def _fold_labels(labels: list[str], verbs: Any) -> list[str]:
    result = list(labels)
    for verb in verbs:
        if "set" in verb:
            result = list(verb["set"] or [])
        if "add" in verb and verb["add"] not in result:
            result.append(verb["add"])
        if "remove" in verb and verb["remove"] in result:
            result.remove(verb["remove"])
    return result


def _get(issue: Issue, name: str) -> Any:
    if name.startswith("customfield_"):
        return issue.custom.get(name)
    return getattr(issue, _ATTRIBUTES.get(name, name))


def _set(issue: Issue, name: str, value: Any) -> None:
    if name.startswith("customfield_"):
        issue.custom[name] = value
    else:
        setattr(issue, _ATTRIBUTES.get(name, name), value)
