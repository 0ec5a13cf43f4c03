"""The settings: what is wrong is said before anything starts, and no secret is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hub_crm.settings import CrmSettings

from hub.errors import ConfigError
from hub.settings import parse_settings, parse_yaml

GOOD = """
url: https://x.my.salesforce.com/
client_id: consumer
client_secret: {env: CRM_TEST_SECRET}
"""


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TEST_SECRET", "very-secret")


def parsed(text: str) -> CrmSettings:
    """Parse settings as `hub.yaml` has them."""
    return parse_settings(CrmSettings, parse_yaml(text, Path("hub.yaml")))


def test_three_lines_are_enough() -> None:
    """Everything else has a default."""
    settings = parsed(GOOD)

    assert settings.url == "https://x.my.salesforce.com"
    assert settings.api_version == "59.0"
    assert settings.case_map["handling_method"] == "Handling_Method__c"


@pytest.mark.parametrize("text", ["60.0", "v60.0", "'60.0'"])
def test_a_version_is_taken_as_people_write_it(text: str) -> None:
    """YAML reads 60.0 as a number."""
    assert parsed(GOOD + f"api_version: {text}").api_version == "60.0"


def test_fields_are_renamed_one_by_one() -> None:
    """Naming one field leaves the others as they are."""
    settings = parsed(GOOD + "case_fields: {issue_type: Problem_Type__c, product: Product__c}")

    assert settings.case_map["issue_type"] == "Problem_Type__c"
    assert settings.case_map["product"] == "Product__c"
    assert settings.case_map["subject"] == "Subject"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("url: http://x.example", "https://"),
        ("username: hub@x.example", "together"),
        ("api_version: '60'", "api_version"),
        ('key_field: "Key\'; DROP"', "key_field"),
        ("page_size: 5000", "page_size"),
        ("client_secret: plain-text", "by reference"),
        ("over_lap_minutes: 5", "overlap_minutes"),
    ],
)
def test_what_is_wrong_is_named(line: str, words: str) -> None:
    """A defect names its setting, with what would be right."""
    key = line.partition(":")[0]
    text = "\n".join(row for row in GOOD.splitlines() if row.partition(":")[0] != key)

    with pytest.raises(ConfigError, match=words):
        parsed(f"{text}\n{line}")


def test_no_secret_is_shown() -> None:
    """Neither repr nor a dump of the settings shows a secret."""
    settings = parsed(GOOD + "username: u\npassword: {env: CRM_TEST_SECRET}")

    shown: list[Any] = [repr(settings), str(settings), str(settings.model_dump())]
    assert not any("very-secret" in text for text in shown)


def test_a_beginning_without_a_zone_is_utc() -> None:
    """`since` may be a bare date and time."""
    since = parsed(GOOD + "since: 2026-01-05T00:00:00").since

    assert since is not None
    assert since.isoformat() == "2026-01-05T00:00:00+00:00"


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    """The file is named before anything connects."""
    missing = tmp_path / "ca.pem"

    with pytest.raises(ConfigError, match=r"ca_file: .*ca\.pem is no file"):
        parsed(f"{GOOD}ca_file: {missing}\n")
