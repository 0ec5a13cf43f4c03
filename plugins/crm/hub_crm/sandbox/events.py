"""What happened, as it can be told later on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub_crm.sandbox.store import Saved

MOST: Final = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: a record that was saved, what was pushed to a channel, or a gap.

    `transaction` is common to all that was saved together, `number` its place among them.
    """

    replay_id: int
    at: datetime
    saved: Saved | None = None
    transaction: str = ""
    number: int = 1
    channel: str = ""
    payload: Any = None
    gap: str = ""


def no_events() -> deque[Entry]:
    """Give a list of events, oldest first; what is too much falls out at that end."""
    return deque(maxlen=MOST)
