"""Looks at what a Jira lacks before the hub relies on it, with a remedy for each finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from hub.connector import FieldInfo, Finding
from hub.errors import AuthenticationError, HubError, RetryableError
from hub_jira import jql
from hub_jira.client import JiraClient
from hub_jira.directory import Directory
from hub_jira.settings import JiraSettings
from hub_jira.transitions import Mover

Json = dict[str, Any]
LINE: Final = 255
"""Characters that Jira takes in a field of one line."""
_RIGHTS: Final = {
    "BROWSE_PROJECTS": "browse projects",
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "edit issues",
    "ADD_COMMENTS": "add comments",
    "TRANSITION_ISSUES": "transition issues",
}


class Preflight:
    """Checks one Jira against the settings."""

    def __init__(self, client: JiraClient, settings: JiraSettings, directory: Directory) -> None:
        self._client = client
        self._settings = settings
        self._directory = directory
        self._mover = Mover(client, settings)

    def findings(self) -> list[Finding]:
        """Look at everything in order; what the rest stands on ends it when it fails."""
        found: list[Finding] = []
        steps: tuple[tuple[str, Callable[[], list[Finding]], bool], ...] = (
            ("the site can be reached", self._site, True),
            ("the login is accepted", self._login, True),
            (f"project {self._settings.project} is visible", self._project, True),
            ("the user's rights in the project", self._rights, False),
            (f"issue type {self._settings.issue_type!r} exists", self._issue_type, False),
            ("the configured fields exist", self._fields, False),
            ("the workflow has the statuses", self._statuses, False),
            ("the workflow has the transitions", self._transitions, False),
        )
        for what, step, vital in steps:
            try:
                found += step()
            except HubError as error:
                found.append(Finding(what=what, ok=False, detail=str(error), remedy=_remedy(error)))
            if vital and not all(finding.ok for finding in found):
                break
        return found

    def _site(self) -> list[Finding]:
        try:
            info = self._client.server_info()
        except AuthenticationError:  # it answered: what it says of our login comes next
            return [Finding(what="the site can be reached", ok=True, detail=self._settings.url)]
        kind = info.get("deploymentType", "Server")
        detail = f"Jira {kind} {info.get('version', '')} at {self._settings.url}"
        fits = self._settings.flavour == "auto" or self._client.cloud == (kind == "Cloud")
        remedy = "" if fits else "set flavour: auto, or the one the site has"
        return [Finding(what="the site can be reached", ok=fits, detail=detail, remedy=remedy)]

    def _login(self) -> list[Finding]:
        me = self._client.myself()
        name = me.get("emailAddress") or me.get("name") or me.get("accountId")
        zone = me.get("timeZone", "unknown")
        detail = f"{me.get('displayName')} ({name}), time zone {zone}"
        return [Finding(what="the login is accepted", ok=True, detail=detail)]

    def _project(self) -> list[Finding]:
        key = self._settings.project
        if not self._directory.project_visible():
            remedy = "correct `project`, or give the hub's user the right to browse it"
            return [Finding(what=f"project {key} is visible", ok=False, remedy=remedy)]
        project = self._client.get(f"project/{key}")
        kind = project.get("projectTypeKey", "software")
        detail = f"{project.get('name')} ({kind})"
        return [Finding(what=f"project {key} is visible", ok=True, detail=detail)]

    def _rights(self) -> list[Finding]:
        answer = self._client.get(
            "mypermissions", projectKey=self._settings.project, permissions=",".join(_RIGHTS)
        )
        rights: Json = answer["permissions"]
        findings = []
        for right, name in _RIGHTS.items():
            ok = bool(rights.get(right, {}).get("havePermission"))
            remedy = "" if ok else f"grant {right} in the project's permission scheme"
            findings.append(Finding(what=f"the user may {name}", ok=ok, remedy=remedy))
        return findings

    def _types(self) -> list[Json]:
        return list(self._client.get(f"project/{self._settings.project}/statuses"))

    def _issue_type(self) -> list[Finding]:
        names = [str(entry["name"]) for entry in self._types()]
        ok = self._settings.issue_type in names
        remedy = "" if ok else f"set issue_type to one of {', '.join(names)}"
        what = f"issue type {self._settings.issue_type!r} exists"
        return [Finding(what=what, ok=ok, remedy=remedy)]

    def _fields(self) -> list[Finding]:
        shapes = self._directory.shapes()
        on_screen = {info.name for info in self.describe_issue() if info.writable}
        findings = []
        for name, shape in shapes.items():
            ok = name in on_screen
            remedy = "" if ok else f"add {shape.id} to the project's create and edit screens"
            findings.append(Finding(what=f"field {name!r} can be written", ok=ok, remedy=remedy))
        ok = "labels" in on_screen
        remedy = "" if ok else "add the field Labels to the create screen: it carries the hub's key"
        return [*findings, Finding(what="labels can be written", ok=ok, remedy=remedy)]

    def status_names(self) -> list[str]:
        """Give the statuses of the configured issue type, in the workflow's order."""
        entries = self._types()
        own = [x for x in entries if x["name"] == self._settings.issue_type] or entries
        return list(dict.fromkeys(str(s["name"]) for entry in own for s in entry["statuses"]))

    def _statuses(self) -> list[Finding]:
        names = self.status_names()
        known = {name.casefold() for name in names}
        return [
            Finding(
                what=f"status {status!r} exists",
                ok=status.casefold() in known,
                remedy=""
                if status.casefold() in known
                else f"the workflow has {', '.join(names)}: correct the name, or add the status",
            )
            for status in self._settings.needed_statuses
        ]

    def _transitions(self) -> list[Finding]:
        """Look which statuses can be reached, on one issue of each status.

        Only an administrator may read a workflow; others see what is offered on an issue.
        """
        needed = self._settings.needed_statuses
        if not needed:
            return []
        reached: set[str] = set()
        blank: list[str] = []
        for status in self.status_names():
            sample = self._sample(status)
            if sample is None:
                blank.append(status)
                continue
            reached |= {str(x["to"]["name"]).casefold() for x in self._mover.offered(sample)}
        return [self._reachable(status, reached, blank) for status in needed]

    def _reachable(self, status: str, reached: set[str], blank: Sequence[str]) -> Finding:
        what = f"a transition leads to {status!r}"
        if status.casefold() in reached:
            return Finding(what=what, ok=True)
        if blank:
            detail = f"can not be told yet: no issue is at {', '.join(blank)}"
            return Finding(what=what, ok=True, detail=detail)
        remedy = "add it to the project's workflow, or give the hub's user the right to make it"
        return Finding(what=what, ok=False, remedy=remedy)

    def _sample(self, status: str) -> str | None:
        query = f"project = {jql.quote(self._settings.project)} AND status = {jql.quote(status)}"
        query += f" AND issuetype = {jql.quote(self._settings.issue_type)} ORDER BY updated DESC"
        path = "search/jql" if self._client.cloud else "search"
        body = {"jql": query, "fields": ["status"], "maxResults": 1}
        issues = self._client.post(path, body).get("issues", [])
        return str(issues[0]["id"]) if issues else None

    def describe_issue(self) -> list[FieldInfo]:
        """Give an issue's fields as the create screen has them now."""
        names = {shape.id: name for name, shape in self._directory.shapes().items()}
        infos = [
            FieldInfo(name="key", type="string", writable=False),
            FieldInfo(name="status", type="status", values=tuple(self.status_names())),
            FieldInfo(name="resolution", type="resolution", values=self._resolutions()),
            FieldInfo(name="status_category", type="string", writable=False),
            FieldInfo(name="url", type="string", writable=False),
        ]
        for identifier, meta in self._screen().items():
            allowed = meta.get("allowedValues") or []
            values = (x.get("name") or x.get("value") or x.get("key") for x in allowed)
            infos.append(
                FieldInfo(
                    name=names.get(identifier, identifier),
                    type=str(meta.get("schema", {}).get("type", "string")),
                    required=bool(meta.get("required")),
                    values=tuple(str(value) for value in values if value),
                    length=self._length(meta.get("schema", {})),
                )
            )
        return infos

    def _length(self, schema: Json) -> int:
        """Give how long a text may be: one line, or as the administrator limits long ones."""
        if schema.get("type") != "string":
            return 0
        long = schema.get("system") in {"description", "environment"}
        long = long or str(schema.get("custom", "")).endswith(":textarea")
        return self._settings.text_limit if long else LINE

    def _resolutions(self) -> tuple[str, ...]:
        return tuple(str(entry["name"]) for entry in self._client.get("resolution"))

    def _screen(self) -> dict[str, Json]:
        base = f"issue/createmeta/{self._settings.project}/issuetypes"
        listed = self._client.get(base)
        types: list[Json] = listed.get("issueTypes") or listed.get("values") or []
        own = next((x for x in types if x["name"] == self._settings.issue_type), None)
        if own is None:
            return {}
        name = "fields" if self._client.cloud else "values"
        fields = self._client.pages(f"{base}/{own['id']}", name)
        return {str(entry.get("fieldId") or entry.get("key")): entry for entry in fields}


def _remedy(error: HubError) -> str:
    if isinstance(error, AuthenticationError):
        return "check email and token: tokens expire, and only a person can unlock a locked login"
    if isinstance(error, RetryableError):
        return "check url, network and ca_file; try again later if the site is down"
    return "see the message; the user may lack a right, or the settings name something else"
