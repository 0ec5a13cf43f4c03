"""What the system says of itself: versions, resources, limits, and its objects described."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Final

from hub_crm.sandbox.describing import summary, whole
from hub_crm.sandbox.resources.recent import named, viewed
from hub_crm.sandbox.resources.records import http_date
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import NEWEST, OLDEST, Answer, Call

_RESOURCES: Final = (
    "composite", "limits", "process", "query", "queryAll", "quickActions", "recent", "search",
    "sobjects", "tabs", "theme", "tooling",
)  # fmt: skip
_LIMITS: Final = {
    "AnalyticsExternalDataSizeMB": 40960, "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20, "DailyAsyncApexExecutions": 250000,
    "DailyBulkApiBatches": 15000,
    "DailyBulkV2QueryFileStorageMB": 976562, "DailyBulkV2QueryJobs": 10000,
    "DailyDurableStreamingApiEvents": 200000, "DailyGenericStreamingApiEvents": 10000,
    "DailyStandardVolumePlatformEvents": 10000, "DailyStreamingApiEvents": 200000,
    "DailyWorkflowEmails": 500, "DataStorageMB": 5120, "DurableStreamingApiConcurrentClients": 1000,
    "FileStorageMB": 20480, "HourlyAsyncReportRuns": 1200, "HourlyPublishedPlatformEvents": 50000,
    "HourlySyncReportRuns": 500, "HourlyTimeBasedWorkflow": 1000, "MassEmail": 5000,
    "MonthlyPlatformEvents": 300000, "SingleEmail": 5000, "StreamingApiConcurrentClients": 1000,
}  # fmt: skip
_SEASONS: Final = ("Spring", "Summer", "Winter")


def versions(_site: Site, _call: Call) -> Answer:
    """Give the versions that are offered, oldest first; anybody may ask."""
    return Answer(
        200,
        [
            {"label": _label(n), "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
            for n in range(OLDEST, NEWEST + 1)
        ],
    )


def _label(number: int) -> str:
    # Version 31 was Summer '14; three seasons a year follow, Winter named for the next year.
    season = (number - 30) % 3
    year = 14 + (number - 30) // 3 + (season == 2)
    return f"{_SEASONS[season]} '{year}"


def resources(site: Site, call: Call) -> Answer:
    """Give the resources of one version, and where one finds who one is."""
    found = {name: f"{call.base}/{name}" for name in _RESOURCES}
    identity = f"{call.origin}/id/{site.organization_id}/{call.user_id}"
    return Answer(200, {**found, "identity": identity})


def limits(site: Site, _call: Call) -> Answer:
    """Give what is left of the organisation's budgets."""
    left = max(0, site.daily_limit - site.used)
    budgets = {name: {"Max": most, "Remaining": most} for name, most in _LIMITS.items()}
    budgets["DailyApiRequests"] = {"Max": site.daily_limit, "Remaining": left}
    return Answer(200, dict(sorted(budgets.items())))


def global_list(site: Site, call: Call) -> Answer:
    """Give all objects; 304 if none was declared or changed since the time that is asked."""
    if _unchanged(site, call):
        return Answer(304)
    objects = [
        summary(site.org, definition, call.base)
        for _, definition in sorted(site.org.objects.items())
    ]
    body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return Answer(200, body, _modified(site))


def basic(site: Site, call: Call) -> Answer:
    """Give one object in short, with the records viewed last."""
    definition = site.org.object(call.segments["object"])
    recent = [named(call, site, row) for row in viewed(site, definition.name)]
    body = {"objectDescribe": summary(site.org, definition, call.base), "recentItems": recent}
    return Answer(200, body)


def describe(site: Site, call: Call) -> Answer:
    """Give one object with its fields and relationships; 304 as the global list."""
    definition = site.org.object(call.segments["object"])
    if _unchanged(site, call):
        return Answer(304)
    return Answer(200, whole(site.org, definition, call.base), _modified(site))


def _modified(site: Site) -> dict[str, str]:
    return {"Last-Modified": format_datetime(site.org.declared_at, usegmt=True)}


def _unchanged(site: Site, call: Call) -> bool:
    text = call.headers.get("if-modified-since")
    return bool(text) and http_date(text or "") >= site.org.declared_at
