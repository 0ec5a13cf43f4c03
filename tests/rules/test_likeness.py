"""Facts about likeness: Chinese and English, and the words by which it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.likeness import likeness, shared_words

COMMON = frozenset({"please", "the", "您好"})


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("教师无法登录教学平台", "教学平台教师无法登录", 0.85),
        ("作业提交页面报错 502", "提交作业的页面报错502", 0.6),
        ("Teachers cannot log in", "teachers CANNOT log in please", 0.9),
        ("登录失败", "ＬＯＧＩＮ 登录失败", 0.7),
    ],
)
def test_texts_about_one_matter_are_alike(one: str, other: str, least: float) -> None:
    """Order of words, width and case of letters do not matter."""
    assert likeness(one, other, COMMON) >= least


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("教师无法登录教学平台", "请安排现场培训"),
        ("Teachers cannot log in", "The report shows wrong totals"),
        ("请", "请"),
        ("", "登录"),
        ("please the", "the please"),
    ],
)
def test_texts_about_different_matters_are_not(one: str, other: str) -> None:
    """What stands in every letter says nothing."""
    common = COMMON | {"请"}
    assert likeness(one, other, common) < 0.2


def test_shared_words_are_whole_words_and_whole_runs_of_chinese() -> None:
    """People see why two cases are thought one, the most telling first."""
    words = shared_words("教师无法登录，提示 502 gateway", "学生无法登录，提示 gateway 502", COMMON)

    assert words == ("gateway", "无法登录", "502", "提示")


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    """Whatever a stranger writes."""
    there, back = likeness(one, other), likeness(other, one)

    assert there == back
    assert 0.0 <= there <= 1.0
    assert isinstance(shared_words(one, other), tuple)
