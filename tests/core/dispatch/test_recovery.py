"""Answers that were lost, and processes that died: looked up first, and made once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.core.store import journal
from hub.errors import DeadlineExceededError, RetryableError, UnavailableError
from hub.models import PublicText, SendNotice
from hub.testing.memory import Faults, Rates


class Crash(BaseException):
    """The process dies here."""


def crashing(boundary: str) -> Callable[[str], None]:
    """Make an observer that dies at a boundary."""

    def observe(passed: str) -> None:
        if passed == boundary:
            raise Crash

    return observe


def dead_process(hub: Any, boundary: str) -> Any:
    """Have a hub die at a boundary of its dispatch; give the one that is started after it."""
    hub.database.observer = crashing(boundary)
    with pytest.raises(Crash):
        hub.run()
    hub.close()
    return hub.again()


def lossy(make_hub: Any, **given: Any) -> tuple[Any, Faults]:
    """Make a hub whose issues' system plays faults."""
    faults = Faults(random.Random(1), Rates())
    return make_hub(faults={"rnd": faults}, **given), faults


@pytest.mark.parametrize("fault", ["lost_after", "lost_before"])
def test_a_lost_answer_is_looked_up_and_the_effect_made_once(
    make_hub: Any, scripted: Any, want: Any, case: Any, fault: str
) -> None:
    """Whether it was made before the answer was lost, or not."""
    rules = scripted(
        react=want.on_open(want.of(want.issue.effect, then="handed"), want.comment("x"))
    )
    hub, faults = lossy(make_hub, rules=rules)
    for _ in range(2):
        faults.force(fault)
        case(hub)
        hub.dispatchers["rnd"].step(hub.session)
        assert "trying" in hub.states("rnd")
        hub.clock.advance(60)
        faults.force(fault)
        hub.dispatchers["rnd"].step(hub.session)
        hub.clock.advance(60)
        hub.run()
    assert ["done"] * 4 == hub.states("rnd")
    assert (len(hub.rnd.all("issue")), len(hub.rnd.all("comment"))) == (2, 2)
    assert rules.heard.count("handed") == 2
    assert hub.items()[0].fields["jira_key"] == "RND-1"


def test_a_look_up_waits_out_the_searchs_lag(
    make_hub: Any, case: Any, events: list[dict[str, Any]]
) -> None:
    """Until it is sure; waiting is no failure of the system."""
    hub, faults = lossy(make_hub)
    hub.rnd.search_lag = timedelta(seconds=20)
    faults.force("lost_after")
    case(hub)
    for _ in range(12):
        hub.dispatchers["rnd"].step(hub.session)
        hub.clock.advance(2)
        assert hub.health["rnd"].state != "unavailable"
    hub.run()
    assert ["done"] == hub.states("rnd")
    assert len(hub.rnd.all("issue")) == 1
    assert "outbox.found" in [event["event"] for event in events]


@pytest.mark.parametrize(
    ("boundary", "made", "looked"),
    [
        ("before commit of trying", 0, 0),
        ("after commit of trying", 0, 1),
        ("before commit of receipt", 1, 1),
        ("after commit of receipt", 1, 0),
    ],
)
def test_a_process_that_dies_around_an_effect_leaves_it_to_be_made_once(
    hub: Any, case: Any, play: Any, boundary: str, made: int, looked: int
) -> None:
    """What it was trying is looked up by the next; what it was not is not."""
    case(hub)
    following = dead_process(hub, boundary)
    assert len(following.rnd.all("issue")) == made
    played = play(following)
    following.run()
    assert len(following.rnd.all("issue")) == 1
    assert len(played.looked) == looked
    assert ["done"] == following.states("rnd")
    assert following.read(journal.broken_chains) == []
    following.close()


def test_what_follows_a_receipt_is_not_lost_between_look_up_and_receipt(
    make_hub: Any, scripted: Any, want: Any, case: Any
) -> None:
    """The event comes with the receipt, once, whoever writes it."""
    rules = scripted(react=want.on_open(want.of(want.issue.effect, then="handed")))
    hub = make_hub(rules=rules)
    case(hub)
    following = dead_process(hub, "before commit of receipt")
    case_of_next = following.database
    case_of_next.observer = crashing("before commit of receipt")
    with pytest.raises(Crash):
        following.run()
    following.close()
    last = following.again()
    last.run()
    assert rules.heard.count("handed") == 1
    assert len(last.rnd.all("issue")) == 1
    last.close()


def test_folded_updates_survive_a_crash_as_they_were_sent(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """The payload in the store is the joined one; the folded ones stay settled."""
    wants = [want.issue, want.update("1"), want.update("2")]
    hub = make_hub(rules=scripted(react=want.on_open(*wants)))
    case(hub)
    hub.dispatchers["rnd"].step(hub.session)
    following = dead_process(hub, "after commit of trying")
    assert ["done", "superseded", "trying"] == following.states("rnd")
    (last,) = [x for x in following.effects("rnd") if x.state.name == "TRYING"]
    assert {"x": "2", "1": "y", "2": "y"} == last.command.effect.fields
    following.run()
    fields = following.rnd.all("issue")[0].fields
    assert ("2", "y", "y") == tuple(fields[name] for name in ("x", "1", "2"))
    following.close()


def test_a_mail_is_found_in_the_folder_of_what_was_sent(
    make_hub: Any, scripted: Any, want: Any, case: Any
) -> None:
    """Then it is not sent again, and not uncertain."""
    notice = SendNotice(to=("li@x.cn",), subject="s", text=PublicText("t"))
    faults = Faults(random.Random(1), Rates())
    rules = scripted(react=want.on_open(want.of(notice, "mail:1", connector="mail")))
    hub = make_hub(rules=rules, mail=True, faults={"mail": faults})
    faults.force("lost_after")
    case(hub)
    hub.dispatchers["mail"].step(hub.session)
    hub.clock.advance(60)
    hub.run()
    assert ["done"] == hub.states("mail")
    assert len(hub.systems["mail"].sent) == 1


def test_of_many_lost_effects_no_more_are_looked_up_while_the_system_is_down(
    make_sqlite: Any, case: Any, play: Any, raising: Any
) -> None:
    """Each look-up may take half a minute to fail."""
    hub = make_sqlite()
    case(hub, *"0123456789")
    play(hub, raising(DeadlineExceededError("lost")))
    hub.dispatchers["rnd"].step(hub.session)
    hub.clock.advance(60)
    down = play(hub, find=raising(UnavailableError("down")))
    hub.dispatchers["rnd"].step(hub.session)
    assert len(down.looked) == 2, "the third failure in a row is an outage"
    assert hub.health["rnd"].paused() > 0
    hub.clock.advance(120)
    play(hub)
    hub.run()
    assert len(hub.rnd.all("issue")) == 10


@pytest.mark.parametrize("answer", ["found", 7])
def test_a_look_up_that_answers_nonsense_is_a_dead_letter(
    sqlite_hub: Any, case: Any, play: Any, raising: Any, answer: Any
) -> None:
    """It is not tried again: it may have been made."""
    hub = sqlite_hub
    case(hub)
    play(hub, raising(DeadlineExceededError("lost")))
    hub.dispatchers["rnd"].step(hub.session)
    hub.clock.advance(60)
    played = play(hub, find=lambda _: answer)
    hub.run()
    assert ["dead"] == hub.states("rnd")
    assert played.batches == []
    assert "for an outcome" in hub.letters()[0].cause


def test_a_record_that_can_not_be_found_yet_holds_up_its_item_alone(
    hub: Any, case: Any, play: Any, raising: Any
) -> None:
    """Others go on meanwhile."""
    case(hub, "a")
    play(hub, raising(DeadlineExceededError("lost")))
    hub.dispatchers["rnd"].step(hub.session)
    case(hub, "b")
    hub.clock.advance(60)
    play(hub, find=raising(RetryableError("not yet")))
    for _ in range(3):
        hub.dispatchers["rnd"].step(hub.session)
    assert ["trying", "done"] == hub.states("rnd")
