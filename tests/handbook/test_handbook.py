"""Facts about the loaded handbook: where rows stand, who is meant, what is written."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.errors import InvariantError
from hub.handbook import Handbook, load_handbook, tag
from hub.handbook.templates import Template, placeholders
from hub.models import Direction, Fields, InternalText, Item, PublicText

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _item(fields: Fields, item_id: str = "ABCDEFGHJKLMNPQR") -> Item:
    return Item(id=item_id, kind="case", fields=fields, opened_at=NOW)


def test_every_row_knows_its_file_and_line(handbook: Handbook) -> None:
    """A decision can cite the row it follows."""
    row = handbook.tables["routing"].rules[0]
    file, _, line = row.source.partition(":")
    text = (handbook.folder / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]

    assert file == "routing.yaml"
    assert f"- id: {row.id}" == text.strip()


def test_what_the_department_demands_is_told_from_our_defaults(handbook: Handbook) -> None:
    """Roles, types, severities and the four items are the handbook's own; the rest is ours."""
    assert {"handbook"} == {row.origin for row in handbook.intake.types}
    assert {"handbook"} == {row.origin for row in handbook.intake.severities}
    assert handbook.people.roles["service_manager"].origin == "default"
    assert handbook.provisions["four_items"].origin == "handbook"


def test_the_fingerprint_follows_the_content(handbook: Handbook, copy: Path) -> None:
    """The same content has the same fingerprint anywhere; another content another one."""
    assert handbook.fingerprint == load_handbook(copy).fingerprint

    path = copy / "handbook.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")

    assert handbook.fingerprint != load_handbook(copy).fingerprint


def test_connectors_can_have_other_names(copy: Path) -> None:
    """The handbook names its systems by configuration; nothing else knows their names."""
    path = copy / "handbook.yaml"
    text = path.read_text(encoding="utf-8").replace("cases: crm", "cases: salesforce-cn")
    path.write_text(text, encoding="utf-8")

    handbook = load_handbook(path.parent, connectors=["salesforce-cn", "rnd", "mail"])

    record = handbook.record_map("salesforce-cn", "case")
    assert record is not None
    assert record.connector == "salesforce-cn"
    assert handbook.record_map("crm", "case") is None


def test_record_maps_are_the_contracts_own(handbook: Handbook) -> None:
    """The engine merges by the maps that stand in handoff.yaml."""
    record = handbook.record_map("crm", "case")

    assert record is not None
    state = next(field for field in record.fields if field.item == "state")
    assert state.values["waiting_rnd"] == "Waiting for R&D"
    number = next(field for field in record.fields if field.item == "case_number")
    assert Direction.IN is number.direction


@pytest.mark.parametrize(
    ("name", "role", "person"),
    [
        ("研发部", "rnd", ""),
        (" r & d ", "rnd", ""),
        ("support_engineer", "support_engineer", ""),
        ("产品支持工程师", "support_engineer", ""),
        ("赵倩", "trainer", "zhao.qian@vendor.example"),
        ("Sun Tao", "consultant", "sun.tao@vendor.example"),
        ("LI.QIANG@vendor.example", "account_manager", "li.qiang@vendor.example"),
    ],
)
def test_a_next_handler_is_named_in_many_ways(
    handbook: Handbook, name: str, role: str, person: str
) -> None:
    """Roles by id and name in both languages, persons by name and address, and more words."""
    target = handbook.people.resolve(name)

    assert target is not None
    assert (role, person) == (target.role, target.person)


def test_an_unknown_next_handler_is_nobody(handbook: Handbook) -> None:
    """A name that means nobody is no hand-off."""
    assert handbook.people.resolve("李四") is None


def test_the_account_manager_is_the_accounts_owner(handbook: Handbook) -> None:
    """The CRM says who manages the customer; else somebody who holds the role."""
    named = _item({"account_manager": "chen.jie@vendor.example"})

    assert handbook.person_for("account_manager", named, NOW) == "chen.jie@vendor.example"
    assert handbook.person_for("account_manager", _item({}), NOW) == "li.qiang@vendor.example"


def test_members_share_a_role_evenly_and_for_good(copy: Path) -> None:
    """The same item always finds the same member; who joins takes only their own share."""
    people = (copy / "people.yaml").read_text(encoding="utf-8")
    engineers = [f"e{n}@vendor.example" for n in range(4)]
    rows = "".join(
        f"  - {{id: e{n}, email: {mail}, zh: 甲{n}, en: E{n}, roles: [support_engineer], "
        f"clause: P01/职责, origin: default}}\n"
        for n, mail in enumerate(engineers)
    )
    people = people.replace("\nteams:", f"{rows}\nteams:")
    shared: list[dict[str, str]] = []
    for count in (3, 4):
        folder = Path(shutil.copytree(copy, copy.parent / f"with{count}"))
        members = ", ".join(engineers[:count])
        text = people.replace("members: [wang.lei@vendor.example]", f"members: [{members}]")
        (folder / "people.yaml").write_text(text, encoding="utf-8")
        book = load_handbook(folder)
        items = [f"ITEM{n}" for n in range(300)]
        shared.append({i: book.person_for("support_engineer", _item({}, i), NOW) for i in items})

    before, after = shared
    moved = [item for item in before if before[item] != after[item]]
    assert all(after[item] == engineers[3] for item in moved)
    assert all(50 <= list(after.values()).count(engineer) <= 100 for engineer in engineers)


# Messages.


def test_customers_read_names_in_their_language(handbook: Handbook) -> None:
    """Ids of types and severities are shown as names; the subject carries the tag."""
    fields: Fields = {
        "subject": "Login", "issue_type": "technical", "severity": "urgent", "language": "en",
        "contact_name": "Ms Li", "role": "support_engineer", "case_number": "00001001",
    }  # fmt: skip

    rendered = handbook.messages.for_customer("acknowledgement", _item(fields))

    assert f"Re: Login {tag('ABCDEFGHJKLMNPQR')}" == rendered.subject
    assert "Severity: urgent" in rendered.text.text
    assert "A product support engineer will contact you" in rendered.text.text
    assert isinstance(rendered.text, PublicText)


def test_what_customers_wrote_is_not_taken_for_a_placeholder(handbook: Handbook) -> None:
    """A value is inserted as it is: nobody can ask the hub for internal fields by mail."""
    item = _item({"subject": "{handling_result} {{", "handling_result": "internal!"})

    rendered = handbook.messages.for_customer("resolved", item)

    assert rendered.subject.startswith("Re: {handling_result} {{ ")


def test_internal_text_never_becomes_public(handbook: Handbook) -> None:
    """A public message refuses to carry internal text."""
    details = {"text": InternalText("the customer is wrong"), "author": "Wang Lei"}

    with pytest.raises(InvariantError, match="internal text"):
        handbook.messages.for_customer("reply_to_customer", _item({}), details)


def test_a_message_is_as_public_as_the_text_it_carries(handbook: Handbook) -> None:
    """Mirrored comments keep their visibility; an internal one can not be mailed."""
    item = _item({})
    public = handbook.messages.for_record(
        "mirrored_comment", item, {"text": PublicText("a"), "author": "x"}
    )
    internal = handbook.messages.for_record(
        "mirrored_comment", item, {"text": InternalText("a"), "author": "x"}
    )

    assert isinstance(public.text, PublicText)
    assert isinstance(internal.text, InternalText)
    with pytest.raises(InvariantError):
        _ = internal.public


def test_instants_are_shown_in_the_departments_zone(handbook: Handbook) -> None:
    """Stored in UTC, read in Shanghai."""
    assert handbook.messages.shown("received_at", NOW.isoformat(), "zh") == "2026-03-02 09:00"


def test_an_unset_field_is_a_dash_or_nothing() -> None:
    """`{field}` shows that something is missing, `{field?}` leaves no trace."""
    template = Template(
        id="t", visibility="internal", subjects={}, texts={"zh": "a {x}\nb {y?}\n{{z}}"}
    )

    assert template.render("zh", {}, {}).text.text == "a —\nb\n{z}"
    assert placeholders("a {x} b {y?} {{z}}") == ["x", "y"]


def test_a_line_with_nothing_to_say_is_left_out() -> None:
    """With one of the empty lines around it, so that no gap shows that something is missing."""
    text = "a\n\n{x?}\n\nb\n{y?}"
    template = Template(id="t", visibility="internal", subjects={}, texts={"zh": text})

    assert template.render("zh", {}, {}).text.text == "a\n\nb"
    given = {"x": "1\n2", "y": "3"}
    assert template.render("zh", given, {}).text.text == "a\n\n1\n2\n\nb\n3"


def test_a_decision_cites_its_row(handbook: Handbook) -> None:
    """The cause of a decision names rule, file, line and clause."""
    why = handbook.why("rules.test", "four_items", {"a": 1})

    assert (why.plugin, why.rule, why.clause) == ("rules.test", "four_items", "P01/处理记录")
    assert why.source.startswith("handoff.yaml:")
