"""Service desks, as far as clients of the platform ask (`/rest/servicedeskapi`)."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.model import JiraError, Project, User
from hub_jira.sandbox.resources.paging import FARTHEST
from hub_jira.sandbox.resources.rights import administrator

ROOT: Final = "/rest/servicedeskapi/"


def _values(call: Call, entries: list[Any]) -> Answer:
    cut = page(entries, call.number("start", 0, FARTHEST), call.number("limit", 50, 100))
    shown = cut["shown"]
    last = cut["startAt"] + len(shown) >= cut["total"]
    result = {"size": len(shown), "start": cut["startAt"], "limit": cut["maxResults"]}
    return Answer({**result, "isLastPage": last, "values": shown})


def info(call: Call) -> Answer:
    """Tell which version this is: that of the service desk, and of Jira beneath it."""
    major, *rest = call.site.version
    built = {"epochMillis": int(call.site.now().timestamp() * 1000)}
    return Answer(
        {
            "version": _numbers(major - 4, *rest),
            "platformVersion": _numbers(major, *rest),
            "buildDate": built,
            "buildChangeSet": "sandbox",
            "isLicensedForUse": True,
        }
    )


def _numbers(*numbers: int) -> str:
    return ".".join(map(str, numbers))


def _desks(call: Call) -> list[Project]:
    projects = call.site.projects.values()
    return [
        project
        for project in projects
        if project.type_key == "service_desk"
        and call.site.may(call.user, "BROWSE_PROJECTS", project)
    ]


def _shown(call: Call, project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "projectId": project.id,
        "projectName": project.name,
        "projectKey": project.key,
        "_links": {"self": f"{call.site.base_url}{ROOT}servicedesk/{project.id}"},
    }


def listing(call: Call) -> Answer:
    """List the service desks."""
    call.logged_in()
    return _values(call, [_shown(call, project) for project in _desks(call)])


def _desk(call: Call, identifier: str) -> Project:
    call.logged_in()
    for project in _desks(call):
        if identifier in {project.id, project.key}:
            return project
    raise JiraError(404, "The Service Desk you are trying to view does not exist.")


def read(call: Call) -> Answer:
    """Read a service desk."""
    return Answer(_shown(call, _desk(call, call.path["desk"])))


def _types(call: Call, project: Project) -> list[dict[str, Any]]:
    return [
        {
            "id": kind,
            "name": call.site.issue_types[kind].name,
            "description": call.site.issue_types[kind].description,
            "issueTypeId": kind,
            "serviceDeskId": project.id,
            "groupIds": [],
        }
        for kind in project.issue_types
        if not call.site.issue_types[kind].subtask
    ]


def request_types(call: Call) -> Answer:
    """List the types of requests: one for each type of issue."""
    return _values(call, _types(call, _desk(call, call.path["desk"])))


def request(call: Call) -> Answer:
    """Raise a request."""
    data = call.data
    project = _desk(call, str(data.get("serviceDeskId")))
    kind = str(data.get("requestTypeId"))
    if kind not in {entry["id"] for entry in _types(call, project)}:
        raise JiraError(400, "The request type does not exist.")
    sent = data.get("requestFieldValues")
    fields = dict(sent) if isinstance(sent, dict) else {}
    fields |= {"project": {"id": project.id}, "issuetype": {"id": kind}}
    issue = call.editor.create({"fields": fields})
    return Answer(_shown_request(call, issue.id), 201)


def _shown_request(call: Call, identifier: str) -> dict[str, Any]:
    issue = call.site.issue(identifier, call.user)
    status = call.site.statuses[issue.status]
    return {
        "issueId": issue.id,
        "issueKey": issue.key,
        "requestTypeId": issue.issue_type,
        "serviceDeskId": issue.project,
        "createdDate": {"epochMillis": int(issue.created.timestamp() * 1000)},
        "reporter": call.view.user(issue.reporter),
        "requestFieldValues": [
            {"fieldId": "summary", "label": "Summary", "value": issue.summary},
        ],
        "currentStatus": {"status": status.name},
        "_links": {"self": f"{call.site.base_url}{ROOT}request/{issue.id}"},
    }


def read_request(call: Call) -> Answer:
    """Read a request."""
    call.logged_in()
    return Answer(_shown_request(call, call.path["issue"]))


def create_customer(call: Call) -> Answer:
    """Make a customer."""
    administrator(call)
    email = str(call.data.get("email") or "")
    shown = str(call.data.get("displayName") or call.data.get("fullName") or email)
    if "@" not in email:
        raise JiraError(400, "The email address is not valid.")
    if any(user.email.lower() == email.lower() for user in call.site.users.values()):
        raise JiraError(400, "An account already exists for this email.")
    account = call.site.new_id()
    user = User(
        account_id=f"qm:{account}" if call.site.cloud else account,
        name=email,
        display_name=shown,
        email=email,
        account_type="customer",
        groups=(),
    )
    call.site.users[user.account_id] = user
    return Answer(call.view.user(user.account_id), 201)


ROUTES = (
    Route("GET", ROOT + "info", info),
    Route("GET", ROOT + "servicedesk", listing),
    Route("GET", ROOT + "servicedesk/{desk}", read),
    Route("GET", ROOT + "servicedesk/{desk}/requesttype", request_types),
    Route("POST", ROOT + "request", request),
    Route("GET", ROOT + "request/{issue}", read_request),
    Route("POST", ROOT + "customer", create_customer),
)
