"""JQL for those who write it: parse it, match issues against it, complete it."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.jql import NO_VALUE, Asker, JqlError, compile_query, dates, functions
from hub_jira.sandbox.jql.customfields import lookup
from hub_jira.sandbox.jql.fields import FIELDS, NAMES
from hub_jira.sandbox.jql.kinds import FieldSpec
from hub_jira.sandbox.jql.parser import parse
from hub_jira.sandbox.jql.reserved import KEYWORDS, RESERVED_WORDS
from hub_jira.sandbox.jql.structure import structure
from hub_jira.sandbox.jql.syntax import FieldName
from hub_jira.sandbox.model import JiraError

_VALIDATIONS: Final = frozenset({"strict", "warn", "none"})
_MOST: Final = 1000


def parsed(call: Call) -> Answer:
    """Parse queries; what they can not be answered for is an error or a warning, as asked."""
    call.logged_in()
    validation = call.query.get("validation", "strict")
    if validation not in _VALIDATIONS:
        raise JiraError(400, f"The validation '{validation}' is not one of strict, warn, none.")
    return Answer({"queries": [_parsed(call, str(x), validation) for x in call.listed("queries")]})


def _parsed(call: Call, text: str, validation: str) -> dict[str, Any]:
    try:
        tree = parse(text)
    except JqlError as error:
        return {"query": text, "errors": list(error.messages)}
    result: dict[str, Any] = {"query": text}
    if validation != "none":
        try:
            compile_query(text, call.site, Asker(call.user, call.site.now()))
        except JqlError as error:
            if validation == "strict":
                return {**result, "errors": list(error.messages)}
            result["warnings"] = list(error.messages)
    return {**result, "structure": structure(tree)}


def match(call: Call) -> Answer:
    """Say which of some issues each query finds."""
    ids = [str(entry) for entry in call.listed("issueIds")]
    queries = [str(entry) for entry in call.listed("jqls")]
    if len(ids) > _MOST:
        raise JiraError(400, f"The number of issues must not exceed {_MOST}.")
    return Answer({"matches": [_matched(call, jql, ids) for jql in queries]})


def _matched(call: Call, jql: str, ids: list[str]) -> dict[str, Any]:
    site = call.site
    try:
        search = compile_query(jql, site, Asker(call.user, site.now()))
    except JqlError as error:
        wrong = [text for text in error.messages if NO_VALUE not in text]
        return {"matchedIssues": [], "errors": wrong}  # what is not there matches nothing
    issues = [site.issues[identifier] for identifier in ids if identifier in site.issues]
    found = [
        int(issue.id)
        for issue in issues
        if site.may(call.user, "BROWSE_PROJECTS", site.projects[issue.project])
        and search.matches(issue)
    ]
    return {"matchedIssues": found, "errors": []}


def reference(call: Call) -> Answer:
    """Give all that an editor of queries must know: fields, functions, reserved words."""
    named = [(name, lookup(call.site, FieldName(name)), None) for name in NAMES]
    custom = [
        (entry.name, lookup(call.site, FieldName(entry.id)), entry.id.removeprefix("customfield_"))
        for entry in call.site.custom_fields.values()
    ]
    calls = [
        (name, spec.several, spec.least, spec.kind) for name, spec in functions.FUNCTIONS.items()
    ]
    calls += [(name, False, 0, "java.util.Date") for name in dates.NAMES]
    return Answer(
        {
            "visibleFieldNames": [_field(*entry) for entry in (*named, *custom)],
            "visibleFunctionNames": [_function(*entry) for entry in calls],
            "jqlReservedWords": sorted(RESERVED_WORDS | KEYWORDS),
        }
    )


def _field(name: str, spec: FieldSpec, number: str | None) -> dict[str, Any]:
    value = name if name.isalnum() else f'"{name}"'
    result: dict[str, Any] = {
        "value": value,
        "displayName": f"{name} - cf[{number}]" if number else name,
        "auto": "true",
        "orderable": "true" if spec.sort_key else "false",
        "searchable": "true" if spec.operators else "false",
        "operators": sorted(operator.lower() for operator in spec.operators),
        "types": [spec.type],
    }
    return {**result, "cfid": f"cf[{number}]"} if number else result


def _function(name: str, several: bool, least: int, kind: str) -> dict[str, Any]:
    shown = f'{name}("")' if least else f"{name}()"
    result: dict[str, Any] = {"value": shown, "displayName": shown, "types": [kind]}
    return {**result, "isList": "true"} if several else result


def suggestions(call: Call) -> Answer:
    """Complete a field's value."""
    name, begun = call.query.get("fieldName", ""), call.query.get("fieldValue", "").lower()
    site = call.site
    tables: dict[str, list[str]] = {
        "status": [entry.name for entry in site.statuses.values()],
        "priority": [entry.name for entry in site.priorities.values()],
        "resolution": [entry.name for entry in site.resolutions.values()],
        "issuetype": [entry.name for entry in site.issue_types.values()],
        "labels": sorted({label for issue in site.issues.values() for label in issue.labels}),
        "project": [entry.key for entry in site.projects.values()],
        "component": [entry.name for entry in site.planning.components.values()],
        "fixVersion": [entry.name for entry in site.planning.versions.values()],
        "assignee": [entry.display_name for entry in site.users.values() if entry.active],
    }
    if name and name.lower() not in FIELDS and not call.site.custom_fields:
        raise JiraError(400, f"Field '{name}' does not exist.")
    found = [value for value in tables.get(name, []) if value.lower().startswith(begun)]
    shown = [{"value": _quoted(value), "displayName": value} for value in found]
    return Answer({"results": shown})


def _quoted(value: str) -> str:
    return value if value.isalnum() else f'"{value}"'


def sanitize(call: Call) -> Answer:
    """Put ids in the place of names that a user may not see; here nothing has to be hidden."""
    call.logged_in()
    result = []
    for entry in call.objects("queries"):
        text = str(entry.get("query") or "")
        shown: dict[str, Any] = {"initialQuery": text}
        if account := entry.get("accountId"):
            shown["accountId"] = account
        try:
            parse(text)
        except JqlError as error:
            shown["errors"] = {"errorMessages": list(error.messages), "errors": {}}
        else:
            shown["sanitizedQuery"] = text
        result.append(shown)
    return Answer({"queries": result})


ROUTES = (
    Route("POST", "jql/parse", parsed, server=False),
    Route("POST", "jql/match", match, server=False),
    Route("GET", "jql/autocompletedata", reference),
    Route("POST", "jql/autocompletedata", reference, server=False),
    Route("GET", "jql/autocompletedata/suggestions", suggestions),
    Route("POST", "jql/sanitize", sanitize, server=False),
)
