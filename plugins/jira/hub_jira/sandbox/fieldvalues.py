"""Reads the `fields` and `update` of a request into the values that an issue holds."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Final

from hub_jira.sandbox import durations
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError, Project
from hub_jira.sandbox.parsing import FieldError, Parser
from hub_jira.sandbox.planning import Component, Version
from hub_jira.sandbox.site import Site

NOT_ON_SCREEN: Final = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
EDITABLE: Final = (
    "summary", "description", "environment", "labels", "priority", "issuetype", "assignee",
    "reporter", "duedate", "parent", "timetracking", "components", "fixVersions", "versions",
    "security",
)  # fmt: skip
VERBS_ONLY: Final = frozenset({"comment", "worklog", "issuelinks", "attachment"})
"""What `update` can do to an issue beside its fields; `extras` does it."""
AUTOMATIC: Final = "-1"
"""Names no user, but leaves it to the project who gets an issue."""
LISTS: Final = frozenset({"labels", "components", "fixVersions", "versions"})
ATTRIBUTES: Final = {"issuetype": "issue_type", "duedate": "due", "fixVersions": "fix_versions"}
_NO_TYPE: Final = "issue type is required"
WRONG_TYPE: Final = "valid issue type is required"
_BOTH: Final = "Field '{}' cannot appear in both 'fields' and 'update'"
_LONE: Final = ("set", "edit")


class FieldValues:
    """Reads values for one site and one version of the API."""

    def __init__(self, site: Site, parser: Parser) -> None:
        self._site = site
        self._parser = parser

    def read(
        self,
        body: Mapping[str, Any],
        project: Project,
        screen: Container[str],
        issue: Issue | None = None,
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Give the values that were sent, and the refusals by field: Jira tells all at once.

        `screen` are the fields that may be set; `issue` is the one that verbs change.
        """
        fields = mapping(body.get("fields"))
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, raw in fields.items():
            try:
                _check_screen(name, screen)
                values[name] = self.value(name, raw, project)
            except FieldError as error:
                errors[name] = str(error)
        for name, verbs in mapping(body.get("update")).items():
            _check_verbs(name, verbs)
            if name in fields:
                errors[name] = _BOTH.format(name)
            elif any(verbs) and name not in VERBS_ONLY:
                try:
                    _check_screen(name, screen)
                    values[name] = self._fold(name, verbs, project, issue)
                except FieldError as error:
                    errors[name] = str(error)
        if values.get("assignee") == AUTOMATIC:
            components = values.get("components", issue.components if issue else ())
            values["assignee"] = self._site.planning.automatic_assignee(project, components)
        return values, errors

    def value(self, name: str, raw: Any, project: Project) -> Any:
        """Read one field's value; FieldError if Jira refuses it."""
        parser, site = self._parser, self._site
        readers: dict[str, Callable[[], Any]] = {
            "summary": lambda: parser.summary(raw),
            "description": lambda: parser.rich(raw),
            "environment": lambda: parser.rich(raw),
            "labels": lambda: parser.labels(raw),
            "priority": lambda: parser.choice(site.priorities, raw, "priority"),
            "issuetype": lambda: self._issue_type(raw),
            "assignee": lambda: AUTOMATIC if _automatic(raw) else parser.user(raw, project),
            "reporter": lambda: parser.user(raw),
            "duedate": lambda: parser.due(raw),
            "resolution": lambda: self._resolution(raw),
            "parent": lambda: self._parent(raw),
            "timetracking": lambda: _estimates(raw),
            "components": lambda: self._planned("Component", raw, project),
            "fixVersions": lambda: self._planned("Version", raw, project),
            "versions": lambda: self._planned("Version", raw, project),
            "security": lambda: self._security(raw),
        }
        if reader := readers.get(name):
            return reader()
        if custom := site.custom_fields.get(name):
            return parser.custom(custom, raw)
        raise FieldError(NOT_ON_SCREEN.format(name))

    def is_list(self, name: str) -> bool:
        """Say whether a field holds several values, so that one can be added to them."""
        custom = self._site.custom_fields.get(name)
        return custom.type == "array" if custom else name in LISTS

    def _fold(
        self,
        name: str,
        verbs: Sequence[Mapping[str, Any]],
        project: Project,
        issue: Issue | None,
    ) -> Any:
        """Fold verbs into the whole value that they lead to."""
        several = self.is_list(name)
        result: Any = list(held(issue, name) or []) if several and issue else []
        for verb, raw in (pair for entry in verbs for pair in entry.items()):
            if verb == "set" or (verb in _LONE and not several):
                result = self.value(name, raw, project)
            elif several and verb in {"add", "remove"}:
                one = self.value(name, [raw], project)
                rest = [entry for entry in result if entry not in one]
                result = [*result, *(x for x in one if x not in result)] if verb == "add" else rest
            else:
                raise FieldError(f"Field '{name}' does not support operation '{verb}'")
        return sorted(result) if name == "labels" else result

    def _planned(self, what: str, raw: Any, project: Project) -> list[str]:
        """Read components or versions of a project, by id or name."""
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise FieldError("data was not an array")
        planning = self._site.planning
        table: Mapping[str, Component] | Mapping[str, Version] = planning.versions
        if what == "Component":
            table = planning.components
        found: list[str] = []
        for entry in raw:
            sent = entry if isinstance(entry, Mapping) else {"name": entry}
            wanted = str(sent.get("id") or sent.get("name") or "")
            fitting = [
                x.id
                for x in table.values()
                if x.project == project.id and wanted in ({x.id} if "id" in sent else {x.name})
            ]
            if not fitting:
                how = "id" if "id" in sent else "name"
                raise FieldError(f"{what} {how} '{wanted}' is not valid")
            found += [x for x in fitting if x not in found]
        return found

    def _security(self, raw: Any) -> str | None:
        if raw is None:
            return None
        wanted = str(raw.get("id") or raw.get("name") or "") if isinstance(raw, Mapping) else ""
        for level in self._site.schemes.levels.values():
            if wanted in {level.id, level.name}:
                return level.id
        raise FieldError("The issue security level selected is invalid.")

    def _issue_type(self, raw: Any) -> str:
        cloud = self._site.cloud
        if not raw:
            raise FieldError("Specify an issue type" if cloud else _NO_TYPE)
        try:
            return self._parser.choice(self._site.issue_types, raw, "issue type")
        except FieldError:
            if cloud:
                raise
            named = isinstance(raw, Mapping) and "id" not in raw
            raise FieldError(_NO_TYPE if named else WRONG_TYPE) from None

    def _resolution(self, raw: Any) -> str | None:
        if raw is None:
            return None
        return self._parser.choice(self._site.resolutions, raw, "resolution")

    def _parent(self, raw: Any) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            raise FieldError("data was not an object")
        parent = self._site.find_issue(str(raw.get("key") or raw.get("id") or ""))
        if parent is None:
            raise FieldError("Could not find issue by id or key.")
        return parent.id


def _automatic(raw: Any) -> bool:
    names = ("accountId", "id", "name", "key")
    return isinstance(raw, Mapping) and any(raw.get(name) == AUTOMATIC for name in names)


def _estimates(raw: Any) -> dict[str, int]:
    if not isinstance(raw, Mapping):
        raise FieldError("data was not an object")
    result = {}
    for name in ("originalEstimate", "remainingEstimate"):
        if raw.get(name) is None:
            continue
        amount = durations.seconds(str(raw[name]))
        if amount is None:
            raise FieldError(f"Please enter a valid duration. '{raw[name]}' is not a duration.")
        result[name] = amount
    return result


def mapping(value: Any) -> Mapping[str, Any]:
    """Give an object of a request; absent is empty; anything else is refused."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise JiraError(400, INVALID_PAYLOAD)
    return value


def _check_screen(name: str, screen: Container[str]) -> None:
    if name not in screen:
        raise FieldError(NOT_ON_SCREEN.format(name))


def _check_verbs(name: str, verbs: Any) -> None:
    if not isinstance(verbs, list) or not all(isinstance(x, Mapping) for x in verbs):
        raise JiraError(400, f"The operations on '{name}' must be a list of objects.")


def held(issue: Issue, name: str) -> Any:
    """Give what an issue holds in a field."""
    if name.startswith("customfield_"):
        return issue.custom.get(name)
    return getattr(issue, ATTRIBUTES.get(name, name))


def hold(issue: Issue, name: str, value: Any) -> None:
    """Have an issue hold a value in a field."""
    if name.startswith("customfield_"):
        issue.custom[name] = value
    else:
        setattr(issue, ATTRIBUTES.get(name, name), value)
