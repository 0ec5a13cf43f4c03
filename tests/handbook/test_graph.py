"""The drawing shows every row, hand-off and rung, in the reader's language; nothing runs out."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from hub.handbook import Handbook, load_handbook
from hub.handbook.drawing import WIDTH, svg, width, wrapped
from hub.handbook.graph import Graph, graph_of
from hub.handbook.shapes import Language

SVG = "{http://www.w3.org/2000/svg}"


def drawn(graph: Graph) -> Element:
    """Draw, and read the drawing as XML."""
    root: Element = fromstring(svg(graph))
    return root


def texts(root: Element) -> str:
    """Give all texts of a drawing as one, without blanks: lines break where they must."""
    return "".join("".join(node.itertext()) for node in root.iter(f"{SVG}text")).replace(" ", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_row_and_rung_is_drawn_in_the_reader_s_language(
    handbook: Handbook, language: Language
) -> None:
    """With who receives and who is told."""
    told = texts(drawn(graph_of(handbook, language)))

    rows = handbook.tables["routing"].rules
    rungs = [rung for ladder in handbook.targets.ladders for rung in ladder.rungs]
    for row in (*rows, *rungs):
        assert row.label(language).replace(" ", "") in told
    for role in {str(row.then["role"]) for row in rows}:
        assert handbook.people.roles[role].label(language).replace(" ", "") in told


def test_each_hand_off_has_its_mark(handbook: Handbook) -> None:
    """One for each pair of roles that a path allows."""
    marks = [node for node in drawn(graph_of(handbook, "zh")).iter(f"{SVG}circle") if len(node)]

    pairs = {
        (one, two) for p in handbook.handoff.paths for one in p.from_roles for two in p.to_roles
    }
    assert len(pairs) == len(marks)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_boxes_overlap_and_no_text_leaves_the_drawing(
    handbook: Handbook, language: Language
) -> None:
    """The layout holds for long and for short names."""
    root = drawn(graph_of(handbook, language))

    boxes = [
        tuple(float(node.attrib[name]) for name in ("x", "y", "width", "height"))
        for node in root.iter(f"{SVG}rect")
        if "x" in node.attrib
    ]
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    for node in root.iter(f"{SVG}text"):
        assert float(node.attrib["x"]) + width("".join(node.itertext())) <= WIDTH


def test_what_the_handbook_says_is_text_and_no_markup(
    copy: Path, line_of: Callable[[str, str], int]
) -> None:
    """A label may hold any sign."""
    assert line_of("routing.yaml", "zh: 技术问题转产品支持工程师，通知客户经理")
    path = copy / "routing.yaml"
    written = path.read_text(encoding="utf-8")
    path.write_text(
        written.replace("zh: 技术问题转产品支持工程师，通知客户经理", "zh: '<b>&\"转交'"),
        encoding="utf-8",
    )

    root = drawn(graph_of(load_handbook(copy), "zh"))

    assert '<b>&"转交' in texts(root)
    assert not list(root.iter(f"{SVG}b"))


@pytest.mark.parametrize("room", [60, 120, 400])
def test_lines_fit_and_lose_nothing(room: int) -> None:
    """Chinese breaks between signs, words are kept whole."""
    text = "时限将到，提醒客户经理 reminders of a standstill 与客户另有约定时停止计时"

    lines = wrapped(text, room)

    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", "".join(lines))
    for line in lines:
        assert width(line) <= room or " " not in line
