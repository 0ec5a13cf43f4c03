"""SOQL's groups: aggregate functions, HAVING, totals, labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox.wire import ApiError

Run: TypeAlias = Callable[[str], list[dict[str, Any]]]
Refusal: TypeAlias = Callable[[str], ApiError]


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the rows of an aggregate result without what says that they are such."""
    assert all(row["attributes"] == {"type": "AggregateResult"} for row in rows)
    return [{k: v for k, v in row.items() if k != "attributes"} for row in rows]


def test_functions_without_a_name_are_called_by_their_number(run: Run) -> None:
    """Labels are expr0, expr1 …; a named one does not count."""
    query = (
        "SELECT COUNT(Id), SUM(AnnualRevenue) total, MIN(Name), COUNT(Phone) FROM Account "
        "WHERE Colours__c != null"
    )

    assert plain(run(query)) == [{"expr0": 6, "total": 13006.5, "expr1": "beta 50%", "expr2": 4}]


def test_groups_leave_out_nulls_in_functions_but_not_as_keys(run: Run) -> None:
    """COUNT(field) counts values; an empty key is a group of its own."""
    rows = plain(
        run("SELECT Phone, COUNT(Id) n FROM Account GROUP BY Phone ORDER BY COUNT(Id) DESC")
    )

    assert rows[0] == {"Phone": None, "n": 6}
    assert {row["n"] for row in rows[1:]} == {1}


def test_having_chooses_among_the_groups(run: Run) -> None:
    """HAVING compares keys and functions of the groups."""
    query = "SELECT Priority, Status, COUNT(Id) n FROM Case GROUP BY Priority, Status HAVING "

    assert plain(run(f"{query} COUNT(Id) >= 3 AND Priority = 'low' ORDER BY COUNT(Id)")) == [
        {"Priority": "Low", "Status": "New", "n": 3}
    ]


def test_averages_and_distinct_values_are_computed(run: Run) -> None:
    """AVG, MAX and COUNT_DISTINCT pass over nulls; text counts without regard to case."""
    row = plain(
        run(
            "SELECT AVG(Share__c) mean, MAX(CreatedDate) latest, COUNT_DISTINCT(Type) kinds "
            "FROM Account WHERE Share__c != null"
        )
    )[0]

    assert row == {"mean": 43.75, "latest": "2026-01-05T01:00:00.000+0000", "kinds": 3}


def test_rollup_and_cube_add_totals(run: Run) -> None:
    """ROLLUP adds totals from the right, CUBE all of them; GROUPING tells which they are."""
    query = "SELECT Status s, Priority p, COUNT(Id) n, GROUPING(Priority) g FROM Case GROUP BY "
    rolled = plain(run(query + "ROLLUP(Status, Priority)"))
    cubed = plain(run(query + "CUBE(Status, Priority)"))

    assert [row for row in rolled if row["s"] is None] == [{"s": None, "p": None, "n": 12, "g": 1}]
    assert {(r["s"], r["n"]) for r in rolled if r["g"] and r["s"]} == {("Closed", 3), ("New", 9)}
    assert {(r["p"], r["n"]) for r in cubed if r["s"] is None and r["p"]} == {
        ("Low", 4), ("Medium", 4), ("High", 4),
    }  # fmt: skip


def test_groups_can_be_made_by_parts_of_dates_and_by_parents(run: Run) -> None:
    """Keys may be functions over dates, and fields of a parent, which lose their path."""
    by_date = run(
        "SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) FROM Case "
        "GROUP BY CALENDAR_YEAR(CreatedDate)"
    )
    by_parent = run(
        "SELECT Account.Name, COUNT(Id) n FROM Case GROUP BY Account.Name ORDER BY Account.Name"
    )

    assert plain(by_date) == [{"y": 2026, "expr0": 12}]
    assert plain(by_parent) == [{"Name": None, "n": 8}, {"Name": "江南师范大学", "n": 4}]


def test_groups_are_ordered_and_cut(run: Run) -> None:
    """ORDER BY takes functions and names given; LIMIT and OFFSET cut groups."""
    query = "SELECT Priority, COUNT(Id) n FROM Case GROUP BY Priority ORDER BY Priority "

    assert [r["Priority"] for r in run(query)] == ["High", "Medium", "Low"]
    assert [r["Priority"] for r in run(query + "DESC LIMIT 1 OFFSET 1")] == ["Medium"]


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT Subject FROM Case GROUP BY Status", "must be grouped or aggregated: Subject"),
        ("SELECT Id, COUNT(Id) FROM Case", "must be grouped or aggregated: Id"),
        ("SELECT Status FROM Case GROUP BY Status ORDER BY Id", "grouped or aggregated: Id"),
        ("SELECT COUNT(Id) FROM Case GROUP BY CreatedDate", "'CreatedDate' can not be grouped"),
        ("SELECT COUNT(Id) FROM Case GROUP BY Description", "'Description' can not be grouped"),
        ("SELECT COUNT(Id) FROM Case GROUP BY CaseNumber", "'CaseNumber' can not be grouped"),
        ("SELECT SUM(Subject) FROM Case", "Subject does not support aggregate operator SUM"),
        ("SELECT MAX(IsClosed) FROM Case", "IsClosed does not support aggregate operator MAX"),
        ("SELECT COUNT(Description) FROM Case", "does not support aggregate operator COUNT"),
        ("SELECT COUNT(Id) FROM Case LIMIT 5", "cannot also use LIMIT"),
        ("SELECT COUNT(Id) a, COUNT(Id) A FROM Case", "duplicate alias: A"),
        ("SELECT COUNT(Id), (SELECT Id FROM CaseComments) FROM Case", "can not select nested"),
    ],
)
def test_what_can_not_be_grouped_is_malformed(refusal: Refusal, query: str, what: str) -> None:
    """Types decide what may be grouped and summed; all else must be a key."""
    error = refusal(query)

    assert error.code == "MALFORMED_QUERY"
    assert what in error.message
