"""Moves an issue to a status: Jira ignores a status that is written, only transitions move it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.errors import PreconditionFailedError, RejectedError, RetryableError
from hub.models import Value
from hub_jira.client import JiraClient
from hub_jira.settings import JiraSettings

Json = dict[str, Any]


def at_status(issue: Json, wanted: str) -> bool:
    """Say whether an issue is at a status, told by name or id."""
    status = issue["fields"]["status"]
    return bool(status["id"] == wanted or str(status["name"]).casefold() == wanted.casefold())


class Mover:
    """Chooses and makes transitions."""

    def __init__(self, client: JiraClient, settings: JiraSettings) -> None:
        self._client = client
        self._settings = settings

    def offered(self, issue: str) -> list[Json]:
        """Give the transitions that Jira offers us for an issue now, with their fields."""
        path = f"issue/{issue}/transitions"
        return list(self._client.get(path, expand="transitions.fields").get("transitions", []))

    def move(self, issue: Json, status: str, resolution: Value = None) -> str:
        """Bring an issue to a status; give a remark for the journal, empty if all was done.

        An issue that is already there, also because an earlier try moved it, is a success.
        """
        if at_status(issue, status):
            return self._unset_resolution(issue, resolution)
        transition = self._choose(issue, status)
        fields, remark = self._fields(transition, issue, resolution)
        body: Json = {"transition": {"id": str(transition["id"])}}
        if fields:
            body["fields"] = fields
        try:
            self._client.post(f"issue/{issue['id']}/transitions", body)
        except (RejectedError, RetryableError):
            if not at_status(self._client.get(f"issue/{issue['id']}", fields="status"), status):
                raise
        return remark

    def _unset_resolution(self, issue: Json, resolution: Value) -> str:
        current = (issue["fields"].get("resolution") or {}).get("name")
        if resolution and current != resolution:
            return f"the resolution stays {current!r}: only a transition can set it"
        return ""

    def _choose(self, issue: Json, status: str) -> Json:
        offered = self.offered(str(issue["id"]))
        fitting = [x for x in offered if _leads_to(x, status)]
        targets = {str(x["to"]["id"]) for x in fitting}
        if len(targets) > 1:
            raise PreconditionFailedError(
                f"several statuses are called {status!r} (ids {', '.join(sorted(targets))}): "
                "name the id instead"
            )
        hint = self._hint(status)
        preferred = [x for x in fitting if hint and hint in {str(x["id"]), x["name"].casefold()}]
        if not fitting:
            raise PreconditionFailedError(self._no_path(issue, status, offered))
        return (preferred or sorted(fitting, key=lambda x: (len(_required(x)), int(x["id"]))))[0]

    def _hint(self, status: str) -> str:
        hints = {target.casefold(): hint for target, hint in self._settings.transitions.items()}
        return hints.get(status.casefold(), "").casefold()

    def _no_path(self, issue: Json, status: str, offered: Sequence[Json]) -> str:
        now = issue["fields"]["status"]["name"]
        if not offered:
            return (
                f"{issue['key']} can not go from {now!r} to {status!r}: Jira offers us no "
                "transition at all; the user needs the right to transition issues"
            )
        names = ", ".join(f"{x['name']!r} → {x['to']['name']!r}" for x in offered)
        return (
            f"{issue['key']} can not go from {now!r} to {status!r}; offered are: {names}. "
            "Add the transition to the project's workflow, or map the status differently"
        )

    def _fields(self, transition: Json, issue: Json, resolution: Value) -> tuple[Json, str]:
        screen: Json = transition.get("fields") or {}
        missing = [name for name in _required(transition) if name != "resolution"]
        if missing:
            raise PreconditionFailedError(
                f"the transition {transition['name']!r} of {issue['key']} needs "
                f"{', '.join(missing)}, which the hub does not know: make them optional there, "
                "or name another transition in the setting `transitions`"
            )
        if "resolution" not in screen:
            name = transition["name"]
            remark = f"the resolution {resolution!r} was not set: {name!r} has no field for it"
            return {}, remark if resolution else ""
        if not resolution and not screen["resolution"].get("required"):
            return {}, ""
        chosen = self._resolution(screen["resolution"], transition, resolution)
        return {"resolution": {"id": chosen}}, ""

    def _resolution(self, field: Json, transition: Json, wanted: Value) -> str:
        allowed: list[Json] = field.get("allowedValues") or []
        for name in filter(None, (wanted, "" if wanted else self._settings.default_resolution)):
            for value in allowed:
                if str(name).casefold() in {str(value["name"]).casefold(), str(value["id"])}:
                    return str(value["id"])
        if not wanted and len(allowed) == 1:
            return str(allowed[0]["id"])
        names = ", ".join(repr(value["name"]) for value in allowed)
        what = wanted or self._settings.default_resolution
        raise PreconditionFailedError(
            f"the transition {transition['name']!r} does not take the resolution {what!r}; "
            f"it takes {names}"
        )


def _leads_to(transition: Json, status: str) -> bool:
    to = transition["to"]
    return bool(str(to["id"]) == status or str(to["name"]).casefold() == status.casefold())


def _required(transition: Json) -> list[str]:
    fields: Json = transition.get("fields") or {}
    return [
        name
        for name, field in fields.items()
        if field.get("required") and not field.get("hasDefaultValue")
    ]
