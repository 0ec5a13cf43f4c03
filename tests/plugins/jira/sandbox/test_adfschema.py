"""Documents are taken or refused as the published schema of their format says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hub_jira.sandbox.adfschema import defects

TEXT = {"type": "text", "text": "字"}
PARAGRAPH = {"type": "paragraph", "content": [TEXT]}
ITEM = {"type": "listItem", "content": [PARAGRAPH]}
MEDIA = {"type": "media", "attrs": {"type": "file", "id": "1", "collection": ""}}
CELL = {"type": "tableCell", "attrs": {"colspan": 2}, "content": [PARAGRAPH]}


def doc(*content: Any) -> dict[str, Any]:
    """Make a document."""
    return {"type": "doc", "version": 1, "content": list(content)}


def marked(*marks: Any) -> dict[str, Any]:
    """Make a paragraph whose text has marks."""
    return {"type": "paragraph", "content": [{**TEXT, "marks": list(marks)}]}


GOOD = (
    {"type": "paragraph"},
    {"type": "heading", "attrs": {"level": 2}, "content": [TEXT, {"type": "hardBreak"}]},
    {"type": "bulletList", "content": [ITEM, {"type": "listItem", "content": [PARAGRAPH, {
        "type": "orderedList", "attrs": {"order": 3}, "content": [ITEM]}]}]},
    {"type": "codeBlock", "attrs": {"language": "python"}, "content": [TEXT]},
    {"type": "blockquote", "content": [PARAGRAPH]},
    {"type": "rule"},
    {"type": "panel", "attrs": {"panelType": "info"}, "content": [PARAGRAPH]},
    {"type": "table", "content": [{"type": "tableRow", "content": [CELL]}]},
    {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [MEDIA]},
    {"type": "mediaGroup", "content": [MEDIA, MEDIA]},
    {"type": "expand", "attrs": {"title": "x"}, "content": [PARAGRAPH]},
    {"type": "taskList", "attrs": {"localId": "a"}, "content": [
        {"type": "taskItem", "attrs": {"localId": "b", "state": "DONE"}, "content": [TEXT]}]},
    {"type": "blockCard", "attrs": {"url": "http://a.example"}},
    {"type": "paragraph", "content": [
        {"type": "mention", "attrs": {"id": "5b10", "text": "@Li"}},
        {"type": "emoji", "attrs": {"shortName": ":smile:"}},
        {"type": "date", "attrs": {"timestamp": "1582152559"}},
        {"type": "status", "attrs": {"text": "Done", "color": "green"}},
        {"type": "inlineCard", "attrs": {"url": "http://a.example"}}]},
    marked({"type": "strong"}, {"type": "link", "attrs": {"href": "http://a.example"}}),
    marked({"type": "code"}, {"type": "link", "attrs": {"href": "http://a.example"}}),
    marked({"type": "subsup", "attrs": {"type": "sub"}}),
)  # fmt: skip
BAD = (
    (TEXT, "'text' can not stand here"),
    ({"type": "surprise"}, "can not stand here"),
    ("words", "no object"),
    ({"type": ["doc"]}, "can not stand here"),
    ({"type": "paragraph", "content": [PARAGRAPH]}, "'paragraph' can not stand here"),
    ({"type": "paragraph", "content": [{"type": "text", "text": ""}]}, "missing or empty"),
    ({"type": "paragraph", "text": "x"}, "has no text"),
    ({"type": "paragraph", "content": "x"}, "no list"),
    ({"type": "heading", "content": [TEXT]}, "level is missing"),
    ({"type": "heading", "attrs": {"level": 7}, "content": [TEXT]}, "level is missing or wrong"),
    ({"type": "heading", "attrs": {"level": True}}, "level is missing or wrong"),
    ({"type": "bulletList", "content": []}, "too few"),
    ({"type": "bulletList", "content": [PARAGRAPH]}, "'paragraph' can not stand here"),
    ({"type": "panel", "attrs": {"panelType": "loud"}, "content": [PARAGRAPH]}, "panelType"),
    ({"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file"}}]}, "id and"),
    ({"type": "inlineCard", "attrs": {"url": "x"}}, "can not stand here"),
    ({"type": "blockCard"}, "url or data"),
    ({"type": "table", "content": [{"type": "tableRow", "content": [ITEM]}]}, "'listItem'"),
    (marked({"type": "blink"}), "'blink' can not stand here"),
    (marked({"type": "link"}), "href is missing"),
    (marked({"type": "code"}, {"type": "strong"}), "bears no other"),
    ({"type": "codeBlock", "content": marked({"type": "blink"})["content"]}, "blink"),
)


@pytest.mark.parametrize("node", GOOD, ids=lambda node: str(node["type"]))
def test_a_good_document_has_no_defects(node: Any) -> None:
    """Every kind of node that Jira's editor makes."""
    assert list(defects(doc(node))) == []


@pytest.mark.parametrize(("node", "words"), BAD)
def test_a_bad_document_is_found_out(node: Any, words: str) -> None:
    """With what is wrong and where."""
    assert words in " ".join(defects(doc(node)))


@pytest.mark.parametrize(
    "root",
    [
        None,
        "text",
        {"type": "paragraph"},
        {"type": "doc", "content": []},
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": True, "content": []},
        {"type": "doc", "version": 1},
    ],
)
def test_a_root_must_be_a_document(root: Any) -> None:
    """Of version 1, with content."""
    assert list(defects(root))


def test_jira_tells_little_of_a_bad_document(cloud: Any, access: Callable[..., Any]) -> None:
    """One word for fields, one sentence for comments, another for what is no document."""
    cloud.issue()
    web = access(cloud)
    bad = doc({"type": "surprise"})
    fields = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}

    created = web("POST", "issue", {"fields": {**fields, "description": bad}})
    plain = web("POST", "issue", {"fields": {**fields, "description": "words"}})
    said = web("POST", "issue/RND-1/comment", {"body": bad})

    assert (created.status_code, created.json()["errorMessages"]) == (400, ["INVALID_INPUT"])
    assert "Atlassian Document" in plain.json()["errors"]["description"]
    assert said.json()["errors"] == {"comment": "Comment body is not valid!"}
