"""`python -m hub.testing.crash`: the ordeal as a command."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from hub.testing.crash.ordeal import Ordeal


def main() -> int:
    """Run the ordeal; give 0 if nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m hub.testing.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--changes", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--store", default="", help="URL of the store; SQLite if it is absent")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep logs and store here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-crash-") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        ordeal = Ordeal(
            folder,
            store=arguments.store,
            processes=arguments.processes,
            kills=arguments.kills,
            changes=arguments.changes,
            seed=arguments.seed,
        )
        report = ordeal.run()
    return 1 if report.complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
