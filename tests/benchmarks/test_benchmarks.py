"""The benchmarks run; what they measure is never asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.soak
def test_a_quick_run_prints_its_table(tmp_path: Path) -> None:
    """Every figure is measured, and stands in the table."""
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    assert ended.returncode == 0, ended.stderr
    assert "hub run until ready" in ended.stdout
