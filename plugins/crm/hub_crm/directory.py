"""Who is who: active users by e-mail, queues by name; looked up when needed, kept for minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from hub.errors import InvalidPayloadError
from hub_crm.client import SalesforceClient, soql
from hub_crm.mapping import QUEUE

KEPT_SECONDS: Final = 300.0
MOST_NAMES: Final = 100


class Directory:
    """Resolves the hub's names of people and queues into ids, and queues' ids into names."""

    def __init__(self, client: SalesforceClient, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._users: dict[str, tuple[list[str], float]] = {}
        self._queues: dict[str, str] = {}
        self._queues_until = 0.0

    def owner_id(self, name: str) -> str:
        """Give the id of a user's e-mail address or of `queue:DeveloperName`.

        Nobody, or more than one, of that name: `InvalidPayloadError` for OwnerId.
        """
        if name.startswith(QUEUE):
            wanted = name.removeprefix(QUEUE)
            for fresh in (False, True):
                found = [i for i, queue in self.queues(fresh=fresh).items() if queue == wanted]
                if found:
                    return found[0]
            raise _unknown(f"no queue has the developer name {wanted!r}")
        self.look_up([name])
        ids = self._users[name.lower()][0]
        if not ids:
            raise _unknown(f"no active user has the e-mail address {name}")
        if len(ids) > 1:
            raise _unknown(f"{len(ids)} active users share the e-mail address {name}")
        return ids[0]

    def look_up(self, emails: Iterable[str]) -> None:
        """Look up users by e-mail address in one query, as far as they are not known."""
        now = self._monotonic()
        wanted = {email.lower() for email in emails if email and not email.startswith(QUEUE)}
        with self._lock:
            missing = sorted(e for e in wanted if not self._known(e, now))
        for start in range(0, len(missing), MOST_NAMES):
            part = missing[start : start + MOST_NAMES]
            rows = self._client.query(
                "users",
                soql("SELECT Id, Email FROM User WHERE IsActive = true AND Email IN {}", part),
            )
            found: dict[str, list[str]] = {email: [] for email in part}
            for row in rows:
                found.setdefault(str(row["Email"]).lower(), []).append(str(row["Id"]))
            with self._lock:
                for email, ids in found.items():
                    self._users[email] = (ids, now + KEPT_SECONDS)

    def queues(self, *, fresh: bool = False) -> Mapping[str, str]:
        """Give the developer name of each queue by id; `fresh` asks anew."""
        now = self._monotonic()
        with self._lock:
            if not fresh and now < self._queues_until:
                return self._queues
        rows = self._client.query(
            "queues", "SELECT Id, DeveloperName FROM Group WHERE Type = 'Queue'"
        )
        with self._lock:
            self._queues = {str(row["Id"]): str(row["DeveloperName"]) for row in rows}
            self._queues_until = now + KEPT_SECONDS
            return self._queues

    def forget(self) -> None:
        """Have everybody looked up anew: someone may have left."""
        with self._lock:
            self._users.clear()
            self._queues_until = 0.0

    def _known(self, email: str, now: float) -> bool:
        ids, until = self._users.get(email, ([], 0.0))
        # That nobody was found is not kept: the user may just be being made.
        return bool(ids) and now < until


def _unknown(message: str) -> InvalidPayloadError:
    return InvalidPayloadError(message, field="OwnerId", operation="resolve owner")
