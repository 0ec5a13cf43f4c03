"""What changes in meaning between two handbooks: all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.handbook.cells import Key, Range, Values, Words, key_of
from hub.handbook.diff import compare
from hub.handbook.difference import told, value
from hub.handbook.domains import Domain
from hub.handbook.regions import YES, Space, answer_of
from hub.handbook.tables import HitPolicy, Rule, Table
from hub.models import Value

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
Change = Callable[..., Path]


@pytest.fixture
def changed(copy: Path) -> Change:
    """Give a function that changes text in a copy of the shipped handbook, and gives its folder."""

    def change(file: str, *edits: tuple[str, str]) -> Path:
        path = copy / file
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text, f"{old!r} is not in {file}: the test has to follow the handbook"
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        return copy

    return change


def lines(after: Path, language: str = "en") -> list[str]:
    """Tell the difference between the shipped handbook and another."""
    return list(told(compare(SHIPPED, after), "zh" if language == "zh" else "en"))


def test_a_handbook_means_the_same_as_itself() -> None:
    """Nothing is told of where nothing differs."""
    assert ["Both handbooks mean the same."] == lines(SHIPPED)


def test_comments_clauses_and_rows_that_never_meet_may_change_places(changed: Change) -> None:
    """What the rules answer is compared, not how it is written."""
    first, second = "    - id: technical_critical\n", "    - id: technical\n"
    text = (SHIPPED / "routing.yaml").read_text(encoding="utf-8")
    consulting = text[text.index("    - id: consulting") : text.index("    - id: application\n")]
    moved = text.replace(consulting, "").replace(first, consulting + first)
    assert second in moved

    after = changed("routing.yaml", (text, f"# rearranged\n{moved}"))

    assert compare(SHIPPED, after).same


def test_another_limit_is_told_for_just_those_it_concerns(changed: Change) -> None:
    """Trial users have a row above, so theirs did not change."""
    after = changed("targets.yaml", ("response: 2 bh", "response: 1 bh"))

    assert [
        "table limits:",
        "  when severity = urgent, and customer's standing not trial:",
        "    response: 2 bh → 1 bh",
        "    by: limits_urgent (targets.yaml:157) → limits_urgent (targets.yaml:157)",
    ] == lines(after)


def test_a_row_that_asks_for_more_leaves_the_rest_to_the_rows_below(changed: Change) -> None:
    """The inputs that now fall through are told with the row that takes them."""
    after = changed(
        "routing.yaml",
        ("when: {issue_type: application}", "when: {issue_type: application, severity: normal}"),
    )

    (change,) = compare(SHIPPED, after).tables
    before_rows = {rule.id for region in change.regions for rule in region.before_rows}
    after_rows = {rule.id for region in change.regions for rule in region.after_rows}
    shown = "\n".join(lines(after))
    assert ({"application"}, {"other"}) == (before_rows, after_rows)
    assert "type = application question" in shown
    assert "severity not normal" in shown
    assert "subtype not roll-out and planning consulting" in shown
    assert "handler's role: trainer → customer service specialist" in shown


def test_a_text_that_a_new_word_catches_is_told_by_the_word(changed: Change) -> None:
    """Texts can not be listed: the words that tell them apart are."""
    after = changed("intake.yaml", ("contains: [试用, trial]", "contains: [试用, trial, demo]"))

    shown = lines(after)

    assert any("contract number contains demo, and contract number lacks" in x for x in shown)
    assert any("customer's standing: formal → trial" in x for x in shown)


def test_an_expression_is_named_as_it_is_written(changed: Change) -> None:
    """What can not be enumerated stands there as its owner wrote it."""
    when = "      when: {issue_type: training_request}\n"
    after = changed("routing.yaml", (when, f"{when}      if: severity == 'critical'\n"))

    shown = lines(after)

    assert any("unless severity == 'critical'" in line for line in shown)


def test_a_type_that_only_one_handbook_knows_is_told_as_such(changed: Change) -> None:
    """Before, nobody could ask about it."""
    row = "\n  - {id: complaint, zh: 投诉, en: complaint, clause: P01/问题类型, origin: default}"
    changed("intake.yaml", ("types:", f"types:{row}"))
    mapped = ("{technical: 技术问题", "{complaint: 投诉, technical: 技术问题")
    difference = compare(SHIPPED, changed("handoff.yaml", mapped))

    shown = "\n".join(told(difference, "zh"))
    assert "intake.yaml types/complaint (投诉): 新增" in shown
    assert "处理角色: （此处没有该取值） → 客户专员" in shown


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            "targets.yaml",
            "at: 80, tell: [account_manager], clause",
            "at: 75, tell: [account_manager], clause",
            "targets.yaml ladders/deadline/rungs/most/at (the limit is near): 80 → 75",
        ),
        (
            "people.yaml",
            "    roles: [trainer]",
            "    roles: [trainer, duty_officer]",
            "people.yaml persons/zhao.qian/roles (Zhao Qian): trainer → trainer, duty_officer",
        ),
        (
            "calendar.yaml",
            '"13:00-18:00"',
            '"13:00-17:30"',
            (
                "calendar.yaml calendars/office/week/mon-fri (office hours): "
                "09:00-12:00, 13:00-18:00 → 09:00-12:00, 13:00-17:30"
            ),
        ),
        ("closing.yaml", "silent: 5 wd", "silent: 9 wd", "closing.yaml closing/silent"),
    ],
)
def test_all_else_is_compared_row_by_row(
    changed: Change, file: str, old: str, new: str, line: str
) -> None:
    """Roles, people, calendars, ladders: the place, what it was, what it is."""
    shown = lines(changed(file, (old, new)))

    assert 1 == len(shown)
    assert shown[0].startswith(line)


def test_a_message_is_compared_line_by_line(changed: Change) -> None:
    """The lines that changed are told, wherever the message stands."""
    text = (SHIPPED / "messages" / "customer.yaml").read_text(encoding="utf-8")
    line = next(x for x in text.splitlines() if "您好" in x or "尊敬" in x)

    shown = lines(changed("messages/customer.yaml", (line, f"{line}！")), "zh")

    assert any(x.strip() == f"+{line.strip()}！" for x in shown)


def test_json_has_ids_and_cells_as_they_are_written(changed: Change) -> None:
    """Programs read what the files say."""
    after = changed("targets.yaml", ("response: 2 bh", "response: 1 bh"))

    (region,) = value(compare(SHIPPED, after))["tables"][0]["regions"]

    assert [
        {"column": "severity", "any_of": ["urgent"]},
        {"column": "customer_status", "any_of": ["not trial"]},
    ] == region["where"]
    assert (["2 bh"], ["1 bh"]) == (region["before"]["response"], region["after"]["response"])


# Random tables: what is told is exactly what differs.

DOMAINS = {
    "kind": Domain("enum", ("a", "b", "c"), optional=True),
    "load": Domain("number"),
    "text": Domain("text"),
}
TEXTS = ("", "disk full", "login", "slow login", "other", "disk and login")
NUMBERS = (None, -1, 0, 0.5, 1, 1.5, 2, 5)

cells = {
    "kind": st.builds(
        Values, st.frozensets(st.sampled_from(["a", "b", "c", None]), min_size=1), st.booleans()
    ),
    "load": st.builds(
        Range, st.sampled_from([None, 0, 1]), st.sampled_from([1, 2]), st.booleans(), st.booleans()
    ).filter(lambda cell: cell.low != cell.high),
    "text": st.builds(
        lambda words, negated: Words(tuple(words), negated),
        st.lists(st.sampled_from(["disk", "login", "slow"]), min_size=1, max_size=2, unique=True),
        st.booleans(),
    )
    | st.builds(Values, st.frozensets(st.sampled_from(["login", "other"]), min_size=1)),
}


@st.composite
def tables(draw: st.DrawFn, hit: HitPolicy) -> Table:
    """Give a table of a few rows over a known, a counted and a free column."""
    rules = []
    for number in range(draw(st.integers(0, 4))):
        columns = draw(st.sets(st.sampled_from(sorted(cells))))
        then = {"who": draw(st.sampled_from(["x", "y", "z"]))}
        tests = {name: draw(cells[name]) for name in sorted(columns)}
        source = f"t.yaml:{number}"
        rules.append(Rule(id=f"r{number}", cells=tests, then=then, source=source))
    outputs = {"who": Domain("text")}
    return Table(name="t", hit=hit, inputs=DOMAINS, outputs=outputs, rules=tuple(rules))


def holds(space: Space, box: tuple[frozenset[Key], ...], fields: Mapping[str, Value]) -> bool:
    """Say by definition whether some inputs lie in a box."""
    for axis, points in zip(space.axes, box, strict=True):
        seen = fields[axis.column]
        if axis.test is not None:
            inside = (axis.test.test(seen)) == (points == YES) or len(points) == 2
        elif axis.column == "load" and seen is not None:
            numbers = sorted(p for p in axis.points if isinstance(p, int | float))
            inside = nearest(numbers, float(str(seen))) in points
        else:
            inside = key_of(seen) in points
        if not inside:
            return False
    return True


def nearest(points: list[float], number: float) -> float:
    """Give the point that stands for a number: itself if it is a bound, else the one between."""
    bounds = points[1::2]
    if number in bounds:
        return number
    return points[2 * sum(bound < number for bound in bounds)]


@pytest.mark.parametrize("hit", ["first", "collect"])
@given(data=st.data())
def test_inputs_lie_in_a_region_exactly_if_they_get_another_answer(
    hit: HitPolicy, data: st.DataObject
) -> None:
    """Every input over small domains is asked of both tables."""
    before, after = data.draw(tables(hit)), data.draw(tables(hit))

    space = Space(before, after)
    regions = list(space.regions())

    for kind in ("a", "b", "c", None):
        for load in NUMBERS:
            for text in TEXTS:
                fields = {"kind": kind, "load": load, "text": text}
                one, two = before.decide(fields), after.decide(fields)
                here = [r for r in regions if holds(space, r.where, fields)]
                if hit == "collect":
                    differs = set(one.listed("who") if one else ()) != set(
                        two.listed("who") if two else ()
                    )
                    assert differs == bool(here)
                    continue
                answers = (
                    None if one is None else answer_of(one.rule.then),
                    None if two is None else answer_of(two.rule.then),
                )
                assert {(r.before, r.after) for r in here} == (
                    {answers} if answers[0] != answers[1] else set()
                )
