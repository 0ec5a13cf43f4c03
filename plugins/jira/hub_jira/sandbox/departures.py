"""Where the Cloud emulator departs from Atlassian's published description, and why.

The tests check every answer against the description; what is listed here is let pass. The
reference page `jira-emulator.md` is written from this list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal

Kind = Literal["operation", "status", "body"]


@dataclass(frozen=True, slots=True)
class Departure:
    """One departure.

    Args:
        kind: `operation`: the description does not have it; `status`: it does not name that
            status there; `body`: the body is other than described.
        operation: glob on `METHOD /path`; of the API's versions the path names the third.
        why: what the real Jira does, or who asks for it.
        status: the status, for kind `status`; None is any.
    """

    kind: Kind
    operation: str
    why: str
    status: int | None = None


DEPARTURES: Final = (
    Departure(
        "status",
        "*",
        "a login that is wrong is refused before any operation is reached",
        401,
    ),
    Departure("status", "*", "a method that the path does not have", 405),
    Departure(
        "status", "*", "a call beyond a limit is refused before its operation is reached", 429
    ),
    Departure("status", "*", "a body of a content type that the operation does not take", 415),
    Departure("status", "*", "an address longer than the server reads at all", 414),
    Departure("status", "*", "a body beyond what the server reads at all", 413),
    Departure("status", "*", "a body that is no JSON, or not the object that it should be", 400),
    Departure(
        "operation",
        "* /rest/webhooks/1.0/*",
        "the administrator's webhooks have their own API, described in prose only",
    ),
    Departure(
        "operation",
        "GET /rest/applinks/*",
        "the library `jira` asks for the linked applications before it makes a remote link",
    ),
    Departure(
        "operation",
        "GET /rest/auth/*/session",
        "no longer described, but the library `jira` asks it who is logged in",
    ),
    Departure(
        "operation",
        "PUT /rest/internal/*/dashboards/*/automatic-refresh-ms",
        "the page of a dashboard sets this so, and the library `jira` with it",
    ),
    Departure(
        "operation", "GET /secure/attachment/*", "a file's address as browsers and Server have it"
    ),
    Departure("operation", "GET /media/file/*", "where the download of a file is redirected to"),
    Departure(
        "body",
        "GET /rest/api/3/issue/{issueIdOrKey}/remotelink",
        "without a globalId the answer is the list of all, which the description leaves out",
        200,
    ),
    Departure(
        "body",
        "POST /rest/api/3/issue/bulk",
        "a body that is no list of issues is refused as everywhere; the description knows only "
        "the answer to issues that all failed",
        400,
    ),
    Departure(
        "body",
        "* /rest/api/3/bulk/*",
        "a body that is no JSON is refused as everywhere, not in the form of these operations",
        400,
    ),
    Departure(
        "body",
        "GET /rest/api/3/universal_avatar/view/*",
        "a picture is a picture, though the description has a form of JSON beside it",
        200,
    ),
    Departure(
        "status",
        "* /rest/api/3/permissionscheme/{schemeId}/permission*",
        "a permission scheme that is not there is a 404 as elsewhere",
        404,
    ),
    Departure(
        "status",
        "GET /rest/api/3/avatar/{type}/system",
        "a kind of avatar that is not there is a 404 as elsewhere",
        404,
    ),
    Departure(
        "status",
        "DELETE /rest/api/3/dashboard/{id}",
        "a dashboard that is not there is a 404 as elsewhere",
        404,
    ),
    Departure(
        "status",
        "GET /rest/api/3/issuesecurityschemes/{id}",
        "a security scheme that is not there is a 404 as elsewhere",
        404,
    ),
    Departure(
        "status",
        "GET /rest/api/3/issue/createmeta/*",
        "a project that is not there or hidden is a 404 as elsewhere",
        404,
    ),
    Departure(
        "operation",
        "* /rest/agile/1.0/*",
        "boards and sprints have their own description, that of Jira Software",
    ),
    Departure(
        "operation",
        "* /rest/servicedeskapi/*",
        "service desks have their own description, that of Jira Service Management",
    ),
    Departure(
        "body",
        "* /rest/api/3/dashboard/{dashboardId}/gadget",
        "the description calls a gadget's row and column by their explanations",
        200,
    ),
    Departure(
        "body",
        "POST /rest/api/3/jql/parse",
        "the description closes a clause to all members, and lists its kinds besides",
        200,
    ),
    Departure(
        "body",
        "* /rest/api/3/project/{projectIdOrKey}",
        "`expand=projectKeys` adds the keys that a project has had, which is described in prose",
    ),
    Departure(
        "operation",
        "GET /rest/api/3/dead-link",
        "a path that nobody knows is a page, as on any site of Jira",
    ),
    Departure(
        "status",
        "* /rest/api/3/search",
        "removed from Jira Cloud in 2025, though the description still has it",
        410,
    ),
)


def excused(kind: Kind, operation: str, status: int, among: Iterable[Departure]) -> bool:
    """Say whether an answer's departure is listed."""
    return any(
        entry.kind == kind
        and entry.status in {None, status}
        and fnmatchcase(operation, entry.operation)
        for entry in among
    )
