"""Facts about the tests that stand in cells."""

from __future__ import annotations

from typing import Any

import pytest

from hub.handbook.cells import Range, Values, Words, parse_cell


@pytest.mark.parametrize(
    ("cell", "value", "accepted"),
    [
        ("technical", "technical", True),
        ("technical", "other", False),
        (["a", "b"], "b", True),
        (["a", "b"], None, False),
        ({"not": "a"}, "b", True),
        ({"not": ["a", "b"]}, "b", False),
        ("any", None, True),
        (None, "", True),
        (None, "x", False),
        (True, "true", True),
        (3, 3.0, True),
        ({"from": 3, "to": 5}, 5, True),
        ({"from": 3, "below": 5}, 5, False),
        ({"above": 3}, 3, False),
        ({"above": 3}, "4", False),
        ({"not": {"from": 3}}, None, True),
        ({"is": "any"}, "any", True),
        ({"is": "any"}, "other", False),
    ],
)
def test_a_cell_accepts_what_it_says(cell: Any, value: Any, accepted: bool) -> None:
    """Values, lists, ranges, negation and anything are tested as written."""
    assert accepted is parse_cell(cell).test(value)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["down"], "please download it", False),
        (["down"], "The server is DOWN!", True),
        (["install*"], "Installation failed", True),
        (["install"], "Installation failed", False),
        (["系统瘫痪"], "今天系统瘫痪了", True),
        (["系统down"], "教务系统down了", True),
        (["ＡＢＣ"], "abc", True),
        (["can't"], "We can't log in", True),
        (["r&d"], "R&D部", True),
    ],
)
def test_latin_words_match_whole_and_chinese_words_anywhere(
    words: list[str], text: str, found: bool
) -> None:
    """A word in Latin letters is no part of another; width and case do not matter."""
    assert found is Words(tuple(words)).test(text)
    assert found is not Words(tuple(words), negated=True).test(text)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([], "an empty list accepts nothing"),
        ({"contains": []}, "contains needs one or more words"),
        ({"contains": ["*"]}, "contains needs one or more words"),
        ({"from": 5, "to": 3}, "no number is from 5 to 3"),
        ({"from": 1, "above": 1}, "one lower and one upper bound"),
        ({"from": "x"}, "the bound from is no number"),
        ({"not": "any"}, "not any accepts nothing"),
        ({"like": "x"}, "no test is written like"),
        ([["a"]], "plain values only"),
    ],
)
def test_a_cell_that_makes_no_sense_is_refused(cell: Any, message: str) -> None:
    """What is wrong with a cell is said in words."""
    with pytest.raises(ValueError, match=message):
        parse_cell(cell)


def test_a_word_covers_the_longer_words_that_contain_it() -> None:
    """Coverage respects word boundaries and open ends."""
    assert Words(("系统",)).covers(Words(("系统瘫痪",)))
    assert Words(("inst*",)).covers(Words(("install*",)))
    assert not Words(("install",)).covers(Words(("install*",)))
    assert not Words(("down",)).covers(Words(("download",)))


def test_cells_are_shown_as_people_read_them() -> None:
    """What a cell wants stands in explanations."""
    assert str(Values(frozenset({"a", "b"}))) == "a | b"
    assert str(Range(3, 5, high_open=True)) == "from 3 below 5"
    assert str(Words(("x",), negated=True)) == "not contains x"
