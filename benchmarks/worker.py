"""`python -m benchmarks.worker URL WORK`: one of several hubs on a store, until its input ends."""

from __future__ import annotations

import sys

from benchmarks.hub import build_app
from benchmarks.work import WORKS
from hub.core.app import settle_memory


def main() -> None:
    """Start, say so, and work until the parent closes the pipe or dies."""
    url, work = sys.argv[1:]
    app, _ = build_app(url, WORKS[work])
    settle_memory()
    app.start()
    print("ready", flush=True)
    sys.stdin.read()
    app.stop()


if __name__ == "__main__":
    main()
