"""Texts survive the way into Jira's wiki markup and back."""

from __future__ import annotations

import pytest
from hub_jira import adf, wiki
from hypothesis import example, given
from hypothesis import strategies as st

SIGNS = st.sampled_from("\n\t \\*_{}[]|!^~?+#-&;:.h1bq92中文用户😀")
TEXTS = st.text(alphabet=SIGNS) | st.text()


@given(TEXTS)
@example("&#92;&amp;#92;")
@example("\\\\server\\share")
@example("h1. not a heading\n# not a list\n- nor this")
@example("{code}x{code} [a|b] !pic.png! __init__")
def test_any_text_comes_back_as_it_was(words: str) -> None:
    """What the hub writes is read back exactly, whatever markup its signs would be."""
    assert adf.clean(words) == wiki.to_text(wiki.from_text(words))


@given(TEXTS)
def test_no_sign_is_left_that_jira_takes_for_markup(words: str) -> None:
    """Braces, brackets and stars are all escaped."""
    markup = wiki.from_text(words)

    bare = [x for n, x in enumerate(markup) if x in "{[*_|!" and markup[n - 1 : n] != "\\"]
    assert not bare


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("{code:java}\nint a;\n{code}", "int a;\n"),
        ("{quote}旧文{quote}新文", "旧文新文"),
        ("[手册|https://kb.example]", "手册 (https://kb.example)"),
        ("[https://kb.example]", "https://kb.example"),
        ("[~chen.rd] 请看", "~chen.rd 请看"),
        ("h2. 标题\n正文", "标题\n正文"),
        ("一行\\\\二行", "一行\n二行"),
        ("*重要*", "*重要*"),
        ("{color:red}红{color}", "红"),
        ("C:\\temp\\a", "C:\\temp\\a"),
        (None, ""),
    ],
)
def test_what_people_write_with_markup_is_readable(markup: str | None, expected: str) -> None:
    """The most common marks are taken away, words stay."""
    assert expected == wiki.to_text(markup)
