"""Kills the real hub again and again while people work, and counts what became of it.

The emulators run in this process; `hub run` runs in processes of its own and is ended by SIGKILL
at random moments, its start included, while faults are played. At the end every mail must be
one case, every hand-off one issue, every comment mirrored once, every mail sent once.

Run it by `python -m hub.testing.crash --kills 200 --changes 2000`.
"""

from __future__ import annotations

from hub.testing.crash.ordeal import Ordeal, Report

__all__ = ["Ordeal", "Report"]
