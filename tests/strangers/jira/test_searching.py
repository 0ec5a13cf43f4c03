"""The `jira` package searches on both faces, and logs in as each allows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from jira import JIRA, JIRAError

WRONG = {"username": "jira_user", "password": "guess"}


def test_server_searches_by_offset(server: Any) -> None:
    """With a total; pages are followed; fields and expansions are as asked."""
    admin = server.login()
    key = server.project(admin)
    for number in range(7):
        server.issue(admin, key, f"issue {number}")
    jql = f"project={key} ORDER BY key"

    page = admin.search_issues(jql, startAt=5, maxResults=5)
    everything = admin.search_issues(jql, maxResults=False)
    one = admin.search_issues(f"key={key}-1", fields="summary,comment", expand="changelog")[0]
    plain = admin.search_issues(jql, maxResults=1, json_result=True)

    assert (7, 2) == (page.total, len(page))
    assert 7 == len(everything)
    assert hasattr(one.fields, "comment")
    assert not hasattr(one.fields, "reporter")
    assert hasattr(one, "changelog")
    assert (7, 0, 1) == (plain["total"], plain["startAt"], plain["maxResults"])


def test_cloud_searches_by_token(cloud: Any) -> None:
    """Without a total; an unbounded query and the old search are refused."""
    admin = cloud.login()
    for number in range(3):
        cloud.issue(admin, "RND", f"issue {number}")

    some = admin.enhanced_search_issues("project = RND", maxResults=2, json_result=True)
    whole = admin.enhanced_search_issues("project = RND", maxResults=0)
    counted = admin.approximate_issue_count("project = RND")

    assert (2, False) == (len(some["issues"]), some["isLast"])
    assert 3 == len(whole) == counted
    with pytest.raises(JIRAError, match="Unbounded JQL"):
        admin.enhanced_search_issues("ORDER BY key")
    with pytest.raises(JIRAError) as gone:
        admin._get_json("search", params={"jql": "project = RND"})
    assert gone.value.status_code == 410


def test_a_search_that_lags_is_reconciled(cloud: Any) -> None:
    """A fresh issue is not found, unless its id is given."""
    admin = cloud.login()
    cloud.sandbox.set_search_lag(60)
    issue = cloud.issue(admin, "RND", "fresh")

    late = admin.enhanced_search_issues("summary ~ fresh")
    now = admin.enhanced_search_issues("summary ~ fresh", reconcileIssues=[int(issue.id)])

    assert late == []
    assert [issue.key] == [entry.key for entry in now]


def test_malformed_queries_are_refused_with_their_place(site: Any, admin: JIRA) -> None:
    """Never with more than 400."""
    found = admin.enhanced_search_issues if site.cloud else admin.search_issues

    with pytest.raises(JIRAError) as refused:
        found("project RND")

    assert refused.value.status_code == 400
    assert refused.value.text.startswith(
        "Error in the JQL Query: Expecting operator but got 'RND'. The valid operators are"
    )
    assert "(line 1, character 9)" in refused.value.text


@pytest.mark.filterwarnings("ignore:Use OAuth or Token:DeprecationWarning")
def test_a_session_by_cookie_begins_and_ends(server: Any) -> None:
    """As the library's own cookie login does it."""
    admin = server.login()
    client = JIRA(server.at["url"], auth=("jira_user", "jira"), max_retries=0)

    assert client.myself()["name"] == "jira_user"
    assert client.session().raw["name"] == "jira_user"
    assert admin.session().raw["loginInfo"]["loginCount"] == 0
    assert client.kill_session().ok
    client.close()
    refused = httpx.post(f"{server.at['url']}/rest/auth/1/session", json=WRONG)
    assert refused.status_code == 401


def test_cloud_still_tells_who_is_logged_in(cloud: Any) -> None:
    """The library asks so when it is told to validate the login."""
    login = ("hub@vendor.example", cloud.at["api_token"])
    client = JIRA(cloud.at["url"], basic_auth=login, validate=True, max_retries=0)

    assert client.session().raw["self"].endswith(client.current_user("accountId"))
    client.close()
    with pytest.raises(JIRAError) as refused:
        JIRA(cloud.at["url"], basic_auth=(login[0], "x"), validate=True, max_retries=0)
    assert refused.value.status_code == 401


def test_who_fails_too_often_needs_a_captcha(server: Any) -> None:
    """The header says so, and that it is no use to go on trying."""
    login = f"{server.at['url']}/rest/auth/1/session"
    guesses = [httpx.post(login, json=WRONG).status_code for _ in range(3)]

    denied = httpx.post(login, json={"username": "jira_user", "password": "jira"})

    assert (guesses, denied.status_code) == ([401, 401, 401], 403)
    reason = denied.headers["X-Authentication-Denied-Reason"]
    assert reason.startswith("CAPTCHA_CHALLENGE; login-url=")


def test_a_personal_token_logs_in_until_it_is_revoked(server: Any) -> None:
    """Its secret is told once."""
    admin = server.login()
    base = f"{server.at['url']}/rest/pat/latest/tokens"
    made = admin._session.post(base, json={"name": "mine", "expirationDuration": 1}).json()
    client = JIRA(server.at["url"], token_auth=made["rawToken"], max_retries=0)

    assert client.myself() == admin.myself()
    assert ["mine"] == [entry["name"] for entry in admin._session.get(base).json()]
    assert "rawToken" not in admin._session.get(base).json()[0]
    admin._session.delete(f"{base}/{made['id']}")
    with pytest.raises(JIRAError):
        client.myself()
    client.close()
