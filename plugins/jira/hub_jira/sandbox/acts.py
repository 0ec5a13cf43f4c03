"""What people do in Jira, for demos and tests: they go past the REST API, not past the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any, Final, cast

from hub_jira.sandbox import workflow
from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.fieldvalues import EDITABLE
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.limits import Limits
from hub_jira.sandbox.loading import Loader
from hub_jira.sandbox.model import PERMISSIONS, JiraError, Only, Project, User
from hub_jira.sandbox.site import Site, named
from hub_jira.sandbox.talk import Talk

Arguments = Mapping[str, Any]
_INTERNAL: Final = {"key": "sd.public.comment", "value": {"internal": True}}
_OPEN: Final = {"key": "sd.public.comment", "value": {"internal": False}}


class Acts:
    """The actions of one site. People are named by e-mail address, user name or display name."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def perform(self, action: str, arguments: Arguments) -> Mapping[str, Any]:
        """Perform an action; ValueError if it is unknown or can not be done."""
        try:
            act = ACTIONS[action]
        except KeyError:
            known = ", ".join(sorted(ACTIONS))
            raise ValueError(f"no action {action!r}; there are: {known}") from None
        with self._site.lock:
            try:
                return act(self, arguments)
            except KeyError as error:
                raise ValueError(f"{action}: {error.args[0]!r} is missing or unknown") from None
            except JiraError as error:
                raise ValueError(f"{action}: {error}") from None

    def _person(self, arguments: Arguments, name: str = "by") -> User:
        text = str(arguments.get(name) or arguments.get("author") or "chen.rd")
        user = self._site.find_user(text)
        if user is None:
            raise ValueError(f"nobody is called {text!r}")
        return user

    def _issue(self, arguments: Arguments) -> Issue:
        issue = self._site.find_issue(str(arguments["issue"]))
        if issue is None:
            raise ValueError(f"no issue {arguments['issue']!r}")
        return issue

    def _project(self, text: str) -> Project:
        project = self._site.find_project(text)
        if project is None:
            raise ValueError(f"no project {text!r}")
        return project

    def create_issue(self, arguments: Arguments) -> Mapping[str, Any]:
        """Create an issue: `summary`; more by the names of its fields, and `project`."""
        fields: dict[str, Any] = {
            "project": {"key": str(arguments.get("project", "RND"))},
            "issuetype": {"name": str(arguments.get("issuetype", "Bug"))},
            "summary": arguments["summary"],
        }
        for name in ("description", "labels"):
            if name in arguments:
                fields[name] = arguments[name]
        if "priority" in arguments:
            fields["priority"] = {"name": arguments["priority"]}
        issue = Editor(self._site, self._person(arguments), 2).create({"fields": fields})
        return {"id": issue.id, "key": issue.key}

    def load(self, arguments: Arguments) -> Mapping[str, Any]:
        """Load issues with their comments, thousands at once: `issues` (see `loading`)."""
        made = Loader(self._site, self._person(arguments)).load(arguments["issues"])
        keys = {"first": made[0].key, "last": made[-1].key} if made else {}
        return {"issues": len(made), "comments": sum(len(x.comments) for x in made), **keys}

    def comment(self, arguments: Arguments) -> Mapping[str, Any]:
        """Comment: `issue`, `text`, `author`, `public` (False if absent)."""
        issue = self._issue(arguments)
        flag = _OPEN if arguments.get("public") else _INTERNAL
        body = {"body": arguments["text"], "properties": [flag]}
        made = Talk(self._site, self._person(arguments), 2).add(issue, body)
        return {"id": made.id, "issue": issue.key}

    def edit_comment(self, arguments: Arguments) -> Mapping[str, Any]:
        """Change a comment's text: `issue`, `comment`, `text`; its visibility stays."""
        issue = self._issue(arguments)
        comment = self._site.comment(issue, str(arguments["comment"]))
        person = self._person(arguments)
        Talk(self._site, person, 2).edit(issue, comment, {"body": arguments["text"]})
        return {"id": comment.id}

    def delete_comment(self, arguments: Arguments) -> Mapping[str, Any]:
        """Delete a comment: `issue`, `comment`."""
        issue = self._issue(arguments)
        comment = self._site.comment(issue, str(arguments["comment"]))
        Talk(self._site, self._person(arguments), 2).delete(issue, comment)
        return {"id": comment.id}

    def transition(self, arguments: Arguments) -> Mapping[str, Any]:
        """Bring an issue to a status, over others if need be: `issue`, `to`, `resolution`."""
        issue = self._issue(arguments)
        editor = Editor(self._site, self._person(arguments), 2)
        resolution = arguments.get("resolution")
        workflow.walk(editor, issue, str(arguments["to"]), str(resolution) if resolution else None)
        return {"key": issue.key, "status": self._site.statuses[issue.status].name}

    def edit(self, arguments: Arguments) -> Mapping[str, Any]:
        """Edit fields: `issue`, `fields` in the form of API version 2."""
        issue = self._issue(arguments)
        fields = dict(arguments["fields"])
        if isinstance(fields.get("priority"), str):
            fields["priority"] = {"name": fields["priority"]}
        Editor(self._site, self._person(arguments), 2).edit(issue, {"fields": fields})
        return {"key": issue.key}

    def assign(self, arguments: Arguments) -> Mapping[str, Any]:
        """Assign an issue: `issue`, `to` (empty: nobody)."""
        issue = self._issue(arguments)
        assignee = self._person(arguments, "to").account_id if arguments.get("to") else None
        editor = Editor(self._site, self._site.find_user("chen.rd"), 2)
        editor.change(issue, {"assignee": assignee})
        return {"key": issue.key}

    def delete_issue(self, arguments: Arguments) -> Mapping[str, Any]:
        """Delete an issue: `issue`."""
        issue = self._issue(arguments)
        Editor(self._site, self._person(arguments), 2).delete(issue)
        return {"key": issue.key}

    def move(self, arguments: Arguments) -> Mapping[str, Any]:
        """Move an issue to another project, which gives it a new key: `issue`, `project`."""
        issue = self._issue(arguments)
        project = self._project(str(arguments.get("project", "LIB")))
        Editor(self._site, self._person(arguments), 2).move(issue, project)
        return {"id": issue.id, "key": issue.key}

    def remove_transition(self, arguments: Arguments) -> Mapping[str, Any]:
        """Take transitions out of a workflow: `to` (a status) or `name`, `project`."""
        project = self._project(str(arguments.get("project", "RND")))
        target = named(self._site.statuses_of(project), str(arguments.get("to", "")))
        name = str(arguments.get("name", ""))
        before = project.workflow.transitions
        kept = [x for x in before if x.name != name and (target is None or x.to != target.id)]
        if len(kept) == len(before):
            raise ValueError("no such transition")
        project.workflow.transitions = kept
        return {"removed": [x.name for x in before if x not in kept]}

    def condition(self, arguments: Arguments) -> Mapping[str, Any]:
        """Let only some make a transition: `name`, `only` or `permission`, `project`.

        `only` is assignee or reporter, or empty for anyone; `permission` is one that they need.
        """
        project = self._project(str(arguments.get("project", "RND")))
        name, only = str(arguments["name"]), str(arguments.get("only", ""))
        found = [x for x in project.workflow.transitions if x.name == name]
        right = str(arguments.get("permission", "TRANSITION_ISSUES"))
        if not found or only not in {"", "assignee", "reporter"} or right not in PERMISSIONS:
            raise ValueError("no such transition, role of a person, or permission")
        for transition in found:
            transition.only, transition.permission = cast("Only", only), right
        return {"name": name, "only": only, "permission": right}

    def require_field(self, arguments: Arguments) -> Mapping[str, Any]:
        """Have a project's issues need a field, or not: `field`, `on`, `project`."""
        project = self._project(str(arguments.get("project", "RND")))
        field = self._field(str(arguments["field"]))
        rest = [name for name in project.required if name != field]
        project.required = [*rest, field] if arguments.get("on", True) else rest
        return {"required": project.required}

    def remove_field(self, arguments: Arguments) -> Mapping[str, Any]:
        """Delete a custom field with what issues have in it: `field`, by id or name."""
        name = self._field(str(arguments["field"]))
        if name not in self._site.custom_fields:
            raise ValueError(f"{name} is no custom field")
        self._site.drop_field(name)
        return {"removed": name}

    def _field(self, text: str) -> str:
        customs = self._site.custom_fields
        low = text.lower()
        found = customs.get(text) or next(
            (field for field in customs.values() if field.name.lower() == low), None
        )
        if found is None and text not in EDITABLE:
            raise ValueError(f"there is no field {text!r}")
        return found.id if found else text

    def permission(self, arguments: Arguments) -> Mapping[str, Any]:
        """Withhold or give back a permission: `user`, `permission`, `allow`, `project`."""
        project = self._project(str(arguments.get("project", "RND")))
        entry = (self._person(arguments, "user").account_id, str(arguments["permission"]))
        if arguments.get("allow"):
            project.denied.discard(entry)
        else:
            project.denied.add(entry)
        return {"denied": sorted(f"{user} {right}" for user, right in project.denied)}

    def search_lag(self, arguments: Arguments) -> Mapping[str, Any]:
        """Let the search lag behind writes: `seconds`."""
        self._site.index.lag = timedelta(seconds=float(arguments["seconds"]))
        return {"seconds": self._site.index.lag.total_seconds()}

    def rate_limits(self, arguments: Arguments) -> Mapping[str, Any]:
        """Limit requests, by the names of `Limits`; without arguments, limit nothing."""
        try:
            self._site.limits = Limits(**arguments)
        except TypeError:
            known = ", ".join(field.name for field in fields(Limits))
            raise ValueError(f"unknown limits; there are: {known}") from None
        return asdict(self._site.limits)

    def old_search(self, arguments: Arguments) -> Mapping[str, Any]:
        """Have `/search` as it was before Cloud removed it, or not: `on`."""
        self._site.old_search = bool(arguments.get("on", True))
        return {"on": self._site.old_search}

    def version(self, arguments: Arguments) -> Mapping[str, Any]:
        """Have Data Center be of another version: `version`, such as 9.12.15."""
        numbers = str(arguments["version"]).split(".")
        if len(numbers) != 3 or not all(part.isdecimal() for part in numbers):
            raise ValueError("a version is three numbers, such as 9.12.15")
        major, minor, fix = map(int, numbers)
        self._site.version = (major, minor, fix)
        return {"version": ".".join(numbers)}

    def index_property(self, arguments: Arguments) -> Mapping[str, Any]:
        """Have an app declare an issue's property for search: `key`, `path`, `type`."""
        key, path = str(arguments["key"]), str(arguments.get("path", ""))
        kind = str(arguments.get("type", "string"))
        if kind not in {"string", "text", "number"}:
            raise ValueError(f"the type of a property is string, text or number, not {kind!r}")
        self._site.schemes.indexed[key, path] = kind
        return {"key": key, "path": path, "type": kind}


ACTIONS: Final[dict[str, Callable[[Acts, Arguments], Mapping[str, Any]]]] = {
    "create_issue": Acts.create_issue,
    "load": Acts.load,
    "comment": Acts.comment,
    "edit_comment": Acts.edit_comment,
    "delete_comment": Acts.delete_comment,
    "transition": Acts.transition,
    "edit": Acts.edit,
    "assign": Acts.assign,
    "delete_issue": Acts.delete_issue,
    "move": Acts.move,
    "remove_transition": Acts.remove_transition,
    "condition": Acts.condition,
    "require_field": Acts.require_field,
    "remove_field": Acts.remove_field,
    "permission": Acts.permission,
    "search_lag": Acts.search_lag,
    "rate_limits": Acts.rate_limits,
    "old_search": Acts.old_search,
    "index_property": Acts.index_property,
    "version": Acts.version,
}
