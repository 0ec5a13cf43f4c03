"""`hub check` says what a Jira lacks, and what to do about it."""

from __future__ import annotations

from typing import Any

from hub.connector import Finding
from hub.settings import Secret


def failed(findings: Any) -> dict[str, Finding]:
    """Give what does not hold, by what was looked at."""
    return {finding.what: finding for finding in findings if not finding.ok}


def test_a_site_that_fits_has_no_complaint(jira: Any) -> None:
    """Reach, login with its time zone, rights and workflow are all told."""
    connector = jira.connect(done_statuses=("Done", "Closed"))
    for status in ("To Do", "In Progress", "In Review", "Done", "Closed"):
        ref = jira.issue()
        jira.act("transition", issue=ref.id, to=status)

    findings = connector.check()

    assert failed(findings) == {}
    assert any("Asia/Shanghai" in finding.detail for finding in findings)
    assert any("研发" in finding.detail for finding in findings)


def test_a_wrong_token_is_told_and_ends_the_check(jira: Any) -> None:
    """What stands on the login is not looked at."""
    connector = jira.connect(token=Secret("wrong"))

    bad = failed(connector.check())

    assert set(bad) == {"the login is accepted"}
    assert "token" in bad["the login is accepted"].remedy


def test_an_unreachable_site_is_told(jira: Any) -> None:
    """The remedy speaks of address and network."""
    connector = jira.connect(url="http://127.0.0.1:9")

    bad = failed(connector.check())

    assert set(bad) == {"the site can be reached"}
    assert "url" in bad["the site can be reached"].remedy


def test_an_invisible_project_is_told(jira: Any) -> None:
    """A project that is misspelt, or not to be seen."""
    connector = jira.connect(project="NOPE")

    assert set(failed(connector.check())) == {"project NOPE is visible"}


def test_a_withheld_right_is_named(jira: Any) -> None:
    """The administrator reads which permission to grant."""
    jira.act("permission", user="hub", permission="ADD_COMMENTS", allow=False)

    bad = failed(jira.connector.check())

    assert "ADD_COMMENTS" in bad["the user may add comments"].remedy


def test_a_missing_issue_type_names_those_that_exist(jira: Any) -> None:
    """The remedy lists what could be configured."""
    connector = jira.connect(issue_type="Incident")

    bad = failed(connector.check())

    assert "Bug" in bad["issue type 'Incident' exists"].remedy


def test_a_missing_status_names_those_that_exist(jira: Any) -> None:
    """A status that the configuration speaks of and the workflow lacks."""
    connector = jira.connect(done_statuses=("已解决",))

    bad = failed(connector.check())

    assert "Done" in bad["status '已解决' exists"].remedy


def test_a_missing_transition_is_told(jira: Any) -> None:
    """On one issue of each status it is seen that no way leads to a needed one."""
    for status in ("To Do", "In Progress", "In Review", "Done", "Closed"):
        ref = jira.issue()
        jira.act("transition", issue=ref.id, to=status)
    jira.act("remove_transition", to="Closed")
    connector = jira.connect(done_statuses=("Closed",))

    bad = failed(connector.check())

    assert "workflow" in bad["a transition leads to 'Closed'"].remedy


def test_a_flavour_that_does_not_fit_is_told(cloud: Any) -> None:
    """Data Center settings for a Cloud are found before anything else."""
    connector = cloud.connect(flavour="server")

    assert set(failed(connector.check())) == {"the site can be reached"}


def test_fields_are_described_with_their_values(jira: Any) -> None:
    """Statuses, resolutions and priorities are those of the project."""
    connector = jira.connect(fields={"customer": "Customer"})
    described = {field.name: field for field in connector.describe()["issue"]}

    assert "In Progress" in described["status"].values
    assert "Fixed" in described["resolution"].values
    assert "High" in described["priority"].values
    assert described["summary"].required
    assert described["customer"].writable
    assert not described["key"].writable
