"""SOQL: the grammar, its errors, and what its parts mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.soql import Runner, parse
from hub_crm.sandbox.soql.nodes import Compare, Text
from hub_crm.sandbox.wire import ApiError

Run: TypeAlias = Callable[[str], list[dict[str, Any]]]
Subjects: TypeAlias = Callable[[str], list[str | None]]
Refusal: TypeAlias = Callable[[str], ApiError]


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
        ("SELECT Id FROM Case WHERE Subject = 'a' AND NOT Subject = 'b'", "NOT"),
        ("SELECT Id FROM Case WHERE CreatedDate = LAST_N_DAYS", "<EOF>"),
        ("SELECT Id FROM Case WHERE CreatedDate = TODAY:3", ":"),
        ("SELECT Id FROM Case WHERE Subject = TODAYS", "TODAYS"),
        ("SELECT Id FROM Case WHERE CreatedDate = 2026-01-01T00:00:00", "-"),
        ("SELECT Id FROM Case LIMIT -1", "-1"),
        ("SELECT Id FROM Case HAVING COUNT(Id) > 1", "HAVING"),
        ("SELECT Id FROM Case FOR EVER", "EVER"),
        ("SELECT Id FROM Case WITH NOTHING", "NOTHING"),
        ("SELECT MEDIAN(Id) FROM Case", "MEDIAN"),
        ("SELECT FIELDS(SOME) FROM Case", "SOME"),
        ("SELECT TYPEOF Owner ELSE Name END FROM Case", "ELSE"),
    ],
)
def test_what_is_no_soql_is_malformed_and_shows_the_place(
    refusal: Refusal, query: str, token: str
) -> None:
    """The grammar is SOQL's: AND beside OR needs brackets, as with the system itself."""
    error = refusal(query)

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
        ("SELECT Id FROM Case WHERE Subject = :bound", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case LIMIT 1 ALL ROWS", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Colours__c > 'Red'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('Red')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account ORDER BY Colours__c", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Service_Until__c = TODAY OR Name > 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD"),
        ("SELECT Id, Name n FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", "MALFORMED_QUERY"),
        ("SELECT FIELDS(STANDARD), Name FROM Account", "INVALID_FIELD"),
        ("SELECT CALENDAR_YEAR(CreatedDate) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE FORMAT(Name) = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account USING SCOPE team", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_YEARS:9999", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE Subject = 'a\\z'", "MALFORMED_QUERY"),
    ],
)
def test_what_has_no_meaning_is_refused_with_the_systems_code(
    refusal: Refusal, query: str, code: str
) -> None:
    """Names, types and operators that do not fit are told apart by code."""
    assert code == refusal(query).code


def test_a_refusal_shows_the_line_and_points_at_the_place(refusal: Refusal) -> None:
    """The message is worded as the system words it: an excerpt, a caret, row and column."""
    error = refusal("SELECT Id\nFROM Case\nWHERE Nope__c = 'a'")

    expected = (
        "\nWHERE Nope__c = 'a'\n      ^\nERROR at Row:3:Column:7\n"
        "No such column 'Nope__c' on entity 'Case'. If you are attempting to use a custom field, "
        "be sure to append the '__c' after the custom field name. Please reference your WSDL or "
        "the describe call for the appropriate names."
    )
    assert expected == error.message


def test_names_and_words_are_understood_in_any_case(run: Run) -> None:
    """Objects, fields, relationships and words of the language fold case; labels do not."""
    query = "select ID, aCCount.NAME from cASE where CONTACT.lastname = '杨' ORDER by id LIMIT 1"

    found = run(query)[0]

    assert list(found) == ["attributes", "Id", "Account"]
    assert found["Account"]["Name"] == "江南师范大学"


def test_every_escape_stands_for_its_sign() -> None:
    """Quotes, backslashes, line ends and code points can be written, and halves of a pair join."""
    where = parse(
        r"SELECT Id FROM Case WHERE Subject = 'a\'\"\\\n\r\t\b\f\u4e2d\ud83d\ude00\%'"
    ).where

    assert isinstance(where, Compare)
    assert isinstance(where.value, Text)
    assert where.value.value == "a'\"\\\n\r\t\b\f中😀%"


def test_parents_are_read_through_paths(run: Run) -> None:
    """A path leads over several parents; a parent that is missing is null."""
    rows = run(
        "SELECT Id, Account.Name, Account.Owner.Email, Contact.Name FROM Case c "
        "WHERE c.CaseNumber IN ('00000001', '00000002') ORDER BY c.CaseNumber",
    )

    assert rows[0]["Account"]["Name"] == "江南师范大学"
    assert rows[0]["Account"]["Owner"]["Email"] == "li.qiang@vendor.example"
    assert rows[0]["Contact"]["Name"] == "杨帆"
    assert rows[1]["Account"] is None
    assert rows[1]["Contact"] is None


def test_a_polymorphic_owner_shows_its_type(run: Run) -> None:
    """An owner is read as a Name: users and queues are told apart by Type."""
    owner = run("SELECT Owner.Type, Owner.Email FROM Case LIMIT 1")[0]["Owner"]

    assert owner["attributes"]["type"] == "Name"
    assert (owner["Type"], owner["Email"]) == ("User", "hub.integration@vendor.example")


def test_children_come_in_a_subquery(run: Run) -> None:
    """A subquery gives the children, null where there are none."""
    rows = run(
        "SELECT Id, (SELECT CommentBody FROM CaseComments) FROM Case ORDER BY CaseNumber LIMIT 2",
    )

    assert rows[0]["CaseComments"]["records"][0]["CommentBody"] == "已收到"
    assert rows[1]["CaseComments"] is None


def test_text_compares_without_regard_to_case(subjects: Subjects) -> None:
    """Equality, lists and LIKE fold case, as the system does."""
    assert len(subjects("Subject = 'PROBLEM 03 登录'")) == 1
    assert len(subjects("Subject IN ('problem 01 登录', 'PROBLEM 02 登录')")) == 2
    assert len(subjects("Subject LIKE 'pROB%1_%' AND Subject != null")) == 3


def test_wildcards_can_be_escaped(subjects: Subjects) -> None:
    """An escaped % or _ in LIKE stands for itself."""
    assert subjects("Subject LIKE 'Problem\\_%'") == []
    assert len(subjects("Subject LIKE 'Problem_01 %'")) == 1


def test_null_is_found_by_equality_and_left_by_order(subjects: Subjects) -> None:
    """`= null` finds what is empty; `!=` keeps it; an order against it is false."""
    assert subjects("Subject = null") == [None]
    assert None in subjects("Subject != 'Problem 00 登录'")
    assert None not in subjects("Subject > 'A'")
    assert None in subjects("NOT Subject LIKE 'Problem%'")


def test_nulls_come_first_unless_asked_otherwise(run: Run) -> None:
    """The order of empty values can be chosen."""
    first = run("SELECT Subject FROM Case ORDER BY Subject LIMIT 1")
    last = run("SELECT Subject FROM Case ORDER BY Subject DESC NULLS LAST")

    assert first[0]["Subject"] is None
    assert last[-1]["Subject"] is None
    assert last[0]["Subject"] == "Problem 11 登录"


def test_a_query_inside_in_selects_the_values(subjects: Subjects) -> None:
    """A semi-join narrows by what another query finds."""
    where = "ContactId IN (SELECT Id FROM Contact WHERE Email LIKE '%@jiangnan.example')"

    assert len(subjects(where)) == 4


def test_counting_needs_no_records(org: Org, run: Run) -> None:
    """COUNT() gives a total alone; grouped functions give a row for each group."""
    total = Runner(org, "").run(parse("SELECT COUNT() FROM Case WHERE IsClosed = true"))
    groups = run("SELECT Status, COUNT(Id) n FROM Case GROUP BY Status")

    assert (total.total, total.ready) == (3, [])
    assert {row["Status"]: row["n"] for row in groups} == {"Closed": 3, "New": 9}


def test_words_for_days_are_understood(subjects: Subjects) -> None:
    """Date words span days of UTC."""
    assert len(subjects("CreatedDate = TODAY")) == 12
    assert subjects("CreatedDate = YESTERDAY") == []
    assert len(subjects("CreatedDate >= LAST_N_DAYS:3")) == 12


def test_an_escaped_quote_does_not_end_a_text(subjects: Subjects) -> None:
    """What comes from outside can not break out of its quotes."""
    assert subjects("Subject = 'a\\' OR Subject != \\'b'") == []
