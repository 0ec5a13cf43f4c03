"""The emulator's streaming, message by message: subscriptions, replay, gaps, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox

from hub.testing import FrozenClock

Access = Mapping[str, Any]
CASES = "/data/CaseChangeEvent"


class Listener:
    """A client that has shaken hands."""

    def __init__(self, http: requests.Session, url: str) -> None:
        self._http = http
        self._url = f"{url}/cometd/59.0"
        (told,) = self.send(
            {"channel": "/meta/handshake", "version": "1.0",
             "supportedConnectionTypes": ["long-polling"]}
        )  # fmt: skip
        self.client_id = told["clientId"]

    def send(self, message: Any) -> Any:
        """Send one message; give what is answered."""
        return self._http.post(self._url, json=message).json()

    def subscribe(self, channel: str, replay: Any = None) -> Any:
        """Subscribe, from an event on if asked; give the answer."""
        ext = {} if replay is None else {"ext": {"replay": {channel: replay}}}
        message = {"channel": "/meta/subscribe", "clientId": self.client_id,
                   "subscription": channel, **ext}  # fmt: skip
        return self.send(message)[0]

    def connect(self, milliseconds: int = 0) -> list[dict[str, Any]]:
        """Give the events that wait, or come within a time."""
        told = self.send(
            {"channel": "/meta/connect", "clientId": self.client_id,
             "connectionType": "long-polling", "advice": {"timeout": milliseconds}}
        )  # fmt: skip
        assert told[-1]["channel"] == "/meta/connect"
        return [message["data"] for message in told[:-1]]


@pytest.fixture
def listener(http: requests.Session, access: Access) -> Listener:
    """Give a client that has shaken hands."""
    return Listener(http, access["url"])


def _headers(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["payload"]["ChangeEventHeader"] for event in events]


def test_each_change_is_told_with_what_changed(
    listener: Listener, http: requests.Session, data: str
) -> None:
    """Created, changed, deleted, brought back: nothing that stayed is told."""
    listener.subscribe(CASES)
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x", "Origin": "Web"}).json()["id"]
    http.patch(f"{data}/sobjects/Case/{case}", json={"Priority": "High", "Origin": None},
               headers={"Sforce-Auto-Assign": "FALSE"})  # fmt: skip
    http.delete(f"{data}/sobjects/Case/{case}")

    events = listener.connect()

    headers = _headers(events)
    assert [h["changeType"] for h in headers] == ["CREATE", "UPDATE", "DELETE"]
    assert {h["recordIds"][0] for h in headers} == {case}
    assert headers[1]["changedFields"] == ["Origin", "Priority", "LastModifiedDate"]
    assert headers[1]["nulledFields"] == ["Origin"]
    assert set(events[1]["payload"]) - {"ChangeEventHeader"} == {
        "Origin", "Priority", "LastModifiedDate",
    }  # fmt: skip
    assert set(events[2]["payload"]) == {"ChangeEventHeader"}


def test_what_was_undone_is_not_told(listener: Listener, http: requests.Session, data: str) -> None:
    """Events are of what was committed."""
    listener.subscribe(CASES)
    records = [{"attributes": {"type": "Case"}, "Subject": "a"},
               {"attributes": {"type": "Case"}, "Status": "Nix"}]  # fmt: skip
    http.post(f"{data}/composite/sobjects", json={"allOrNone": True, "records": records})

    assert listener.connect() == []


def test_events_can_be_told_again_until_they_are_forgotten(
    listener: Listener, http: requests.Session, data: str, clock: FrozenClock, access: Access
) -> None:
    """Behind an id, or all; after three days none, and the id is refused."""
    for subject in ("a", "b", "c"):
        http.post(f"{data}/sobjects/Case", json={"Subject": subject})
    listener.subscribe(CASES, -2)
    all_ = listener.connect()
    second = all_[1]["event"]["replayId"]
    other = Listener(http, access["url"])
    other.subscribe(CASES, second)
    rest = other.connect()
    clock.advance(73 * 3600)
    access_token = http.post(
        f"{access['url']}/services/oauth2/token",
        {"grant_type": "client_credentials", "client_id": access["client_id"],
         "client_secret": access["client_secret"]},
    ).json()["access_token"]  # fmt: skip
    http.headers["Authorization"] = f"Bearer {access_token}"
    late = Listener(http, access["url"]).subscribe(CASES, second)

    assert [event["payload"]["Subject"] for event in all_] == ["a", "b", "c"]
    assert [event["payload"]["Subject"] for event in rest] == ["c"]
    assert late["successful"] is False
    assert late["error"].startswith("400::The replayId")


def test_a_gap_tells_no_fields(
    listener: Listener, http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """Only that something happened to a record."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    listener.subscribe(CASES)
    sandbox.act("gap_event", {"id": case})

    (event,) = listener.connect()

    assert set(event["payload"]) == {"ChangeEventHeader"}
    assert _headers([event])[0]["changeType"] == "GAP_UPDATE"


def test_a_client_that_waits_is_roused(
    listener: Listener, http: requests.Session, data: str, access: Access
) -> None:
    """By what happens meanwhile, long before its time is over; the first connect never waits."""
    assert listener.connect(60_000) == []
    listener.subscribe("/data/ChangeEvents")
    with ThreadPoolExecutor(1) as pool, requests.Session() as other:
        other.trust_env, other.verify = False, access["ca_file"]
        other.headers.update(http.headers)
        waiting = pool.submit(listener.connect, 60_000)
        other.post(f"{data}/sobjects/Account", json={"Name": "x"})
        events = waiting.result(20)

    assert _headers(events)[0]["entityName"] == "Account"


def test_a_topic_notifies_of_the_fields_it_names(
    listener: Listener, http: requests.Session, data: str
) -> None:
    """A change of others is not told; what no longer fits its query neither."""
    topic = {"Name": "Open", "ApiVersion": 59.0,
             "Query": "SELECT Id, Subject FROM Case WHERE IsClosed = false"}  # fmt: skip
    http.post(f"{data}/sobjects/PushTopic", json=topic)
    listener.subscribe("/topic/Open")
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "a"}).json()["id"]
    for change in ({"Priority": "High"}, {"Subject": "b"}, {"Status": "Closed"}):
        http.patch(f"{data}/sobjects/Case/{case}", json=change)

    told = [(e["event"]["type"], e["sobject"]["Subject"]) for e in listener.connect()]

    assert told == [("created", "a"), ("updated", "b")]


@pytest.mark.parametrize(
    "channel", ["/topic/Nope", "/u/Nope", "/data/NopeChangeEvent", "/nope", 7, None]
)
def test_a_channel_that_is_not_there_is_refused(listener: Listener, channel: Any) -> None:
    """With its code; the client lives on."""
    told = listener.subscribe(channel)

    assert told["successful"] is False
    assert told["error"][:3] in {"404", "400"}
    assert listener.connect() == []


def test_strangers_are_told_to_shake_hands_first(listener: Listener) -> None:
    """As are those who said goodbye."""
    unknown = listener.send({"channel": "/meta/connect", "clientId": "x"})[0]
    goodbye = listener.send({"channel": "/meta/disconnect", "clientId": listener.client_id})[0]
    after = listener.send({"channel": "/meta/connect", "clientId": listener.client_id})[0]

    assert (unknown["error"], unknown["advice"]["reconnect"]) == (
        "403::Unknown client",
        "handshake",
    )
    assert goodbye["successful"] is True
    assert after["error"] == "403::Unknown client"


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'["x"]', b"{", b'[{"channel": 7}]'])
def test_nonsense_is_refused(http: requests.Session, access: Access, body: bytes) -> None:
    """With 400, or in the protocol's own words."""
    answer = http.post(f"{access['url']}/cometd/59.0", data=body)

    assert answer.status_code == 400 or answer.json()[0]["successful"] is False
