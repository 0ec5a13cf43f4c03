"""Settings of the site, as far as clients look at them."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.paging import bean
from hub_jira.sandbox.resources.rights import administrator

_LOOK: Final = {
    "logo.url": "/images/icon-jira-logo.png",
    "logo.show.application.title": "false",
    "favicon.url": "/favicon.ico",
    "favicon.hires.url": "/jira-favicon-hires.png",
    "top.bgcolour": "#0747a6",
    "top.textcolour": "#deebff",
    "top.hilightcolour": "#ffffff",
    "top.texthilightcolour": "#172b4d",
    "top.separator.bgcolor": "#2e3d54",
    "menu.bgcolour": "#3b73af",
    "menu.textcolour": "#ffffff",
    "menu.separator": "#f0f0f0",
    "text.headingcolour": "#172b4d",
    "text.linkcolour": "#0052cc",
    "text.activelinkcolour": "#0052cc",
    "hero.button.text.colour": "#ffffff",
    "hero.button.base.bg.colour": "#3b7fc4",
}
DEFAULTS: Final = {
    **{f"jira.lf.{name}": value for name, value in _LOOK.items()},
    "jira.title": "Jira",
    "jira.lf.date.time": "h:mm a",
    "jira.lf.date.day": "EEEE h:mm a",
    "jira.lf.date.complete": "dd/MMM/yy h:mm a",
    "jira.lf.date.dmy": "dd/MMM/yy",
    "jira.date.time.picker.use.iso8601": "false",
    "jira.clone.prefix": "CLONE -",
    "jira.date.picker.java.format": "d/MMM/yy",
    "jira.issue.actions.order": "asc",
    "jira.view.issue.links.sort.order": "type, status, priority",
    "jira.comment.collapsing.minimum.hidden": "4",
    "jira.newsletter.tip.delay.days": "7",
}
_COLUMNS: Final = ("issuetype", "issuekey", "summary", "assignee", "reporter", "priority", "status")


def configuration(call: Call) -> Answer:
    """Tell which features are switched on."""
    call.logged_in()
    times = {
        "workingHoursPerDay": 8.0,
        "workingDaysPerWeek": 5.0,
        "timeFormat": "pretty",
        "defaultUnit": "minute",
    }
    return Answer(
        {
            "votingEnabled": True,
            "watchingEnabled": True,
            "unassignedIssuesAllowed": True,
            "subTasksEnabled": True,
            "issueLinkingEnabled": True,
            "timeTrackingEnabled": True,
            "attachmentsEnabled": True,
            "timeTrackingConfiguration": times,
        }
    )


def _shown(call: Call, key: str) -> dict[str, Any]:
    value = call.site.settings.properties.get(key, DEFAULTS[key])
    kind = "boolean" if value in {"true", "false"} else "string"
    return {
        "id": key, "key": key, "value": value, "name": key, "desc": "", "type": kind,
        "defaultValue": DEFAULTS[key],
    }  # fmt: skip


def properties(call: Call) -> Answer:
    """List application properties, or give one by `key`."""
    administrator(call)
    key = call.query.get("key")
    if key is None:
        wanted = call.query.get("keyFilter", "").replace(".*", "")
        return Answer([_shown(call, name) for name in DEFAULTS if name.startswith(wanted)])
    _known(key)
    shown = _shown(call, key)
    return Answer([shown] if call.site.cloud else shown)


def _known(key: str) -> None:
    if key not in DEFAULTS:
        raise JiraError(404, f"No property with key '{key}' exists.")


def set_property(call: Call) -> Answer:
    """Set an application property."""
    administrator(call)
    key = call.path["key"]
    _known(key)
    call.site.settings.properties[key] = str(call.data.get("value", ""))
    return Answer(_shown(call, key))


def advanced(call: Call) -> Answer:
    """List the advanced settings: here all of them are."""
    administrator(call)
    return Answer([_shown(call, name) for name in DEFAULTS])


def columns(call: Call) -> Answer:
    """List the columns of the issue navigator."""
    administrator(call)
    return Answer([{"label": name.capitalize(), "value": name} for name in _COLUMNS])


def _application(call: Call) -> dict[str, Any]:
    groups = ["jira-software-users"]
    return {
        "key": "jira-software",
        "name": "Jira Software",
        "groups": groups,
        "defaultGroups": groups,
        "selectedByDefault": True,
        "defined": True,
        "numberOfSeats": 100,
        "remainingSeats": 100 - len(call.site.users),
        "userCount": len(call.site.users),
        "userCountDescription": "users",
        "hasUnlimitedSeats": False,
        "platform": False,
    }


def applications(call: Call) -> Answer:
    """List the applications of the site."""
    administrator(call)
    return Answer([_application(call)])


def application(call: Call) -> Answer:
    """Read one application."""
    administrator(call)
    if call.path["key"] != "jira-software":
        raise JiraError(404, f"The application role '{call.path['key']}' does not exist.")
    return Answer(_application(call))


def license_of_site(call: Call) -> Answer:
    """Tell the plan of each application."""
    call.logged_in()
    return Answer({"applications": [{"id": "jira-software", "plan": "PAID"}]})


def labels(call: Call) -> Answer:
    """List all labels in pages."""
    found = sorted({label for issue in call.site.issues.values() for label in issue.labels})
    page = bean(call, "label", found, lambda x: x, size=1000, most=1000)
    return Answer({name: value for name, value in page.body.items() if name != "self"})


def screens(call: Call) -> Answer:
    """List the screens: there is one."""
    administrator(call)
    entry = {"id": 1, "name": "Default Screen", "description": "Allows to update all fields."}
    return bean(call, "screens", [entry], lambda x: x)


def workflows(call: Call) -> Answer:
    """List the workflows: each project has its own."""
    administrator(call)
    entries = [
        {
            "name": f"Software Simplified Workflow for Project {project.key}",
            "description": "",
            "steps": len(project.workflow.statuses),
            "default": False,
        }
        for project in call.site.projects.values()
    ]
    return Answer(entries)


def workflow_schemes(call: Call) -> Answer:
    """List the workflow schemes: each project has its own."""
    administrator(call)
    entries = [
        {"id": int(project.id), "name": f"{project.key}: Software Simplified Workflow Scheme"}
        for project in call.site.projects.values()
    ]
    return bean(call, "workflowscheme", entries, lambda x: x)


def reindex(call: Call) -> Answer:
    """Build the index anew: there is nothing to build."""
    administrator(call)
    times = {
        "progressUrl": f"{call.site.base_url}/secure/admin/IndexProgress.jspa",
        "currentProgress": 100, "currentSubTask": "", "type": "FOREGROUND",
        "submittedTime": call.view.moment(call.site.now()),
        "startTime": call.view.moment(call.site.now()),
        "finishTime": call.view.moment(call.site.now()), "success": True,
    }  # fmt: skip
    return Answer(times, 202 if call.path.get("start") else 200)


def reindex_page(call: Call) -> Answer:
    """Show the administrator's page that builds the index anew."""
    administrator(call)
    page = "<html><head><title>Re-Indexing</title></head><body>All issues have been re-indexed."
    return Answer(f"{page}</body></html>".encode(), 200, {"content-type": "text/html"})


ROUTES = (
    Route("GET", "configuration", configuration),
    Route("GET", "application-properties", properties),
    Route("GET", "application-properties/advanced-settings", advanced),
    Route("PUT", "application-properties/{key}", set_property),
    Route("GET", "settings/columns", columns),
    Route("GET", "applicationrole", applications),
    Route("GET", "applicationrole/{key}", application),
    Route("GET", "instance/license", license_of_site, server=False),
    Route("GET", "label", labels, server=False),
    Route("GET", "screens", screens),
    Route("GET", "workflow", workflows),
    Route("GET", "workflowschemes", workflow_schemes, cloud=False),
    Route("GET", "workflowscheme", workflow_schemes, server=False),
    Route("GET", "reindex", reindex, cloud=False),
    Route("POST", "reindex", reindex, cloud=False),
    Route("GET", "/secure/admin/jira/IndexReIndex.jspa", reindex_page, cloud=False),
    Route("POST", "/secure/admin/jira/IndexReIndex.jspa", reindex_page, cloud=False),
)
