"""What the emulator holds outlives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox

from hub.errors import ConfigError
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


def test_a_folder_of_definitions_adds_objects(tmp_path: Path, clock: FrozenClock) -> None:
    """Also to what was kept before the file was there."""
    plain = SalesforceSandbox(SandboxOptions(clock=clock))
    (tmp_path / "salesforce.yaml").write_text("Machine__c: {label: 设备}\n", encoding="utf-8")
    options = SandboxOptions(clock=clock, definitions=tmp_path)

    fresh, loaded = SalesforceSandbox(options), SalesforceSandbox(options)
    loaded.load(plain.dump())

    assert "Machine__c" not in plain._site.org.objects
    for each in (fresh, loaded):
        assert each._site.org.objects["Machine__c"].label == "设备"


def test_a_definition_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    """Before anything starts."""
    path = tmp_path / "salesforce.yaml"
    path.write_text("Case:\n  fields:\n    A__c: {type: strng}\n", encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        SalesforceSandbox(SandboxOptions(definitions=tmp_path))

    assert f"{path}:3" in str(caught.value)


def test_an_administrator_declares_objects_while_it_runs(sandbox: SalesforceSandbox) -> None:
    """By the same declarations; wrong ones change nothing."""
    machine = {"Machine__c": {"fields": {"Serial__c": {"type": "string(20)"}}}}
    sandbox.act("declare", {"objects": machine})

    with pytest.raises(ValueError, match="no type"):
        sandbox.act("declare", {"objects": {"Other__c": {"fields": {"A__c": "strng"}}}})

    assert "Serial__c" in sandbox._site.org.objects["Machine__c"].fields
    assert "Other__c" not in sandbox._site.org.objects


@pytest.mark.parametrize("dumped", [b"", b"{}", b"no", b'{"format":99}'])
def test_what_is_no_dump_is_refused(sandbox: SalesforceSandbox, dumped: bytes) -> None:
    """And nothing of the emulator's is lost."""
    with pytest.raises(ValueError):
        sandbox.load(dumped)

    assert sandbox.records()["accounts"]


def test_bulk_jobs_go_on_after_a_restart(
    http: requests.Session, data: str, access: Any, restarted: Any
) -> None:
    """What was found and what was saved is still told; a job that is open takes its table."""
    jobs = f"{data}/jobs"
    for name in ("甲", "乙"):
        http.post(f"{data}/sobjects/Account", json={"Name": name, "AnnualRevenue": 12.5})
    text = "SELECT Name, AnnualRevenue, CreatedDate, Owner.Name FROM Account"
    asked = http.post(f"{jobs}/query", json={"operation": "query", "query": text}).json()["id"]
    body = {"object": "Account", "operation": "insert"}
    saved, waiting = (http.post(f"{jobs}/ingest", json=body).json()["id"] for _ in range(2))
    csv = {"Content-Type": "text/csv"}
    http.put(f"{jobs}/ingest/{saved}/batches", data="Name\n丙\n\n".encode(), headers=csv)
    http.patch(f"{jobs}/ingest/{saved}", json={"state": "UploadComplete"})
    before = [
        http.get(f"{jobs}/{path}").text
        for path in (f"query/{asked}/results", f"ingest/{saved}/successfulResults")
    ]

    url, again = restarted()
    again.headers["Authorization"] = f"Bearer {access['access_token']}"
    jobs = f"{url}/services/data/v59.0/jobs"
    again.put(f"{jobs}/ingest/{waiting}/batches", data="Name\n丁\n".encode(), headers=csv)
    again.patch(f"{jobs}/ingest/{waiting}", json={"state": "UploadComplete"})

    assert before == [
        again.get(f"{jobs}/{path}").text
        for path in (f"query/{asked}/results", f"ingest/{saved}/successfulResults")
    ]
    done = again.get(f"{jobs}/ingest/{waiting}").json()
    assert (done["state"], done["numberRecordsProcessed"]) == ("JobComplete", 1)
    assert "JobComplete" == again.get(f"{jobs}/query/{asked}").json()["state"]


def test_events_are_told_again_after_a_restart(
    http: requests.Session, data: str, access: Any, restarted: Any
) -> None:
    """With the ids that they had, each with what changed; new ones follow them."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    http.patch(f"{data}/sobjects/Case/{case}", json={"Priority": "High"})

    def replayed(url: str, session: requests.Session) -> list[dict[str, Any]]:
        place, channel = f"{url}/cometd/59.0", "/data/CaseChangeEvent"
        hands = {"channel": "/meta/handshake", "version": "1.0",
                 "supportedConnectionTypes": ["long-polling"]}  # fmt: skip
        common = {"clientId": session.post(place, json=hands).json()[0]["clientId"]}
        wanted = {"channel": "/meta/subscribe", "subscription": channel,
                  "ext": {"replay": {channel: -2}}}  # fmt: skip
        session.post(place, json=common | wanted)
        waiting = {"channel": "/meta/connect", "connectionType": "long-polling",
                   "advice": {"timeout": 0}}  # fmt: skip
        told = session.post(place, json=common | waiting).json()
        return [message["data"] for message in told[:-1]]

    before = replayed(access["http_url"], http)
    url, again = restarted()
    again.headers["Authorization"] = f"Bearer {access['access_token']}"
    again.patch(f"{url}/services/data/v59.0/sobjects/Case/{case}", json={"Priority": "Low"})
    after = replayed(url, again)

    assert [event["payload"]["ChangeEventHeader"]["changeType"] for event in before] == [
        "CREATE", "UPDATE",
    ]  # fmt: skip
    assert before == after[:2]
    assert after[2]["payload"]["Priority"] == "Low"
    assert after[2]["event"]["replayId"] > before[1]["event"]["replayId"]
