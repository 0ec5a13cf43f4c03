"""Why, and why not, by HTTP: what is asked comes through, and what is answered comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from hub.core.explain import Explained, Subject, WhyNot
from hub.core.explain.causes import Cause
from hub.core.explain.whynot import Asked
from hub.core.inquiry import Explanation
from hub.errors import UnknownError
from hub.testing.clock import EPOCH
from tests.core.house import ITEM, TOKEN, House, serve


def why(item: str, language: str) -> Explained:
    """Explain the one item by nothing at all."""
    if item != ITEM.id:
        raise UnknownError(f"the hub has never seen anything called {item!r}")
    chain = Explanation(
        asked=item, item=item, fields={"asked in": language}, links=[], steps=[], effects=[],
        timers=[], dead_letters=[],
    )  # fmt: skip
    return Explained(chain=chain, because=[])


def why_not(item: str, what: str, at: str, who: str, language: str) -> WhyNot:
    """Give back what was asked."""
    if what not in set(Subject):
        raise ValueError(f"{what!r} is nothing that can be asked about")
    asked = Asked(subject=Subject(what), start=EPOCH, end=EPOCH, who=who)
    return WhyNot(item=item, asked=asked, handbook="1.0", causes=[Cause(text=f"{at} {language}")])


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Serve a house that explains."""
    yield from serve(replace(House().doors(), why=why, why_not=why_not))


def test_an_item_is_explained_in_the_language_asked_for(client: httpx.Client) -> None:
    """The chain and the rows behind it; without the token nothing, of the unknown a 404."""
    path = f"/api/items/{ITEM.id}/why"

    told = client.get(path, params={"language": "zh"}, headers=TOKEN)

    assert 200 == told.status_code
    assert {"asked in": "zh"} == told.json()["chain"]["fields"]
    assert 401 == client.get(path).status_code
    assert 404 == client.get("/api/items/9/why", headers=TOKEN).status_code


def test_it_can_be_asked_why_something_did_not_happen(client: httpx.Client) -> None:
    """What, when, to whom and in which language; what can not be asked is a 400."""
    path = f"/api/items/{ITEM.id}/why-not"
    asked = {"what": "notice", "at": "2026-11-28", "to": "rnd", "language": "en"}

    told = client.get(path, params=asked, headers=TOKEN)
    wrong = client.get(path, params={"what": "weather"}, headers=TOKEN)

    assert 200 == told.status_code
    assert ("notice", "rnd") == (told.json()["asked"]["subject"], told.json()["asked"]["who"])
    assert ["2026-11-28 en"] == [each["text"] for each in told.json()["causes"]]
    assert (400, True) == (wrong.status_code, "weather" in wrong.json()["error"])
