"""Webhooks are verified on their raw bytes, and believed for nothing but whom to ask about."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, Queue
from typing import Any

import pytest
from hub_jira.connector import JiraConnector

from hub.connector import WebhookRequest
from hub.errors import AuthenticationError, InvalidPayloadError
from hub.models import PublicText, Ref
from hub.settings import Secret

SECRET = "hook-secret"
BODY = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"id": "10007"}}).encode()


def signed(body: bytes, secret: str = SECRET) -> WebhookRequest:
    """Make a request as Jira signs it."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest(headers={"X-Hub-Signature": f"sha256={made}"}, body=body)


@pytest.fixture
def listening(cloud: Any) -> JiraConnector:
    """Give a connector that knows the secret."""
    connector: JiraConnector = cloud.connect(webhook_secret=Secret(SECRET))
    return connector


def test_a_genuine_webhook_gives_the_records_to_fetch(listening: JiraConnector) -> None:
    """The issue, and the comment if there is one."""
    body = json.dumps({"issue": {"id": "10007"}, "comment": {"id": "55"}}).encode()

    assert listening.receive(signed(BODY)) == [Ref("rnd", "issue", "10007")]
    assert listening.receive(signed(body)) == [
        Ref("rnd", "issue", "10007"),
        Ref("rnd", "comment", "10007-55"),
    ]


@pytest.mark.parametrize(
    "request_",
    [
        signed(BODY, "another secret"),
        WebhookRequest(headers={}, body=BODY),
        WebhookRequest(headers={"X-Hub-Signature": "sha256="}, body=BODY),
        WebhookRequest(headers={"X-Hub-Signature": "sha1=é"}, body=BODY),
        WebhookRequest(headers=signed(BODY).headers, body=BODY + b" "),
    ],
)
def test_what_is_not_signed_by_jira_is_refused(
    listening: JiraConnector, request_: WebhookRequest
) -> None:
    """One changed byte is enough."""
    with pytest.raises(AuthenticationError):
        listening.receive(request_)


def test_without_a_secret_every_webhook_is_refused(cloud: Any) -> None:
    """An unsigned door stays shut."""
    assert not cloud.connector.capabilities.webhook
    with pytest.raises(AuthenticationError, match="webhook_secret"):
        cloud.connector.receive(signed(BODY))


@pytest.mark.parametrize("body", [b"not json", b"[1]", b'{"issue":{}}', b'{"issue":3}'])
def test_a_signed_webhook_that_can_not_be_read_is_told(
    listening: JiraConnector, body: bytes
) -> None:
    """Malformed, though genuine."""
    with pytest.raises(InvalidPayloadError):
        listening.receive(signed(body))


def test_a_webhook_about_nothing_of_ours_is_nothing(listening: JiraConnector) -> None:
    """A project or a user event names no record."""
    assert listening.receive(signed(b'{"webhookEvent":"user_created"}')) == []


class Inbox:
    """A server that keeps the webhooks it gets."""

    def __init__(self) -> None:
        self.got: Queue[WebhookRequest] = Queue()
        self.statuses: list[int] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.got.put(WebhookRequest(headers=dict(self.headers), body=body))
                self.send_response(inbox.statuses.pop(0) if inbox.statuses else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def next(self, seconds: float = 10.0) -> WebhookRequest:
        """Give the next webhook."""
        return self.got.get(timeout=seconds)

    def stop(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Give a place that webhooks are sent to."""
    place = Inbox()
    yield place
    place.stop()


def register(site: Any, inbox: Inbox, **more: Any) -> None:
    """Register the webhook as an administrator does."""
    data = {
        "name": "hub",
        "url": inbox.url,
        "events": ["jira:issue_created", "jira:issue_updated", "comment_created"],
        "secret": SECRET,
        **more,
    }
    client = site.connector._client
    client._call("POST", "rest/webhooks/1.0/webhook", None, data)


def test_the_sandboxs_webhooks_are_understood(
    cloud: Any, listening: JiraConnector, inbox: Inbox
) -> None:
    """From a person's comment to the fetched change, over real HTTP."""
    register(cloud, inbox)
    ref = cloud.issue()
    first = listening.receive(inbox.next())
    made = cloud.act("comment", issue=ref.id, text="公开", public=True)["id"]

    refs = listening.receive(inbox.next())
    change = listening.fetch(refs)[1]

    assert first == [ref]
    assert refs == [ref, Ref("rnd", "comment", f"{ref.id}-{made}")]
    assert change.text == PublicText("公开")  # type: ignore[union-attr]


def test_a_webhook_sent_again_keeps_its_identifier(cloud: Any, inbox: Inbox) -> None:
    """The receiver answered 503: the same webhook comes again, and says so."""
    cloud.sandbox._sender._retry_seconds = 0.01
    inbox.statuses = [503]
    register(cloud, inbox)
    cloud.issue()

    first, second = inbox.next(), inbox.next()

    name = "X-Atlassian-Webhook-Identifier"
    assert first.headers[name] == second.headers[name]
    assert second.headers["X-Atlassian-Webhook-Retry"] == "1"


def test_webhooks_are_forged_doubled_and_lost_on_demand(
    cloud: Any, listening: JiraConnector, inbox: Inbox
) -> None:
    """The sandbox plays what goes wrong with webhooks."""
    register(cloud, inbox)
    cloud.fault("webhook_forged", "WEBHOOK *")
    cloud.issue("forged")
    with pytest.raises(AuthenticationError):
        listening.receive(inbox.next())
    cloud.fault("webhook_twice", "WEBHOOK *")
    twice = cloud.issue("twice")
    assert listening.receive(inbox.next()) == listening.receive(inbox.next()) == [twice]
    cloud.fault("webhook_never", "WEBHOOK *")
    cloud.issue("never")
    last = cloud.issue("last")
    assert listening.receive(inbox.next()) == [last]
    with pytest.raises(Empty):
        inbox.got.get_nowait()


def test_a_webhooks_filter_is_heeded(cloud: Any, listening: JiraConnector, inbox: Inbox) -> None:
    """A JQL filter narrows what is sent."""
    register(cloud, inbox, filters={"issue-related-events-section": "project = LIB"})
    cloud.issue("elsewhere")

    wanted = cloud.issue("here", project="LIB")

    assert listening.receive(inbox.next()) == [wanted]


def test_a_webhook_overtakes_another_on_demand(
    cloud: Any, listening: JiraConnector, inbox: Inbox
) -> None:
    """The held one is sent after the one that comes next."""
    register(cloud, inbox)
    cloud.fault("webhook_reordered", "WEBHOOK *")
    first, second = cloud.issue("first"), cloud.issue("second")

    assert listening.receive(inbox.next()) == [second]
    assert listening.receive(inbox.next()) == [first]


def test_a_webhook_that_nothing_overtakes_comes_all_the_same(
    cloud: Any, listening: JiraConnector, inbox: Inbox
) -> None:
    """After a while; another that is late comes after what happened since."""
    register(cloud, inbox)
    cloud.fault("webhook_reordered", "WEBHOOK *", seconds=0.1)
    alone = cloud.issue("alone")
    assert listening.receive(inbox.next()) == [alone]

    cloud.fault("webhook_late", "WEBHOOK *", seconds=0.5)
    late, prompt = cloud.issue("late"), cloud.issue("prompt")
    assert listening.receive(inbox.next()) == [prompt]
    assert listening.receive(inbox.next()) == [late]


def test_an_apps_webhook_comes_unsigned_until_it_expires(
    frozen: Any, clock: Any, inbox: Inbox, http: Any
) -> None:
    """It says which of the app's webhooks matched; 30 days later nothing comes."""
    url = f"{frozen.facts['url']}/rest/api/3/webhook"
    app = {"Authorization": f"Bearer {frozen.facts['app_token']}"}
    wanted = {"jqlFilter": "project = RND", "events": ["jira:issue_created"]}
    body = {"url": inbox.url, "webhooks": [wanted]}
    told = http.post(url, json=body, headers=app).json()
    frozen.issue("in time")
    clock.advance(timedelta(days=31))
    frozen.issue("too late")

    made = told["webhookRegistrationResult"][0]["createdWebhookId"]
    got = inbox.next()
    assert json.loads(got.body)["matchedWebhookIds"] == [made]
    assert "X-Hub-Signature" not in got.headers
    with pytest.raises(Empty):
        inbox.got.get_nowait()


def test_webhooks_tell_of_versions_and_projects(cloud: Any, inbox: Inbox) -> None:
    """What is no issue has its own events."""
    register(cloud, inbox, events=["jira:version_created", "jira:version_released"])
    client = cloud.connector._client
    made = client.post("version", {"name": "1.0", "projectId": 10100})
    client.put(f"version/{made['id']}", {"released": True})

    bodies = [json.loads(inbox.next().body) for _ in range(2)]

    assert ["jira:version_created", "jira:version_released"] == [
        body["webhookEvent"] for body in bodies
    ]
    assert [False, True] == [body["version"]["released"] for body in bodies]
