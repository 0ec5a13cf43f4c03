"""What a system refuses, delays or garbles: each effect fails alone and is explained."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    RateLimitedError,
    UnavailableError,
)
from hub.models import (
    PublicText,
    Receipt,
    SendReply,
)
from hub.testing.memory import Faults, Rates


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Give the events of a name."""
    return [event for event in events if event["event"] == name]


def test_one_refused_effect_of_a_batch_fails_alone(make_hub: Any, case: Any, retry: Any) -> None:
    """It is a dead letter with the system's words; the others are made."""
    faults = Faults(random.Random(1), Rates())
    hub = make_hub(faults={"rnd": faults})
    case(hub, *"abc")
    faults.force("rejected")
    hub.run()
    assert len(hub.rnd.all("issue")) == 2
    (letter,) = hub.letters()
    assert ("effect", "HUB-S-033", "rnd:issue") == (letter.kind, letter.code, letter.ref)
    assert "the value is refused" in letter.cause
    retry(hub)
    hub.run()
    assert ["a", "b", "c"] == sorted(x.fields["summary"] for x in hub.rnd.all("issue"))
    assert hub.letters() == []


@pytest.mark.parametrize("hidden", [True, False])
def test_a_pause_that_is_asked_for_is_kept(
    hub: Any, hidden: bool, play: Any, case: Any, raising: Any
) -> None:
    """The effect was refused: it is wanted as before, and needs no look-up."""
    error = RateLimitedError("slow down", retry_after=30.0)
    played = play(hub, (lambda ds: [error for _ in ds]) if hidden else raising(error))
    case(hub)
    hub.dispatchers["rnd"].step(hub.session)
    (entry,) = hub.effects("rnd")
    assert entry.state.name == "WANTED"
    assert hub.clock.now() + timedelta(seconds=30) <= entry.due_at
    assert 29 < hub.health["rnd"].paused() <= 30
    assert hub.dispatchers["rnd"].step(hub.session) == 0
    hub.clock.advance(61)
    play(hub, find=raising(AssertionError("no look-up")))
    hub.run()
    assert ["done"] == hub.states("rnd")
    assert len(played.batches) == 1


def test_refused_credentials_pause_the_connector_and_are_told_once(
    hub: Any, events: Any, play: Any, case: Any, raising: Any
) -> None:
    """The effects wait; another connector goes on."""
    play(hub, raising(AuthenticationError("expired")))
    case(hub)
    for _ in range(4):
        hub.dispatchers["rnd"].step(hub.session)
        hub.clock.advance(61)
    assert hub.health["rnd"].state == "unauthorised"
    assert ["wanted"] == hub.states("rnd")
    assert len(named(events, "connector.paused")) == 1
    play(hub)
    hub.run()
    assert len(named(events, "connector.recovered")) == 1
    assert hub.letters() == []


def test_one_lost_call_is_one_failure_however_many_effects_it_carried(
    make_sqlite: Any, case: Any, play: Any, raising: Any
) -> None:
    """A system is down after several calls, not after one large batch."""
    hub = make_sqlite()
    case(hub, *"0123456789")
    play(hub, raising(UnavailableError("down")))
    hub.dispatchers["rnd"].step(hub.session)
    assert hub.health["rnd"].paused() == 0
    assert hub.states("rnd") == ["trying"] * 10


def test_locked_records_are_no_outage(make_sqlite: Any, case: Any, play: Any) -> None:
    """While others of the batch are made, the system is well."""
    hub = make_sqlite()
    case(hub, *"0123456789")
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        rest = [UnavailableError("locked") for _ in deliveries[1:]]
        return [*inner.apply(deliveries[:1]), *rest]

    play(hub, apply)
    hub.dispatchers["rnd"].step(hub.session)
    assert (hub.health["rnd"].state, hub.health["rnd"].paused()) == ("ready", 0)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda _: [], "0 outcomes for 1"),
        (lambda ds: [Receipt() for _ in ds] * 2, "2 outcomes for 1"),
        (lambda _: None, "NoneType"),
        (lambda _: 5, "int"),
        (lambda ds: [None for _ in ds], "NoneType"),
        (lambda ds: ["done" for _ in ds], "str"),
        (lambda ds: [ValueError("x") for _ in ds], "ValueError"),
        (KeyError("x"), "KeyError"),
        (ConnectorError("odd"), "odd"),
    ],
)
def test_a_connector_that_answers_nonsense_is_not_asked_again(
    sqlite_hub: Any, answer: Any, cause: str, play: Any, case: Any, retry: Any, raising: Any
) -> None:
    """Whether it was made nobody knows: a dead letter says whose fault it is."""
    hub = sqlite_hub
    played = play(hub, raising(answer) if isinstance(answer, Exception) else answer)
    case(hub)
    hub.run()
    assert ["dead"] == hub.states("rnd")
    (letter,) = hub.letters()
    assert cause in letter.cause
    assert len(played.batches) == 1
    retry(hub)
    play(hub)
    hub.run()
    assert len(hub.rnd.all("issue")) == 1


REPLY = SendReply(to=("li@x.cn",), subject="s", text=PublicText("t"))


def test_what_was_perhaps_sent_is_shown_and_sent_again_on_request_alone(
    make_hub: Any, scripted: Any, play: Any, case: Any, retry: Any, want: Any
) -> None:
    """A mail whose line was cut: the hub never sends it twice by itself."""
    reply = want.of(REPLY, "mail:1", connector="mail", then="sent")
    rules = scripted(react=want.on_open(reply))
    hub = make_hub(rules=rules, mail=True, options={"mail": {"sent_folder": False}})
    inner = hub.connectors["mail"]

    def cut(deliveries: Any) -> Any:
        inner.apply(deliveries)
        raise DeadlineExceededError("no answer after the dot")

    play(hub, cut, name="mail")
    case(hub)
    hub.dispatchers["mail"].step(hub.session)
    play(hub, name="mail")
    hub.clock.advance(60)
    hub.run()
    assert ["uncertain"] == hub.states("mail")
    (letter,) = hub.letters()
    assert letter.cause.startswith("perhaps sent")
    assert len(hub.systems["mail"].sent) == 1

    retry(hub)
    hub.run()
    assert ["done"] == hub.states("mail")
    assert len(hub.systems["mail"].sent) == 2
    assert rules.heard.count("sent") == 1
