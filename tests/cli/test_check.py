"""`hub check`: configuration, handbook, store, and each connector's own findings."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.connector import Connector, FieldInfo, Finding
from hub.errors import UnavailableError

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the shipped configuration, and set the secrets that it asks for."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    for name in ("HUB_CRM_CLIENT_SECRET", "HUB_JIRA_TOKEN", "HUB_MAIL_PASSWORD"):
        monkeypatch.setenv(name, "tell-nobody")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config" / "hub.yaml"


def test_the_shipped_configuration_holds(hub: Any, shipped: Path) -> None:
    """Whoever copies it begins with something that is right; no secret is shown."""
    ran = hub("check", "--offline", "--config", shipped)
    data = hub("check", "--offline", "--config", shipped, "--json").json

    assert ran.code == 0, ran.err
    assert "all is well" in ran.out
    assert data["ok"] is True
    assert {"configuration", "plugins", "handbook"} <= {each["what"] for each in data["findings"]}
    assert "tell-nobody" not in ran.out + ran.err


def test_a_secret_that_is_not_set_is_told_with_its_line(
    hub: Any, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable's name and the line that asks for it."""
    monkeypatch.delenv("HUB_JIRA_TOKEN")

    ran = hub("check", "--offline", "--config", shipped)

    line = 1 + shipped.read_text(encoding="utf-8").split("\n").index(
        "    token: {env: HUB_JIRA_TOKEN}"
    )
    assert ran.code == 78
    assert f"{shipped}:{line}: connectors.rnd.token" in ran.err
    assert "HUB_JIRA_TOKEN is not set" in ran.err


def test_a_defect_of_the_handbook_is_told_with_its_line(hub: Any, shipped: Path) -> None:
    """Handbook and configuration are told together."""
    file = shipped.parent / "handbook" / "handbook.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  mail: mail\n", "  mial: mail\n"), encoding="utf-8")

    ran = hub("check", "--offline", "--config", shipped)

    assert ran.code == 78
    assert "handbook.yaml:" in ran.err
    assert "mial" in ran.err


def test_a_system_that_the_handbook_names_must_be_connected(hub: Any, shipped: Path) -> None:
    """A connector renamed here and not there is found before it runs."""
    text = shipped.read_text(encoding="utf-8")
    shipped.write_text(text.replace("  rnd:\n", "  jira:\n"), encoding="utf-8")

    ran = hub("check", "--offline", "--config", shipped)

    assert ran.code == 78
    assert "there is no connector 'rnd'" in ran.err


def test_a_store_that_can_not_be_opened_is_a_finding(hub: Any, shipped: Path) -> None:
    """With what to do about it; the exit code is 1, for the files are right."""
    (shipped.parent.parent / "var").mkdir()
    (shipped.parent.parent / "var" / "hub.db").write_text("not a database " * 99, encoding="utf-8")

    ran = hub("check", "--offline", "--config", shipped)

    assert ran.code == 1
    assert "✗ sqlite:///var/hub.db" in ran.out
    assert "1 finding" in ran.out


EMPTY: Mapping[str, Sequence[FieldInfo]] = {}


class Checks:
    """A connector that only looks at itself."""

    def __init__(
        self, findings: Sequence[Finding], described: Mapping[str, Sequence[FieldInfo]] = EMPTY
    ) -> None:
        self.findings = findings
        self.described = described
        self.closed = False

    def check(self) -> Sequence[Finding]:
        """Give what it was made with."""
        return self.findings

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Describe what it was made with."""
        return self.described

    def close(self) -> None:
        """Note the end."""
        self.closed = True


def test_each_connector_is_asked_and_closed(
    hub: Any, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding that does not hold comes with its remedy, and makes the exit code 1."""
    made: dict[str, Checks] = {}

    def build(_plan: object, name: str, _environment: object) -> Connector:
        ok = name != "rnd"
        finding = Finding(what="rights", ok=ok, detail="may not comment", remedy="grant it")
        made[name] = Checks([finding])
        return made[name]  # type: ignore[return-value]

    monkeypatch.setattr("hub.core.plan.Plan.build_connector", build)

    ran = hub("check", "--config", shipped)

    assert ran.code == 1
    assert all(each.closed for each in made.values())
    expected = """\
        crm
          ✓ rights: may not comment
        rnd
          ✗ rights: may not comment
              → grant it
        mail
          ✓ rights: may not comment
        1 finding
    """
    assert textwrap.dedent(expected) in ran.out


def test_unreachable_systems_are_findings_not_failures(hub: Any, shipped: Path) -> None:
    """All systems are asked, and each says for itself that it was not reached."""
    text = shipped.read_text(encoding="utf-8")
    for address in ("example.my.salesforce.com", "example.atlassian.net"):
        text = text.replace(f"https://{address}", "https://127.0.0.1:1")
    text = text.replace("imap.vendor.example", "127.0.0.1\n      port: 1")
    text = text.replace("smtp.vendor.example", "127.0.0.1\n      port: 1")
    shipped.write_text(text, encoding="utf-8")

    ran = hub("check", "--config", shipped, "--json")

    wrong = {each["about"] for each in ran.json["findings"] if not each["ok"]}
    assert ran.code == 1
    assert wrong == {"crm", "rnd", "mail"}


def test_a_connector_that_breaks_is_a_finding_and_no_traceback(
    hub: Any, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a third party's connector raises, the others are heard, and no secret is shown."""

    def build(_plan: object, name: str, _environment: object) -> Connector:
        if name == "rnd":
            raise KeyError("token=hunter2")
        return Checks([Finding(what="rights", ok=True)])  # type: ignore[return-value]

    monkeypatch.setattr("hub.core.plan.Plan.build_connector", build)

    ran = hub("check", "--config", shipped, "--json")

    wrong = [each for each in ran.json["findings"] if not each["ok"]]
    assert ["rnd"] == [each["about"] for each in wrong]
    assert wrong[0]["detail"] == "KeyError: 'token=***'"


def test_a_store_that_can_not_be_made_is_a_finding(hub: Any, shipped: Path) -> None:
    """Not only when the hub starts."""
    (shipped.parent / "file").write_text("", encoding="utf-8")
    text = shipped.read_text(encoding="utf-8")
    place = f"sqlite:///{shipped.parent}/file/hub.db"
    shipped.write_text(text.replace("sqlite:///var/hub.db", place), encoding="utf-8")

    ran = hub("check", "--offline", "--config", shipped)

    assert ran.code == 1
    assert "is no folder" in ran.out


def test_a_map_that_the_system_would_refuse_is_a_finding_with_its_line(
    hub: Any, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told before the first hand-off fails, with the line of the handbook and what is meant."""
    priority = FieldInfo(name="prio", type="priority")
    status = FieldInfo(name="status", type="status", values=("To Do", "Done", "Closed"))
    others = [
        FieldInfo(name=name, type="string") for name in ("key", "status_category", "resolution")
    ]

    def build(_plan: object, name: str, _environment: object) -> Connector:
        described = {"issue": [priority, status, *others]} if name == "rnd" else EMPTY
        return Checks([Finding(what="rights", ok=True)], described)  # type: ignore[return-value]

    monkeypatch.setattr("hub.core.plan.Plan.build_connector", build)

    told = hub("check", "--config", shipped)
    data = hub("check", "--config", shipped, "--json").json

    file = shipped.parent / "handbook" / "handoff.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(
        n
        for n, text in enumerate(lines, 1)
        if "record: priority" in text and "High" in text and "Highest" in text
    )
    assert told.code == 1
    assert f"✗ {file}:{line}: jira_issue: rnd's issue has no field 'priority'" in told.out
    assert "→ did you mean 'prio'?" in told.out
    (wrong,) = [each for each in data["findings"] if not each["ok"]]
    assert (wrong["about"], wrong["file"], wrong["line"]) == ("rnd", str(file), line)


def test_a_system_that_fails_after_its_check_is_a_finding(
    hub: Any, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can not be described is told, unless the check said already why."""

    class Mute(Checks):
        def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
            """Be out of reach."""
            raise UnavailableError("gone")

    def build(_plan: object, name: str, _environment: object) -> Connector:
        finding = Finding(what="reach", ok=name != "rnd", remedy="mend the cable")
        return Mute([finding])  # type: ignore[return-value]

    monkeypatch.setattr("hub.core.plan.Plan.build_connector", build)

    data = hub("check", "--config", shipped, "--json").json

    wrong = [(x["about"], x["what"]) for x in data["findings"] if not x["ok"]]
    assert wrong == [("crm", "connect"), ("rnd", "reach"), ("mail", "connect")]
