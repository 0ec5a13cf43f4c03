"""What a new project begins with: its issue types and its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from hub_jira.sandbox.model import Project, Transition, Workflow
from hub_jira.sandbox.site import Site, named

Kind = Literal["software", "service_desk", "business"]
_AGILE: Final = "com.pyxis.greenhopper.jira:"
_CORE: Final = "com.atlassian.jira-core-project-templates:jira-core-"
_TEMPLATES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "software": (
        ("Basic software development", f"{_AGILE}basic-software-development-template"),
        ("Kanban software development", f"{_AGILE}gh-kanban-template"),
        ("Scrum software development", f"{_AGILE}gh-scrum-template"),
    ),
    "business": (
        ("Process management", f"{_CORE}process-management"),
        ("Project management", f"{_CORE}project-management"),
        ("Task management", f"{_CORE}task-management"),
    ),
}
_TYPES: Final = {
    "software": ("Bug", "Task", "Story", "Epic", "Sub-task"),
    "service_desk": ("Bug", "Task", "Service Request", "Sub-task"),
    "business": ("Task", "Sub-task"),
}


def type_of(template: str) -> str | None:
    """Give the type of project that a template, by its key, makes."""
    for kind, entries in _TEMPLATES.items():
        if any(template == key for _, key in entries):
            return kind
    if "servicedesk" in template:
        return "service_desk"
    return "business" if "core-project" in template else "software" if template else None


def board_of(template: str) -> Literal["scrum", "kanban"] | None:
    """Give the kind of board that a project made of a template, by its key, comes with."""
    if not template.startswith(_AGILE):
        return None
    return "scrum" if "scrum" in template else "kanban" if "kanban" in template else None


def grouped() -> list[dict[str, Any]]:
    """Give the templates as the dialogue that makes projects lists them."""
    return [
        {
            "projectTypeBean": {"projectTypeKey": kind},
            "projectTemplates": [
                {
                    "name": name,
                    "projectTypeKey": kind,
                    "projectTemplateModuleCompleteKey": key,
                    "itemModuleCompleteKey": key,
                }
                for name, key in entries
            ],
        }
        for kind, entries in _TEMPLATES.items()
    ]


def build(site: Site, kind: str, *, key: str, name: str, lead: str) -> Project:
    """Make a project of a type."""
    wanted = [named(site.issue_types.values(), text) for text in _TYPES[kind]]
    return Project(
        id=site.new_id(),
        key=key,
        name=name,
        lead=lead,
        workflow=simplified(site),
        issue_types=[entry.id for entry in wanted if entry],
        type_key=cast("Kind", kind),
    )


def simplified(site: Site) -> Workflow:
    """Make the workflow of simple projects: from every status to every other."""
    names = ("To Do", "In Progress", "Done")
    found = [named(site.statuses.values(), text) for text in names]
    statuses = [entry for entry in found if entry]
    return Workflow(
        statuses=[status.id for status in statuses],
        initial=statuses[0].id,
        transitions=[
            Transition(id=str(11 + 10 * place), name=status.name, to=status.id)
            for place, status in enumerate(statuses)
        ],
    )
