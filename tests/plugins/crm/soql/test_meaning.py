"""Conditions of SOQL against the same conditions in plain Python, and nonsense against its codes.

The Python side knows nothing of the emulator: it is given values, and says what should be found.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.soql import parse
from hub_crm.sandbox.soql.nodes import Compare, Text
from hub_crm.sandbox.wire import ApiError
from hypothesis import given, settings
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

Row: TypeAlias = dict[str, Any]
Test: TypeAlias = Callable[[Row], bool]
Told: TypeAlias = tuple[str, Test]
Run: TypeAlias = Callable[[str], list[dict[str, Any]]]

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
TODAY: Final = date(2026, 1, 5)
SIGNS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
}
signs = st.sampled_from(sorted(SIGNS))


def fold(value: Any) -> Any:
    """Give a text in lower case, all else as it is."""
    return value.lower() if isinstance(value, str) else value


def compared(field: str, sign: str, shown: str, wanted: Any) -> Told:
    """Give one comparison, as SOQL and as a test."""
    return f"{field} {sign} {shown}", lambda row: SIGNS[sign](fold(row[field]), fold(wanted))


words = st.sampled_from(["Alpha", "ALPHA BETA", "beta 50%", "o'Neil", "丁 大学", "zz", "eta"])
texts = st.builds(
    lambda sign, word: compared("Name", sign, "'" + word.replace("'", "\\'") + "'", word),
    signs,
    words,
)
numbers = st.builds(
    lambda sign, n: compared("NumberOfEmployees", sign, str(n), n), signs, st.integers(-12, 45)
)
amounts = st.builds(
    lambda sign, n: compared("AnnualRevenue", sign, str(n), n),
    signs,
    st.sampled_from([Decimal(0), Decimal("1000.5"), Decimal(2001), Decimal("5002.50")]),
)
days = st.builds(
    lambda sign, n: compared(
        "Service_Until__c", sign, str(TODAY + timedelta(days=n)), TODAY + timedelta(days=n)
    ),
    signs,
    st.integers(-190, 190),
)
instants = st.builds(
    lambda sign, at, offset: compared("Since__c", sign, at.astimezone(offset).isoformat(), at),
    signs,
    st.integers(-40, 40).map(lambda n: datetime(2026, 1, 5, 1, tzinfo=UTC) + timedelta(hours=n)),
    st.sampled_from([UTC, SHANGHAI, ZoneInfo("America/St_Johns")]),
)
flags = st.builds(
    lambda sign, flag: compared("IsDeleted", sign, str(flag).upper(), flag),
    st.sampled_from(["=", "!="]),
    st.booleans(),
)
empties = st.builds(
    lambda field, sign: (f"{field} {sign} null", lambda row: (row[field] is None) is (sign == "=")),
    st.sampled_from(["Phone", "AnnualRevenue", "Service_Until__c", "ParentId", "Colours__c"]),
    st.sampled_from(["=", "!="]),
)


def _listed(negated: bool, chosen: list[str]) -> Told:
    shown = ", ".join(f"'{word}'" for word in chosen)
    folded = [word.lower() for word in chosen]
    return (
        f"Type {'NOT ' if negated else ''}IN ({shown})",
        lambda row: (fold(row["Type"]) in folded) is not negated,
    )


lists = st.builds(
    _listed, st.booleans(), st.lists(st.sampled_from(["partner", "Customer", "x"]), min_size=1)
)


def _alike(pattern: str) -> Told:
    glob = pattern.lower().replace("[", "[[]").replace("%", "*").replace("_", "?")
    return (
        f"Name LIKE '{pattern}'",
        lambda row: fnmatch.fnmatchcase((row["Name"] or "").lower(), glob),
    )


likes = st.builds(_alike, st.text("abetAlph %_大", max_size=6))


def _chosen(including: bool, groups: list[list[str]]) -> Told:
    def holds(row: Row) -> bool:
        picked = set((row["Colours__c"] or "").split(";"))
        return any(set(group) <= picked for group in groups) is including

    shown = ", ".join("'" + ";".join(group) + "'" for group in groups)
    return f"Colours__c {'INCLUDES' if including else 'EXCLUDES'} ({shown})", holds


colours = st.lists(st.sampled_from(["Red", "Green", "Blue"]), min_size=1, max_size=2, unique=True)
choices = st.builds(_chosen, st.booleans(), st.lists(colours, min_size=1, max_size=2))


def _in_span(sign: str, count: int, field: str) -> Told:
    """Say LAST_N_DAYS day by day: no span is computed, each day is looked at."""
    inside = {TODAY - timedelta(days=back) for back in range(count + 1)}

    def holds(row: Row) -> bool:
        value = row[field]
        day = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
        if sign == "!=":
            return day not in inside
        if day is None:
            return False
        return {
            "=": day in inside,
            "<": day < min(inside),
            "<=": day <= TODAY,
            ">": day > TODAY,
            ">=": day >= min(inside),
        }[sign]

    return f"{field} {sign} LAST_N_DAYS:{count}", holds


spans = st.builds(
    _in_span,
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    st.integers(0, 100),
    st.sampled_from(["Since__c", "Service_Until__c"]),
)
parts = st.builds(
    lambda sign, month: (
        f"CALENDAR_MONTH(Service_Until__c) {sign} {month}",
        lambda row: SIGNS[sign](
            row["Service_Until__c"].month if row["Service_Until__c"] else None, month
        ),
    ),
    signs,
    st.integers(1, 12),
)
parents = st.builds(
    lambda sign, name: (
        f"Parent.Name {sign} '{name}'",
        lambda row: SIGNS[sign](fold(row["Parent.Name"]), fold(name)),
    ),
    signs,
    st.sampled_from(["alpha", "Beta", "zz"]),
)
leaves = st.one_of(
    texts, numbers, amounts, days, instants, flags, empties, lists, likes, choices, spans, parts,
    parents,
)  # fmt: skip


def _joined(word: str, inner: list[Told]) -> Told:
    every = all if word == "AND" else any
    tests = [test for _, test in inner]
    return (
        "(" + f" {word} ".join(text for text, _ in inner) + ")",
        lambda row: every(test(row) for test in tests),
    )


def _trees(inner: st.SearchStrategy[Told]) -> st.SearchStrategy[Told]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.builds(_joined, st.sampled_from(["AND", "OR"]), several),
        st.builds(lambda told: (f"(NOT {told[0]})", lambda row: not told[1](row)), inner),
    )


@pytest.fixture(scope="module")
def rows(org: Org) -> list[Row]:
    """Give the values of all accounts, with their parents' names, as plain values."""
    named = {row["Id"]: row["Name"] for row in org.rows("Account")}
    return [{**row, "Parent.Name": named.get(row["ParentId"])} for row in org.rows("Account")]


@settings(max_examples=400, deadline=None)
@given(told=st.recursive(leaves, _trees, max_leaves=8))
def test_any_condition_means_what_plain_python_says(run: Run, rows: list[Row], told: Told) -> None:
    """Whatever is nested how ever, a query finds the rows that the same condition finds here."""
    where, test = told
    expected = [row["Id"] for row in rows if test(row)]

    found = run(f"SELECT Id FROM Account WHERE {where} ORDER BY Id")

    assert expected == [row["Id"] for row in found]


@settings(max_examples=100, deadline=None)
@given(told=leaves, descending=st.booleans(), last=st.booleans(), limit=st.integers(0, 5))
def test_any_order_and_cut_is_that_of_plain_python(
    run: Run, rows: list[Row], told: Told, descending: bool, last: bool, limit: int
) -> None:
    """Rows come in the order asked for, empty ones at the end asked for, and no more than asked."""
    where, test = told
    ids = sorted((row for row in rows if test(row)), key=lambda row: row["Id"])
    full = [row for row in ids if row["AnnualRevenue"] is not None]
    full.sort(key=lambda row: row["AnnualRevenue"], reverse=descending)
    empty = [row for row in ids if row["AnnualRevenue"] is None]
    expected = [row["Id"] for row in (full + empty if last else empty + full)][1 : 1 + limit]

    found = run(
        f"SELECT Id FROM Account WHERE {where} ORDER BY AnnualRevenue "
        f"{'DESC' if descending else 'ASC'} NULLS {'LAST' if last else 'FIRST'}, Id "
        f"LIMIT {limit} OFFSET 1"
    )

    assert expected == [row["Id"] for row in found]


@settings(max_examples=100, deadline=None)
@given(told=leaves)
def test_any_group_counts_what_plain_python_counts(run: Run, rows: list[Row], told: Told) -> None:
    """Groups hold the rows that agree, and functions pass over what is empty."""
    where, test = told
    expected: dict[str | None, tuple[int, int]] = {}
    for row in filter(test, rows):
        count, valued = expected.get(row["Type"], (0, 0))
        expected[row["Type"]] = count + 1, valued + (row["Phone"] is not None)

    found = run(
        f"SELECT Type, COUNT(Id) n, COUNT(Phone) p FROM Account WHERE {where} GROUP BY Type"
    )

    assert expected == {row["Type"]: (row["n"], row["p"]) for row in found}


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_that_format_soql_quotes_is_read_back(text: str) -> None:
    """The vendor library's quoting and the lexer agree on every text."""
    where = parse(format_soql("SELECT Name FROM Account WHERE Name = {}", text)).where

    assert isinstance(where, Compare)
    assert isinstance(where.value, Text)
    assert text == where.value.value


WORDS: Final = (
    "SELECT", "FROM", "WHERE", "Account", "Case", "Id", "Name", "Owner", ".", ",", "(", ")", "=",
    "!=", "<", "LIKE", "IN", "NOT", "AND", "OR", "'a%'", "'\\u12'", "5", "-1.5e3", "null", "TRUE",
    "TODAY", "LAST_N_DAYS:5", ":", "GROUP", "BY", "ROLLUP", "HAVING", "COUNT", "COUNT()", "SUM",
    "ORDER", "DESC", "NULLS", "LAST", "LIMIT", "OFFSET", "FOR", "VIEW", "TYPEOF", "WHEN", "User",
    "THEN", "ELSE", "END", "FIELDS(ALL)", "USING", "SCOPE", "mine", "WITH", "SECURITY_ENFORCED",
    "Contacts", "Description", "CreatedDate", "2026-01-01", "2026-01-01T00:00:00Z", "CALENDAR_YEAR",
    "DISTANCE", "GEOLOCATION", "FORMAT", "toLabel", "convertTimezone", "Colours__c", "INCLUDES",
    "Service_Until__c", "AnnualRevenue", "IsDeleted", "Share__c", "GROUPING", "DAY_ONLY", "x", "#",
)  # fmt: skip
CODES: Final = frozenset(
    {"MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE", "INVALID_QUERY_FILTER_OPERATOR",
     "NUMBER_OUTSIDE_VALID_RANGE", "EXCEEDED_ID_LIMIT", "QUERY_TOO_COMPLICATED"}
)  # fmt: skip
nonsense = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=9).map(
        lambda w: "SELECT Id FROM Account " + " ".join(w)
    ),
    st.lists(st.sampled_from(WORDS), max_size=9).map(
        lambda w: "SELECT Id FROM Account WHERE " + " ".join(w)
    ),
    st.lists(st.sampled_from(WORDS), max_size=7).map(
        lambda w: f"SELECT {' '.join(w)} FROM Account"
    ),
    st.text(max_size=30),
)


@settings(max_examples=1500, deadline=None)
@given(query=nonsense)
def test_nonsense_is_refused_with_a_code_of_the_systems(run: Run, query: str) -> None:
    """Whatever is asked is answered, or refused as the system refuses: nothing else happens."""
    refused = None
    try:
        run(query)
    except ApiError as error:
        refused = error

    assert refused is None or (refused.status == 400 and refused.code in CODES)
