"""What everybody has to do: counted with the items themselves, durable, and shared by processes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import delete, insert

from hub.core.engine import Engine
from hub.core.store import items, schema, workload
from hub.hookspecs import hookimpl
from hub.models import Context, Event, Item, Opening, Route, SetFields, Why, Workload
from hub.testing.clock import SeededIds

WHY = Why(plugin="test")
TEAM = ("ann@v.example", "bob@v.example", "cai@v.example")


class InTurn:
    """Gives each case to who was given one longest ago; `solved` and `reopened` move it."""

    @hookimpl
    def hub_open_item(self, change: Any, context: Context) -> Opening:
        """Take every record for a case."""
        del change, context
        return Opening(part="case", why=WHY)

    @hookimpl
    def hub_route_case(self, item: Item, context: Context) -> Route:
        """Give it to whose turn it is."""
        turns = context.workload.turns
        owner = min(TEAM, key=lambda person: (turns.get(person, 0), person))
        return Route(role="engineer", owner=owner, why=WHY)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> list[Any] | None:
        """Do what the subject says."""
        if event.name != "fields_changed" or "subject" not in event.before:
            return None
        word = item.text("subject")
        if word in TEAM:
            return [SetFields({"owner": word}, WHY)]
        return [SetFields({"state": word}, WHY)]


def known(hub: Any) -> Workload:
    """Give what the store says of everybody."""
    found: Workload = hub.read(lambda connection: workload.Ledger(connection).seen())
    return found


def owners(hub: Any) -> list[str]:
    """Give who has each case, in the order in which they were opened."""
    return [item.text("owner") for item in hub.items()]


def test_a_batch_of_cases_goes_round_the_team(make_hub: Any, seen: Any) -> None:
    """Within one batch each knows what the one before was given."""
    hub = make_hub(rules=InTurn())
    hub.put(*(seen(f"case:{number}") for number in range(7)))

    hub.engine.step(hub.session)

    assert {3: 1, 2: 2} == Counter(Counter(owners(hub)).values())
    assert sum(known(hub).open.values()) == 7


def test_turns_go_on_where_they_were_after_a_restart(make_hub: Any, seen: Any) -> None:
    """A process that comes later begins with who is next, not with the first again."""
    hub = make_hub(rules=InTurn())
    for number in range(2):
        hub.put(seen(f"case:{number}"))
        hub.engine.step(hub.session)
    hub.session.close()

    later = hub.again()
    later.put(seen("case:2"))
    later.engine.step(later.session)

    assert sorted(TEAM) == sorted(owners(later))
    later.close()


def test_what_is_solved_or_handed_on_is_no_longer_counted(make_hub: Any, seen: Any) -> None:
    """Solved, taken up again, given to another: the count follows the item."""
    hub = make_hub(rules=InTurn())
    hub.put(seen("case:1"), seen("case:2"))
    hub.engine.step(hub.session)
    first, second, third = TEAM

    counts = []
    for version, subject in enumerate(("resolved", "reopened", third), 2):
        hub.put(seen("case:1", str(version), subject=subject))
        hub.engine.step(hub.session)
        counts.append([known(hub).open.get(person, 0) for person in (first, second, third)])

    assert [[0, 1, 0], [1, 1, 0], [0, 1, 1]] == counts
    assert known(hub).turns[third] > known(hub).turns[second]


def test_several_processes_take_turns_one_after_the_other(make_hub: Any, seen: Any) -> None:
    """Fairness holds exactly, however many processes give cases out at the same time."""
    hub = make_hub(rules=InTurn())
    if hub.database.is_sqlite:
        hub.put(*(seen(f"case:{number}") for number in range(30)))
        hub.engine.step(hub.session)
    else:
        others = [hub.again() for _ in range(3)]
        for seed, other in enumerate(others, 2):
            other.engine = Engine(other.database, other.book, other.clock, SeededIds(seed))
        hub.put(*(seen(f"case:{number}") for number in range(30)))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(_drain, [hub, *others]))
        for other in others:
            other.close()

    assert {10: 3} == Counter(Counter(owners(hub)).values())


def _drain(hub: Any) -> None:
    while len(hub.items()) < 30:
        hub.engine.step(hub.session, 3)


def test_a_store_of_before_is_counted_once_it_is_upgraded(make_hub: Any, seen: Any) -> None:
    """Who has how much is known from the first case on."""
    hub = make_hub(rules=InTurn())
    hub.put(*(seen(f"case:{number}") for number in range(4)))
    hub.engine.step(hub.session)
    before, ids = known(hub), [item.id for item in hub.items()]

    with hub.session.write("test") as connection:
        connection.execute(delete(schema.workload))
        row = {"person": workload.NOBODY, "open_items": 0, "turn": 0}
        connection.execute(insert(schema.workload), [row])
        found = items.load_items(connection, ids)
        workload.fill(connection, (found[each][0] for each in sorted(found)))

    assert before.open == known(hub).open
