"""JQL against plain Python: the same conditions, evaluated a second time in another way.

A condition is a text of JQL and a function that says of an issue True, False, or None where the
field is empty; AND, OR and NOT of these three follow Kleene. Only True is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import Asker, compile_query
from hub_jira.sandbox.model import CustomField
from hub_jira.sandbox.planning import Component, Version
from hub_jira.sandbox.seed import furnish
from hub_jira.sandbox.site import Site
from hypothesis import given
from hypothesis import strategies as st

from hub.testing import FrozenClock

NOW = datetime(2026, 1, 5, 6, 3, tzinfo=UTC)
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
LABELS = ("red", "green", "blue")
WORDS = ("crash", "login", "printer", "spool")
STATUSES = {"10000": "To Do", "3": "In Progress", "10002": "Done"}
PLACES = {"created": "created", "updated": "updated", "resolved": "resolved"}


def built() -> Site:
    """Give a furnished site with components, versions and a number field."""
    site = Site("cloud", FrozenClock(NOW))
    furnish(site)
    for number, name in enumerate(("core", "ui")):
        component = Component(id=str(number), project="10100", name=name)
        site.planning.components[component.id] = component
    for number, name in enumerate(("0.9", "1.0", "2.0")):
        version = Version(id=str(number), project="10100", name=name, released=number < 2)
        site.planning.versions[version.id] = version
    prefix = "com.atlassian.jira.plugin.system.customfieldtypes"
    site.custom_fields["customfield_10060"] = CustomField(
        id="customfield_10060", name="Points", type="number", custom=f"{prefix}:float"
    )
    return site


SITE = built()
PEOPLE = [user for user in SITE.users.values() if user.account_type == "atlassian"]
DAYS = st.integers(-9, 9).map(lambda shift: date(2026, 1, 5) + timedelta(shift))
INSTANTS = st.integers(-40 * 1440, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def issues(draw: st.DrawFn) -> list[Issue]:
    """Give some issues with whatever in their fields."""
    result = []
    for number in range(draw(st.integers(1, 8))):
        accounts = [person.account_id for person in PEOPLE]
        result.append(
            Issue(
                id=str(20_000 + number), key=f"RND-{number + 1}", project="10100",
                issue_type=draw(st.sampled_from(["10200", "10201", "10210"])),
                summary=" ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))),
                status=draw(st.sampled_from(list(STATUSES))),
                priority=str(draw(st.integers(1, 5))),
                creator=accounts[0],
                reporter=draw(st.none() | st.sampled_from(accounts)),
                assignee=draw(st.none() | st.sampled_from(accounts)),
                created=draw(INSTANTS), updated=draw(INSTANTS),
                resolved=draw(st.none() | INSTANTS),
                due=draw(st.none() | DAYS),
                labels=draw(st.lists(st.sampled_from(LABELS), unique=True)),
                components=draw(st.lists(st.sampled_from(["0", "1"]), unique=True)),
                fix_versions=draw(st.lists(st.sampled_from(["0", "1", "2"]), unique=True)),
                custom={"customfield_10060": draw(st.none() | st.integers(0, 9))},
            )
        )  # fmt: skip
    return result


@dataclass(frozen=True)
class Condition:
    """A text of JQL and what it means."""

    jql: str
    holds: Callable[[Issue], bool | None]


def single(name: str, values: dict[str, Any], get: Callable[[Issue], Any]) -> Any:
    """Conditions on a field with one value; `values` are names and what is stored for them."""

    def condition(operator: str, chosen: list[str]) -> Condition:
        stored = [values[x] for x in chosen]
        if operator in {"=", "!="}:
            text = f'{name} {operator} "{chosen[0]}"'
            wanted = stored[:1]
        else:
            text = f"{name} {operator} ({', '.join(repr(x) for x in chosen)})"
            wanted = stored
        positive = operator in {"=", "in"}

        def holds(issue: Issue) -> bool | None:
            value = get(issue)
            return None if value is None else (value in wanted) is positive

        return Condition(text, holds)

    names = st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)
    return st.builds(condition, st.sampled_from(["=", "!=", "in", "NOT IN"]), names)


def several(name: str, values: dict[str, str], get: Callable[[Issue], list[str]]) -> Any:
    """Conditions on a field with several values."""

    def condition(operator: str, chosen: list[str], *, empty: bool) -> Condition:
        stored = {values[x] for x in chosen}
        listed = [f'"{x}"' for x in chosen] + ["EMPTY"] * empty

        def holds(issue: Issue) -> bool | None:
            found = set(get(issue))
            if not found:
                return (operator == "in") if empty else None
            return bool(found & stored) is (operator == "in")

        return Condition(f"{name} {operator} ({', '.join(listed)})", holds)

    names = st.lists(st.sampled_from(list(values)), min_size=1, max_size=2, unique=True)
    operators = st.sampled_from(["in", "not in"])
    return st.builds(condition, operators, names, empty=st.booleans())


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b, "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


def compared(name: str, get: Callable[[Issue], Any], value: Any, text: Any) -> Any:
    """Conditions that compare; `text` writes a value as JQL."""

    def condition(operator: str, limit: Any) -> Condition:
        def holds(issue: Issue) -> bool | None:
            found = get(issue)
            return None if found is None else COMPARE[operator](found, limit)

        return Condition(f"{name} {operator} {text(limit)}", holds)

    return st.builds(condition, st.sampled_from(list(COMPARE)), value)


def empties() -> Any:
    """Conditions on being empty; these are never unknown."""
    fields: dict[str, Callable[[Issue], Any]] = {
        "assignee": lambda x: x.assignee, "labels": lambda x: x.labels or None,
        "due": lambda x: x.due, "resolved": lambda x: x.resolved,
        "component": lambda x: x.components or None,
        "cf[10060]": lambda x: x.custom["customfield_10060"],
    }  # fmt: skip

    def condition(name: str, operator: str) -> Condition:
        wanted = operator in {"is", "="}
        return Condition(
            f"{name} {operator} EMPTY", lambda issue: (fields[name](issue) is None) is wanted
        )

    names = st.sampled_from(list(fields))
    return st.builds(condition, names, st.sampled_from(["is", "is not", "=", "!="]))


def matched() -> Any:
    """Conditions on the words of the summary."""

    def condition(operator: str, words: list[str]) -> Condition:
        positive = operator == "~"
        return Condition(
            f"summary {operator} '{' '.join(words)}'",
            lambda issue: set(words).issubset(issue.summary.split()) is positive,
        )

    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2)
    return st.builds(condition, st.sampled_from(["~", "!~"]), words)


def milliseconds(moment: datetime) -> str:
    """Write an instant as JQL reads it in no zone."""
    return str(int(moment.timestamp() * 1000))


RANKS = {name: 5 - place for place, name in enumerate(PRIORITIES)}
CLAUSES = st.one_of(
    single("status", {name: key for key, name in STATUSES.items()}, lambda x: x.status),
    single("assignee", {p.email: p.account_id for p in PEOPLE}, lambda x: x.assignee),
    single("reporter", {p.account_id: p.account_id for p in PEOPLE}, lambda x: x.reporter),
    single("type", {"Bug": "10200", "Task": "10201", "Sub-task": "10210"}, lambda x: x.issue_type),
    several("labels", {label: label for label in LABELS}, lambda x: x.labels),
    several("component", {"core": "0", "ui": "1"}, lambda x: x.components),
    several("fixVersion", {"0.9": "0", "1.0": "1", "2.0": "2"}, lambda x: x.fix_versions),
    compared("priority", lambda x: RANKS[PRIORITIES[int(x.priority) - 1]],
             st.sampled_from(PRIORITIES).map(RANKS.get),
             lambda rank: PRIORITIES[5 - rank]),
    compared("Points", lambda x: x.custom["customfield_10060"], st.integers(0, 9), str),
    compared("due", lambda x: x.due, DAYS, lambda day: f'"{day:%Y/%m/%d}"'),
    *[compared(name, lambda x, at=place: getattr(x, at), INSTANTS, milliseconds)
      for name, place in PLACES.items()],
    empties(),
    matched(),
)  # fmt: skip


def negated(inner: Condition) -> Condition:
    """NOT: what is unknown stays unknown."""

    def holds(issue: Issue) -> bool | None:
        value = inner.holds(issue)
        return None if value is None else not value

    return Condition(f"NOT ({inner.jql})", holds)


def joined(word: str, parts: list[Condition]) -> Condition:
    """AND, OR: as Kleene has them."""
    decisive = word == "OR"

    def holds(issue: Issue) -> bool | None:
        values = [part.holds(issue) for part in parts]
        if decisive in values:
            return decisive
        return None if None in values else not decisive

    return Condition(f" {word} ".join(f"({part.jql})" for part in parts), holds)


CONDITIONS = st.recursive(
    CLAUSES,
    lambda inner: (
        st.builds(negated, inner)
        | st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)


def found(jql: str, entries: list[Issue]) -> list[Issue]:
    """Give what a query finds among issues."""
    search = compile_query(jql, SITE, Asker(PEOPLE[0], NOW))
    return search.sort([issue for issue in entries if search.matches(issue)])


@given(issues(), CONDITIONS)
def test_a_query_finds_what_its_conditions_say(entries: list[Issue], condition: Condition) -> None:
    """Fields, operators, lists, EMPTY, and the logic of what is unknown."""
    expected = {issue.key for issue in entries if condition.holds(issue) is True}

    assert expected == {issue.key for issue in found(condition.jql, entries)}


KEYS: dict[str, tuple[Callable[[Issue], Any], bool]] = {
    "priority": (lambda x: RANKS[PRIORITIES[int(x.priority) - 1]], True),
    "created": (lambda x: x.created, True),
    "due": (lambda x: x.due, True),
    "key": (lambda x: int(x.key[4:]), False),
    "Points": (lambda x: x.custom["customfield_10060"], False),
    "summary": (lambda x: x.summary, False),
}


@given(
    issues(),
    st.lists(
        st.tuples(st.sampled_from(list(KEYS)), st.sampled_from(["", "asc", "DESC"])),
        min_size=1, max_size=3, unique_by=lambda pair: pair[0],
    ),
)  # fmt: skip
def test_the_order_is_that_of_its_fields(
    entries: list[Issue], order: list[tuple[str, str]]
) -> None:
    """Neighbours are in order by the first field that parts them; what is empty stands last."""
    text = ", ".join(f"{name} {way}" for name, way in order)

    ordered = found(f"project = RND ORDER BY {text}", entries)

    assert len(entries) == len(ordered)
    for one, two in itertools.pairwise(ordered):
        assert in_order(one, two, order), (one.key, two.key)


def in_order(one: Issue, two: Issue, order: list[tuple[str, str]]) -> bool:
    """Say whether an issue may stand before another."""
    for name, way in order:
        get, down_by_itself = KEYS[name]
        first, second = get(one), get(two)
        if first == second:
            continue
        if first is None or second is None:
            return second is None
        down = way == "DESC" or (not way and down_by_itself)
        return bool(first > second) is down
    return int(one.id) < int(two.id)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "Asia/Kolkata", "America/Phoenix"])
@given(entries=issues(), limit=INSTANTS, operator=st.sampled_from(["<", "<=", ">", ">="]))
def test_a_bare_date_is_compared_on_the_users_clock(
    zone: str, entries: list[Issue], limit: datetime, operator: str
) -> None:
    """As if both were read off the wall in the user's zone and compared as text."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    user = type(PEOPLE[0])(**{**fields_of(PEOPLE[0]), "time_zone": zone})
    text = f"{limit.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"

    search = compile_query(f'created {operator} "{text}"', SITE, Asker(user, NOW))

    for issue in entries:
        wall = f"{issue.created.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        assert COMPARE[operator](wall, text) == search.matches(issue)


def fields_of(user: Any) -> dict[str, Any]:
    """Give a user's fields."""
    return {name: getattr(user, name) for name in user.__dataclass_fields__}


@given(st.integers(-30, 30), st.sampled_from(["Day", "Week", "Month", "Year"]), INSTANTS)
def test_a_period_begins_where_walking_day_by_day_comes_to_it(
    shift: int, unit: str, now: datetime
) -> None:
    """`startOfMonth(-3)` is where one comes who walks back to the first, three times more."""
    begins: dict[str, Callable[[date], bool]] = {
        "Day": lambda _: True,
        "Week": lambda day: day.weekday() == 6,
        "Month": lambda day: day.day == 1,
        "Year": lambda day: (day.month, day.day) == (1, 1),
    }
    day = (now + timedelta(hours=8)).date()
    while not begins[unit](day):
        day -= timedelta(days=1)
    for _ in range(abs(shift)):
        day += timedelta(days=1 if shift > 0 else -1)
        while not begins[unit](day):
            day += timedelta(days=1 if shift > 0 else -1)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    issue = Issue(
        id="1", key="RND-1", project="10100", issue_type="10200", summary="x", status="3",
        priority="1", creator="x", reporter=None, created=begin, updated=begin,
    )  # fmt: skip

    search = compile_query(f"created = startOf{unit}({shift})", SITE, Asker(PEOPLE[0], now))

    assert search.matches(issue)
