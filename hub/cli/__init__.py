"""The command `hub`: one file per command, errors turned into advice, four exit codes.

0 is fine, 1 failed, 2 is wrong usage, 78 a defect of configuration, plugins or handbook.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and end the process with its exit code."""
    from hub.cli.program import run  # noqa: PLC0415 - importing this package must cost nothing

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
