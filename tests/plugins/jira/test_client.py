"""Every way in which Jira can fail is told as what has to happen next, without secrets."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hub_jira.answers import classify, error_details
from hub_jira.client import JiraClient
from hub_jira.settings import JiraSettings

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RetryableError,
    UnavailableError,
)
from hub.settings import Secret

TOKEN = "tok-very-secret"


@pytest.fixture
def client() -> Iterator[Callable[..., JiraClient]]:
    """Give a maker of clients; they are closed at the end."""
    made: list[JiraClient] = []

    def make(url: str, **more: Any) -> JiraClient:
        plain = {"url": url, "flavour": "cloud", "email": "a@b.example", "project": "RND"}
        made.append(JiraClient(JiraSettings(**{**plain, "token": Secret(TOKEN), **more})))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (400, {}, InvalidPayloadError),
        (401, {}, AuthenticationError),
        (403, {}, RejectedError),
        (403, {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE"}, AuthenticationError),
        (404, {}, NotFoundError),
        (409, {}, RetryableError),
        (410, {}, NotFoundError),
        (413, {}, InvalidPayloadError),
        (429, {}, RateLimitedError),
        (500, {}, UnavailableError),
        (503, {}, UnavailableError),
        (503, {"Retry-After": "9"}, RateLimitedError),
        (504, {}, DeadlineExceededError),
    ],
)
def test_each_status_says_what_happens_next(
    status: int, headers: dict[str, str], expected: type[ConnectorError]
) -> None:
    """The type of the error follows from status and headers, never from the message."""
    assert type(classify(status, "", headers, "GET /x")) is expected


def test_a_pause_is_read_in_seconds_and_as_a_date() -> None:
    """`Retry-After` has two forms; the reason names what is limited, under both its names."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=1800), usegmt=True)
    seconds = classify(429, "", {"Retry-After": "1800", "RateLimit-Reason": "jira-burst-based"}, "")
    dated = classify(429, "", {"Retry-After": date, "X-RateLimit-Reason": "tenant"}, "")

    assert isinstance(seconds, RateLimitedError)
    assert isinstance(dated, RateLimitedError)
    assert (seconds.retry_after, seconds.scope) == (1800, "jira-burst-based")
    assert 1700 < dated.retry_after <= 1800
    assert dated.scope == "tenant"


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ('{"errorMessages":["A","B"],"errors":{}}', "A; B", ""),
        ('{"errorMessages":[],"errors":{"summary":"is long"}}', "summary: is long", "summary"),
        ('{"message":"M","status-code":401}', "M", ""),
        ('{"errorMessage":"E"}', "E", ""),
        ('["x",{"message":"in a list"}]', "in a list", ""),
        ("<html><head><title>Unauthorized (401)</title></head>", "Unauthorized (401)", ""),
        ("<p>Down &amp; out</p><script>x()</script>", "Down & out", ""),
        ("", "", ""),
        ("null", "None", ""),
    ],
)
def test_every_form_of_error_body_is_read(body: str, message: str, field: str) -> None:
    """Jira says what is wrong in six forms, HTML among them."""
    assert (message, field) == error_details(body)


def test_a_refused_field_is_named(jira: Any, client: Callable[..., JiraClient]) -> None:
    """A 400 names the field that is refused, in Jira's own words."""
    with pytest.raises(InvalidPayloadError) as caught:
        client(jira.facts["url"], **login(jira)).post(
            "issue", {"fields": {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}}}
        )

    assert caught.value.field == "summary"
    assert "You must specify a summary" in str(caught.value)


def login(jira: Any) -> dict[str, Any]:
    """Give the login of a site."""
    settings = jira.settings()
    flavour = "cloud" if jira.cloud else "server"
    return {"token": settings.token, "email": settings.email, "flavour": flavour}


def test_a_wrong_token_is_an_authentication_error(
    cloud: Any, client: Callable[..., JiraClient]
) -> None:
    """A refused login pauses the connector; no secret stands in the message."""
    with pytest.raises(AuthenticationError) as caught:
        client(cloud.facts["url"]).myself()

    basic = base64.b64encode(f"a@b.example:{TOKEN}".encode()).decode()
    assert TOKEN not in str(caught.value)
    assert basic not in str(caught.value)


def test_secrets_are_taken_out_of_what_the_peer_echoes(client: Callable[..., JiraClient]) -> None:
    """A peer that repeats our header does not make us log it."""
    basic = base64.b64encode(f"a@b.example:{TOKEN}".encode()).decode()
    redacted = client("https://x.example").redact(f"you sent {TOKEN} as {basic}")

    assert redacted == "you sent *** as ***"


def test_an_anonymous_answer_is_refused_though_it_is_a_200(jira: Any) -> None:
    """An expired token may bring a 200 for an anonymous visitor: the header tells."""
    jira.fault("expired_token", times=None)

    with pytest.raises(AuthenticationError, match="anonymous"):
        jira.connector.poll(None)


def test_an_anonymous_answer_does_not_move_the_cursor(jira: Any) -> None:
    """After the token is good again, what happened meanwhile is read."""
    _, cursor = jira.poll()
    made = jira.issue("while the token was expired")
    jira.fault("expired_token", times=1)
    with pytest.raises(AuthenticationError):
        jira.connector.poll(cursor)

    changes, _ = jira.poll(cursor)

    assert made in [change.ref for change in changes]


def test_a_refused_token_is_an_authentication_error(jira: Any) -> None:
    """A 401 with the same header is refused too."""
    jira.fault("expired_token", times=None, status=401)

    with pytest.raises(AuthenticationError):
        jira.connector.poll(None)


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        ("server_error", {"status": 503}, UnavailableError),
        ("server_error", {"status": 403}, RejectedError),
        ("rate_limit", {"retry_after": 7, "reason": "jira-burst-based"}, RateLimitedError),
        ("drop_before", {}, RetryableError),
        ("drop_after", {}, RetryableError),
        ("half_body", {}, RetryableError),
        ("html", {}, UnavailableError),
    ],
)
def test_each_fault_of_the_line_is_classed(
    cloud: Any, kind: str, arguments: dict[str, Any], expected: type[ConnectorError]
) -> None:
    """Whatever the peer or the network does ends in an error of the hub."""
    cloud.connector.poll(None)
    cloud.fault(kind, "*search*", times=1, **arguments)

    with pytest.raises(expected):
        cloud.connector.poll(None)


def test_a_write_is_sent_once_whatever_is_answered(cloud: Any) -> None:
    """The `jira` package's own retries are off: a limited POST goes out a single time."""
    cloud.connector.poll(None)
    posts: list[str] = []
    cloud.sandbox.site.listeners.append(lambda happened: posts.append(happened.event))
    cloud.fault("drop_after", "POST */issue", times=None)

    outcome = cloud.outcome(effect())

    assert isinstance(outcome, DeadlineExceededError)
    assert posts == ["jira:issue_created"]


def effect() -> Any:
    """Give an effect that makes an issue."""
    from hub.models import CreateRecord  # noqa: PLC0415

    return CreateRecord("issue", {"summary": "x"})


def test_silence_ends_in_a_deadline(start: Callable[..., Any]) -> None:
    """No answer in time: whether it was done is unknown."""
    site = start("cloud")
    connector = site.connect(read_timeout_seconds=0.2)
    site.fault("latency", "*search*", seconds=2)

    with pytest.raises(DeadlineExceededError):
        connector.poll(None)


def test_nobody_at_the_address_is_unavailable(client: Callable[..., JiraClient]) -> None:
    """A refused connection is passing trouble, told with the address."""
    with pytest.raises(UnavailableError, match="can not be reached"):
        client("http://127.0.0.1:9").myself()


def test_an_address_that_is_none_is_rejected(client: Callable[..., JiraClient]) -> None:
    """A malformed address is told as such."""
    with pytest.raises(RejectedError):
        client("http://").myself()


def test_a_closed_client_refuses_calls(cloud: Any) -> None:
    """Close may be called twice; after it nothing is sent."""
    cloud.connector.close()
    cloud.connector.close()

    with pytest.raises(UnavailableError, match="closed"):
        cloud.connector.poll(None)


def test_the_vendors_package_is_loaded_by_the_first_call_only() -> None:
    """Importing and building the connector does not import `jira`."""
    code = (
        "import sys; from hub_jira import hub_connector_type; "
        "from hub.settings import Secret; from hub.clock import SystemClock; "
        "from hub.connector import Environment; t = hub_connector_type(); "
        "t.build(t.settings(url='https://x', email='a', token=Secret('t'), project='RND'), "
        "Environment(name='rnd', clock=SystemClock())); print('jira' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
