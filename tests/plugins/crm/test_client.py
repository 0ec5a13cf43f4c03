"""The client: logins, retries, time-outs and errors, over real HTTPS with the vendor library."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hub_crm.client import SalesforceClient, external_path, soql
from hub_crm.sandbox import SalesforceSandbox
from hub_crm.settings import CrmSettings

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    PreconditionFailedError,
    RateLimitedError,
    RetryableError,
    UnavailableError,
)
from hub.sandbox import Fault
from hub.settings import Secret

CASE = "sobjects/Case/Hub_Key__c"


@pytest.fixture
def client(settings: CrmSettings) -> Iterator[SalesforceClient]:
    """Give a client of the emulator."""
    made = SalesforceClient(settings)
    yield made
    made.close()


def changed(settings: CrmSettings, **changes: object) -> CrmSettings:
    """Give other settings."""
    return CrmSettings.model_validate({**dict(settings), **changes})


def test_it_logs_in_by_the_connected_app_alone(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """Client credentials give a session, once for many calls."""
    before = sandbox.logins

    for _ in range(3):
        client.query("test", "SELECT Id FROM User")

    assert sandbox.logins - before == 1
    assert client.user_id.startswith("005")


def test_it_logs_in_with_a_user_and_the_security_token(
    settings: CrmSettings, access: dict[str, str]
) -> None:
    """Password and token together are what the password flow wants."""
    by_user = changed(
        settings,
        username=access["username"],
        password=Secret(access["password"]),
        security_token=Secret(access["security_token"]),
    )
    client = SalesforceClient(by_user)

    assert client.login().startswith("005")

    client.close()


@pytest.mark.parametrize(
    "wrong", [{"client_id": "nobody"}, {"client_secret": Secret("wrong-secret-value")}]
)
def test_wrong_credentials_are_an_authentication_error(
    settings: CrmSettings, wrong: dict[str, object]
) -> None:
    """Nothing is tried again, and the secret is not in the error."""
    client = SalesforceClient(changed(settings, **wrong))

    with pytest.raises(AuthenticationError) as caught:
        client.login()

    assert "wrong-secret-value" not in str(caught.value)


def test_an_expired_session_is_renewed_once_with_all_headers(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """The repeated call carries its headers: else assignment rules would take the case away."""
    client.login()
    before = sandbox.logins
    sandbox.faults.add(Fault(kind="expired_token", times=1))

    client.call(
        "upsert",
        external_path(CASE, "key-1"),
        method="PATCH",
        json={"Subject": "x"},
        headers={"Sforce-Auto-Assign": "FALSE"},
    )

    (case,) = sandbox.records()["cases"]
    assert case["Owner"] == "hub.integration@vendor.example"
    assert sandbox.logins - before == 1


def test_a_session_that_stays_dead_ends_after_one_login(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """The vendor library would log in hundreds of times, and die of recursion."""
    client.login()
    before = sandbox.logins
    sandbox.faults.add(Fault(kind="dead_session"))

    with pytest.raises(AuthenticationError):
        client.query("test", "SELECT Id FROM User")

    assert sandbox.logins - before == 1


def test_threads_share_one_new_login(client: SalesforceClient, sandbox: SalesforceSandbox) -> None:
    """When all sessions end, several threads at once need one login between them."""
    client.login()
    before = sandbox.logins
    sandbox.act("expire_sessions", {})

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: client.query("t", "SELECT Id FROM User"), range(8)))

    assert all(done)
    assert sandbox.logins - before == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(kind="rate_limit", arguments={"retry_after": 7}), RateLimitedError),
        (Fault(kind="request_limit"), RateLimitedError),
        (Fault(kind="server_error", arguments={"status": 500}), UnavailableError),
        (Fault(kind="server_error", arguments={"status": 503}), UnavailableError),
        (Fault(kind="server_error", arguments={"status": 200}), UnavailableError),
        (Fault(kind="half_body"), UnavailableError),
        (Fault(kind="drop_before"), UnavailableError),
        (Fault(kind="drop_after"), UnavailableError),
    ],
)
def test_trouble_on_the_line_is_retryable(
    client: SalesforceClient, sandbox: SalesforceSandbox, fault: Fault, kind: type[ConnectorError]
) -> None:
    """Whatever the network or the service does, the same call may succeed later."""
    client.login()
    sandbox.faults.add(fault)

    with pytest.raises(kind):
        client.query("test", "SELECT Id FROM User")

    sandbox.faults.clear()
    assert client.query("test", "SELECT Id FROM User")


def test_no_answer_in_time_leaves_it_open_what_was_done(
    settings: CrmSettings, sandbox: SalesforceSandbox
) -> None:
    """The vendor library has no time-outs: the session's adapter sets them."""
    client = SalesforceClient(changed(settings, timeout_seconds=0.3))
    client.login()
    sandbox.faults.add(Fault(kind="latency", arguments={"seconds": 1.0}))

    with pytest.raises(DeadlineExceededError):
        client.query("test", "SELECT Id FROM User")

    client.close()


def test_nobody_listening_is_unavailable(settings: CrmSettings) -> None:
    """A closed port is no defect of the credentials."""
    client = SalesforceClient(changed(settings, url="https://127.0.0.1:9"))

    with pytest.raises(UnavailableError):
        client.login()
    with pytest.raises(UnavailableError):
        client.versions()


def test_a_certificate_that_nobody_vouches_for_is_unavailable(settings: CrmSettings) -> None:
    """Without the administrator's CA the emulator is not trusted."""
    client = SalesforceClient(changed(settings, ca_file=None))

    with pytest.raises(UnavailableError, match="certificate"):
        client.login()


def test_the_configured_ca_wins_over_the_environments(
    client: SalesforceClient, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """`REQUESTS_CA_BUNDLE` must not take the place of `ca_file`."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/bundle.pem")

    assert client.query("test", "SELECT Id FROM User")


def test_2500_rows_come_page_by_page(client: SalesforceClient, sandbox: SalesforceSandbox) -> None:
    """A query follows its locator to the end."""
    for number in range(2500):
        sandbox.act("create_case", {"fields": {"Subject": f"n{number}"}})

    rows = client.query("test", "SELECT Id, Subject FROM Case ORDER BY Id")

    assert [row["Subject"] for row in rows] == [f"n{number}" for number in range(2500)]


def test_a_locator_that_died_is_retryable(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """A page that is gone is read anew from the beginning."""
    for number in range(2001):
        sandbox.act("create_case", {"fields": {"Subject": f"n{number}"}})
    sandbox.faults.add(Fault(kind="lost_locator"))

    with pytest.raises(RetryableError):
        client.query("test", "SELECT Id FROM Case")


@pytest.mark.parametrize("key", ["a/b", "a?b=c", "a#b", "中文 键", "100%", "a+b", "../x", "a\\b"])
def test_any_key_is_one_record(
    client: SalesforceClient, sandbox: SalesforceSandbox, key: str
) -> None:
    """The key stands in the address, escaped; the second time it finds the first record."""
    for subject in ("first", "second"):
        client.call("upsert", external_path(CASE, key), method="PATCH", json={"Subject": subject})

    assert [(c["Hub_Key__c"], c["Subject"]) for c in sandbox.records()["cases"]] == [
        (key, "second")
    ]


def test_several_records_of_one_key_are_a_persons_matter(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """300: several match, and nothing was written."""
    for name in ("甲", "乙"):
        sandbox.act("create_account", {"fields": {"Name": name, "Customer_Code__c": "C-9"}})

    with pytest.raises(PreconditionFailedError):
        client.call(
            "upsert",
            external_path("sobjects/Account/Customer_Code__c", "C-9"),
            method="PATCH",
            json={"Name": "丙"},
        )


def test_an_older_version_says_nothing_of_what_it_updated(
    settings: CrmSettings, sandbox: SalesforceSandbox
) -> None:
    """Before version 46 an upsert that updates answers 204, without a body."""
    client = SalesforceClient(changed(settings, api_version="45.0"))
    path = external_path(CASE, "key-1")

    first = client.call("upsert", path, method="PATCH", json={"Subject": "x"})
    second = client.call("upsert", path, method="PATCH", json={"Subject": "y"})

    assert first.body["created"] is True
    assert second.body is None
    client.close()


def test_refusals_are_typed_and_name_the_field(client: SalesforceClient) -> None:
    """A permanent refusal names its culprit; an absent record is not found."""
    with pytest.raises(InvalidPayloadError) as caught:
        client.call("create", "sobjects/Case/", method="POST", json={"Status": "Nix"})
    with pytest.raises(NotFoundError):
        client.call("get", "sobjects/Case/500D0000009zzzz")

    assert caught.value.field == "Status"


def test_money_is_never_a_float(client: SalesforceClient, sandbox: SalesforceSandbox) -> None:
    """Numbers with a fraction come as Decimal."""
    fields = {"Name": "甲", "AnnualRevenue": "1999.9"}
    account = sandbox.act("create_account", {"fields": fields})

    rows = client.query("test", soql("SELECT AnnualRevenue FROM Account WHERE Id = {}",
                                     account["Id"]))  # fmt: skip

    assert rows[0]["AnnualRevenue"] == Decimal("1999.9")


def test_what_is_left_of_the_day_is_watched(
    client: SalesforceClient, sandbox: SalesforceSandbox
) -> None:
    """Each answer tells how many of the day's calls are used."""
    sandbox.act("set_daily_limit", {"calls": 5000})

    client.query("test", "SELECT Id FROM User")

    assert client.usage == (1, 5000)


def test_a_closed_client_refuses_calls(client: SalesforceClient) -> None:
    """After close nothing is opened anew."""
    client.close()
    client.close()

    with pytest.raises(UnavailableError):
        client.query("test", "SELECT Id FROM User")


def test_values_can_not_break_out_of_a_query(client: SalesforceClient) -> None:
    """Outside text is quoted, whatever it holds."""
    query = soql("SELECT Id FROM User WHERE LastName = {}", "x' OR LastName != 'y")

    assert client.query("test", query) == []
