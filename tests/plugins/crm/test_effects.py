"""Effects: made once, read back, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hub_crm.connector import CrmConnector
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox

from hub.connector import Outcome
from hub.errors import (
    AuthenticationError,
    InvalidPayloadError,
    NotFoundError,
    RejectedError,
    RetryableError,
)
from hub.models import (
    CreateRecord,
    Delivery,
    Fields,
    PublicText,
    Receipt,
    Ref,
    SendNotice,
    UpdateRecord,
)
from hub.sandbox import Fault

Connect = Callable[..., CrmConnector]
Deliver = Callable[..., Outcome]
Made = Callable[..., Receipt]

NEW = CreateRecord("case", {"subject": "课程平台无法登录 🚑", "description": "多行\n说明"})


def delivery(effect: object, key: str, target: Ref | None = None) -> Delivery:
    """Make a delivery."""
    return Delivery(key=key, item_id="ITEM", effect=effect, target=target)  # type: ignore[arg-type]


def creations(count: int, fields: Fields | None = None) -> list[Delivery]:
    """Make deliveries that create cases."""
    return [
        delivery(CreateRecord("case", {"subject": f"n{n}", **(fields or {})}), f"key-{n}")
        for n in range(count)
    ]


def test_a_case_is_made_with_its_key_and_read_back(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """The receipt has the number, the version and all fields as the system has them."""
    receipt = made(connector, NEW, "key-1")

    (case,) = sandbox.records()["cases"]
    assert case["Hub_Key__c"] == "key-1"
    assert receipt.ref == Ref("crm", "case", case["Id"])
    assert receipt.fields["subject"] == "课程平台无法登录 🚑"
    assert receipt.fields["case_number"] == case["CaseNumber"]
    assert receipt.aliases == (f"case-number:{case['CaseNumber']}",)
    assert receipt.version
    assert receipt.at is not None


def test_the_same_key_twice_is_one_case(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """Upsert by an external id makes trying again safe."""
    first = made(connector, NEW, "key-1")
    second = made(connector, NEW, "key-1")

    assert first.ref == second.ref
    assert len(sandbox.records()["cases"]) == 1


def test_an_older_version_of_the_api_serves_as_well(
    connect: Connect, sandbox: SalesforceSandbox, made: Made
) -> None:
    """Where the update answers 204 without a body, the id is asked for."""
    connector = connect(api_version="45.0")

    first, second = made(connector, NEW, "key-1"), made(connector, NEW, "key-1")

    assert first.ref == second.ref
    assert len(sandbox.records()["cases"]) == 1


@pytest.mark.parametrize("key", [".", "..", "a/b?c#d", "键 1"])
def test_a_key_of_any_signs_is_one_case(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made, key: str
) -> None:
    """Even a key that an address would swallow is kept as it is."""
    made(connector, NEW, key)
    made(connector, NEW, key)

    assert [case["Hub_Key__c"] for case in sandbox.records()["cases"]] == [key]


def test_200_cases_are_made_in_one_call(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """A batch goes as a collection and is read back with one query."""
    connector.describe()
    before = sandbox.calls

    outcomes = connector.apply(creations(200))

    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert sandbox.calls - before == 2
    assert [o.fields["subject"] for o in outcomes if isinstance(o, Receipt)] == [
        f"n{n}" for n in range(200)
    ]


def test_a_bad_record_of_a_collection_fails_alone(connector: CrmConnector) -> None:
    """HTTP says 200; each record has its own result, in order."""
    batch = creations(3)
    batch[1] = delivery(CreateRecord("case", {"subject": "x", "status": "Nix"}), "key-1")

    outcomes = connector.apply(batch)

    assert [type(outcome) for outcome in outcomes] == [Receipt, InvalidPayloadError, Receipt]


def test_innocents_of_a_rolled_back_batch_are_tried_again(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """They are no dead letters."""
    sandbox.faults.add(Fault(kind="rolled_back", operation="PATCH *", times=1))

    outcomes = connector.apply(creations(3))

    assert all(isinstance(outcome, RetryableError) for outcome in outcomes)


def test_a_locked_row_is_tried_again_alone(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """One row could not be locked; the others are made."""
    sandbox.faults.add(Fault(kind="row_lock", operation="PATCH *", times=1))

    outcomes = connector.apply(creations(3))

    assert [isinstance(outcome, RetryableError) for outcome in outcomes] == [True, False, False]


def test_assignment_rules_do_not_take_the_case_away(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """On create and on update the owner stays whom the hub chose, also after a new login."""
    fields: Fields = {"subject": "x", "owner": "wang.lei@vendor.example"}
    receipt = made(connector, CreateRecord("case", fields))
    sandbox.faults.add(Fault(kind="expired_token", operation="PATCH *", times=1))

    after = made(connector, UpdateRecord({"priority": "High"}), "key-2", receipt.ref)

    assert after.fields["owner"] == "wang.lei@vendor.example"
    assert sandbox.records()["cases"][0]["Owner"] == "wang.lei@vendor.example"


def test_an_owner_that_a_flow_rewrites_is_told_as_it_is(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """The receipt is what was read back, not what was asked for."""
    owner = "zhao.qian@vendor.example"
    sandbox.faults.add(Fault(kind="owner_rewritten", arguments={"owner": owner}))

    receipt = made(connector, CreateRecord("case", {"owner": "wang.lei@vendor.example"}))

    assert receipt.fields["owner"] == owner


def test_a_queue_owns_by_its_name(connector: CrmConnector, made: Made) -> None:
    """`queue:` and the developer name, both ways."""
    receipt = made(connector, CreateRecord("case", {"owner": "queue:Technical_Support"}))

    assert receipt.fields["owner"] == "queue:Technical_Support"


@pytest.mark.parametrize(
    "owner", ["nobody@vendor.example", "he.feng@vendor.example", "queue:Nowhere"]
)
def test_an_owner_who_is_not_there_is_refused_by_name(
    connector: CrmConnector, deliver: Deliver, owner: str
) -> None:
    """Unknown people, people who left, unknown queues."""
    outcome = deliver(connector, CreateRecord("case", {"owner": owner}))

    assert isinstance(outcome, InvalidPayloadError)
    assert outcome.field == "OwnerId"
    assert owner.removeprefix("queue:") in str(outcome)


def test_two_people_of_one_address_are_not_guessed_between(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """Addresses of users are not unique."""
    twin = {
        "LastName": "王", "Email": "wang.lei@vendor.example", "Username": "twin@vendor.example",
    }  # fmt: skip
    sandbox.act("create_user", {"fields": twin})

    outcome = deliver(connector, CreateRecord("case", {"owner": "wang.lei@vendor.example"}))

    assert isinstance(outcome, InvalidPayloadError)


def test_a_user_who_left_is_forgotten(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made, deliver: Deliver
) -> None:
    """The directory is kept for minutes; a refusal has it asked anew."""
    effect = CreateRecord("case", {"owner": "wang.lei@vendor.example"})
    made(connector, effect, "key-1")
    user = next(u for u in sandbox.records()["users"] if u["Email"] == "wang.lei@vendor.example")
    sandbox.act("update", {"id": user["Id"], "fields": {"IsActive": False}})
    batch = [delivery(effect, "key-2"), delivery(effect, "key-3")]

    refused = connector.apply(batch)
    again = deliver(connector, effect, "key-4")

    assert all(isinstance(outcome, InvalidPayloadError) for outcome in refused)
    assert "no active user" in str(again)


def test_contact_and_account_are_written_by_id(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """Ids of 15 or 18 signs; the account brings its name and manager."""
    contact = sandbox.records()["contacts"][0]
    fields: Fields = {"contact": contact["Id"][:15], "account": contact["AccountId"]}

    receipt = made(connector, CreateRecord("case", fields))

    assert receipt.fields["contact"] == contact["Id"]
    assert receipt.fields["customer_name"] == "北方大学"
    assert receipt.fields["account_manager"] == "li.qiang@vendor.example"


def test_closing_is_read_back_from_the_system(
    connector: CrmConnector, deliver: Deliver, made: Made
) -> None:
    """Whether a status means closed is the organisation's word."""
    ref = made(connector, NEW).ref

    closed = made(connector, UpdateRecord({"status": "Closed"}), "key-2", ref)
    resolved = made(connector, UpdateRecord({"status": "Resolved"}), "key-3", ref)

    assert (closed.fields["closed"], resolved.fields["closed"]) == (True, False)


def test_effects_upon_one_record_go_one_after_the_other(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """A batch may hold several for one case: the last wins, each has its receipt."""
    ref = made(connector, NEW).ref
    batch = [
        delivery(UpdateRecord({"subject": "a", "priority": "High"}), "u1", ref),
        delivery(UpdateRecord({"subject": "b"}), "u2", ref),
    ]

    outcomes = connector.apply(batch)

    assert [o.fields["subject"] for o in outcomes if isinstance(o, Receipt)] == ["a", "b"]
    assert sandbox.records()["cases"][0]["Priority"] == "High"


def test_what_follows_a_passing_failure_waits(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """A later effect must not overtake an earlier one upon the same record."""
    ref = made(connector, NEW).ref
    sandbox.faults.add(Fault(kind="row_lock", operation="PATCH *", times=1))
    batch = [
        delivery(UpdateRecord({"subject": "a"}), "u1", ref),
        delivery(UpdateRecord({"subject": "b"}), "u2", ref),
    ]

    outcomes = connector.apply(batch)

    assert all(isinstance(outcome, RetryableError) for outcome in outcomes)
    assert sandbox.records()["cases"][0]["Subject"] == NEW.fields["subject"]


def test_an_update_of_what_is_gone_is_not_found(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver, made: Made
) -> None:
    """Deleted, or never there: both are absent, a bad reference is not."""
    ref = made(connector, NEW).ref
    assert ref is not None
    bad = deliver(connector, UpdateRecord({"account": make_id("001", 10**9)}), "key-2", ref)
    never = Ref("crm", "case", make_id("500", 10**9))
    sandbox.act("delete", {"id": ref.id})

    outcomes = [
        deliver(connector, UpdateRecord({"subject": "x"}), "key-3", target)
        for target in (ref, never)
    ]

    assert isinstance(bad, InvalidPayloadError)
    assert all(isinstance(outcome, NotFoundError) for outcome in outcomes)


def test_a_field_that_is_missing_is_named_with_a_remedy(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """A custom field that nobody made: the error says where to make it."""
    sandbox.act("hide_field", {"object": "Case", "field": "Jira_Key__c"})

    outcome = deliver(connector, CreateRecord("case", {"jira_key": "RND-1"}))

    assert isinstance(outcome, InvalidPayloadError)
    assert outcome.field == "Jira_Key__c"
    assert "Object Manager" in str(outcome)


def test_a_text_that_is_too_long_costs_no_call(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """Lengths are known from describe; nothing is cut."""
    connector.describe()
    before = sandbox.calls

    outcome = deliver(connector, CreateRecord("case", {"subject": "长" * 256}))

    assert isinstance(outcome, InvalidPayloadError)
    assert sandbox.calls == before


def test_what_a_crm_can_not_do_is_refused(connector: CrmConnector, deliver: Deliver) -> None:
    """Notices, other kinds: permanent, and without a call."""
    case = Ref("crm", "case", make_id("500", 1))
    user = Ref("crm", "user", make_id("005", 1))
    notice = SendNotice(to=("a@b.cn",), subject="s", text=PublicText("t"))

    outcomes = [
        deliver(connector, CreateRecord("contact", {"name": "x"})),
        deliver(connector, UpdateRecord({"name": "x"}), "k", user),
        deliver(connector, notice, "k", case),
    ]

    assert all(isinstance(outcome, RejectedError) for outcome in outcomes)


def test_a_write_that_is_not_read_back_is_looked_up_later(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """The case is there, the query failed: retryable, and found by its key."""
    connector.describe()
    sandbox.faults.add(Fault(kind="server_error", operation="GET *query*"))

    outcome = deliver(connector, NEW, "key-1")
    sandbox.faults.clear()
    found = connector.find(delivery(NEW, "key-1"))

    assert isinstance(outcome, RetryableError)
    assert found is not None
    assert found.found


def test_refused_credentials_reach_every_delivery(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """A login that fails in the midst of a batch is told for each delivery."""
    connector.describe()
    sandbox.faults.add(Fault(kind="dead_session"))

    outcomes = connector.apply(creations(2))

    assert all(isinstance(outcome, AuthenticationError) for outcome in outcomes)


def test_children_of_one_account_stand_together(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """In one call the cases of an account follow one another, whatever their order came."""
    one, two = (account["Id"] for account in sandbox.records()["accounts"][:2])
    batch = [
        delivery(CreateRecord("case", {"subject": f"n{n}", "account": account}), f"key-{n}")
        for n, account in enumerate((one, two, one, two))
    ]

    outcomes = connector.apply(batch)

    accounts = [case["AccountId"] for case in sandbox.records()["cases"]]
    assert accounts == sorted(accounts)
    assert [o.fields["subject"] for o in outcomes if isinstance(o, Receipt)] == [
        "n0", "n1", "n2", "n3",
    ]  # fmt: skip
