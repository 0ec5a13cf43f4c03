"""Tables in a sheet: out, edited, and in again, with nothing lost and nothing broken let in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from hub.errors import ConfigError
from hub.handbook import load_handbook
from hub.handbook.build import table_places
from hub.handbook.cells import AnyCell, parse_cell
from hub.handbook.celltext import read, written
from hub.handbook.load import read_files
from hub.handbook.sheetimport import Imported, import_tables
from hub.handbook.sheets import KEYS_ROW, workbook

Edit = Callable[[Workbook], None]


@pytest.fixture
def sheet(copy: Path, tmp_path: Path) -> Callable[..., Path]:
    """Give a function that exports the handbook's tables and has a sheet edited."""

    def make(edit: Edit | None = None) -> Path:
        file = tmp_path / "tables.xlsx"
        file.write_bytes(workbook(load_handbook(copy), table_places(read_files(copy)), "zh"))
        if edit is not None:
            book = load_workbook(file)
            edit(book)
            book.save(file)
        return file

    return make


def cell(book: Workbook, table: str, row: str, column: str) -> Any:
    """Give a cell by the row's id and the column's key."""
    page: Any = book[table]
    keys = [each.value for each in page[KEYS_ROW]]
    number = next(r for r in range(KEYS_ROW + 1, page.max_row + 1) if page.cell(r, 1).value == row)
    return page.cell(number, keys.index(column) + 1)


def setting(table: str, row: str, column: str, value: object) -> Edit:
    """Give an edit of one cell."""

    def edit(book: Workbook) -> None:
        cell(book, table, row, column).value = value

    return edit


def files(folder: Path) -> Mapping[str, str]:
    """Give all files of a handbook."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }


def test_an_unedited_sheet_changes_no_letter(copy: Path, sheet: Callable[..., Path]) -> None:
    """Whatever the author's hand wrote stays."""
    before = files(copy)

    imported = import_tables(copy, sheet())

    assert ([], before) == (imported, files(copy))


def test_an_edited_cell_changes_its_value_alone(copy: Path, sheet: Callable[..., Path]) -> None:
    """Comments and all other lines stay as they are."""
    path = copy / "targets.yaml"
    text = path.read_text(encoding="utf-8")
    commented = text.replace("response: 2 bh", "response: 2 bh   # as agreed in March")
    path.write_text(commented, encoding="utf-8")

    imported = import_tables(copy, sheet(setting("limits", "limits_urgent", "response!", "1 bh")))

    after = path.read_text(encoding="utf-8")
    assert [Imported("limits", (), (), ("limits_urgent",), moved=False)] == imported
    assert commented.replace("response: 2 bh ", "response: 1 bh ") == after


def test_rows_come_go_and_change_places(copy: Path, sheet: Callable[..., Path]) -> None:
    """A new row is written as the others are; a row that moves takes its comments along."""
    path = copy / "routing.yaml"
    text = path.read_text(encoding="utf-8")
    comment = "    # R&D asked for this.\n    - id: consulting\n"
    path.write_text(text.replace("    - id: consulting\n", comment), encoding="utf-8")

    def edit(book: Workbook) -> None:
        page: Any = book["routing"]
        rows = [[c.value for c in row] for row in page.iter_rows(min_row=KEYS_ROW + 1)]
        ids = [row[0] for row in rows]
        consulting = rows.pop(ids.index("consulting"))
        rows.insert(0, consulting)
        rows = [row for row in rows if row[0] != "training"]
        fresh = dict.fromkeys([c.value for c in page[KEYS_ROW]])
        fresh |= {"id": "vip", "zh": "重要客户", "en": "important", "clause": "P01"}
        fresh |= {"origin": "default", "severity?": "not normal", "role!": "account_manager"}
        fresh |= {"issue_type?": "training_request", "notify!": "trainer | customer_specialist"}
        rows.insert(4, list(fresh.values()))
        page.delete_rows(KEYS_ROW + 1, 100)
        for row in rows:
            page.append(row)

    imported = import_tables(copy, sheet(edit))

    after = path.read_text(encoding="utf-8")
    assert [Imported("routing", ("vip",), ("training",), (), moved=True)] == imported
    assert after.index("# R&D asked for this.\n    - id: consulting") < after.index("unknown_cust")
    assert "when: {issue_type: training_request, severity: {not: normal}}" in after
    assert "id: training\n" not in after
    assert "# How a person is found in a role" in after


@pytest.mark.parametrize(
    ("edit", "place", "what"),
    [
        (setting("routing", "technical", "severity?", "=A1"), "routing!I8", "is a formula"),
        (setting("limits", "limits_urgent", "plan!", "#REF!"), "limits!O6", "is an error: #REF!"),
        (
            setting("limits", "limits_urgent", "plan!", datetime(2026, 3, 2, tzinfo=UTC).date()),
            "limits!O6",
            "is a date",
        ),
        (
            setting("routing", "technical", "severity?", "hard"),
            "routing!I8",
            "'hard' can not occur",
        ),
        (setting("routing", "technical", "role!", "boss"), "routing!K8", "'boss' is unknown"),
        (setting("routing", "technical", "severity?", "from 3"), "routing!I8", "only numbers lie"),
        (setting("routing", "technical", "severity?", "a | "), "routing!I8", "ends with a bar"),
        (setting("routing", "technical", "severity?", '"a'), "routing!I8", "no text in quotation"),
        (setting("routing", "technical", "if", "sevrity == 1"), "routing!J8", "sevrity"),
        (setting("routing", "technical", "origin", "me"), "routing!E8", "origin is handbook or"),
        (setting("routing", "technical", "id", None), "routing!A8", "the row has no id"),
        (setting("routing", "technical", "id", "other"), "routing!A14", "other is given twice"),
    ],
)
def test_a_broken_cell_is_refused_by_sheet_and_cell(
    copy: Path, sheet: Callable[..., Path], edit: Edit, place: str, what: str
) -> None:
    """Nothing is written then."""
    before = files(copy)

    with pytest.raises(ConfigError) as caught:
        import_tables(copy, sheet(edit))

    told = [problem.what for problem in caught.value.problems]
    assert any(each.startswith(f"{place}:") and what in each for each in told), told
    assert before == files(copy)


def test_a_strange_sheet_column_and_file_are_refused(
    copy: Path, sheet: Callable[..., Path], tmp_path: Path
) -> None:
    """With the known ones named."""

    def edit(book: Workbook) -> None:
        book["senders"].title = "sender"
        book["routing"].cell(KEYS_ROW, 6).value = "standing?"
        book["limits"].merge_cells("B5:C5")

    with pytest.raises(ConfigError) as caught:
        import_tables(copy, sheet(edit))
    nonsense = tmp_path / "nonsense.xlsx"
    nonsense.write_bytes(b"no zip")
    with pytest.raises(ConfigError, match="is no XLSX"):
        import_tables(copy, nonsense)

    told = "\n".join(problem.what for problem in caught.value.problems)
    assert "sender: no table's name" in told
    assert "routing!F3: no column is called 'standing?'" in told
    assert "limits!C5: is merged with others" in told


def test_a_sheet_that_would_break_the_handbook_is_refused(
    copy: Path, sheet: Callable[..., Path]
) -> None:
    """Its cells can all be read, but a row would never be reached."""
    before = files(copy)

    with pytest.raises(ConfigError) as caught:
        import_tables(copy, sheet(setting("routing", "unknown_customer", "customer_status?", None)))

    problem = caught.value.problems[0]
    assert str(copy / "routing.yaml") == problem.file
    assert problem.what.startswith("as it would be: row trial_customer of routing is never reached")
    assert before == files(copy)


def test_a_trial_run_writes_nothing(copy: Path, sheet: Callable[..., Path]) -> None:
    """It tells what would change."""
    before = files(copy)
    edited = sheet(setting("limits", "limits_urgent", "response!", "1 bh"))

    imported = import_tables(copy, edited, write=False)

    assert (["limits"], before) == ([each.table for each in imported], files(copy))


def test_rows_on_one_line_are_refused_with_what_to_do(
    copy: Path, sheet: Callable[..., Path]
) -> None:
    """They could not be told apart."""
    path = copy / "handoff.yaml"
    data = read_files(copy).documents["handoff.yaml"].data["returns"]
    text = path.read_text(encoding="utf-8")
    start = text.index("returns:\n")
    end = text.index("\n\n", start)
    for row in data["rows"]:
        row.pop("source")
    inline = f"returns: {json.dumps(data, ensure_ascii=False)}"
    path.write_text(text[:start] + inline + text[end:], encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        import_tables(copy, sheet())

    (problem,) = caught.value.problems
    assert "rows can only be put in where each begins on a line of its own" in problem.what
    assert str(path) == problem.file


words = st.text(st.sampled_from("ab |\"'中-=(\\n1."), min_size=1, max_size=8).filter(
    lambda text: any(sign.isalnum() for sign in text)
)
plain = words | st.sampled_from(["not x", "from 3", "42", "(empty)", "any", "-", "true"])
numbers = st.integers(-9, 9) | st.sampled_from([0.5, 2.25])
single = st.none() | numbers | st.booleans() | plain.map(lambda text: {"is": text})
lists = st.lists(numbers | plain | st.none(), min_size=1, max_size=3)
contains = st.lists(words, min_size=1, max_size=3).map(lambda found: {"contains": found})
ranges = st.fixed_dictionaries({}, optional={"from": st.integers(0, 3), "below": numbers}).filter(
    lambda bounds: bool(bounds) and bounds.get("from", -99) < bounds.get("below", 99)
)
tests = lists | contains | ranges | (single.filter(lambda each: each is not None))


@given(tests | tests.map(lambda test: {"not": test}))
def test_a_cell_means_the_same_when_it_comes_back(data: Any) -> None:
    """Values, lists, words, ranges and their negations, with any signs in them."""
    text = written(data)

    again = read(text)

    assert parse_cell(data) == (AnyCell() if again is None else parse_cell(again))
