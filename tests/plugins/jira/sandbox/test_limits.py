"""The emulator's own limits, once they are switched on, with the headers that Jira sends."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest


@pytest.fixture
def call(frozen: Any, http: httpx.Client) -> Any:
    """Give a way to call a Jira Cloud that lives in the test's own time."""
    login = (frozen.facts["email"], frozen.facts["api_token"])

    def made(method: str, path: str, **more: Any) -> httpx.Response:
        url = f"{frozen.facts['url']}/rest/api/3/{path}"
        return http.request(method, url, auth=login, **more)

    return made


def test_bursts_are_limited_by_operation(frozen: Any, call: Any, clock: Any) -> None:
    """Another operation still passes; after the time of the header the first does too."""
    frozen.act("rate_limits", burst=3, seconds=10)
    passed = [call("GET", "myself") for _ in range(3)]

    refused = call("GET", "myself")

    left = [answer.headers["x-ratelimit-remaining"] for answer in passed]
    assert left == ["2", "1", "0"]
    assert passed[-1].headers["x-ratelimit-nearlimit"] == "true"
    assert refused.status_code == 429
    assert refused.headers["ratelimit-reason"] == "jira-burst-based"
    assert refused.headers["x-ratelimit-limit"] == "3"
    assert call("GET", "field").status_code == 200
    clock.advance(float(refused.headers["retry-after"]))
    assert call("GET", "myself").status_code == 200


@pytest.mark.parametrize(
    ("limit", "reason"),
    [("tenant_quota", "jira-quota-tenant-based"), ("global_quota", "jira-quota-global-based")],
)
def test_quotas_last_an_hour(frozen: Any, call: Any, limit: str, reason: str) -> None:
    """For the whole site, or for one user; `Retry-After` may be a date."""
    frozen.act("rate_limits", dates=True, **{limit: 2})
    now = frozen.clock.now()
    call("GET", "myself")
    call("GET", "field")

    refused = call("GET", "status")

    after: datetime = parsedate_to_datetime(refused.headers["retry-after"])
    assert (429, reason) == (refused.status_code, refused.headers["ratelimit-reason"])
    assert 3600 <= (after - now).total_seconds() < 3602


def test_writes_to_one_issue_are_limited(frozen: Any, call: Any) -> None:
    """Twenty within two seconds; reading it and writing to another go on."""
    first, second = frozen.issue("one"), frozen.issue("two")
    frozen.act("rate_limits", per_issue=True)
    body = {"json": {"fields": {"labels": ["a"]}}}
    passed = {call("PUT", f"issue/{first.id}", **body).status_code for _ in range(20)}

    refused = call("PUT", f"issue/{first.id}", **body)

    assert passed == {204}
    assert refused.headers["ratelimit-reason"] == "jira-per-issue-on-write"
    assert call("GET", f"issue/{first.id}").status_code == 200
    assert call("PUT", f"issue/{second.id}", **body).status_code == 204


def test_data_center_tells_its_rate(server: Any, http: httpx.Client) -> None:
    """With headers of its own, and no reason."""
    server.act("rate_limits", burst=1, seconds=60)
    url = f"{server.facts['url']}/rest/api/2/myself"
    passed = http.get(url, auth=("admin", "admin"))

    refused = http.get(url, auth=("admin", "admin"))

    names = ("limit", "remaining", "fillrate", "interval-seconds")
    told = [passed.headers[f"x-ratelimit-{name}"] for name in names]
    assert told == ["1", "0", "1", "60"]
    assert refused.status_code == 429
    assert "ratelimit-reason" not in refused.headers


def test_a_limit_that_is_unknown_is_refused(cloud: Any) -> None:
    """With the names of those there are."""
    with pytest.raises(ValueError, match="there are: burst, seconds"):
        cloud.act("rate_limits", speed=3)
