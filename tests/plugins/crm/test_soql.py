"""SOQL: the grammar, its errors, and its meaning against plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hub_crm.sandbox.automation import Write
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.profile import furnish
from hub_crm.sandbox.soql import Runner, parse
from hub_crm.sandbox.wire import ApiError
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.testing import FrozenClock

BASE: Final = "/services/data/v59.0"


@pytest.fixture(scope="module")
def org() -> Org:
    """Give a furnished organisation with a dozen cases."""
    org = Org(FrozenClock())
    _, integration = furnish(org, customers=True)
    contacts = {row["Email"]: row for row in org.rows("Contact")}
    write = Write(user_id=integration)
    for number in range(12):
        contact = contacts["yang.fan@jiangnan.example"] if number % 3 == 0 else None
        org.insert(
            org.objects["Case"],
            {
                "Subject": None if number == 5 else f"Problem {number:02d} 登录",
                "Priority": ("Low", "Medium", "High")[number % 3],
                "ContactId": contact["Id"] if contact else None,
                "Status": "Closed" if number % 4 == 0 else "New",
            },
            write,
        )
    first = next(org.rows("Case"))
    org.insert(
        org.objects["CaseComment"], {"ParentId": first["Id"], "CommentBody": "已收到"}, write
    )
    return org


def run(org: Org, query: str) -> list[dict[str, Any]]:
    """Run a query and give its records as JSON."""
    runner = Runner(org, BASE)
    result = runner.run(parse(query))
    if result.ready is not None or result.shape is None:
        return result.ready or []
    return [runner.write(result.shape, row) for row in result.rows]


def subjects(org: Org, where: str) -> list[str | None]:
    """Give the subjects of the cases under a condition."""
    query = f"SELECT Subject FROM Case WHERE {where} ORDER BY CaseNumber"  # noqa: S608  # a test
    return [row["Subject"] for row in run(org, query)]


def refusal(org: Org, query: str) -> ApiError:
    """Give the error with which a query is refused."""
    with pytest.raises(ApiError) as caught:
        run(org, query)
    return caught.value


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ("SELECT Id FORM Case", "FORM"),
        ("SELECT FROM Case", "FROM"),
        ("SELECT Id", "<EOF>"),
        ("SELECT Id FROM Case WHERE", "<EOF>"),
        ("SELECT Id FROM Case WHERE Subject", "<EOF>"),
        ("SELECT Id FROM Case WHERE Subject = ", "<EOF>"),
        ("SELECT Id FROM Case WHERE Subject IN ()", ")"),
        ("SELECT Id FROM Case LIMIT x", "x"),
        ("SELECT Id FROM Case ORDER Subject", "ORDER"),
        ("SELECT Id FROM Case WHERE Subject = 'a' ; DELETE", ";"),
        ("SELECT Id FROM Case WHERE Subject = 'a", "'"),
        ("SELECT Id FROM Case WHERE Subject = 'a' AND Type = 'b' OR Type = 'c'", "OR"),
        ("SELECT Id FROM Case WHERE (Subject = 'a'", "<EOF>"),
    ],
)
def test_what_is_no_soql_is_malformed_and_shows_the_place(org: Org, query: str, token: str) -> None:
    """The grammar is SOQL's: AND beside OR needs brackets, as with the system itself."""
    error = refusal(org, query)

    assert error.code == "MALFORMED_QUERY"
    assert f"unexpected token: '{token}'" in error.message
    assert "ERROR at Row:1:Column:" in error.message


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Nope FROM Case", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM Case", "INVALID_FIELD"),
        ("SELECT Account.Nope FROM Case", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Case", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nopes) FROM Case", "INVALID_TYPE"),
        ("SELECT Id FROM Case WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Case ORDER BY Description", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE Subject = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE IsClosed = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE IsClosed > true", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE Id = 'nope'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE CreatedDate LIKE '2026%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE Subject = 'a\\z'", "MALFORMED_QUERY"),
    ],
)
def test_what_has_no_meaning_is_refused_with_the_systems_code(
    org: Org, query: str, code: str
) -> None:
    """Names, types and operators that do not fit are told apart by code."""
    assert code == refusal(org, query).code


def test_parents_are_read_through_paths(org: Org) -> None:
    """A path leads over several parents; a parent that is missing is null."""
    rows = run(
        org,
        "SELECT Id, Account.Name, Account.Owner.Email, Contact.Name FROM Case c "
        "WHERE c.CaseNumber IN ('00000001', '00000002') ORDER BY c.CaseNumber",
    )

    assert rows[0]["Account"]["Name"] == "江南师范大学"
    assert rows[0]["Account"]["Owner"]["Email"] == "li.qiang@vendor.example"
    assert rows[0]["Contact"]["Name"] == "杨帆"
    assert rows[1]["Account"] is None
    assert rows[1]["Contact"] is None


def test_a_polymorphic_owner_shows_its_type(org: Org) -> None:
    """An owner is read as a Name: users and queues are told apart by Type."""
    owner = run(org, "SELECT Owner.Type, Owner.Email FROM Case LIMIT 1")[0]["Owner"]

    assert owner["attributes"]["type"] == "Name"
    assert (owner["Type"], owner["Email"]) == ("User", "hub.integration@vendor.example")


def test_children_come_in_a_subquery(org: Org) -> None:
    """A subquery gives the children, null where there are none."""
    rows = run(
        org,
        "SELECT Id, (SELECT CommentBody FROM CaseComments) FROM Case ORDER BY CaseNumber LIMIT 2",
    )

    assert rows[0]["CaseComments"]["records"][0]["CommentBody"] == "已收到"
    assert rows[1]["CaseComments"] is None


def test_text_compares_without_regard_to_case(org: Org) -> None:
    """Equality, lists and LIKE fold case, as the system does."""
    assert len(subjects(org, "Subject = 'PROBLEM 03 登录'")) == 1
    assert len(subjects(org, "Subject IN ('problem 01 登录', 'PROBLEM 02 登录')")) == 2
    assert len(subjects(org, "Subject LIKE 'pROB%1_%' AND Subject != null")) == 3


def test_wildcards_can_be_escaped(org: Org) -> None:
    """An escaped % or _ in LIKE stands for itself."""
    assert subjects(org, "Subject LIKE 'Problem\\_%'") == []
    assert len(subjects(org, "Subject LIKE 'Problem_01 %'")) == 1


def test_null_is_found_by_equality_and_left_by_order(org: Org) -> None:
    """`= null` finds what is empty; `!=` keeps it; an order against it is false."""
    assert subjects(org, "Subject = null") == [None]
    assert None in subjects(org, "Subject != 'Problem 00 登录'")
    assert None not in subjects(org, "Subject > 'A'")
    assert None in subjects(org, "NOT Subject LIKE 'Problem%'")


def test_nulls_come_first_unless_asked_otherwise(org: Org) -> None:
    """The order of empty values can be chosen."""
    first = run(org, "SELECT Subject FROM Case ORDER BY Subject LIMIT 1")
    last = run(org, "SELECT Subject FROM Case ORDER BY Subject DESC NULLS LAST")

    assert first[0]["Subject"] is None
    assert last[-1]["Subject"] is None
    assert last[0]["Subject"] == "Problem 11 登录"


def test_a_query_inside_in_selects_the_values(org: Org) -> None:
    """A semi-join narrows by what another query finds."""
    where = "ContactId IN (SELECT Id FROM Contact WHERE Email LIKE '%@jiangnan.example')"

    assert len(subjects(org, where)) == 4


def test_counting_needs_no_records(org: Org) -> None:
    """COUNT() gives a total alone; grouped functions give a row for each group."""
    total = Runner(org, BASE).run(parse("SELECT COUNT() FROM Case WHERE IsClosed = true"))
    groups = run(org, "SELECT Status, COUNT(Id) n FROM Case GROUP BY Status")

    assert (total.total, total.ready) == (3, [])
    assert {row["Status"]: row["n"] for row in groups} == {"Closed": 3, "New": 9}


def test_words_for_days_are_understood(org: Org) -> None:
    """Date words span days of UTC."""
    assert len(subjects(org, "CreatedDate = TODAY")) == 12
    assert subjects(org, "CreatedDate = YESTERDAY") == []
    assert len(subjects(org, "CreatedDate >= LAST_N_DAYS:3")) == 12


def test_an_escaped_quote_does_not_end_a_text(org: Org) -> None:
    """What comes from outside can not break out of its quotes."""
    assert subjects(org, "Subject = 'a\\' OR Subject != \\'b'") == []


_NUMBERS: Final = st.integers(0, 12)
_STAMPS: Final = st.integers(-60, 60).map(
    lambda seconds: datetime(2026, 1, 5, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def _leaf() -> st.SearchStrategy[tuple[str, Any]]:
    signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    number = st.tuples(signs, _NUMBERS).map(
        lambda p: (f"CaseNumber {p[0]} '{p[1]:08d}'", ("CaseNumber", p[0], f"{p[1]:08d}"))
    )
    stamp = st.tuples(signs, _STAMPS).map(
        lambda p: (
            f"SystemModstamp {p[0]} {p[1].isoformat()}",
            ("SystemModstamp", p[0], p[1]),
        )
    )
    closed = st.booleans().map(lambda b: (f"IsClosed = {b}", ("IsClosed", "=", b)))
    empty = st.sampled_from(["=", "!="]).map(lambda s: (f"Subject {s} NULL", ("Subject", s, None)))
    listed = st.tuples(st.booleans(), st.lists(st.sampled_from(["Low", "high"]), min_size=1)).map(
        lambda p: (
            f"Priority {'NOT ' if p[0] else ''}IN ({', '.join(repr(v) for v in p[1])})",
            ("Priority", "not in" if p[0] else "in", [v.lower() for v in p[1]]),
        )
    )
    return st.one_of(number, stamp, closed, empty, listed)


def _join(inner: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    several = st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3))
    joined = several.map(
        lambda p: (
            "(" + f" {p[0]} ".join(text for text, _ in p[1]) + ")",
            (p[0], [tree for _, tree in p[1]]),
        )
    )
    return st.one_of(joined, inner.map(lambda p: (f"(NOT {p[0]})", ("NOT", [p[1]]))))


def _holds(tree: Any, row: dict[str, Any]) -> bool:
    if tree[0] in {"AND", "OR"}:
        parts = [_holds(part, row) for part in tree[1]]
        return all(parts) if tree[0] == "AND" else any(parts)
    if tree[0] == "NOT":
        return not _holds(tree[1][0], row)
    field, sign, wanted = tree
    found = row[field].lower() if isinstance(row[field], str) else row[field]
    if sign in {"in", "not in"}:
        return (found in wanted) is (sign == "in")
    if sign in {"=", "!="}:
        return (found == wanted) is (sign == "=")
    if found is None:
        return False
    return {
        "<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted,
    }[sign]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(condition=st.recursive(_leaf(), _join, max_leaves=8))
def test_any_condition_means_what_plain_python_says(org: Org, condition: tuple[str, Any]) -> None:
    """Whatever is nested how ever, a query finds the rows that the same condition finds here."""
    text, tree = condition
    expected = [row["Id"] for row in org.rows("Case") if _holds(tree, row)]

    found = run(org, f"SELECT Id FROM Case WHERE {text} ORDER BY Id")  # noqa: S608  # a test

    assert expected == [row["Id"] for row in found]


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1, max_size=40).filter(lambda t: t.strip() == t and t.isprintable()))
def test_any_text_that_format_soql_quotes_is_found_again(text: str) -> None:
    """The vendor library's quoting and the lexer agree on every text."""
    from simple_salesforce.format import format_soql  # noqa: PLC0415

    org = Org(FrozenClock())
    org.insert(org.objects["Account"], {"Name": text}, _writer(org))

    found = run(org, format_soql("SELECT Name FROM Account WHERE Name = {}", text))

    assert [text] == [row["Name"] for row in found]


def _writer(org: Org) -> Write:
    user = org.insert(
        org.objects["User"],
        {"LastName": "Any", "Username": "any@x.example", "Email": "any@x.example"},
        Write(user_id=""),
    )
    return Write(user_id=user["Id"])
