"""Where the files are that ship with the hub: sample configuration and default handbook."""

from __future__ import annotations

import sys
from pathlib import Path

import hub


def shipped_config() -> Path:
    """Give the folder of the shipped configuration: of the checkout, else of the installation.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    checkout = Path(hub.__file__).parent.parent / "config"
    installed = Path(sys.prefix) / "share" / "handbook-hub" / "config"
    for folder in (checkout, installed):
        if (folder / "hub.yaml").is_file():
            return folder
    raise FileNotFoundError(f"no shipped configuration in {checkout} or {installed}")
