"""SOQL over relationships: parents of several kinds, children, joins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.wire import ApiError

Run: TypeAlias = Callable[[str], list[dict[str, Any]]]
Names: TypeAlias = Callable[[str], list[str]]
Refusal: TypeAlias = Callable[[str], ApiError]


def test_five_steps_up_are_allowed_and_six_are_not(run: Run, refusal: Refusal) -> None:
    """A path may lead over five parents."""
    five = "Parent.Parent.Parent.Parent.Parent.Name"

    assert run(f"SELECT {five} FROM Account LIMIT 1")[0]["Parent"] is None
    assert refusal(f"SELECT Parent.{five} FROM Account").code == "INVALID_FIELD"


def test_typeof_reads_what_fits_the_kind(run: Run) -> None:
    """Each kind of owner gives its own fields, any other those behind ELSE."""
    rows = run(
        "SELECT TYPEOF Owner WHEN User THEN Username, Email WHEN Group THEN DeveloperName "
        "ELSE Name END FROM Case LIMIT 1"
    )

    owner = rows[0]["Owner"]
    assert owner["attributes"]["type"] == "User"
    assert list(owner) == ["attributes", "Username", "Email"]


def test_typeof_gives_null_where_no_kind_fits(run: Run) -> None:
    """Without ELSE an owner of another kind is not shown."""
    rows = run("SELECT TYPEOF Owner WHEN Group THEN Name END FROM Case LIMIT 1")

    assert rows[0]["Owner"] is None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT TYPEOF Account WHEN Account THEN Name END FROM Case", "MALFORMED_QUERY"),
        ("SELECT TYPEOF Nope WHEN User THEN Name END FROM Case", "INVALID_FIELD"),
        ("SELECT TYPEOF Owner WHEN Contact THEN Name END FROM Case", "INVALID_TYPE"),
        ("SELECT TYPEOF Owner WHEN User THEN Nope END FROM Case", "INVALID_FIELD"),
    ],
)
def test_typeof_must_fit_the_relationship(refusal: Refusal, query: str, code: str) -> None:
    """Only what a polymorphic reference can point to may be named."""
    assert code == refusal(query).code


def test_an_owner_can_be_filtered_by_its_type(run: Run) -> None:
    """Type is a field of every polymorphic parent."""
    assert len(run("SELECT Id FROM Case WHERE Owner.Type = 'User'")) == 12
    assert run("SELECT Id FROM Case WHERE Owner.Type = 'Queue'") == []


def test_children_have_their_own_conditions_order_and_limit(run: Run) -> None:
    """A nested query narrows, orders and cuts the children of each record by itself."""
    rows = run(
        "SELECT Name, (SELECT Name FROM Contacts WHERE Title != '系统管理员' ORDER BY Name DESC "
        "LIMIT 1), (SELECT Subject FROM Cases WHERE Priority = 'Low' ORDER BY Subject) "
        "FROM Account WHERE Name IN ('江南师范大学', '海滨学院') ORDER BY Name"
    )

    assert [row["Contacts"]["records"][0]["Name"] for row in rows] == ["杨帆", "郑凯"]
    assert rows[0]["Cases"]["totalSize"] == 4
    assert rows[0]["Cases"]["done"] is True
    assert rows[1]["Cases"] is None


def test_children_of_children_can_be_read(run: Run) -> None:
    """Nested queries go down several levels."""
    rows = run(
        "SELECT Name, (SELECT Id, (SELECT CommentBody FROM CaseComments) FROM Cases ORDER BY Id) "
        "FROM Account WHERE Name = '江南师范大学'"
    )

    first = rows[0]["Cases"]["records"][0]
    assert first["CaseComments"]["records"][0]["CommentBody"] == "已收到"


def test_an_anti_join_leaves_out_what_the_other_query_finds(run: Run) -> None:
    """NOT IN (SELECT …) keeps the records that the other query does not name."""
    with_cases = {
        r["Id"] for r in run("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case)")
    }
    without = {
        r["Id"] for r in run("SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Case)")
    }

    assert len(with_cases) == 1
    assert not with_cases & without
    assert len(with_cases | without) == len(run("SELECT Id FROM Account"))


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("Name = 'a' OR Id IN (SELECT AccountId FROM Case)", "not allowed with the 'OR' operator"),
        (
            "Name = 'a' OR (Type = 'b' AND Id IN (SELECT AccountId FROM Case))",
            "only allowed at the top level",
        ),
        (
            " AND ".join(["Id NOT IN (SELECT AccountId FROM Case)"] * 3),
            "Maximum 2 semi join sub-selects are allowed",
        ),
        ("Name IN (SELECT AccountId FROM Case)", "should be an id field, cannot use: 'Name'"),
        ("Id IN (SELECT Subject FROM Case)", "should be an id field, cannot use: 'Subject'"),
        ("Id IN (SELECT AccountId, Id FROM Case)", "Only one field"),
        ("Id IN (SELECT AccountId FROM Case LIMIT 1)", "may not be ordered, grouped or limited"),
    ],
)
def test_joins_keep_to_the_systems_limits(refusal: Refusal, where: str, what: str) -> None:
    """Joins stand at the top, at most two of them, on ids on both sides."""
    error = refusal(f"SELECT Id FROM Account WHERE {where}")

    assert error.code == "MALFORMED_QUERY"
    assert what in error.message


def test_all_fields_can_be_asked_for_at_once(run: Run) -> None:
    """FIELDS(…) stands for all, the system's, or the organisation's own fields."""
    every, own, standard = (
        set(run(f"SELECT FIELDS({which}) FROM Account LIMIT 1")[0]) - {"attributes"}
        for which in ("ALL", "CUSTOM", "STANDARD")
    )

    assert every == own | standard
    assert "Colours__c" in own
    assert all(name.endswith("__c") for name in own)
    assert {"Id", "Name", "SystemModstamp"} <= standard


def test_a_scope_narrows_to_ones_own_records(run: Run) -> None:
    """USING SCOPE mine gives what the asking user owns."""
    assert len(run("SELECT Id FROM Case USING SCOPE mine")) == 12
    assert len(run("SELECT Id FROM Account USING SCOPE mine")) == 8
    assert len(run("SELECT Id FROM Account USING SCOPE everything")) == 12


def test_labels_and_formats_can_be_asked_for(run: Run) -> None:
    """Labels take the field's own name, formats that which they are given; zones are the user's."""
    row = run(
        "SELECT toLabel(Status), FORMAT(CreatedDate) made, FORMAT(Account.AnnualRevenue) sum "
        "FROM Case LIMIT 1"
    )[0]

    assert (row["Status"], row["made"], row["sum"]) == ("Closed", "2026/1/5 9:00", None)


def test_objects_and_parents_can_have_short_names(run: Run, refusal: Refusal) -> None:
    """`FROM Contact c, c.Account a` names a parent, whose fields are then reached by that name."""
    query = "SELECT c.Name FROM Contact c, c.Account a, a.Owner o WHERE {} ORDER BY c.Name"

    assert [r["Name"] for r in run(query.format("a.Name = '海滨学院'"))] == ["郑凯"]
    assert len(run(query.format("o.Name = '李强' AND Contact.Title != null"))) == 6
    assert refusal(query.format("x.Name = 'a'")).code == "INVALID_FIELD"


def test_looking_at_records_is_noted_on_them(org: Org, run: Run) -> None:
    """FOR VIEW and FOR REFERENCE stamp what was found, but change no other stamp."""
    found = run("SELECT Id FROM Account WHERE Name = 'Zeta' FOR VIEW")[0]["Id"]
    named = run("SELECT Id FROM Account WHERE Name = 'eta' FOR REFERENCE")[0]["Id"]

    seen, only_named = org.tables["Account"][found], org.tables["Account"][named]
    assert seen["LastViewedDate"] == seen["LastReferencedDate"] == org.now()
    assert (only_named["LastViewedDate"], only_named["LastReferencedDate"]) == (None, org.now())
