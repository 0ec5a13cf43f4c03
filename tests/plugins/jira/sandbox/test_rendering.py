"""Texts are shown as HTML: documents by their nodes, wiki markup by its usual signs."""

from __future__ import annotations

from typing import Any

import pytest
from hub_jira.sandbox.rendering import html
from hub_jira.sandbox.richtext import RichText

CODE = '<div class="code panel"><div class="codeContent"><pre>'
LINK = 'class="external-link" rel="nofollow"'


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("one\ntwo\n\nthree", "<p>one<br/>\ntwo</p>\n<p>three</p>"),
        ("a *b* _c_ +d+ {{e}}", "<p>a <b>b</b> <em>c</em> <ins>d</ins> <tt>e</tt></p>"),
        ("2*3*4 and snake_case_name", "<p>2*3*4 and snake_case_name</p>"),
        ("h3. Title", "<h3>Title</h3>"),
        ("* a\n* b", "<ul><li>a</li><li>b</li></ul>"),
        ("# a\n# b", "<ol><li>a</li><li>b</li></ol>"),
        ("<script>&", "<p>&lt;script&gt;&amp;</p>"),
        ("{quote}x{quote}", "<blockquote><p>x</p></blockquote>"),
        (
            "a\n{code:java}\nif (*a*) {noformat}\n{code}\nb",
            f"<p>a</p>{CODE}if (*a*) {{noformat}}</pre></div></div><p>b</p>",
        ),
        (
            "[https://x.y]",
            f'<p><a href="https://x.y" {LINK}>https://x.y</a></p>',
        ),
    ],
)
def test_wiki_markup_is_rendered(markup: str, shown: str) -> None:
    """Signs within words or code are no markup; nothing of it reaches the page as HTML."""
    assert shown == html(RichText(markup=markup))


@pytest.mark.parametrize(
    ("nodes", "shown"),
    [
        ([{"type": "paragraph", "content": [{"type": "text", "text": "<a>"}]}], "<p>&lt;a&gt;</p>"),
        (
            [
                {
                    "type": "heading",
                    "attrs": {"level": 2},
                    "content": [{"type": "text", "text": "x", "marks": [{"type": "strong"}]}],
                }
            ],
            "<h2><b>x</b></h2>",
        ),
        (
            [
                {
                    "type": "paragraph",
                    "content": [
                        {"type": "mention", "attrs": {"id": "1", "text": "@陈工"}},
                        {"type": "hardBreak"},
                        {"type": "inlineCard", "attrs": {"url": 'https://x"'}},
                    ],
                },
                {"type": "rule"},
            ],
            f'<p>@陈工<br/><a href="https://x&quot;" {LINK}>https://x&quot;</a></p><hr />',
        ),
    ],
)
def test_documents_are_rendered(nodes: list[dict[str, Any]], shown: str) -> None:
    """Node by node; what has no form of its own shows its text."""
    assert shown == html(RichText(document={"type": "doc", "version": 1, "content": nodes}))


def test_no_text_is_empty() -> None:
    """Not a missing value."""
    assert html(None) == ""
