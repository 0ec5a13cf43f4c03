"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_CONFIG: Final = Path("config/hub.yaml")

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", "-c", envvar="HUB_CONFIG", show_envvar=True, help="The configuration file."
    ),
]

JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of text for people.")
]


class Tongue(StrEnum):
    """In which language something is shown."""

    ZH = "zh"
    EN = "en"


def example(*lines: str) -> str:
    """Give the end of a command's help: what it looks like when it is used."""
    return "[bold]Example[/]: " + "  ·  ".join(lines)
