"""What the commands print, and with which exit code they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub import __version__
from hub.core.store import inbox
from hub.core.store.codec import decode_change


def test_version_is_told(hub: Any) -> None:
    """For people and for programs."""
    assert f"handbook-hub {__version__}" in hub("version").out
    assert hub("version", "--json").json["version"] == __version__


def test_python_m_hub_is_the_same_program() -> None:
    """The module runs the command line, and its exit code is the process's."""
    done = subprocess.run(
        [sys.executable, "-m", "hub", "version", "--json"], capture_output=True, check=False
    )
    wrong = subprocess.run(
        [sys.executable, "-m", "hub", "vrsion"], capture_output=True, check=False
    )

    assert (done.returncode, wrong.returncode) == (0, 2)
    assert __version__.encode() in done.stdout


@pytest.mark.parametrize(
    "arguments", [("dead", "show"), ("why",), ("status", "--jsno"), ("nothing",)]
)
def test_wrong_usage_ends_with_2(hub: Any, arguments: tuple[str, ...]) -> None:
    """The message goes to standard error."""
    ran = hub(*arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert "Usage" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dead", "show"), "Missing argument"),
        (("dead", "show", "x"), "Invalid value for 'number'"),
        (("dead", "retry"), "give a number, or --all"),
        (("dead", "list", "--state", "opn"), "'opn' is not one of"),
        (("why",), "Missing argument 'REF'"),
        (("status", "--jsno"), "No such option"),
        (("nothing",), "No such command 'nothing'"),
        (("sandbox", "--ports", "x"), "--ports takes NAME=PORT"),
        ((), "No such option: --json"),
    ],
)
def test_wrong_usage_with_json_is_told_in_json(
    hub: Any, arguments: tuple[str, ...], said: str
) -> None:
    """A program reads one object from standard output, also when it asked wrongly."""
    ran = hub(*arguments, "--json")

    assert ran.code == 2
    assert (ran.json["ok"], ran.json["code"], ran.err) == (False, "usage", "")
    assert said in ran.json["error"]
    assert ran.json["usage"].startswith("Usage: hub")


def test_a_defect_of_the_configuration_ends_with_78_and_its_line(hub: Any, tmp_path: Path) -> None:
    """For people on standard error, for programs as JSON on standard output."""
    path = tmp_path / "hub.yaml"
    path.write_text("plugins: [crm]\nwbe: {}\n", encoding="utf-8")

    told = hub("status", "--config", path)
    data = hub("status", "--config", path, "--json")

    assert (told.code, data.code) == (78, 78)
    assert f"{path}:2: unknown setting wbe" in told.err
    assert "did you mean 'web'?" in told.err
    assert [problem["line"] for problem in data.json["problems"]] == [2]
    assert data.json["ok"] is False


def test_a_configuration_that_is_not_there_is_told_with_how_to_name_it(
    hub: Any, tmp_path: Path
) -> None:
    """The first thing that goes wrong for who starts it in the wrong folder."""
    ran = hub("status", "--config", tmp_path / "hub.yaml")

    assert ran.code == 78
    assert "can not be read: No such file" in ran.err
    assert "--config or HUB_CONFIG" in ran.err


def test_a_plugin_that_is_not_installed_is_told_with_what_to_do(hub: Any, config: Path) -> None:
    """The line is that of the allow-list."""
    config.write_text("plugins: [erp]\n", encoding="utf-8")

    ran = hub("check", "--config", config)

    assert ran.code == 78
    assert f"{config}:1: the plugin 'erp' is not installed" in ran.err
    assert "take it off the list" in ran.err


def test_the_configuration_can_be_named_in_the_environment(
    hub: Any, config: Path, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that looks after one hub need not repeat itself."""
    monkeypatch.setenv("HUB_CONFIG", str(config))

    assert hub("status").code == 0


def test_a_store_that_is_not_there_is_an_error_with_advice(hub: Any, config: Path) -> None:
    """Asking never makes an empty store."""
    ran = hub("status", "--config", config)

    assert ran.code == 1
    assert "`hub run` makes it" in ran.err
    assert not (config.parent / "hub.db").exists()


def test_a_store_without_tables_is_an_error_with_advice(hub: Any, config: Path) -> None:
    """The remedy is a command."""
    (config.parent / "hub.db").touch()

    ran = hub("status", "--config", config)

    assert ran.code == 1
    assert "hub db upgrade" in ran.err


def test_db_upgrade_makes_the_tables(hub: Any, config: Path) -> None:
    """After it, asking works; twice is as good as once."""
    revisions = {hub("db", "upgrade", "--config", config, "--json").json["revision"] for _ in "ab"}

    assert len(revisions) == 1
    assert hub("status", "--config", config).code == 0


def test_db_verify_says_that_the_journal_is_whole(hub: Any, config: Path, store: Any) -> None:
    """An unbroken chain is exit code 0."""
    assert "the journal is whole" in hub("db", "verify", "--config", config).out


def test_status_shows_what_waits(hub: Any, config: Path, store: Any) -> None:
    """Counts, cursors, dead letters, and that no hub answers."""
    told = hub("status", "--config", config)
    data = hub("status", "--config", config, "--json").json

    assert "no hub answers" in told.out
    assert "waiting       1 changes" in told.out
    assert "crm" in told.out
    assert data["store"]["connectors"][0]["cursor"] == "2026-01-05T01:30:00Z"
    assert data["running"] is False
    assert tuple(data["store"][name] for name in ("items", "inbox_waiting", "dead_letters")) == (
        1,
        1,
        1,
    )


def test_why_finds_an_item_by_its_case_number(hub: Any, config: Path, store: Any) -> None:
    """Number, id and address tell the same story."""
    told = hub("why", "00001042", "--config", config)
    data = hub("why", "crm:case:5", "--config", config, "--json").json

    assert told.code == 0
    assert "登录失败" in told.out
    assert "crm:case:5" in told.out
    assert data["item"] == "2345ABCDEFGHJKLM"


def test_why_of_what_was_never_seen_ends_with_1(hub: Any, config: Path, store: Any) -> None:
    """The name that was asked for is in the message."""
    ran = hub("why", "crm:case:77", "--config", config)

    assert ran.code == 1
    assert "'crm:case:77'" in ran.err


def test_dead_letters_are_listed_and_shown(hub: Any, config: Path, store: Any) -> None:
    """The list has cause and remedy, the single view all that is known."""
    listed = hub("dead", "list", "--config", config)
    shown = hub("dead", "show", "1", "--config", config)

    assert "no sender" in listed.out
    assert "answer it by hand" in listed.out
    assert "From: ???" in shown.out
    assert [
        each["id"] for each in hub("dead", "list", "-c", config, "--json").json["dead_letters"]
    ] == [1]


def test_a_list_of_dead_letters_in_no_known_state_is_wrong_usage(
    hub: Any, config: Path, store: Any
) -> None:
    """A misspelt state must not look as if there were none."""
    ran = hub("dead", "list", "--state", "opn", "--config", config)

    assert ran.code == 2
    assert "retried" in ran.err


@pytest.mark.parametrize(("command", "state"), [("retry", "retried"), ("drop", "dropped")])
def test_a_dead_letter_is_settled_once(
    hub: Any, config: Path, store: Any, command: str, state: str
) -> None:
    """Then it is listed under its new state; a second time is an error."""
    first = hub("dead", command, "1", "--config", config)
    again = hub("dead", command, "1", "--config", config)

    assert (first.code, again.code) == (0, 1)
    assert f"was {state} before" in again.err
    assert "no open dead letters" in hub("dead", "list", "--config", config).out
    assert "no sender" in hub("dead", "list", "--state", state, "--config", config).out


def test_all_dead_letters_can_be_retried_at_once(hub: Any, config: Path, store: Any) -> None:
    """A number, or all: never both, never neither."""
    assert hub("dead", "retry", "--config", config).code == 2
    assert hub("dead", "retry", "1", "--all", "--config", config).code == 2
    assert hub("dead", "retry", "--all", "--config", config, "--json").json["settled"] == [1]


def test_a_hand_off_enters_the_inbox(hub: Any, config: Path, store: Any) -> None:
    """The running hub takes it from there, with all that the handbook demands."""
    ran = hub(
        "handoff", "00001042", "--to", "rnd", "--method", "read the log",
        "--result", "a defect", "--open-items", "none", "--by", "li@x.cn", "--key", "k1",
        "--config", config, "--json",
    )  # fmt: skip

    session = store.session()
    with session.read() as connection:
        waiting = inbox.take_waiting(connection, 9)
    session.close()
    change = decode_change(waiting[-1].payload)
    assert ran.json == {"ok": True, "item": "2345ABCDEFGHJKLM", "to": "rnd"}
    assert (change.ref.connector, change.ref.kind) == ("hub", "request")
    assert {
        "to": "rnd",
        "method": "read the log",
        "result": "a defect",
        "by": "li@x.cn",
    }.items() <= (change.fields.items())


def test_a_hand_off_without_method_or_result_is_wrong_usage(
    hub: Any, config: Path, store: Any
) -> None:
    """The handbook wants both on the record."""
    missing = hub("handoff", "00001042", "--to", "rnd", "--result", "r", "--config", config)
    empty = hub("handoff", "1", "--to", "rnd", "--method", " ", "--result", "r", "-c", config)

    assert (missing.code, empty.code) == (2, 2)
    assert "--method" in missing.err
    assert "--method must not be empty" in empty.err


def test_a_hand_off_of_an_unknown_case_ends_with_1(hub: Any, config: Path, store: Any) -> None:
    """The name is in the message."""
    ran = hub("handoff", "9", "--to", "x", "--method", "m", "--result", "r", "-c", config)

    assert ran.code == 1
    assert "'9'" in ran.err


def test_plugins_are_listed_without_any_secret_being_set(hub: Any, tmp_path: Path) -> None:
    """The list needs the allow-list alone; what is not enabled is shown and not imported."""
    path = tmp_path / "hub.yaml"
    path.write_text("plugins: [jira]\nweb: {token: {env: NOT_SET_ANYWHERE}}\n", encoding="utf-8")

    rows = {row["name"]: row for row in hub("plugins", "-c", path, "--json").json["plugins"]}

    assert (rows["jira"]["enabled"], rows["mail"]["enabled"]) == (True, False)
    assert "hub_connector_type" in rows["jira"]["hooks"]
    assert rows["mail"]["hooks"] == []
    assert "jira" in hub("plugins", "-c", path).out


def test_a_plugin_that_is_not_installed_ends_with_78(hub: Any, tmp_path: Path) -> None:
    """And says what was meant."""
    path = tmp_path / "hub.yaml"
    path.write_text("plugins: [jria]\n", encoding="utf-8")

    ran = hub("plugins", "-c", path)

    assert ran.code == 78
    assert "did you mean 'jira'?" in ran.err
