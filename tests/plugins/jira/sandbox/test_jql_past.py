"""WAS and CHANGED against a replay: the changes are played forward, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hub_jira.sandbox.issue import ChangeItem, History, Issue
from hub_jira.sandbox.jql import Asker, compile_query
from hub_jira.sandbox.planning import Version
from hub_jira.sandbox.seed import furnish
from hub_jira.sandbox.site import Site
from hypothesis import given
from hypothesis import strategies as st

from hub.testing import FrozenClock

START = datetime(2026, 1, 4, 0, 0, tzinfo=UTC)
LONG = 3 * 1440
NOW = START + timedelta(minutes=LONG)
STATUSES = {"To Do": "10000", "In Progress": "3", "Done": "10002"}


def built() -> Site:
    """Give a furnished site with versions."""
    site = Site("cloud", FrozenClock(NOW))
    furnish(site)
    for number, name in enumerate(("1.0", "2.0")):
        version = Version(id=str(number), project="10100", name=name)
        site.planning.versions[version.id] = version
    return site


SITE = built()
HUB, CHEN, LI = list(SITE.users.values())[:3]


@dataclass(frozen=True)
class Step:
    """One change of status: at which minute, by whom, to what."""

    minute: int
    by: str
    to: str


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(1, LONG - 1),
        st.sampled_from([CHEN.account_id, LI.account_id]),
        st.sampled_from(list(STATUSES.values())),
    ),
    max_size=5,
    unique_by=lambda step: step.minute,
).map(lambda steps: sorted(steps, key=lambda step: step.minute))


def at(minute: int) -> datetime:
    """Give the instant of a minute."""
    return START + timedelta(minutes=minute)


def issue_of(steps: list[Step]) -> Issue:
    """Give the issue that has gone through some steps."""
    issue = Issue(
        id="1", key="RND-1", project="10100", issue_type="10200", summary="x", status="10000",
        priority="3", creator=HUB.account_id, reporter=None, created=START, updated=START,
    )  # fmt: skip
    for number, step in enumerate(steps):
        if step.to != issue.status:
            item = ChangeItem(field="status", field_id="status", old=issue.status, new=step.to)
            entry = History(id=str(number), author=step.by, created=at(step.minute), items=(item,))
            issue.histories.append(entry)
            issue.status = step.to
    return issue


def played(steps: list[Step]) -> list[tuple[str, str]]:
    """Give for every minute the status, and who had set it."""
    queue = {step.minute: step for step in steps}
    status, by = "10000", HUB.account_id
    minutes = []
    for minute in range(LONG):
        step = queue.get(minute)
        if step is not None and step.to != status:
            status, by = step.to, step.by
        minutes.append((status, by))
    return minutes


def matches(jql: str, issue: Issue) -> bool:
    """Say whether a query finds an issue."""
    return compile_query(jql, SITE, Asker(HUB, NOW)).matches(issue)


def wall(minute: int) -> str:
    """Write a minute as the user's clock shows it."""
    return f"{at(minute) + timedelta(hours=8):%Y-%m-%d %H:%M}"


NAMES = st.lists(st.sampled_from(list(STATUSES)), min_size=1, max_size=2, unique=True)
MINUTES = st.integers(0, LONG - 1)


@given(STEPS, NAMES, st.tuples(MINUTES, MINUTES).map(sorted), st.sampled_from([None, CHEN, LI]))
def test_was_finds_what_was_so_in_a_minute_that_the_predicates_allow(
    steps: list[Step], names: list[str], span: list[int], by: object
) -> None:
    """WAS IN … DURING … BY …, and its negation."""
    first, last = span
    wanted = {STATUSES[name] for name in names}
    who = getattr(by, "account_id", None)
    seen = played(steps)[first : last + 1]
    expected = any(status in wanted and who in {None, setter} for status, setter in seen)
    listed = ", ".join(f'"{name}"' for name in names)
    tail = f'({listed}) DURING ("{wall(first)}", "{wall(last)}")' + (f" BY {who}" if by else "")
    issue = issue_of(steps)

    assert expected == matches(f"status WAS IN {tail}", issue)
    assert expected != matches(f"status WAS NOT IN {tail}", issue)
    assert expected != matches(f"NOT status WAS IN {tail}", issue)


@given(STEPS, st.sampled_from(list(STATUSES)), MINUTES)
def test_was_before_and_after_split_time_in_two(steps: list[Step], name: str, minute: int) -> None:
    """BEFORE a minute, AFTER it, and ON a day."""
    issue, minutes = issue_of(steps), played(steps)
    states = [status for status, _ in minutes]
    wanted = STATUSES[name]

    assert (wanted in states[:minute]) == matches(
        f'status was "{name}" before "{wall(minute)}"', issue
    )
    assert (wanted in states[minute:]) == matches(
        f'status was "{name}" after "{wall(minute)}"', issue
    )
    day = states[960:2400]
    assert (wanted in day) == matches(f'status was "{name}" on "2026-01-05"', issue)


@given(
    STEPS,
    st.none() | st.sampled_from(list(STATUSES)),
    st.none() | st.sampled_from(list(STATUSES)),
    st.sampled_from([None, CHEN, LI]),
    st.tuples(MINUTES, MINUTES).map(sorted),
)
def test_changed_finds_each_step_by_all_that_is_said_of_it(
    steps: list[Step], old: str | None, new: str | None, by: object, span: list[int]
) -> None:
    """CHANGED FROM … TO … BY … AFTER … BEFORE …, in any combination."""
    first, last = span
    who = getattr(by, "account_id", None)
    minutes = played(steps)
    expected = any(
        minutes[m][0] != minutes[m - 1][0]
        and (old is None or minutes[m - 1][0] == STATUSES[old])
        and (new is None or minutes[m][0] == STATUSES[new])
        and who in {None, minutes[m][1]}
        and first < m < last
        for m in range(1, LONG)
    )
    parts = [f'from "{old}"' if old else "", f'to "{new}"' if new else ""]
    parts += [f"by {who}" if by else "", f'after "{wall(first)}" before "{wall(last)}"']

    assert expected == matches(f"status CHANGED {' '.join(parts)}", issue_of(steps))


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ('fixVersion was "1.0"', True),
        ('fixVersion was "2.0"', True),
        ("fixVersion was EMPTY", True),
        (f'fixVersion was "1.0" by {CHEN.account_id}', True),
        (f'fixVersion was "1.0" by {LI.account_id}', False),
        ('fixVersion was "1.0" after "2026-01-06"', False),
        ('fixVersion changed to "2.0"', True),
        ('fixVersion changed from "1.0"', True),
        ('fixVersion changed from "2.0"', False),
        ("assignee was EMPTY", True),
        ("assignee changed", False),
        ("resolution was Unresolved", True),
    ],
)
def test_a_field_of_several_values_has_a_past_for_each(jql: str, found: bool) -> None:
    """1.0 was set, 2.0 came beside it, 1.0 went."""
    issue = issue_of([])
    issue.fix_versions = ["1"]
    for minute, old, new, by in ((10, None, "0", CHEN), (20, None, "1", LI), (30, "0", None, LI)):
        item = ChangeItem(field="Fix Version", field_id="fixVersions", old=old, new=new)
        entry = History(id="1", author=by.account_id, created=at(minute), items=(item,))
        issue.histories.append(entry)

    assert found is matches(jql, issue)
