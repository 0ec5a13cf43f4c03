"""SOSL and parameterized searches over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
import requests
from hub_crm.sandbox.sosl.terms import understand
from hub_crm.sandbox.wire import ApiError
from hypothesis import given, settings
from hypothesis import strategies as st

Found: TypeAlias = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def found(http: requests.Session, data: str) -> Found:
    """Give what sends a search, and gives the records without their attributes."""

    def send(text: str) -> list[dict[str, Any]]:
        records = http.get(f"{data}/search", params={"q": text}).json()["searchRecords"]
        return [{k: v for k, v in r.items() if k != "attributes"} for r in records]

    return send


def test_a_search_gives_what_each_object_is_asked_for(found: Found) -> None:
    """Objects answer in the order in which they are named, with their own fields and limits."""
    records = found(
        "FIND {jiangnan*} IN ALL FIELDS RETURNING Contact(Name, Email WHERE Title = '教务处'), "
        "Account(Name ORDER BY Name LIMIT 1) LIMIT 10"
    )

    assert records == [
        {"Name": "杨帆", "Email": "yang.fan@jiangnan.example"},
        {"Name": "江南师范大学"},
    ]


def test_without_returning_every_object_is_searched(http: requests.Session, data: str) -> None:
    """Only ids are given then, each with its type."""
    records = http.get(f"{data}/search", params={"q": "FIND {江南}"}).json()["searchRecords"]

    assert {record["attributes"]["type"] for record in records} == {"Account"}
    assert all(set(record) == {"attributes", "Id"} for record in records)


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        ("haibin.example", ["郑凯"]),
        ("Emily", ["Emily Carter"]),
        ("emil", []),
        ("emil*", ["Emily Carter"]),
        ("emily AND coordinator", ["Emily Carter"]),
        ("emily coordinator", ["Emily Carter"]),
        ("emily AND NOT coordinator", []),
        ("emily OR 郑", ["Emily Carter", "郑凯"]),
        ('"IT Coordinator"', ["Emily Carter"]),
        ('"Coordinator IT"', []),
        ("(杨 OR 吴) AND 教务处", ["杨帆"]),
        ("025\\-8300\\-2201", ["杨帆"]),
    ],
)
def test_terms_mean_words_phrases_and_their_joins(
    found: Found, terms: str, names: list[str]
) -> None:
    """Words are whole, wildcards are not; Chinese is found anywhere."""
    records = found(f"FIND {{{terms}}} RETURNING Contact(Name ORDER BY Name)")

    assert names == [record["Name"] for record in records]


def test_a_group_of_fields_narrows_the_search(found: Found) -> None:
    """E-mail fields are not names."""
    assert len(found("FIND {yang.fan*} IN EMAIL FIELDS RETURNING Contact")) == 1
    assert found("FIND {yang.fan*} IN NAME FIELDS RETURNING Contact") == []
    assert len(found("FIND {8300*} IN PHONE FIELDS RETURNING Contact")) == 2


def test_parameters_say_the_same(http: requests.Session, data: str) -> None:
    """A search can be put in the address or sent as JSON."""
    place = f"{data}/parameterizedSearch"
    address = {
        "q": "jiangnan*",
        "sobject": "Contact,Account",
        "Contact.fields": "Id,Name",
        "Contact.where": "Title = '教务处'",
        "Account.limit": "1",
    }
    sent = {
        "q": "jiangnan*",
        "fields": ["Id", "Name"],
        "sobjects": [{"name": "Contact", "where": "Title = '教务处'"}],
        "overallLimit": 5,
    }

    got = http.get(place, params=address).json()["searchRecords"]
    posted = http.post(place, json=sent).json()["searchRecords"]

    assert [record["attributes"]["type"] for record in got] == ["Contact", "Account"]
    assert got[0]["Name"] == "杨帆"
    assert posted == got[:1]


def test_old_versions_answer_with_the_list_itself(http: requests.Session, data: str) -> None:
    """Before version 37 there was no object around the records."""
    old = data.replace("v59.0", "v36.0")

    records = http.get(f"{old}/search", params={"q": "FIND {emily} RETURNING Contact"}).json()

    assert [record["attributes"]["type"] for record in records] == ["Contact"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_SEARCH"),
        ("FIND emily", "MALFORMED_SEARCH"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {}", "MALFORMED_SEARCH"),
        ("FIND {(emily}", "MALFORMED_SEARCH"),
        ("FIND {emily?}", "MALFORMED_SEARCH"),
        ("FIND {emily} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {emily} RETURNING", "MALFORMED_SEARCH"),
        ("FIND {emily} RETURNING Contact(", "MALFORMED_SEARCH"),
        ("FIND {emily} RETURNING Contact(COUNT(Id))", "MALFORMED_QUERY"),
        ("FIND {emily} RETURNING Contact(Nope)", "INVALID_FIELD"),
        ("FIND {emily} RETURNING Nope", "INVALID_TYPE"),
    ],
)
def test_what_is_no_search_is_refused(
    http: requests.Session, data: str, text: str, code: str
) -> None:
    """Terms, groups and objects are checked, each with its code."""
    answer = http.get(f"{data}/search", params={"q": text})

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


@settings(max_examples=500, deadline=None)
@given(
    terms=st.one_of(
        st.text(max_size=20),
        st.lists(
            st.sampled_from(["AND", "OR", "NOT", "(", ")", '"', "ab", "中", "*", "a*", "\\", "?"])
        ).map(" ".join),
    )
)
def test_any_terms_are_understood_or_refused(terms: str) -> None:
    """No text breaks the search."""
    refused = None
    try:
        understand(terms)(["some text", "ab 中文"])
    except ApiError as error:
        refused = error

    assert refused is None or refused.code == "MALFORMED_SEARCH"
