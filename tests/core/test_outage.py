"""A system that is down for an hour: the others go on, and nothing is lost or doubled after it."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import DeadlineExceededError, UnavailableError

HOUR = 3600


class Down:
    """A connector whose system does not answer; it counts how often it is asked."""

    def __init__(self, real: Any, error: type[UnavailableError | DeadlineExceededError]) -> None:
        self.capabilities = real.capabilities
        self.calls = 0
        self._error = error

    def _fail(self, *_: object) -> Any:
        self.calls += 1
        raise self._error("no answer")

    apply = find = poll = fetch = _fail


@pytest.mark.parametrize("error", [UnavailableError, DeadlineExceededError])
def test_an_hour_without_a_system_loses_and_doubles_nothing(
    make_sqlite: Any, error: type[UnavailableError | DeadlineExceededError]
) -> None:
    """Its work waits in order, it is asked ever more seldom, and catches up by itself."""
    hub = make_sqlite()
    down = Down(hub.connectors["rnd"], error)
    hub.dispatchers["rnd"].connector = down
    cases = {}
    for minute in range(HOUR // 60):
        if minute < 30:
            cases[minute] = hub.crm.create("case", {"subject": f"{minute}", "status": "New"})
        else:
            hub.crm.edit("case", cases[minute - 30], {"subject": f"{minute - 30} again"})
        for _ in range(30):
            hub.intakes["crm"].poll(hub.session)
            hub.engine.step(hub.session)
            hub.dispatchers["crm"].step(hub.session)
            if hub.health["rnd"].paused() == 0:
                hub.dispatchers["rnd"].step(hub.session)
            hub.clock.advance(2)
    assert len(hub.items()) == 30
    assert hub.health["rnd"].state == "unavailable"
    assert down.calls < 30 * 8

    hub.dispatchers["rnd"].connector = hub.connectors["rnd"]
    hub.clock.advance(120)
    hub.run(rounds=200)

    issues = hub.rnd.all("issue")
    assert sorted(issue.fields["summary"] for issue in issues) == sorted(
        f"{n} again" for n in range(30)
    )
    assert hub.letters() == []
    assert set(hub.states("rnd")) <= {"done", "superseded"}
