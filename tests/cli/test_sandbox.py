"""`hub sandbox`: emulators on loopback, and the API by which tests and authors steer them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
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
