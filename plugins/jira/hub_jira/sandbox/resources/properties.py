"""Properties of issues, comments and worklogs: the same five operations on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.edits import property_key, property_value
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources.finding import comment_anywhere, the_issue, the_worklog

Store: TypeAlias = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Owner:
    """What has the properties: where it is, what it has, how to keep it with others."""

    link: str
    properties: Mapping[str, Any]
    keep: Store
    right: str
    issue: Issue


def _of_issue(call: Call) -> _Owner:
    issue = the_issue(call)

    def keep(properties: Mapping[str, Any]) -> None:
        issue.properties = dict(properties)
        call.site.keep(issue)

    link = f"{call.view.root}/issue/{issue.id}/properties"
    return _Owner(link, issue.properties, keep, "EDIT_ISSUES", issue)


def _of_comment(call: Call) -> _Owner:
    issue, comment = comment_anywhere(call)

    def keep(properties: Mapping[str, Any]) -> None:
        call.talk.exchange(issue, comment, replace(comment, properties=dict(properties)))

    link = f"{call.view.root}/comment/{comment.id}/properties"
    own = call.user is not None and comment.author == call.user.account_id
    right = f"EDIT_{'OWN' if own else 'ALL'}_COMMENTS"
    return _Owner(link, comment.properties, keep, right, issue)


def _of_worklog(call: Call) -> _Owner:
    issue, worklog = the_worklog(call)

    def keep(properties: Mapping[str, Any]) -> None:
        changed = replace(worklog, properties=dict(properties))
        issue.worklogs[issue.worklogs.index(worklog)] = changed
        call.site.keep(issue)

    link = f"{call.view.root}/issue/{issue.id}/worklog/{worklog.id}/properties"
    own = call.user is not None and worklog.author == call.user.account_id
    right = f"EDIT_{'OWN' if own else 'ALL'}_WORKLOGS"
    return _Owner(link, worklog.properties, keep, right, issue)


def _editor(call: Call, owner: _Owner) -> User:
    project = call.site.projects[owner.issue.project]
    message = "You do not have permission to edit the properties of this."
    return call.site.require(call.user, owner.right, project, message)


def _routes(path: str, find: Callable[[Call], _Owner]) -> tuple[Route, ...]:
    def keys(call: Call) -> Answer:
        owner = find(call)
        shown = [{"self": f"{owner.link}/{key}", "key": key} for key in owner.properties]
        return Answer({"keys": shown})

    def read(call: Call) -> Answer:
        key, properties = call.path["key"], find(call).properties
        return Answer({"key": key, "value": _known(properties, key)})

    def put(call: Call) -> Answer:
        owner = find(call)
        _editor(call, owner)
        key = property_key(call.path["key"])
        if not call.has_body:
            raise JiraError(400, "The property value must be a valid JSON; it is empty.")
        owner.keep({**owner.properties, key: property_value(call.body)})
        return Answer(status=200 if key in owner.properties else 201)

    def delete(call: Call) -> Answer:
        owner = find(call)
        _editor(call, owner)
        _known(owner.properties, call.path["key"])
        left = {k: v for k, v in owner.properties.items() if k != call.path["key"]}
        owner.keep(left)
        return Answer(status=204)

    return (
        Route("GET", path, keys),
        Route("GET", f"{path}/{{key}}", read),
        Route("PUT", f"{path}/{{key}}", put),
        Route("DELETE", f"{path}/{{key}}", delete),
    )


def _known(properties: Mapping[str, Any], key: str) -> Any:
    if key not in properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return properties[key]


ROUTES = (
    *_routes("issue/{issue}/properties", _of_issue),
    *_routes("comment/{comment}/properties", _of_comment),
    *_routes("issue/{issue}/worklog/{worklog}/properties", _of_worklog),
)
