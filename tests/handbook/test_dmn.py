"""DMN 1.3: what is written is valid against OMG's own schema, and FEEL says what cells say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import SpiffWorkflow
from lxml import etree

from hub.handbook import Handbook
from hub.handbook.cells import ANY, Cell, Range, Values, Words
from hub.handbook.dmn import definitions, feel, unary
from hub.handbook.domains import Domain
from hub.handbook.expressions import Expression
from hub.handbook.shapes import Language
from hub.handbook.tables import Rule, Table

MODEL = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
TEXT, NUMBER, ENUM = Domain("text"), Domain("number"), Domain("enum", ("a", "b"), optional=True)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """Give OMG's schema of DMN 1.3, as another engine carries it."""
    folder = Path(SpiffWorkflow.__file__).parent / "dmn" / "parser" / "schema"
    return etree.XMLSchema(etree.parse(folder / "DMN13.xsd"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_tables_are_valid(
    schema: etree.XMLSchema, handbook: Handbook, language: Language
) -> None:
    """All of them in one file."""
    root = etree.fromstring(definitions(handbook, handbook.tables, language))

    schema.assertValid(root)
    assert list(handbook.tables) == [each.get("name") for each in root.iter(f"{MODEL}decision")]


def test_a_condition_is_an_input_of_its_own(schema: etree.XMLSchema, handbook: Handbook) -> None:
    """FEEL is not CEL: whoever asks the table reckons the condition and hands it in."""
    inputs = {"load": NUMBER, "text": TEXT, "yes": Domain("enum", ("true", "false"))}
    rule = Rule(
        id="r", cells={"load": Range(3, None)}, then={"to": ["a", "b"]},
        condition=Expression("load > 3.0", inputs, {}), source="t.yaml:1",
    )  # fmt: skip
    other = {"load": TEXT}
    tables = {
        "one": Table(name="one", hit="unique", inputs=inputs, outputs={"to": TEXT}, rules=(rule,)),
        "two": Table(name="two", hit="collect", inputs=other, outputs={"to": TEXT}, rules=(rule,)),
    }
    book = dataclasses.replace(handbook, tables=tables)

    root = etree.fromstring(definitions(book, tables, "en"))

    schema.assertValid(root)
    named = [each.get("name") for each in root.iter(f"{MODEL}inputData")]
    entries = [each.findtext(f"{MODEL}text") for each in root.iter(f"{MODEL}inputEntry")]
    assert ["load", "text", "yes", "condition_one_1", "load_string", "condition_two_1"] == named
    assert [">= 3", "-", "-", "true"] == entries[:4]


@pytest.mark.parametrize(
    ("cell", "domain", "written"),
    [
        (ANY, TEXT, "-"),
        (Values(frozenset({"a"})), ENUM, '"a"'),
        (Values(frozenset({"a", None}), negated=True), ENUM, 'not(null, "a")'),
        (Values(frozenset({None})), TEXT, 'null, ""'),
        (Values(frozenset({"true"})), Domain("enum", ("true", "false")), "true"),
        (Values(frozenset({1, 2.5})), NUMBER, "1, 2.5"),
        (Range(1, 2, low_open=True), NUMBER, "(1..2]"),
        (Range(None, 2, high_open=True), NUMBER, "< 2"),
        (Range(1, None, negated=True), NUMBER, "? = null or not(? in (>= 1))"),
        (Words(("宕机",)), TEXT, '? != null and matches(lower case(?), "(宕机)")'),
        (
            Words(("c++", "crash*"), negated=True),
            TEXT,
            (
                "? = null or not(matches(lower case(?), "
                '"((^|[^a-z0-9])c\\\\+\\\\+)|((^|[^a-z0-9])crash)"))'
            ),
        ),
    ],
)
def test_a_cell_is_written_as_feel_has_it(cell: Cell, domain: Domain, written: str) -> None:
    """Values, ranges, words and their negations; nothing is as an empty text is."""
    assert written == unary(cell, domain)


def test_texts_keep_their_signs_within_quotation_marks() -> None:
    """A quotation mark or backslash of a handbook ends no text."""
    assert '"say \\"no\\" \\\\ here"' == feel('say "no" \\ here')
