"""`hub sandbox`: emulators on loopback, and the API by which tests and authors steer them."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.sandbox import FaultPlan
from hub.testing.stage import Stage


class Shop:
    """The smallest emulator: it holds what it is told to."""

    name = "shop"

    def __init__(self) -> None:
        self.faults = FaultPlan()
        self.goods: list[dict[str, Any]] = []
        self.stopped = False

    def start(self) -> Mapping[str, Any]:
        """Say where it is."""
        return {"url": "http://shop.invalid", "token": "let-me-in"}

    def stop(self) -> None:
        """Note that it was stopped."""
        self.stopped = True

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give the goods."""
        return {"goods": self.goods}

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take goods in."""
        if action != "deliver":
            raise ValueError(f"unknown action {action!r}; there is: deliver")
        self.goods.append(dict(arguments))
        return {"id": len(self.goods)}


@pytest.fixture
def shop() -> Shop:
    """Give the emulator."""
    return Shop()


@pytest.fixture
def control(shop: Shop) -> Iterator[httpx.Client]:
    """Start it, and give a client to the control API."""
    with Stage([shop]) as stage, httpx.Client(base_url=stage.facts["control"]["url"]) as client:
        yield client
    assert shop.stopped


def test_the_control_api_says_where_everything_is(control: httpx.Client) -> None:
    """The same as the line at the start."""
    assert control.get("/").json() == {
        "sandboxes": {"shop": {"url": "http://shop.invalid", "token": "let-me-in"}}
    }


def test_a_person_of_the_system_can_be_played(control: httpx.Client) -> None:
    """An action changes the records, which can be read as a whole or by sandbox."""
    made = control.post("/act/shop/deliver", json={"name": "茶"})

    assert made.json() == {"id": 1}
    assert control.get("/records").json() == {"shop": {"goods": [{"name": "茶"}]}}
    assert control.get("/records/shop").json() == {"goods": [{"name": "茶"}]}


def test_faults_are_added_listed_and_cleared(control: httpx.Client, shop: Shop) -> None:
    """One by its number, those of a sandbox, or all."""
    first = control.post("/faults", json={"sandbox": "shop", "kind": "latency", "times": 2})
    control.post("/faults", json={"sandbox": "shop", "kind": "drop_after", "seed": 7})

    assert (first.status_code, first.json()["number"]) == (201, 1)
    kinds = [fault["kind"] for fault in control.get("/faults").json()["shop"]]
    assert kinds == ["latency", "drop_after"]
    control.delete("/faults", params={"sandbox": "shop", "number": 1})
    assert [fault["kind"] for fault in shop.faults.listing()] == ["drop_after"]
    control.delete("/faults")
    assert shop.faults.listing() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/act/shop/burn", {}, 400, "there is: deliver"),
        ("POST", "/act/bank/deliver", {}, 404, "there are: shop"),
        ("GET", "/records/bank", None, 404, "there are: shop"),
        ("POST", "/faults", {"sandbox": "shop"}, 400, "kind"),
        ("POST", "/faults", {"sandbox": "bank", "kind": "latency"}, 404, "there are: shop"),
        ("POST", "/faults", {"sandbox": "shop", "kind": "x", "tmies": 1}, 400, "tmies"),
        ("POST", "/faults", {"sandbox": "shop", "kind": "latncy"}, 400, "known: act, clock_skew"),
        ("POST", "/faults", {"sandbox": "shop", "kind": "latency", "times": 0}, 400, "times"),
        ("DELETE", "/faults?number=1", None, 400, "sandbox"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    control: httpx.Client, method: str, path: str, body: object, status: int, said: str
) -> None:
    """Names that exist are listed."""
    answer = control.request(method, path, json=body)

    assert answer.status_code == status
    assert said in answer.json()["error"]


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run the command; give its process and the line that it prints when it is ready."""
    command = [sys.executable, "-m", "hub", "sandbox", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)


def test_the_command_prints_one_line_when_it_is_ready_and_ends_on_a_signal() -> None:
    """A program can read where everything is, use it, and stop it."""
    with serving("--plugins", "jira") as (process, started):
        records = httpx.get(f"{started['control']['url']}/records", timeout=20).json()

    assert process.returncode == 0
    assert {*records, "control"} == set(started)
    assert records


FACTS = {
    "jira_cloud": {"url", "email", "api_token", "project"},
    "jira_server": {"url", "admin", "admin_password", "user", "user_password", "project"},
    "salesforce": {
        "url", "http_url", "ca_file", "client_id", "client_secret", "username", "password",
        "security_token", "access_token",
    },
    "mail": {
        "imap_host", "imap_port", "imaps_port", "smtp_host", "smtp_port", "user", "password",
        "ca_file",
    },
    "control": {"url"},
}  # fmt: skip


@pytest.mark.parametrize("profile", ["demo", "empty", "conformance"])
def test_the_line_says_all_that_a_client_needs(profile: str) -> None:
    """Each system, with the logins of Server mode and the certificate of Salesforce."""
    with serving("--plugins", "crm,jira,mail", "--profile", profile) as (_, started):
        missing = {name: wanted - set(started[name]) for name, wanted in FACTS.items()}
        login = httpx.get(
            f"{started['jira_server']['url']}/rest/api/2/myself", auth=("jira_user", "jira")
        )
        trust = ssl.create_default_context(cafile=started["salesforce"]["ca_file"])
        secure = httpx.get(f"{started['salesforce']['url']}/services/data", verify=trust)
        plain = httpx.get(f"{started['salesforce']['http_url']}/services/data")

    assert missing == {name: set() for name in FACTS}
    server = started["jira_server"]
    assert (server["admin"], server["admin_password"]) == ("admin", "admin")
    assert (server["user"], server["user_password"]) == ("jira_user", "jira")
    assert server["url"].endswith("/jira")
    assert [login.status_code, secure.status_code, plain.status_code] == [200, 200, 200]


def test_what_the_systems_hold_outlives_the_sandbox_in_a_folder(tmp_path: Path) -> None:
    """All of it, UIDs too; and the authority stays, so that clients need not learn it anew."""
    arguments = ("--plugins", "crm,jira,mail", "--data", str(tmp_path / "kept"))
    acts = {
        "mail/deliver": {"from": "li@pku.edu.cn", "subject": "登录", "text": "x"},
        "jira_cloud/create_issue": {"summary": "登录", "by": "hub@vendor.example"},
        "jira_server/create_issue": {"summary": "登录"},
        "salesforce/create_case": {"fields": {"Subject": "登录", "Origin": "Email"}},
    }
    with serving(*arguments) as (_, first), httpx.Client(base_url=first["control"]["url"]) as one:
        made = {act: one.post(f"/act/{act}", json=details) for act, details in acts.items()}
        before = one.get("/records", timeout=20).json()
        authority = Path(first["mail"]["ca_file"]).read_bytes()

    with serving(*arguments) as (_, second):
        after = httpx.get(f"{second['control']['url']}/records", timeout=20).json()

    assert {act: answer.text for act, answer in made.items() if answer.status_code != 200} == {}
    assert len(before["mail"]["service@vendor.example"]) == 1
    assert after == before
    assert Path(second["mail"]["ca_file"]).read_bytes() == authority
    assert second["salesforce"]["ca_file"] == second["mail"]["ca_file"]


def test_faults_can_stand_in_a_file(tmp_path: Path) -> None:
    """They are played from the first call on."""
    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n  - {sandbox: jira_cloud, kind: server_error, times: 1}\n")

    with serving("--plugins", "jira", "--faults", str(path)) as (_, started):
        statuses = [httpx.get(started["jira_cloud"]["url"]).status_code for _ in range(2)]

    assert statuses[0] == 503
    assert statuses[1] != 503


def test_a_fault_that_there_is_not_keeps_the_sandbox_from_starting(
    hub: Any, tmp_path: Path
) -> None:
    """The line of the file is told."""
    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n  - {sandbox: mail, kind: latncy}\n")

    ran = hub("sandbox", "--plugins", "mail", "--faults", str(path))

    assert ran.code == 78
    assert "faults.yaml:2" in ran.err
    assert "'latncy'" in ran.err


def test_a_terminal_shows_where_all_is_and_what_is_called(tmp_path: Path) -> None:
    """In the language of the locale; what went wrong is in the line."""
    command = [sys.executable, "-m", "hub", "sandbox", "--plugins", "mail", "--ports", "control=0"]
    told = tmp_path / "told"
    environment = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "COLUMNS": "160"}
    with (
        told.open("w") as stream,
        subprocess.Popen(command, stdout=stream, text=True, env=environment) as process,
    ):
        try:
            address = _seen(told, r"三方对照页面\s+(http://\S+)")
            httpx.post(f"{address}/act/mail/burn", json={})
            line = _seen(told, r"(.*ACT burn.*)")
        finally:
            process.send_signal(signal.SIGTERM)

    assert "refused" in line
    assert "unknown action 'burn'" in line


def _seen(path: Path, pattern: str) -> str:
    """Wait until a file holds what is looked for, and give it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := re.search(pattern, path.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"never seen: {pattern}")


def test_an_unknown_profile_is_wrong_usage(hub: Any) -> None:
    """Those that there are, are named."""
    ran = hub("sandbox", "--profile", "full")

    assert ran.code == 2
    assert "conformance" in ran.err


def test_a_written_configuration_fits_the_emulators(hub: Any, tmp_path: Path) -> None:
    """`hub check` finds every system reachable and every right granted."""
    arguments = ("--plugins", "crm,jira,mail", "--write-config", str(tmp_path))

    with serving(*arguments) as (_, started):
        ran = hub("check", "--config", started["config"], "--json")

    assert ran.code == 0, [each for each in ran.json["findings"] if not each["ok"]]
    assert {"crm", "rnd", "mail"} <= {each["about"] for each in ran.json["findings"]}


@pytest.mark.parametrize("ports", ["jira_cloud", "jira_cloud=x", "jira_cloud=70000"])
def test_wrong_ports_are_wrong_usage(hub: Any, ports: str) -> None:
    """The form is in the message."""
    ran = hub("sandbox", "--ports", ports)

    assert ran.code == 2
    assert "NAME=PORT" in ran.err
