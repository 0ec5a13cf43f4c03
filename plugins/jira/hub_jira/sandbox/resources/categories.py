"""Project categories."""

from __future__ import annotations

from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.rights import administrator
from hub_jira.sandbox.schemes import ProjectCategory


def shown(call: Call, entry: ProjectCategory) -> dict[str, Any]:
    """Show a category."""
    return {
        "self": f"{call.view.root}/projectCategory/{entry.id}",
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
    }


def _category(call: Call) -> ProjectCategory:
    entry = call.site.schemes.categories.get(call.path["id"])
    if entry is None:
        raise JiraError(404, f"A project category with id '{call.path['id']}' does not exist.")
    return entry


def listing(call: Call) -> Answer:
    """List the categories."""
    call.logged_in()
    return Answer([shown(call, entry) for entry in call.site.schemes.categories.values()])


def read(call: Call) -> Answer:
    """Read a category."""
    call.logged_in()
    return Answer(shown(call, _category(call)))


def create(call: Call) -> Answer:
    """Create a category."""
    administrator(call)
    name = str(call.data.get("name") or "")
    if any(x.name.lower() == name.lower() for x in call.site.schemes.categories.values()):
        raise JiraError(409, f"The project category with name '{name}' already exists.")
    if not name:
        raise JiraError(400, errors={"name": "The category name must be specified."})
    description = str(call.data.get("description") or "")
    entry = ProjectCategory(id=call.site.new_id(), name=name, description=description)
    call.site.schemes.categories[entry.id] = entry
    return Answer(shown(call, entry), 201)


def update(call: Call) -> Answer:
    """Change a category."""
    administrator(call)
    entry = _category(call)
    entry.name = str(call.data.get("name") or entry.name)
    entry.description = str(call.data.get("description", entry.description) or "")
    return Answer(shown(call, entry))


def delete(call: Call) -> Answer:
    """Delete a category; its projects are in none then."""
    administrator(call)
    entry = _category(call)
    schemes = call.site.schemes
    kept = {k: v for k, v in schemes.chosen.items() if (k[1], v) != ("category", entry.id)}
    schemes.chosen = kept
    del schemes.categories[entry.id]
    return Answer(status=204)


ROUTES = (
    Route("GET", "projectCategory", listing),
    Route("POST", "projectCategory", create),
    Route("GET", "projectCategory/{id}", read),
    Route("PUT", "projectCategory/{id}", update),
    Route("DELETE", "projectCategory/{id}", delete),
)
