"""Malformed JQL is refused in Jira's words, and at Jira's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hub_jira.sandbox.acts import Acts
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.jql.parser import parse
from hub_jira.sandbox.seed import furnish
from hub_jira.sandbox.site import Site
from hypothesis import given
from hypothesis import strategies as st

from hub.testing import FrozenClock

TABLES = yaml.safe_load(
    (Path(__file__).parents[1] / "fixtures" / "jql_refusals.yaml").read_text(encoding="utf-8")
)


def table(name: str) -> Any:
    """Give the rows of a table, each with its query for a name."""
    return pytest.mark.parametrize(
        ("jql", "message"),
        [pytest.param(row["jql"], row["message"], id=ascii(row["jql"])) for row in TABLES[name]],
    )


@pytest.fixture(scope="module")
def site() -> Site:
    """Give a furnished site with two issues."""
    site = Site("cloud", FrozenClock())
    furnish(site)
    acts = Acts(site)
    acts.perform("create_issue", {"summary": "Crash 崩溃", "labels": ["a"], "description": "login"})
    acts.perform("transition", {"issue": "RND-1", "to": "Done", "resolution": "Fixed"})
    acts.perform("create_issue", {"summary": "Printer", "priority": "Lowest"})
    return site


def refusal(jql: str) -> str:
    """Give the message with which a query is refused before its fields are looked at."""
    with pytest.raises(JqlError) as caught:
        parse(jql)
    return str(caught.value)


@table("parsing")
def test_what_can_not_be_parsed_is_refused_in_jiras_words(jql: str, message: str) -> None:
    """Every rule of the grammar has its message; most say where by line and character."""
    assert f"Error in the JQL Query: {message}" == refusal(jql)


@table("operand")
def test_a_missing_value_is_told_by_the_younger_wording(jql: str, message: str) -> None:
    """This one message has lost its article."""
    assert f"Error in JQL Query: Expecting either a value, list or function {message}" == refusal(
        jql
    )


@table("answering")
def test_what_can_not_be_answered_is_refused_in_jiras_words(
    site: Site, jql: str, message: str
) -> None:
    """Names that nobody has, operators that do not fit, dates that are none."""
    with pytest.raises(JqlError) as caught:
        compile_query(jql, site, Asker(site.find_user("hub"), site.now()))

    assert (message,) == caught.value.messages


def test_all_that_is_wrong_is_told_at_once(site: Site) -> None:
    """Each clause that can not be answered has its message, and none has it twice."""
    jql = "project = NOPE AND colour = red OR colour = red ORDER BY bogus"

    with pytest.raises(JqlError) as caught:
        compile_query(jql, site, Asker(None, site.now()))

    assert len(caught.value.messages) == 3


def test_a_query_of_countless_brackets_is_refused(site: Site) -> None:
    """Depth is bounded, in brackets, negations and lists."""
    for jql in ("(" * 5000, "not " * 5000 + "a = b", "a in " + "(" * 5000):
        with pytest.raises(JqlError):
            compile_query(jql, site, Asker(None, site.now()))


PIECES = st.sampled_from(
    [
        "project", "status", "summary", "cf", "cf[10050]", "due", "key", "labels", "issue.property",
        "fixVersion", "=", "!=", "~", "!~", "<", ">=", "in", "not", "is", "was", "changed", "after",
        "during", "by", "from", "to", "on", "and", "or", "order by", "order", "asc", "(", ")", ",",
        "[", "]", "EMPTY", "null", "'", '"', "\\", "\\u12", "-1d", "2026-01-05", "99999999999999",
        "now()", "startOfMonth(-1M)", "currentUser()", "membersOf(x)", "RND", "RND-1", "Done", "*",
        "~ 'a OR'", "-", ".", "\n", "\0", "中文", "startOfYear(999999y)", "-999999999w",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=40))
def test_no_query_whatever_is_more_than_refused(site: Any, jql: str) -> None:
    """A query compiles and can be asked, or is refused with a message: nothing else happens."""
    try:
        search = compile_query(jql, site, Asker(site.find_user("hub"), site.now()))
    except JqlError as error:
        outcome = set(error.messages)
        assert outcome
        return

    found = search.sort([issue for issue in site.issues.values() if search.matches(issue)])
    assert {issue.key for issue in found} <= {"RND-1", "RND-2"}
