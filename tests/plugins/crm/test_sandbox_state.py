"""What the emulator holds outlives it."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox

from hub.sandbox import SandboxOptions, StatefulSandbox
from hub.testing import FrozenClock


@pytest.fixture
def restarted(sandbox: SalesforceSandbox, clock: FrozenClock) -> Any:
    """Give what starts a second emulator with the state of the first."""
    started: list[SalesforceSandbox] = []

    def again() -> tuple[str, requests.Session]:
        second = SalesforceSandbox(SandboxOptions(clock=clock))
        assert isinstance(second, StatefulSandbox)
        second.load(sandbox.dump())
        started.append(second)
        session = requests.Session()
        session.trust_env = False
        return str(second.start()["http_url"]), session

    yield again
    for each in started:
        each.stop()


def test_records_fields_files_and_sessions_are_there_after_a_restart(
    sandbox: SalesforceSandbox, http: requests.Session, data: str, access: Any, restarted: Any
) -> None:
    """With the same ids and tokens, and numbers that run on."""
    sandbox.act("add_field", {"object": "Case", "field": "New__c", "formula": "Account.Name"})
    account = http.post(f"{data}/sobjects/Account", json={"Name": "甲", "AnnualRevenue": 12.5})
    case = http.post(
        f"{data}/sobjects/Case", json={"Subject": "x", "AccountId": account.json()["id"]}
    ).json()["id"]
    body = {"PathOnClient": "a.bin", "VersionData": "AAEC"}
    file = http.post(f"{data}/sobjects/ContentVersion", json=body).json()["id"]
    before = http.get(f"{data}/sobjects/Case/{case}").json()
    revenue = http.get(f"{data}/sobjects/Account/{account.json()['id']}").json()

    url, again = restarted()
    again.headers["Authorization"] = f"Bearer {access['access_token']}"
    place = f"{url}/services/data/v59.0"

    assert again.get(f"{place}/sobjects/Case/{case}").json() == before
    assert again.get(f"{place}/sobjects/Account/{account.json()['id']}").json() == revenue
    assert again.get(f"{place}/sobjects/ContentVersion/{file}/VersionData").content == b"\0\1\2"
    made = again.post(f"{place}/sobjects/Case", json={"Subject": "y"}).json()["id"]
    assert made != case
    number = again.get(f"{place}/sobjects/Case/{made}").json()["CaseNumber"]
    assert int(number) == int(before["CaseNumber"]) + 1


@pytest.mark.parametrize("dumped", [b"", b"{}", b"no", b'{"format":99}'])
def test_what_is_no_dump_is_refused(sandbox: SalesforceSandbox, dumped: bytes) -> None:
    """And nothing of the emulator's is lost."""
    with pytest.raises(ValueError):
        sandbox.load(dumped)

    assert sandbox.records()["accounts"]
