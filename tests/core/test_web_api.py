"""The hub's API over real connections, without an engine behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import msgspec
import pytest

from hub.core import log
from hub.core.inquiry import ItemView
from hub.core.web.operations import Letters
from hub.errors import HubError, InvalidPayloadError
from tests.core.house import ITEM, LETTER, TAKEN, TOKEN, WISH, House, serve


@pytest.fixture
def house() -> House:
    """Give the hub behind the doors."""
    return House()


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the house and give a client to it."""
    yield from serve(house.doors())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic tell-nobody"},
        {"Authorization": "Bearer"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/dead"),
        ("GET", "/api/items/2345"),
        ("POST", "/api/items/2345/handoff"),
        ("POST", "/api/items/2345/duplicate"),
        ("POST", "/api/cases"),
        ("GET", "/api/cases/AB-12"),
        ("GET", "/api/x"),
    ],
)
def test_the_api_is_for_bearers_of_the_token(
    client: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    """Everything under /api is 401 otherwise, also what does not exist."""
    answer = client.request(method, path, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_without_a_configured_token_nobody_passes(house: House) -> None:
    """An empty token does not open the door to an empty header."""
    for client in serve(replace(house.doors(), token=None)):
        for header in ("Bearer", "bearer x"):
            assert client.get("/api/dead", headers={"Authorization": header}).status_code == 401


def test_an_item_and_the_dead_letters_can_be_read(client: httpx.Client) -> None:
    """The API shows what the command line shows."""
    item = client.get("/api/items/2345", headers=TOKEN).content
    letters = client.get("/api/dead", headers=TOKEN).content

    assert msgspec.json.decode(item, type=ItemView) == ITEM
    assert msgspec.json.decode(letters, type=Letters) == Letters([LETTER])
    assert client.get("/api/items/9", headers=TOKEN).status_code == 404


def test_a_hand_off_is_taken_with_its_key(house: House, client: httpx.Client) -> None:
    """202: it goes the way of every change, and asking again with the same key is harmless."""
    answer = client.post(
        "/api/items/2345/handoff", json=WISH, headers={**TOKEN, "Idempotency-Key": "k1"}
    )

    assert answer.status_code == 202
    ((item, wish),) = house.wishes
    assert (item, wish.to, wish.by, wish.key) == ("2345", "rnd@x.cn", "api", "k1")


def test_the_key_of_a_hand_off_may_stand_in_its_body(house: House, client: httpx.Client) -> None:
    """What the body may hold is heeded."""
    client.post("/api/items/2345/handoff", json={**WISH, "key": "k2"}, headers=TOKEN)

    assert ["k2"] == [wish.key for _, wish in house.wishes]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not a hand-off"),
        (b"{}", "missing required field `to`"),
        (b'{"to":"a","method":"","result":"x"}', "$.method"),
        (b'{"to":"a","method":"m","result":"x","nxt":1}', "unknown field `nxt`"),
    ],
)
def test_a_hand_off_without_what_the_handbook_demands_is_refused(
    house: House, client: httpx.Client, body: bytes, said: str
) -> None:
    """The answer names the field."""
    answer = client.post("/api/items/2345/handoff", content=body, headers=TOKEN)

    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert house.wishes == []


def test_a_hand_off_of_an_unknown_item_is_404(client: httpx.Client) -> None:
    """The answer names the item."""
    answer = client.post("/api/items/777/handoff", json=WISH, headers=TOKEN)

    assert (answer.status_code, answer.json()["error"]) == (404, "no item '777'")


def test_a_failure_inside_is_logged_and_does_not_end_the_server(
    house: House, client: httpx.Client
) -> None:
    """The caller gets no insides; the next request is served."""
    house.error = HubError("inside")

    with log.capture() as events:
        assert client.get("/api/dead", headers=TOKEN).status_code == 500

    assert [event["event"] for event in events] == ["web.failed"]
    house.error = None
    assert client.get("/api/dead", headers=TOKEN).status_code == 200


CASE = {"channel": "hotline", "description": "不能登录", "contact_phone": "010-1"}


def test_a_case_is_taken_with_its_files_and_key(house: House, client: httpx.Client) -> None:
    """202: it is kept; its reference tells later what became of it."""
    file = {"name": "日志.txt", "content": "5pel5b+X"}
    headers = {**TOKEN, "Idempotency-Key": "k1"}

    answer = client.post("/api/cases", json={**CASE, "attachments": [file]}, headers=headers)

    assert answer.status_code == 202
    assert answer.json()["reference"] == TAKEN.reference
    (wish,) = house.cases
    assert (wish.channel, wish.description, wish.key) == ("hotline", "不能登录", "api:k1")
    assert wish.attachments[0].content == "日志".encode()
    found = client.get(f"/api/cases/{TAKEN.reference}", headers=TOKEN).json()
    assert found["case_number"] == "00001001"
    assert client.get("/api/cases/none", headers=TOKEN).status_code == 404


def test_a_case_with_a_fault_is_refused_with_its_field(house: House, client: httpx.Client) -> None:
    """By the handbook, or because it is no case at all."""
    house.error = InvalidPayloadError("channel: unknown", field="channel")

    faulty = client.post("/api/cases", json=CASE, headers=TOKEN)
    strange = client.post("/api/cases", json={**CASE, "colour": "red"}, headers=TOKEN)

    assert (faulty.status_code, faulty.json()["error"]) == (400, "channel: unknown")
    assert (strange.status_code, "unknown field `colour`" in strange.text) == (400, True)


def test_a_word_on_a_duplicate_is_taken(house: House, client: httpx.Client) -> None:
    """Accepted or refused, never both."""
    place, verdict = "/api/items/2345/duplicate", {"of": "00000900", "decision": "accept"}

    answer = client.post(place, json=verdict, headers=TOKEN)
    vague = client.post(place, json={**verdict, "decision": "perhaps"}, headers=TOKEN)

    assert (answer.status_code, answer.json()) == (202, {"item": "2345", "of": "00000900"})
    assert vague.status_code == 400
    assert [wish.decision for _, wish in house.wishes] == ["accept"]
    assert client.post("/api/items/777/duplicate", json=verdict, headers=TOKEN).status_code == 404
