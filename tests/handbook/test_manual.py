"""`docs/handbook.md` followed to the letter: what it shows is there, what it says to do works."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli.program import run
from hub.core.plugins import PluginHost
from hub.errors import ConfigError
from hub.handbook import load_handbook
from hub.handbook.examples import load_examples
from hub.settings import load_yaml, parse_yaml
from hub.testing.examples import try_examples

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "handbook.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of the manual: its language, what it is for, its text."""

    language: str
    purpose: str
    text: str


def blocks(purpose: str = "") -> list[Block]:
    """Give the manual's blocks, all or those for a purpose."""
    found = [Block(*match.groups()) for match in BLOCK.finditer(MANUAL)]
    return [each for each in found if each.purpose.startswith(purpose)]


def rows(data: Any) -> list[dict[str, Any]]:
    """Give the rows of a block: a list, or the list under its one key."""
    if isinstance(data, dict):
        (data,) = data.values()
    assert isinstance(data, list)
    return data


def place(block: Block) -> tuple[str, list[str]]:
    """Give the file and the keys that a block's purpose names."""
    file, _, keys = block.purpose.partition("=")[2].partition(":")
    return file, keys.split(".")


def within(data: Any, keys: list[str]) -> list[dict[str, Any]]:
    """Give the list at some keys."""
    for key in keys:
        data = data[key]
    return rows(data)


@pytest.mark.parametrize("block", blocks("has="), ids=lambda block: block.purpose)
def test_what_the_manual_shows_stands_in_the_handbook(block: Block) -> None:
    """Each value of each row it quotes."""
    file, keys = place(block)
    known = {r["id"]: r for r in within(load_yaml(ROOT / "config/handbook" / file).data, keys)}

    for row in rows(parse_yaml(block.text, Path("manual")).data):
        there = known[row["id"]]
        for name, told in row.items():
            if isinstance(told, dict):
                assert told.items() <= there[name].items()
            elif isinstance(told, list) and told and isinstance(told[0], dict):
                inner = {each["id"]: each for each in there[name]}
                assert all(each.items() <= inner[each["id"]].items() for each in told)
            else:
                assert told == there[name]


@pytest.mark.parametrize("block", blocks("put="), ids=lambda block: block.purpose)
def test_what_the_manual_has_one_write_is_sound(copy: Path, block: Block) -> None:
    """Put above the other rows, the handbook has no defects, and new examples hold."""
    file, keys = place(block)
    data = load_yaml(copy / file).data
    target = within(data, keys)
    target[:0] = rows(parse_yaml(block.text, Path("manual")).data)

    (copy / file).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")

    handbook = load_handbook(copy)
    if file.startswith("examples/"):
        report = try_examples(handbook, PluginHost.load([]), load_examples(handbook))
        assert report.ok


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Give a function that does what is typed in a folder with the handbook, and what it prints."""
    shutil.copytree(ROOT / "config" / "handbook", tmp_path / "config" / "handbook")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")

    def do(line: str) -> str:
        program, *arguments = shlex.split(line)
        if program == "cp":
            shutil.copytree(arguments[1], arguments[2])
            return ""
        assert "hub" == program
        run(arguments)
        printed = capsys.readouterr()
        return printed.err + printed.out

    return do


def steps(block: Block) -> Iterator[tuple[str, str]]:
    """Give the commands of a console block, each with what it shows."""
    for piece in block.text.split("$ ")[1:]:
        line, _, output = piece.partition("\n")
        yield line, output


def test_a_time_is_changed_by_following_the_manual_alone(
    typed: Callable[[str], str], tmp_path: Path
) -> None:
    """Every command prints what the manual shows; dots stand for more of the same."""
    found = ""
    done: list[str] = []
    for block in blocks():
        if block.purpose.startswith("find="):
            found = block.text
        elif block.purpose.startswith("make="):
            file = tmp_path / "config" / "handbook" / place(block)[0]
            text = file.read_text(encoding="utf-8")
            assert 1 == text.count(found)
            file.write_text(text.replace(found, block.text), encoding="utf-8")
        elif block.language == "console":
            for line, output in steps(block):
                wanted = ".*".join(map(re.escape, output.strip().split("…")))
                printed = typed(line)
                assert re.fullmatch(wanted, printed.strip(), re.DOTALL), (line, printed)
                done.append(line.split()[2] if line.startswith("hub") else line.split()[0])
    limits = load_handbook(tmp_path / "config" / "handbook").tables["limits"]
    assert ["cp", "check", "diff", "test", "export", "import"] == done
    assert "1 bh" == next(r for r in limits.rules if r.id == "limits_urgent").then["response"]


def test_the_mistake_that_the_manual_shows_is_told_in_these_words(copy: Path) -> None:
    """Down to the line's number."""
    file = copy / "targets.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("response: 2 bh", "response: 1 hour"), encoding="utf-8")
    (shown,) = [block for block in blocks() if block.language == "text"]

    with pytest.raises(ConfigError) as caught:
        load_handbook(copy)

    (problem,) = caught.value.problems
    told = f"config/handbook/targets.yaml:{problem.line}: {problem.what}\n    {problem.remedy}\n"
    assert shown.text == told


@pytest.mark.parametrize("length", ["30 分钟", "2 工作小时", "2 工作日", "24 小时"])
def test_lengths_can_be_written_in_chinese(copy: Path, length: str) -> None:
    """As the quick guide says."""
    assert length in MANUAL
    file = copy / "targets.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("response: 2 bh", f"response: {length}"), encoding="utf-8")

    assert load_handbook(copy).tables["limits"].sound


def test_a_missing_blank_behind_a_colon_is_told_at_its_own_line(
    copy: Path, line_of: Callable[[str, str], int]
) -> None:
    """The commonest slip of who has not written YAML before."""
    file = copy / "targets.yaml"
    line = line_of("targets.yaml", "response: 2 bh")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("response: 2 bh", "response:2 bh"), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_handbook(copy)

    (problem,) = caught.value.problems
    assert line == problem.line
    assert "a blank follows each colon" in problem.remedy
