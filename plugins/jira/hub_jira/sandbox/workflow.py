"""Makes transitions: the way in the workflow, the screen's fields, what follows from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from hub_jira.sandbox.catalogue import field_name
from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.fieldvalues import mapping
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError, Project, Transition
from hub_jira.sandbox.parsing import refuse
from hub_jira.sandbox.site import named


def transition(editor: Editor, issue: Issue, body: Mapping[str, Any]) -> None:
    """Make the transition that a client asks for."""
    wanted = mapping(body.get("transition")).get("id")
    if wanted is None:
        raise JiraError(400, "Missing 'transition' identifier")
    offered = editor.site.transitions(issue, editor.user)
    chosen = next((x for x in offered if x.id == str(wanted)), None)
    if chosen is None:
        raise JiraError(400, _not_offered(editor, issue, str(wanted)))
    values = _screen_values(editor, issue, chosen, body)
    make(editor, issue, chosen, values)


def _not_offered(editor: Editor, issue: Issue, wanted: str) -> str:
    if editor.site.cloud:
        return f"Transition id '{wanted}' is not valid for this issue."
    return (
        f"It seems that you have tried to perform a workflow operation ({wanted}) that is not "
        f"valid for the current state of this issue ({issue.key}). The likely cause is that "
        "somebody has changed the issue recently, please look at the issue history for details."
    )


def _screen_values(
    editor: Editor, issue: Issue, chosen: Transition, body: Mapping[str, Any]
) -> dict[str, Any]:
    project = editor.site.projects[issue.project]
    values, errors = editor.values.read(body, project, chosen.screen, issue)
    for name, required in chosen.screen.items():
        if required and values.get(name) is None and name not in errors:
            shown = field_name(name, editor.site.custom_fields.get(name))
            errors[name] = f"{shown} is required."
    refuse(errors)
    return values


def make(editor: Editor, issue: Issue, chosen: Transition, values: Mapping[str, Any]) -> None:
    """Make a transition whose fields are already read."""
    site = editor.site
    changes: dict[str, Any] = {**values, "status": chosen.to}
    if chosen.clears_resolution:
        changes["resolution"] = None
    if site.statuses[chosen.to].category != site.statuses[issue.status].category:
        issue.status_changed = site.now()
    if "resolution" in changes:
        issue.resolved = site.now() if changes["resolution"] else None
    editor.change(issue, changes)


def walk(editor: Editor, issue: Issue, status: str, resolution: str | None) -> None:
    """Bring an issue to a status as a person would: by as many transitions as it takes."""
    site = editor.site
    project = site.projects[issue.project]
    target = named(site.statuses_of(project), status)
    if target is None:
        raise ValueError(f"the workflow of {project.key} has no status {status!r}")
    path = _path(project, issue.status, target.id)
    if path is None:
        raise ValueError(f"no transitions lead {issue.key} to {status!r}")
    for step in path:
        last = step is path[-1]
        make(editor, issue, step, _person_fills(editor, step, resolution, last=last))


def _person_fills(
    editor: Editor, step: Transition, resolution: str | None, *, last: bool
) -> dict[str, Any]:
    wanted = resolution if last else None
    required = step.screen.get("resolution", False)
    if "resolution" not in step.screen or not (wanted or required):
        return {}
    chosen = named(editor.site.resolutions.values(), wanted or "Done")
    if chosen is None:
        raise ValueError(f"no such resolution: {wanted!r}")
    return {"resolution": chosen.id}


def _path(project: Project, start: str, goal: str) -> list[Transition] | None:
    queue: deque[tuple[str, list[Transition]]] = deque([(start, [])])
    seen = {start}
    while queue:
        status, path = queue.popleft()
        if status == goal:
            return path
        for step in project.workflow.transitions:
            if step.leaves(status) and step.to not in seen:
                seen.add(step.to)
                queue.append((step.to, [*path, step]))
    return None
