"""The Tooling API, as far as it tells of objects and fields; there is no Apex to be worked on."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.describing import summary
from hub_crm.sandbox.resources import about, records
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.views import refresh
from hub_crm.sandbox.wire import Answer, ApiError, Call

OBJECTS: Final = (
    "ApexClass", "ApexTrigger", "EntityDefinition", "FieldDefinition", "Group", "Profile",
    "RecordType", "User",
)  # fmt: skip


def resources(_site: Site, call: Call) -> Answer:
    """Give the resources of the Tooling API."""
    names = ("executeAnonymous", "query", "sobjects")
    return Answer(200, {name: f"{call.base}/{name}" for name in names})


def global_list(site: Site, call: Call) -> Answer:
    """Give the objects of the Tooling API."""
    told = [summary(site.org, site.org.objects[name], call.base) for name in OBJECTS]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": told})


def basic(site: Site, call: Call) -> Answer:
    """Give one object in short."""
    _check(call)
    return about.basic(site, call)


def describe(site: Site, call: Call) -> Answer:
    """Give one object with its fields."""
    _check(call)
    return about.describe(site, call)


def read(site: Site, call: Call) -> Answer:
    """Give one record."""
    _check(call)
    refresh(site.org, site.org.object(call.segments["object"]).name)
    return records.read(site, call)


def _check(call: Call) -> None:
    if call.segments["object"].lower() not in {name.lower() for name in OBJECTS}:
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def execute_anonymous(_site: Site, call: Call) -> Answer:
    """Tell of code that it was not compiled: Apex is not run here."""
    if "anonymousBody" not in call.query:
        raise ApiError(400, "MISSING_ARGUMENT", "anonymousBody is needed")
    body = {
        "line": 1,
        "column": 1,
        "compiled": False,
        "success": False,
        "compileProblem": "Apex is not run by this emulator",
        "exceptionMessage": None,
        "exceptionStackTrace": None,
    }
    return Answer(200, body)
