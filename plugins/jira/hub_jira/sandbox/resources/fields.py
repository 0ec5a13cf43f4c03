"""Fields: the system's and those that the administrator makes, with contexts and options."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.catalogue import field_name, schema
from hub_jira.sandbox.issueviews import NOT_NAVIGABLE, shown_fields
from hub_jira.sandbox.jql.clausenames import clause_names
from hub_jira.sandbox.model import CustomField, JiraError
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import administrator
from hub_jira.sandbox.settings import Context, Option

_PREFIX: Final = "com.atlassian.jira.plugin.system.customfieldtypes:"
_TYPES: Final = {
    "textfield": ("string", ""), "textarea": ("string", ""), "url": ("string", ""),
    "float": ("number", ""), "datepicker": ("date", ""), "datetime": ("datetime", ""),
    "select": ("option", ""), "radiobuttons": ("option", ""), "multiselect": ("array", "option"),
    "multicheckboxes": ("array", "option"), "labels": ("array", "string"),
    "userpicker": ("user", ""), "multiuserpicker": ("array", "user"),
    "grouppicker": ("group", ""), "version": ("version", ""), "readonlyfield": ("string", ""),
}  # fmt: skip


def _shown(call: Call, name: str) -> dict[str, Any]:
    custom = call.site.custom_fields.get(name)
    return {
        "id": name,
        "key": name,
        "name": field_name(name, custom),
        "custom": custom is not None,
        "orderable": True,
        "navigable": name not in NOT_NAVIGABLE,
        "searchable": True,
        "clauseNames": clause_names(name, custom),
        "schema": schema(name, custom),
    }


def listing(call: Call) -> Answer:
    """List all fields, with the names that JQL knows them by."""
    return Answer([_shown(call, name) for name in _every(call)])


def _every(call: Call) -> list[str]:
    return [*shown_fields(cloud=call.site.cloud), *call.site.custom_fields]


def search(call: Call) -> Answer:
    """List fields in pages."""
    call.logged_in()
    customs = call.site.custom_fields
    wanted, ids = call.query.get("query", "").lower(), set(call.names("id"))
    kinds = set(call.names("type"))
    found = [
        name
        for name in _every(call)
        if wanted in field_name(name, customs.get(name)).lower()
        and (not ids or name in ids)
        and (not kinds or ("custom" if name in customs else "system") in kinds)
    ]
    return bean(call, "field/search", found, lambda name: _found(call, name))


def _found(call: Call, name: str) -> dict[str, Any]:
    custom = call.site.custom_fields.get(name)
    result = {"id": name, "name": field_name(name, custom), "schema": schema(name, custom)}
    return {**result, "description": custom.description} if custom else result


def _custom_shown(call: Call, entry: CustomField) -> dict[str, Any]:
    number = entry.id.removeprefix("customfield_")
    return {
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "type": entry.custom,
        "searcherKey": "",
        "self": f"{call.view.root}/customFields/{entry.id}",
        "numericId": int(number),
        "isLocked": False,
        "isManaged": False,
        "isAllProjects": True,
    }


def customs(call: Call) -> Answer:
    """List the fields that the administrator made, as Data Center does."""
    call.logged_in()
    wanted = call.query.get("search", "").lower()
    found = [x for x in call.site.custom_fields.values() if wanted in x.name.lower()]
    return bean(call, "customFields", found, lambda x: _custom_shown(call, x))


def create(call: Call) -> Answer:
    """Make a field."""
    administrator(call)
    name, kind = str(call.data.get("name") or ""), str(call.data.get("type") or "")
    if not name:
        raise JiraError(400, errors={"name": "The name of the custom field is required."})
    if kind.removeprefix(_PREFIX) not in _TYPES:
        raise JiraError(400, f"The custom field type '{kind}' is not supported.")
    number = call.site.new_id()
    made, items = _TYPES[kind.removeprefix(_PREFIX)]
    entry = CustomField(
        id=f"customfield_{number}",
        name=name,
        type=made,
        items=items,
        custom=kind,
        description=str(call.data.get("description") or ""),
    )
    call.site.custom_fields[entry.id] = entry
    context = Context(id=call.site.new_id(), name=f"Default Configuration Scheme for {name}")
    call.site.settings.contexts[entry.id] = [context]
    return Answer(_shown(call, entry.id), 201)


def _field(call: Call) -> CustomField:
    entry = call.site.custom_fields.get(call.path["field"])
    if entry is None:
        raise JiraError(404, "The custom field was not found.")
    return entry


def update(call: Call) -> Answer:
    """Rename a field."""
    administrator(call)
    entry = _field(call)
    name = str(call.data.get("name") or entry.name)
    description = str(call.data.get("description", entry.description) or "")
    changed = replace(entry, name=name, description=description)
    call.site.custom_fields[entry.id] = changed
    return Answer(status=204)


def delete(call: Call) -> Answer:
    """Delete a field with what issues have in it."""
    administrator(call)
    entry = _field(call)
    call.site.drop_field(entry.id)
    if not call.site.cloud:
        return Answer(status=204)
    task = call.site.new_id()
    link = f"{call.view.root}/task/{task}"
    progress = {"self": link, "id": task, "status": "COMPLETE", "progress": 100}
    times = {"elapsedRuntime": 1, "submittedBy": 1, "submitted": 1, "lastUpdate": 1}
    return Answer({**progress, **times}, 303, {"location": link})


def _contexts(call: Call) -> list[Context]:
    return call.site.settings.contexts.setdefault(_field(call).id, [])


def _context(call: Call) -> Context:
    found = next((x for x in _contexts(call) if x.id == call.path["context"]), None)
    if found is None:
        raise JiraError(404, "The context was not found.")
    return found


def _shown_context(entry: Context) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "isGlobalContext": not entry.projects,
        "isAnyIssueType": not entry.issue_types,
    }


def contexts(call: Call) -> Answer:
    """List the contexts of a field."""
    administrator(call)
    path = f"field/{call.path['field']}/context"
    return bean(call, path, _contexts(call), _shown_context)


def create_context(call: Call) -> Answer:
    """Make a context."""
    administrator(call)
    held = _contexts(call)
    name = str(call.data.get("name") or "")
    if not name or any(entry.name == name for entry in held):
        raise JiraError(400 if not name else 409, "The name of the context must be a new one.")
    entry = Context(
        id=call.site.new_id(),
        name=name,
        description=str(call.data.get("description") or ""),
        projects=[str(project) for project in call.listed("projectIds")],
        issue_types=[str(kind) for kind in call.listed("issueTypeIds")],
    )
    held.append(entry)
    shown = {"id": entry.id, "name": entry.name, "description": entry.description}
    return Answer({**shown, "projectIds": entry.projects, "issueTypeIds": entry.issue_types}, 201)


def update_context(call: Call) -> Answer:
    """Rename a context."""
    administrator(call)
    entry = _context(call)
    entry.name = str(call.data.get("name") or entry.name)
    entry.description = str(call.data.get("description", entry.description) or "")
    return Answer(status=204)


def delete_context(call: Call) -> Answer:
    """Delete a context."""
    administrator(call)
    _contexts(call).remove(_context(call))
    _spread(call)
    return Answer(status=204)


def project_mappings(call: Call) -> Answer:
    """List which contexts are for which projects."""
    administrator(call)
    pairs: list[dict[str, Any]] = []
    for entry in _contexts(call):
        pairs += [{"contextId": entry.id, "projectId": project} for project in entry.projects]
        if not entry.projects:
            pairs.append({"contextId": entry.id, "isGlobalContext": True})
    path = f"field/{call.path['field']}/context/projectmapping"
    return bean(call, path, pairs, lambda x: x)


def _shown_option(entry: Option) -> dict[str, Any]:
    return {"id": entry.id, "value": entry.value, "disabled": entry.disabled}


def options(call: Call) -> Answer:
    """List the options of a context."""
    administrator(call)
    path = f"field/{call.path['field']}/context/{call.path['context']}/option"
    return bean(call, path, _context(call).options, _shown_option)


def create_options(call: Call) -> Answer:
    """Add options to a context."""
    administrator(call)
    entry = _context(call)
    if not _field(call).type.startswith(("option", "array")):
        raise JiraError(400, "The custom field does not support options.")
    made = []
    for sent in call.objects("options"):
        value = str(sent.get("value") or "")
        if not value or any(value == option.value for option in entry.options):
            raise JiraError(400, f"The option '{value}' is empty or there already.")
        option = Option(id=call.site.new_id(), value=value, disabled=bool(sent.get("disabled")))
        entry.options.append(option)
        made.append(_shown_option(option))
    _spread(call)
    return Answer({"options": made})


def update_options(call: Call) -> Answer:
    """Change options of a context."""
    administrator(call)
    entry = _context(call)
    known = {option.id: option for option in entry.options}
    changed = []
    for sent in call.objects("options"):
        option = known.get(str(sent.get("id")))
        if option is None:
            raise JiraError(404, "The option was not found.")
        option.value = str(sent.get("value") or option.value)
        option.disabled = bool(sent.get("disabled", option.disabled))
        changed.append(_shown_option(option))
    _spread(call)
    return Answer({"options": changed})


def delete_option(call: Call) -> Answer:
    """Delete an option that no issue has."""
    administrator(call)
    entry = _context(call)
    option = next((x for x in entry.options if x.id == call.path["option"]), None)
    if option is None:
        raise JiraError(404, "The option was not found.")
    field = _field(call)
    held = [issue.custom.get(field.id) for issue in call.site.issues.values()]
    if any({"value": option.value} in (x if isinstance(x, list) else [x]) for x in held):
        raise JiraError(400, "The option is used by issues and can not be deleted.")
    entry.options.remove(option)
    _spread(call)
    return Answer(status=204)


def _spread(call: Call) -> None:
    """Have the field offer the options that its contexts hold."""
    field = _field(call)
    values = [
        option.value
        for context in call.site.settings.contexts[field.id]
        for option in context.options
        if not option.disabled
    ]
    call.site.custom_fields[field.id] = replace(field, options=tuple(dict.fromkeys(values)))


def option(call: Call) -> Answer:
    """Read an option by its id alone."""
    call.logged_in()
    wanted = call.path["id"]
    for contexts_of_field in call.site.settings.contexts.values():
        for context in contexts_of_field:
            for entry in context.options:
                if entry.id == wanted:
                    link = f"{call.view.root}/customFieldOption/{entry.id}"
                    return Answer({"self": link, "value": entry.value})
    raise JiraError(404, f"A custom field option with id '{wanted}' does not exist")


ROUTES = (
    Route("GET", "field", listing),
    Route("POST", "field", create),
    Route("GET", "field/search", search, server=False),
    Route("GET", "customFields", customs, cloud=False),
    Route("PUT", "field/{field}", update, server=False),
    Route("DELETE", "field/{field}", delete, server=False),
    Route("GET", "field/{field}/context", contexts, server=False),
    Route("POST", "field/{field}/context", create_context, server=False),
    Route("GET", "field/{field}/context/projectmapping", project_mappings, server=False),
    Route("PUT", "field/{field}/context/{context}", update_context, server=False),
    Route("DELETE", "field/{field}/context/{context}", delete_context, server=False),
    Route("GET", "field/{field}/context/{context}/option", options, server=False),
    Route("POST", "field/{field}/context/{context}/option", create_options, server=False),
    Route("PUT", "field/{field}/context/{context}/option", update_options, server=False),
    Route("DELETE", "field/{field}/context/{context}/option/{option}", delete_option, server=False),
    Route("GET", "customFieldOption/{id}", option),
)
