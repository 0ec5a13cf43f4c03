"""Facts about decision tables: hit policies, explanations, expressions; and a naive reference."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.handbook import Handbook, Rule, Table
from hub.handbook.analysis import TableAnalysis
from hub.handbook.cells import Cell, Range, Values, Words, fold, parse_cell
from hub.handbook.domains import Domain
from hub.handbook.expressions import Expression
from hub.models import Value

COLORS = ("red", "green", "blue")
SIZES = ("s", "m", "l")
INPUTS = {"color": Domain("enum", COLORS), "size": Domain("enum", SIZES, optional=True)}
NUMBERED = {**INPUTS, "count": Domain("number")}
TEXTED = {**INPUTS, "text": Domain("text")}


def _rule(name: str, cells: Mapping[str, object], condition: Expression | None = None) -> Rule:
    parsed = {column: parse_cell(cell) for column, cell in cells.items()}
    return Rule(id=name, cells=parsed, then={"out": name, "many": [name, "all"]},
                condition=condition, source=f"t.yaml:{name}")  # fmt: skip


def _table(hit: str, *rules: Rule, inputs: Mapping[str, Domain] | None = None) -> Table:
    outputs = {"out": Domain("text"), "many": Domain("text")}
    return Table(name="t", hit=hit, inputs=inputs or TEXTED, outputs=outputs, rules=rules)  # type: ignore[arg-type]


def test_first_gives_the_first_row_that_fits() -> None:
    """Under `first` the order of rows decides."""
    table = _table("first", _rule("1", {"color": "red"}), _rule("2", {}))

    answers = [table.decide({"color": color}) for color in ("red", "blue")]

    assert [answer and answer.text("out") for answer in answers] == ["1", "2"]


def test_collect_gives_all_rows_that_fit() -> None:
    """Under `collect` lists of all rows are joined, each value once."""
    table = _table(
        "collect", _rule("1", {"color": "red"}), _rule("2", {}), _rule("3", {"size": "s"})
    )

    answer = table.decide({"color": "red"})

    assert answer is not None
    assert answer.listed("many") == ("1", "all", "2")


def test_unique_names_all_rows_that_overlap_at_run_time() -> None:
    """What words made overlap is seen in the answer; the first row stands."""
    table = _table(
        "unique",
        _rule("1", {"text": {"contains": ["a"]}}),
        _rule("2", {"text": {"contains": ["b"]}}),
    )

    answer = table.decide({"text": "a b"})

    assert answer is not None
    assert (answer.rule.id, [rule.id for rule in answer.rules]) == ("1", ["1", "2"])


def test_nothing_fits_is_an_answer_of_its_own() -> None:
    """A table without a fitting row decides nothing."""
    assert _table("first", _rule("1", {"color": "red"})).decide({"color": "blue"}) is None


def test_why_not_names_the_cell_that_missed() -> None:
    """Every row says at which cells it missed, and what these saw."""
    table = _table("first", _rule("1", {"color": "red", "size": ["s", "m"]}), _rule("2", {}))

    verdicts = table.explain({"color": "red", "size": "l"})

    assert [verdict.chosen for verdict in verdicts] == [False, True]
    assert [str(miss) for miss in verdicts[0].misses] == ["size: wanted m | s, was l"]


def test_an_expression_is_a_cell_over_all_columns() -> None:
    """A condition in CEL is tested after the cells, and explained like one."""
    condition = Expression("text.contains('大学') && size != 's'", TEXTED)
    table = _table("first", _rule("1", {"color": "red"}, condition), _rule("2", {}))

    chosen = table.decide({"color": "red", "text": "北京大学", "size": "m"})
    missed = table.explain({"color": "red", "text": "北京大学", "size": "s"})[0].misses

    assert chosen is not None
    assert chosen.rule.id == "1"
    assert [miss.column for miss in missed] == ["if"]


def test_an_expression_that_can_not_be_computed_does_not_hold() -> None:
    """Comparing a text with a number is a no, not a failure of the case."""
    assert Expression("text > 3", TEXTED).test({"text": "x"}) is False


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("color ==", "not an expression"),
        ("colour == 'red'", "unknown field: colour"),
        ("weekday(text) == 1", "unknown function: weekday"),
    ],
)
def test_an_expression_names_only_what_is_declared(source: str, message: str) -> None:
    """Syntax, fields and functions are checked when the handbook is loaded."""
    with pytest.raises(ValueError, match=message):
        Expression(source, TEXTED)


def test_variables_of_a_macro_are_no_fields() -> None:
    """What `exists` binds needs no declaration."""
    expression = Expression("['a', 'b'].exists(w, text.contains(w))", TEXTED)

    assert expression.fields == ("text",)
    assert expression.test({"text": "xbx"})


# Properties.

_values = st.sampled_from([*COLORS, *SIZES])


def _cells(column: str) -> st.SearchStrategy[Cell]:
    if column == "count":
        bounds = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted)
        ranges = bounds.map(lambda b: Range(b[0], b[1]))
        return st.one_of(ranges, ranges.map(lambda r: Range(r.low, r.high, negated=True)))
    if column == "text":
        words = st.lists(st.sampled_from(["ab", "b", "cab", "ca*", "系统", "系统坏"]), min_size=1)
        return st.builds(lambda w, n: Words(tuple(w), n), words, st.booleans())
    values = COLORS if column == "color" else (*SIZES, None)
    sets = st.frozensets(st.sampled_from(values), min_size=1)
    return st.builds(Values, sets, st.booleans())


@st.composite
def _tables(draw: st.DrawFn, inputs: Mapping[str, Domain], hit: str = "first") -> Table:
    rules = []
    for index in range(draw(st.integers(1, 6))):
        cells = {c: draw(_cells(c)) for c in inputs if draw(st.booleans())}
        rules.append(Rule(id=str(index), cells=cells, then={"out": str(index)}))
    return _table(hit, *rules, inputs=inputs)


def _naive(table: Table, fields: Mapping[str, Value]) -> list[str]:
    return [
        rule.id
        for rule in table.rules
        if all(cell.test(fields.get(column)) for column, cell in rule.cells.items())
    ]


_facts = st.fixed_dictionaries(
    {},
    optional={
        "color": st.sampled_from([*COLORS, "", None]),
        "size": st.sampled_from([*SIZES, None]),
        "text": st.sampled_from(["", "ab", "b", "cab ab", "系统坏了", "caba", "系统", None]),
        "count": st.one_of(st.none(), st.integers(-1, 5)),
    },
)


@given(_tables({**NUMBERED, **TEXTED}, "collect"), _facts)
def test_decisions_agree_with_a_naive_reference(table: Table, facts: dict[str, Value]) -> None:
    """The masks answer exactly as testing every cell of every row does."""
    answer = table.decide(facts)

    assert _naive(table, facts) == ([] if answer is None else [rule.id for rule in answer.rules])


def _all_facts(table: Table) -> list[dict[str, Value]]:
    spaces: list[list[Value]] = []
    for name in table.inputs:
        if name == "count":
            spaces.append([None, *[half / 2 for half in range(-2, 12)]])
        else:
            spaces.append(list(table.inputs[name].all_values))
    return [dict(zip(table.inputs, point, strict=True)) for point in product(*spaces)]


@given(_tables(NUMBERED))
def test_dead_rows_are_those_that_brute_force_never_sees_chosen(table: Table) -> None:
    """A row is reported as dead exactly if no input at all chooses it."""
    chosen = {found[0] for facts in _all_facts(table) if (found := _naive(table, facts))}

    dead = {finding.rule.id for finding in TableAnalysis(table).findings()}

    assert {rule.id for rule in table.rules} - chosen == dead


@given(_tables(NUMBERED))
def test_gaps_are_reported_exactly_if_some_input_finds_no_row(table: Table) -> None:
    """The checker's verdict on missing rows agrees with brute force."""
    gap = any(not _naive(table, facts) for facts in _all_facts(table))

    assert gap is bool(TableAnalysis(table).missing())


@given(_tables(NUMBERED, "unique"))
def test_clashes_are_pairs_that_some_input_fits_both(table: Table) -> None:
    """Under `unique` exactly the overlapping rows are named."""
    pairs = set()
    for facts in _all_facts(table):
        found = _naive(table, facts)
        pairs |= {(a, b) for a in found for b in found if int(a) < int(b)}

    clashes = {
        (other.id, finding.rule.id)
        for finding in TableAnalysis(table).findings()
        if finding.kind == "clash"
        for other in finding.others
    }

    assert pairs == clashes


@given(_tables(TEXTED), _facts)
def test_a_dead_row_is_never_chosen_whatever_the_text(
    table: Table, facts: dict[str, Value]
) -> None:
    """With words the checker may miss a dead row, but never accuses a living one."""
    dead = {finding.rule.id for finding in TableAnalysis(table).findings()}
    known = {**facts, "color": facts.get("color") or "red"}

    answer = table.decide(known)

    assert answer is None or answer.rule.id not in dead


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=3))
def test_finding_words_never_fails(text: str, words: list[str]) -> None:
    """Whatever people write, in the handbook or in a mail, is looked at without a crash."""
    usable = tuple(word for word in words if fold(word).strip("* "))

    if usable:
        cell = Words(usable)
        assert cell.test(text) is bool(cell.first(text))


def test_the_shipped_tables_have_no_findings(handbook: Handbook) -> None:
    """Nothing in the default handbook is dead, clashing or, where it must not be, missing."""
    for name, table in handbook.tables.items():
        analysis = TableAnalysis(table)
        assert list(analysis.findings()) == [], name
        if name != "returns":
            assert analysis.missing() == [], name
