"""The columns in which a saved filter shows what it finds."""

from __future__ import annotations

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.catalogue import field_name
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.filters import found, owned


def read(call: Call) -> Answer:
    """List a filter's columns; one without its own is as if it were not there."""
    entry = found(call)
    if not entry.columns:
        raise JiraError(404, "No column layout is configured for this filter.")
    customs = call.site.custom_fields
    return Answer(
        [{"label": field_name(name, customs.get(name)), "value": name} for name in entry.columns]
    )


def put(call: Call) -> Answer:
    """Set a filter's columns."""
    entry = owned(call)
    columns = [str(name) for name in call.listed("columns")]
    strange = [x for x in columns if x not in {*call.editor.screen(), *_SHOWN, *_customs(call)}]
    if strange or not columns:
        raise JiraError(400, f"The field '{strange[0] if strange else ''}' can not be a column.")
    entry.columns = columns
    return Answer({})


def reset(call: Call) -> Answer:
    """Take a filter's own columns from it."""
    owned(call).columns = []
    return Answer(status=204)


def _customs(call: Call) -> list[str]:
    return list(call.site.custom_fields)


_SHOWN = ("issuekey", "status", "resolution", "created", "updated", "resolutiondate", "creator")
ROUTES = (
    Route("GET", "filter/{id}/columns", read),
    Route("PUT", "filter/{id}/columns", put),
    Route("DELETE", "filter/{id}/columns", reset),
)
