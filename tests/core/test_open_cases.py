"""What else a customer has open: given with a new case, from the store and from the same batch."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from hub.core.store import Database, migrate, upgrade
from hub.hookspecs import hookimpl
from hub.models import Context, Event, Item, Opening, SetFields, Why, customer_key

WHY = Why(plugin="test")
OLD_ITEM = """
INSERT INTO items (id, kind, shard, revision, fields, opened_at, updated_at)
VALUES ('2345', 'case', 1, 1, '{"account":"001A"}', 1, 1)
"""


class Looks:
    """Opens a case for each record, and remembers what else its customer had open."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {}

    @hookimpl
    def hub_open_item(self, change: Any, context: Context) -> Opening:
        """Take every record for a case."""
        return Opening(part="case", fields=dict(change.fields), why=WHY)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> list[Any] | None:
        """Remember; a subject `close` closes the case, `moved` gives it to another customer."""
        word = item.text("subject")
        if event.name == "item_opened":
            self.seen[word] = [each.text("subject") for each in context.open_cases]
            moved = {"close": {"state": "closed"}, "moved": {"account": "B"}}.get(word)
            return [SetFields(moved, WHY)] if moved else None
        if "account" in event.before:
            self.seen[f"{word} again"] = [each.text("subject") for each in context.open_cases]
        return None


@pytest.fixture
def looks(make_hub: Any, seen: Any) -> Any:
    """Give a function that has cases come, several in one batch; it gives what was seen."""
    rules = Looks()
    hub = make_hub(rules=rules)

    def come(*cases: tuple[str, str]) -> dict[str, list[str]]:
        changes = [
            seen(f"case:{subject}", subject=subject, account=account, state="new")
            for subject, account in cases
        ]
        hub.put(*changes)
        hub.engine.step(hub.session)
        return rules.seen

    return come


def test_a_new_case_comes_with_what_its_customer_has_open(looks: Any) -> None:
    """And with nobody else's."""
    looks(("one", "A"))
    looks(("other", "B"))
    looks(("two", "A"))

    assert set(looks(("three", "A"))["three"]) == {"two", "one"}


def test_cases_of_one_batch_see_those_before_them(looks: Any) -> None:
    """What is not yet written counts as well, once."""
    looks(("first", "A"))

    found = looks(("one", "A"), ("two", "A"), ("three", "A"))

    assert [sorted(found[name]) for name in ("one", "two", "three")] == [
        ["first"], ["first", "one"], ["first", "one", "two"],
    ]  # fmt: skip


def test_what_is_closed_is_not_open(looks: Any) -> None:
    """Within its batch, and from the store."""
    found = looks(("close", "A"), ("at once", "A"))
    found = looks(("later", "A"))

    assert (found["at once"], found["later"]) == ([], ["at once"])


def test_a_case_that_gets_another_customer_is_looked_at_again(looks: Any) -> None:
    """The desk finds out whose it is."""
    looks(("theirs", "B"))

    assert looks(("moved", "A"))["moved again"] == ["theirs"]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"account": "001A", "contact_email": "a@x.cn"}, "account:001A"),
        ({"contact_email": "A@X.cn"}, "email:a@x.cn"),
        ({"contact_phone": "010-6200 1101"}, "phone:01062001101"),
        ({"customer_name": "北方大学"}, ""),
        ({"account": "001A", "state": "closed"}, ""),
    ],
)
def test_whose_an_open_case_is(fields: dict[str, Any], key: str) -> None:
    """By the CRM's account before a person's address, never by a name that anybody can claim."""
    assert customer_key(fields) == key


def test_an_older_store_learns_whose_its_cases_are(database: Database) -> None:
    """The column, the index and the table are added, and the cases that stand are read for it."""
    session = database.session()
    with session.write("test") as connection:
        for statement in (
            "DROP INDEX items_customer",
            "ALTER TABLE items DROP COLUMN customer",
            "DROP TABLE files",
            "UPDATE alembic_version SET version_num = '0002'",
            OLD_ITEM,
        ):
            connection.exec_driver_sql(statement)

    reached = upgrade(database)

    with session.read() as connection:
        customer = connection.execute(text("SELECT customer FROM items")).scalar_one()
        files = connection.execute(text("SELECT count(*) FROM files")).scalar_one()
    session.close()
    assert (reached, customer, files) == (migrate.head(), "account:001A", 0)
