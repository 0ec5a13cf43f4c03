"""How often a stranger may ask: so many times an hour from one address, kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

HOUR: Final = 3600.0
MOST_ADDRESSES: Final = 10_000


class Allowance:
    """Counts what each address did within the last hour; 0 an hour means without limit."""

    def __init__(self, per_hour: int, monotonic: Callable[[], float]) -> None:
        self._per_hour = per_hour
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Take one of an address's turns; give the seconds to wait if it has none left, else 0."""
        if self._per_hour <= 0:
            return 0.0
        now = self._monotonic()
        with self._lock:
            turns = self._seen.setdefault(address, deque())
            self._seen.move_to_end(address)
            while turns and now - turns[0] >= HOUR:
                turns.popleft()
            if len(turns) >= self._per_hour:
                return HOUR - (now - turns[0])
            turns.append(now)
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
        return 0.0
