"""The mail and the workbook say what the summary counted, and nothing that outsiders wrote runs."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO

import pytest
from openpyxl import load_workbook

from hub.handbook import Handbook
from hub.handbook.shapes import Language
from hub.models import Item
from hub.reports import Move, Period, View, html, summarise, text, view, workbook
from hub.reports.view import FIGURES, MOST_CASES
from tests.reports.histories import History

TITLES = {"zh": "客户问题周报 2026-W10", "en": "weekly summary of cases 2026-W10"}


def seen(handbook: Handbook, week: Period, history: History, language: Language = "zh") -> View:
    """Give the view of a history."""
    start, end = week.bounds(handbook.zone)
    targets = [shape.id for shape in handbook.targets.targets]
    summary = summarise(history.items, history.moves, start, end, targets)
    return view(summary, handbook, handbook.reports[0], week, language)


class Cells(HTMLParser):
    """Reads the cells of a page's tables, and what tags it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.cells += [data.strip()] if data.strip() else []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_mail_has_the_figures_in_the_reader_s_language(
    handbook: Handbook, week: Period, history: History, language: Language
) -> None:
    """Names stand for ids; the page needs nothing from outside."""
    shown = seen(handbook, week, history, language)

    page = Cells(html(shown))

    kind = {"zh": "技术问题", "en": "technical problem"}[language]
    assert {TITLES[language], kind, *(str(n) for _, n in shown.sheet("total").rows)} <= {
        *page.cells
    }
    assert {"technical", "customer_name", "script", "img", "link"}.isdisjoint(
        {*page.cells, *page.tags}
    )
    assert TITLES[language] == text(shown).splitlines()[0]


def test_the_workbook_has_a_sheet_for_each_table_with_its_charts(
    handbook: Handbook, week: Period, history: History
) -> None:
    """Figures are numbers, so that one can go on reckoning with them."""
    shown = seen(handbook, week, history)

    book = load_workbook(BytesIO(workbook(shown)))

    assert [sheet.title for sheet in shown.sheets] == book.sheetnames
    for sheet in shown.sheets:
        page = book[sheet.title]
        rows = list(page.iter_rows(min_row=4, max_col=len(sheet.columns), values_only=True))
        assert [tuple(cell or None for cell in row) for row in sheet.rows] == [
            tuple(cell or None for cell in row) for row in rows
        ]
    drawn = {sheet.title for sheet in shown.sheets if sheet.chart and sheet.rows}
    assert drawn == {page.title for page in book.worksheets if page._charts}  # type: ignore[attr-defined]
    assert len(FIGURES) == len(shown.sheet("total").rows)


def test_what_a_customer_wrote_is_neither_formula_nor_markup(
    handbook: Handbook, week: Period
) -> None:
    """A subject may begin like a formula, hold tags, or signs that no sheet can."""
    start, _ = week.bounds(handbook.zone)
    fields = {
        "subject": "=cmd|' /C calc'!A0 \x07<b>",
        "customer_name": "<script>alert(1)</script>",
        "issue_type": "technical",
    }
    history = History([Item(id="A", kind="case", opened_at=start, fields=dict(fields))])
    shown = seen(handbook, week, history)

    book = load_workbook(BytesIO(workbook(shown)))

    subject = book[shown.sheet("cases").title].cell(4, 2)
    assert ("s", "=cmd|' /C calc'!A0 <b>") == (subject.data_type, subject.value)
    assert "script" not in Cells(html(shown)).tags
    assert "<script>alert(1)</script>" in Cells(html(shown)).cells


def test_the_customers_satisfaction_stands_among_the_figures(
    handbook: Handbook, week: Period
) -> None:
    """The mean, and of how many answers."""
    start, _ = week.bounds(handbook.zone)
    item = Item(id="A", kind="case", opened_at=start, fields={})
    moves = [Move("A", start, "satisfaction", rating) for rating in (5, 4)]

    total = seen(handbook, week, History([item], moves)).sheet("total")

    assert ("满意度 (2)", "4.5") == total.rows[-1]


def test_a_very_long_list_of_cases_is_cut_and_says_so(handbook: Handbook, week: Period) -> None:
    """A mail has its limits; the figures count all."""
    start, _ = week.bounds(handbook.zone)
    items = [
        Item(id=f"A{number}", kind="case", opened_at=start, fields={})
        for number in range(MOST_CASES + 3)
    ]

    shown = seen(handbook, week, History(items), "en")

    rows = shown.sheet("cases").rows
    assert (MOST_CASES + 1, "… and 3 more, see hub report --json") == (len(rows), rows[-1][0])
    assert ("came in", MOST_CASES + 3) == shown.sheet("total").rows[0]
    assert {len(shown.sheet("cases").columns)} == {len(row) for row in rows}


@pytest.mark.parametrize(
    ("language", "told"),
    [("zh", "本期没有问题记录。"), ("en", "There were no cases in this period.")],
)
def test_an_empty_week_says_so(
    handbook: Handbook, week: Period, language: Language, told: str
) -> None:
    """No tables of nothing."""
    shown = seen(handbook, week, History(), language)

    assert told in text(shown)
    assert "table" not in Cells(html(shown)).tags
    assert load_workbook(BytesIO(workbook(shown))).sheetnames
