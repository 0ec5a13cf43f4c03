"""Malformed JQL is refused in Jira's words, and at Jira's place."""

from __future__ import annotations

from typing import Any

import pytest
from hub_jira.sandbox.acts import Acts
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.jql.parser import parse
from hub_jira.sandbox.seed import furnish
from hub_jira.sandbox.site import Site
from hypothesis import given
from hypothesis import strategies as st

from hub.testing import FrozenClock

OPERATORS = (
    "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and "
    "'IS NOT'."
)
ESCAPES = "The valid escape sequences are \\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX."
NUMBERS = "Numbers must be between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807."


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


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("comment ~ 'test", "The quoted string 'test' has not been completed. (line 1, character 11)"),
        ("comment ~ 'test\n", "The quoted string 'test ' has not been completed. (line 1, character 11)"),
        ("comment ~ '", "The quoted string has not been completed. (line 1, character 11)"),
        ("comme\\unt ~ x", f"'\\un' is an illegal JQL escape sequence. {ESCAPES} (line 1, character 6)"),
        ("status =\n\n\\csss", f"'\\c' is an illegal JQL escape sequence. {ESCAPES} (line 3, character 1)"),
        ("status =\n\\", f"The escape sequence has not been completed. {ESCAPES} (line 2, character 1)"),
        ("status = \\u27", f"'\\u27' is an illegal JQL escape sequence. {ESCAPES} (line 1, character 10)"),
        ("mine{www = qwwr", "The character '{' is a reserved JQL character. You must enclose it in a "
         "string or use the escape '\\u007b' instead. (line 1, character 5)"),
        ("a = b}", "The character '}' is a reserved JQL character. You must enclose it in a string or "
         "use the escape '\\u007d' instead. (line 1, character 6)"),
        ("project = a@b", "The character '@' is a reserved JQL character. You must enclose it in a "
         "string or use the escape '\\u0040' instead. (line 1, character 12)"),
        ("minewww =\x7fqwwr", "The character 'U+007F' on line 1 at position 10 must be escaped. Use the "
         "escape '\\u007f' instead. (line 1, character 10)"),
        ('a="\x7f this"', "The character 'U+007F' on line 1 at position 4 must be escaped. Use the escape "
         "'\\u007f' instead. (line 1, character 4)"),
        ("aaaaa=-3482094382084092840932809482",
         f"'-3482094382084092840932809482' is not a valid number. {NUMBERS} (line 1, character 7)"),
        ("a = b order", "Expecting 'by' before the end of the query."),
        ("a =b order summary", "Expecting 'by' but got 'summary'. (line 1, character 12)"),
        ("a =b order by", "Expecting a field name at the end of the query."),
        ("a =b order by asc", "Expecting a field name but got 'asc'. You must surround 'asc' in quotation "
         "marks to use it as a field name. (line 1, character 15)"),
        ("a =b order by ajsks blah", "Expecting either 'ASC' or 'DESC' but got 'blah'. (line 1, character 21)"),
        ("order by a desc d", "Expecting ',' but got 'd'. (line 1, character 17)"),
        ('a =b order by "" desc', "A field name cannot be empty. (line 1, character 15)"),
        ("'' = c", "A field name cannot be empty. (line 1, character 1)"),
        ("a = ''()", "A function name cannot be empty. (line 1, character 5)"),
        ("a", f"Expecting operator before the end of the query. {OPERATORS}"),
        ("a blah >", f"Expecting operator but got 'blah'. {OPERATORS} (line 1, character 3)"),
        ("non-parsable query", f"Expecting operator but got 'query'. {OPERATORS} (line 1, character 14)"),
        ("project = RND\nproject @ LIB", "The character '@' is a reserved JQL character. You must enclose "
         "it in a string or use the escape '\\u0040' instead. (line 2, character 9)"),
        ("a =a and j not is empty", "Expecting 'IN' but got 'is'. (line 1, character 16)"),
        ("a =a and j is ! empty", "Expecting 'NOT' but got '!'. (line 1, character 15)"),
        ('a not was "Open"', "Expecting 'IN' but got 'was'. (line 1, character 7)"),
        ("cf", "Expecting '[' before the end of the query."),
        ("a = b and not (cf = 6)", "Expecting '[' but got '='. (line 1, character 19)"),
        ("cf[", "Expecting a custom field id (a positive number) before the end of the query."),
        ("cf[] = 1", "Expecting a custom field id (a positive number) but got ']'. (line 1, character 4)"),
        ("cf[29829k] = ", "Expecting a custom field id (a positive number) but got '29829k'. "
         "(line 1, character 4)"),
        ("cf[-29829] = ", "Expecting a custom field id (a positive number) but got '-29829'. "
         "(line 1, character 4)"),
        ("cf[29829 = world", "Expecting ']' but got '='. (line 1, character 10)"),
        ("cf[29829", "Expecting ']' before the end of the query."),
        ("a = func(", "Expecting ')' before the end of the query."),
        ("a = func(, and not (a = x)", "Expecting ')' but got ','. (line 1, character 10)"),
        ("b=func(bad", "Expecting ')' before the end of the query."),
        ("bas=func(bad,)", "Function argument must be specified. (line 1, character 14)"),
        ("bas=func(bad,", "Expecting a function argument at the end of the query."),
        ("k = func(!", "Expecting a function argument but got '!'. You must surround '!' in quotation marks "
         "to use it as an argument. (line 1, character 10)"),
        ("k = func(abc, jk!)", "Expecting ')' or ',' but got '!'. (line 1, character 17)"),
        ("(a=b and c = d", "Expecting ')' before the end of the query."),
        ("(a=b c = d)", "Expecting ')' but got 'c'. (line 1, character 6)"),
        ("b in ((12, (288)", "Expecting ')' before the end of the query."),
        ("abc IN ((foo) abc = a", "Expecting ')' but got 'abc'. (line 1, character 15)"),
        ("a=b c=d", "Expecting either 'OR' or 'AND' but got 'c'. (line 1, character 5)"),
        ("a=b !c=d", "Expecting either 'OR' or 'AND' but got '!'. (line 1, character 5)"),
        ("status was (fred, bob) at '10:55'", "Expecting either 'OR' or 'AND' but got 'at'. "
         "(line 1, character 24)"),
        ("a = b and", "Expecting a field name at the end of the query."),
        ("not", "Expecting a field name at the end of the query."),
        (", a = b", "Expecting a field name but got ','. You must surround ',' in quotation marks to use it "
         "as a field name. (line 1, character 1)"),
        ("a = b AND ()", "Expecting a field name but got ')'. You must surround ')' in quotation marks to "
         "use it as a field name. (line 1, character 12)"),
        ("[brenden] = a", "Expecting a field name but got '['. Did you mean 'cf['? (line 1, character 1)"),
        ('status = "Open" by admin', 'The EQUALS operator does not support the use of the by "admin" predicate.'),
        ("fixVersion changed 4 by x", "The CHANGED operator does not support the use of values without "
         "predicates. You must prefix the 4 value with a suitable predicate."),
        ("pri notin (x)", "'notin' is a reserved JQL word. You must surround it in quotation marks to use it "
         "in a query. (line 1, character 5)"),
        ("project = DO", "'DO' is a reserved JQL word. You must surround it in quotation marks to use it in "
         "a query. (line 1, character 11)"),
    ],
)  # fmt: skip
def test_what_can_not_be_parsed_is_refused_in_jiras_words(jql: str, message: str) -> None:
    """Every rule of the grammar has its message; most say where by line and character."""
    assert f"Error in the JQL Query: {message}" == refusal(jql)


@pytest.mark.parametrize(
    ("jql", "end"),
    [
        ("a=", "before the end of the query."),
        ("a was", "before the end of the query."),
        ("a=(a,", "before the end of the query."),
        ("a=!", "but got '!'. You must surround '!' in quotation marks to use it as a value. "
         "(line 1, character 3)"),
        ("a=(a,(,bad))", "but got ','. You must surround ',' in quotation marks to use it as a value. "
         "(line 1, character 7)"),
        ("project = IN", "but got 'IN'. You must surround 'IN' in quotation marks to use it as a value. "
         "(line 1, character 11)"),
    ],
)  # fmt: skip
def test_a_missing_value_is_told_by_the_younger_wording(jql: str, end: str) -> None:
    """This one message has lost its article."""
    assert f"Error in JQL Query: Expecting either a value, list or function {end}" == refusal(jql)


FORMATS = (
    "Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a "
    "period format e.g. '-5d', '4w 2d'."
)  # fmt: skip
SHIFT = (
    "Duration for function 'startOfDay' should have the format (+/-)n(yMwdm), e.g -1M for 1 month "
    "earlier."
)


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("priority = 77", "A value with ID '77' does not exist for the field 'priority'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("issue.property[a].b = 1",
         "Field 'issue.property[a].b' does not exist or you do not have permission to view it."),
        ("status > Done", "The operator '>' is not supported by the 'status' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("summary in test", "Operator 'in' does not support the non-list value '\"test\"' for field 'summary'."),
        ("status = (a, b)", "Operator '=' does not support the list value '(\"a\", \"b\")' for field 'status'."),
        ("assignee = membersOf(x)", "Operator '=' does not support the list value 'membersOf(x)' for field "
         "'assignee'."),
        ("labels is x", "The operator 'is' only supports 'EMPTY' or 'NULL'."),
        ("key is empty", "The operator 'is' is not supported by the 'key' field."),
        ("key in (EMPTY)", "The field 'key' does not support searching for EMPTY values."),
        ("key = RND-99", "An issue with key 'RND-99' does not exist for field 'key'."),
        ("updated > yesterday", f"Date value 'yesterday' for field 'updated' is invalid. {FORMATS}"),
        ('created >= "4w 2y"', f"Date value '4w 2y' for field 'created' is invalid. {FORMATS}"),
        ("updated > startOfDay(soon)", SHIFT),
        ("updated > now(1)", "Function 'now' expected '0' arguments but received '1'."),
        ("updated > startOfDay(1, 2)", "Function 'startOfDay' expected between '0' and '1' arguments but "
         "received '2'."),
        ("assignee = me()", "Unable to find JQL function 'me()'."),
        ("assignee changed by bogus()", "Unable to find JQL function 'bogus()'."),
        ("priority = currentUser()", "A value provided by the function 'currentUser' is invalid for the field "
         "'priority'."),
        ("assignee in membersOf(nobody)", "Function 'membersOf' can not generate a list of usernames for group "
         "'nobody'; the group does not exist."),
        ("summary was x", "History searches do not support the 'summary' field."),
        ("labels changed", "History searches do not support the 'labels' field."),
        ("status changed from fred", "The value 'fred' does not exist for the field 'status'."),
        ("status changed after '20/12/10'", f"Date value '20/12/10' for predicate 'after' is invalid. {FORMATS}"),
        ("status changed after currentUser()", "A date for the predicate 'after' provided by the function "
         "'currentUser' is not valid."),
        ("status changed before (11, 12)", "The BEFORE predicate must be supplied with only 1 date value."),
        ("status changed during 11", "The DURING predicate must be supplied with exactly 2 date values."),
        ("status changed by nobody", "The user 'nobody' does not exist and cannot be used in the 'by' predicate."),
        ("project = RND order by bogus", "Not able to sort using field 'bogus'."),
        ("project = RND order by text", "Field 'text' does not support sorting."),
        ('text ~ ""', "The field 'text' does not support searching for an empty string."),
        ("text ~ 'AND'", "Unable to parse the text 'AND' for field 'text'."),
        ("text ~ '*x'", "The text query '*x' for field 'text' is not allowed to start with '*'."),
    ],
)  # fmt: skip
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
        assert all(error.messages)
    else:
        found = search.sort([issue for issue in site.issues.values() if search.matches(issue)])
        assert {issue.key for issue in found} <= {"RND-1", "RND-2"}
