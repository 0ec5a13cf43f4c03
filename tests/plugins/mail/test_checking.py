"""The connector's look at itself, and its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hub_mail import hub_connector_type, hub_sandboxes
from hub_mail.settings import MailSettings

from hub.connector import Connector
from hub.errors import ConfigError
from hub.settings import Secret, parse_settings, parse_yaml

YAML = """
address: Service@Vendor.example
imap: {host: imap.vendor.example, user: service, password: {env: MAIL_PASSWORD}}
smtp: {host: smtp.vendor.example, user: service, password: {env: MAIL_PASSWORD}}
"""


def failed(post: Any, **overrides: Any) -> dict[str, str]:
    """Give what a check complains of, with the remedies."""
    findings = post.connector(**overrides).check()
    return {finding.what: finding.remedy for finding in findings if not finding.ok}


def test_a_good_mailbox_has_nothing_to_complain_of(post: Any) -> None:
    """IMAP, folders, IDLE and SMTP are each looked at."""
    findings = post.connector(imap={"sent_folder": "Sent"}).check()

    assert [finding.ok for finding in findings] == [True] * 5
    assert isinstance(post.connector(), Connector)


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"imap": {"password": Secret("wrong")}}, "authorisation code"),
        ({"imap": {"host": "127.0.0.1", "port": 9}}, "firewall"),
        ({"imap": {"folder": "客户来信"}}, "make the folder"),
        ({"imap": {"tls": "tls"}}, "tls"),
        ({"smtp": {"password": Secret("wrong")}}, "authorisation code"),
        ({"smtp": {"port": 9}}, "firewall"),
        ({"imap": {"tls": "starttls"}, "ca_file": None}, "ca_file"),
    ],
)
def test_each_defect_has_its_remedy(post: Any, overrides: dict[str, Any], word: str) -> None:
    """Unreachable, unauthorised, missing: told apart, each with what to do."""
    remedies = failed(post, timeout_seconds=3.0, **overrides)

    assert len(remedies) == 1
    assert word in next(iter(remedies.values()))


def test_no_secret_is_printed(post: Any) -> None:
    """Neither settings nor connector show the password."""
    password = post.at["password"]

    assert password not in repr(post.settings())
    assert password not in repr(vars(post.connector()))


def test_settings_are_read_from_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that has to be said, and what follows from it."""
    monkeypatch.setenv("MAIL_PASSWORD", "x")

    settings = parse_settings(MailSettings, parse_yaml(YAML, Path("hub.yaml")))

    assert (settings.address, settings.domain) == ("service@vendor.example", "vendor.example")
    assert (
        settings.imap.tls,
        settings.smtp.tls,
        settings.start,
        settings.uncertain,
    ) == ("tls", "starttls", "now", "hold")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("addres: x", "did you mean 'address'"),
        ("address: not an address", "no mail address"),
        ("uncertain: perhaps", "hold"),
        ("ca_file: /nowhere/ca.pem", "is no file"),
        ("max_mail_bytes: 0", "greater than 0"),
        ("imap: {host: x, user: y, password: secret}", "reference"),
        ("smtp: {host: x, user: y}", "no smtp.password"),
    ],
)
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, line: str, word: str) -> None:
    """Each defect is told in words that lead to its remedy."""
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    name = line.split(":", maxsplit=1)[0]
    kept = [one for one in YAML.strip().splitlines() if not one.startswith(f"{name}:")]

    with pytest.raises(ConfigError) as wrong:
        parse_settings(MailSettings, parse_yaml("\n".join([*kept, line]), Path("hub.yaml")))

    assert word in str(wrong.value)


def test_the_unit_offers_its_connector_and_its_emulator() -> None:
    """Both are found through the hooks."""
    from hub.sandbox import SandboxOptions  # noqa: PLC0415

    assert MailSettings is hub_connector_type().settings
    assert [sandbox.name for sandbox in hub_sandboxes(SandboxOptions())] == ["mail"]


def test_describe_names_every_field_of_a_mail(post: Any) -> None:
    """What is polled is described."""
    post.deliver()
    connector = post.connector()

    (change,) = connector.poll(None).changes

    assert set(change.fields) == {info.name for info in connector.describe()["mail"]}
