"""Texts survive the way into Jira's document format and back."""

from __future__ import annotations

from typing import Any

import pytest
from hub_jira import adf
from hub_jira.sandbox.adfschema import defects
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(alphabet=st.characters() | st.sampled_from("\n\r\t 中文用户😀🧑‍🔧\\*_{}[]|#-"))


def node(kind: str, *content: dict[str, Any], **attrs: Any) -> dict[str, Any]:
    """Make a node."""
    result: dict[str, Any] = {"type": kind, "content": list(content)}
    return {**result, "attrs": attrs} if attrs else result


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    """Make a text node."""
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


@given(TEXTS)
def test_any_text_comes_back_as_it_was(words: str) -> None:
    """What the hub writes is read back exactly, but for signs no XML can hold."""
    document = adf.from_text(words)

    assert adf.clean(words) == adf.to_text(document)


@given(TEXTS)
def test_every_document_made_is_one_that_jira_takes(words: str) -> None:
    """Documents hold no empty text node and only known kinds."""
    assert list(defects(adf.from_text(words))) == []


@given(TEXTS)
def test_the_measure_is_never_below_the_text(words: str) -> None:
    """The measured size counts all of the text."""
    assert adf.measure(adf.from_text(words)) >= len(adf.clean(words).replace("\n", ""))


def test_an_address_becomes_a_link_without_the_full_stop() -> None:
    """Addresses can be clicked; punctuation behind them, Chinese too, is not part of them."""
    document = adf.from_text("见 https://kb.example/问题/1?a=b。谢谢")

    linked = [n["text"] for n in document["content"][0]["content"] if "marks" in n]
    assert linked == ["https://kb.example/问题/1?a=b"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            [
                node(
                    "bulletList",
                    node("listItem", node("paragraph", text("甲"))),
                    node("listItem", node("paragraph", text("乙"))),
                )
            ],
            "- 甲\n- 乙",
        ),
        (
            [
                node(
                    "orderedList",
                    node("listItem", node("paragraph", text("a"))),
                    node("listItem", node("paragraph", text("b"))),
                    order=3,
                )
            ],
            "3. a\n4. b",
        ),
        ([node("blockquote", node("paragraph", text("x")))], "> x"),
        ([node("codeBlock", text("a = 1\nb"), language="python")], "a = 1\nb"),
        ([node("heading", text("标题"), level=2), node("paragraph", text("y"))], "标题\n\ny"),
        (
            [
                node(
                    "table",
                    node(
                        "tableRow",
                        node("tableHeader", node("paragraph", text("k"))),
                        node("tableCell", node("paragraph", text("v"))),
                    ),
                )
            ],
            "| k | v |",
        ),
        (
            [
                node(
                    "paragraph",
                    {"type": "mention", "attrs": {"id": "5b", "text": "@陈工"}},
                    text(" 看 "),
                    {"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}},
                    {"type": "status", "attrs": {"text": "阻塞"}},
                    {"type": "date", "attrs": {"timestamp": "1767571200000"}},
                )
            ],
            "@陈工 看 😄阻塞2026-01-05",
        ),
        (
            [
                node(
                    "paragraph",
                    text("手册", {"type": "link", "attrs": {"href": "https://x.example"}}),
                )
            ],
            "手册 (https://x.example)",
        ),
        ([node("mediaSingle", {"type": "media", "attrs": {"alt": "图.png"}})], "[图.png]"),
        (
            [
                node(
                    "taskList",
                    node("taskItem", text("做完"), state="DONE"),
                    node("taskItem", text("未做"), state="TODO"),
                )
            ],
            "[x] 做完\n[ ] 未做",
        ),
        ([{"type": "rule"}], "----"),
        ([node("panel", node("paragraph", text("提示")), panelType="info")], "提示"),
        ([node("neverSeenBefore", node("paragraph", text("内容")))], "内容"),
        ([node("paragraph", {"type": "inlineCard", "attrs": {"url": "x:y"}})], "x:y"),
    ],
)  # fmt: skip
def test_what_people_write_with_the_editor_is_readable(
    content: list[dict[str, Any]], expected: str
) -> None:
    """Lists, tables, mentions and the like become text; unknown nodes lose no words."""
    assert expected == adf.to_text({"type": "doc", "version": 1, "content": content})


def test_nothing_is_an_empty_text() -> None:
    """An issue without a description has an empty text."""
    assert adf.to_text(None) == ""
