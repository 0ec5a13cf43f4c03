"""What a person tells of a case: by HTTP, by the desk, each once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.core.desk import Desk, Told
from hub.errors import UnknownError
from hub.testing.clock import SeededIds
from tests.core.house import TOKEN, House, serve

RATED = {"what": "rated", "value": "5"}


@pytest.fixture
def house() -> House:
    """Give the hub behind the doors."""
    return House()


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the house and give a client to it."""
    yield from serve(house.doors())


def test_what_is_told_is_taken_with_its_key(house: House, client: httpx.Client) -> None:
    """202: it goes the way of every change."""
    headers = {**TOKEN, "Idempotency-Key": "k1"}

    answer = client.post("/api/items/2345/told", json=RATED, headers=headers)

    assert (202, {"accepted": True, "item": "2345"}) == (answer.status_code, answer.json())
    assert [("2345", Told(what="rated", value="5", key="k1"))] == house.wishes


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"what": "sold"}, "sold"),
        ({"what": "rated", "value": "6"}, "one of 1, 2, 3, 4, 5"),
        ({"what": "agreed", "value": "soon"}, "a date or an instant"),
        ({"what": "feedback", "text": " "}, "text must not be empty"),
        ({"what": "unreached", "who": "x"}, "unknown field `who`"),
    ],
)
def test_what_makes_no_sense_is_refused(
    house: House, client: httpx.Client, body: dict[str, str], said: str
) -> None:
    """The answer says what would."""
    answer = client.post("/api/items/2345/told", json=body, headers=TOKEN)

    assert 400 == answer.status_code
    assert said in answer.json()["error"]
    assert [] == house.wishes


def test_it_reaches_the_rules_once_for_each_key(make_hub: Any, scripted: Any) -> None:
    """However often it is told; and no other item will do."""
    rules = scripted()
    hub = make_hub(rules=rules)
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    desk = Desk(hub.session, hub.clock, SeededIds(7))

    for _ in range(2):
        desk.tell(str(case), Told(what="agreed", value="2026-03-09", by="li@x.cn", key="k"))
    hub.run()

    (event,) = [each for each in rules.asked if each.name == "told"]
    assert {"what": "agreed", "value": "2026-03-09", "text": "", "by": "li@x.cn"} == event.data
    with pytest.raises(UnknownError, match="'777'"):
        desk.tell("777", Told(what="unreached"))
