"""All that the resources stand on: the organisation, sessions, faults, budget, open cursors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hub.clock import Clock
from hub.sandbox import Fault, FaultPlan
from hub_crm.ids import normal_id
from hub_crm.sandbox.bulk.jobs import Jobs
from hub_crm.sandbox.events import Entry, no_events
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.sessions import Credentials, Sessions
from hub_crm.sandbox.soql.evaluator import Result, Runner
from hub_crm.sandbox.wire import Answer, ApiError, Call
from hub_crm.sandbox.write import Write

OWN_FAULTS: Final = frozenset(
    {"expired_token", "dead_session", "stale_commit", "row_lock", "owner_rewritten",
     "request_limit", "lost_locator", "rolled_back", "published", "job_in_progress",
     "stale_search", "missing_search"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """The emulator's own faults that strike one call."""

    faults: tuple[Fault, ...] = ()

    def get(self, kind: str) -> Fault | None:
        """Give the fault of a kind, if it strikes."""
        return next((fault for fault in self.faults if fault.kind == kind), None)


def rolled_back() -> ApiError:
    """Give the error of a record that failed because others did."""
    return ApiError(
        400,
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using "
        "AllOrNone header",
    )


@dataclass
class Cursor:
    """A query's rows that were not yet fetched."""

    runner: Runner
    result: Result
    size: int
    used_at: datetime


@dataclass
class Site:
    """The state behind all resources; used under the organisation's lock.

    `transaction_since` is when the oldest transaction began that has not committed yet; `packages`
    are the components of deployed packages by name, `told` the results of deploying and retrieving.
    """

    org: Org
    clock: Clock
    faults: FaultPlan
    sessions: Sessions
    credentials: Credentials
    integration_user: str
    organization_id: str
    daily_limit: int = 100_000
    used: int = 0
    cursors: dict[str, Cursor] = field(default_factory=dict)
    transaction_since: datetime | None = None
    jobs: Jobs = field(default_factory=Jobs)
    events: deque[Entry] = field(default_factory=no_events)
    packages: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    played: Played = field(default_factory=Played)
    dispatch: Callable[[Call], Answer] = field(default=lambda _: Answer(404))
    push: Callable[[str, Any], None] = field(default=lambda *_: None)
    gap: Callable[[str, str], None] = field(default=lambda *_: None)

    def strike(self, call: Call) -> None:
        """Note which of the emulator's own faults strike this call."""
        struck = self.faults.strike(f"{call.method} {call.path}", OWN_FAULTS)
        self.played = Played(tuple(struck))

    def hidden(self) -> Callable[[Mapping[str, Any]], bool] | None:
        """Give what says of a record that searches miss it now, if a fault has them miss any."""
        stale, missing = self.played.get("stale_search"), self.played.get("missing_search")
        if stale is None and missing is None:
            return None
        until = self.now() - timedelta(seconds=stale.number("seconds", 60)) if stale else None

        def hides(row: Mapping[str, Any]) -> bool:
            late = until is not None and row["CreatedDate"] > until
            return late or (missing is not None and not missing.keeps(row["Id"]))

        return hides

    def write(self, call: Call) -> Write:
        """Give how this call writes: its user, its assignment header, the faults upon it."""
        stale, owner = self.played.get("stale_commit"), self.played.get("owner_rewritten")
        return Write(
            user_id=call.user_id,
            auto_assign=self._assigns(call.headers.get("sforce-auto-assign", "TRUE")),
            allow_duplicates="allowsave=true"
            in call.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", ""),
            truncate=call.headers.get("sforce-truncate", "") == "true",
            stale_seconds=stale.number("seconds", 60.0) if stale else 0.0,
            owner_id=self._rewriter(owner) if owner else "",
            publish=self.played.get("published") is not None,
        )

    def _assigns(self, header: str) -> bool:
        if header.upper() in {"TRUE", "FALSE"}:
            return header.upper() == "TRUE"
        if normal_id(header) != self.org.rule_id:
            message = f"Assignment rule id is not valid: {header}"
            raise ApiError(400, "INVALID_ID_FIELD", message)
        return True

    def check_faults(self) -> None:
        """Refuse a write if a fault says so: a row lock once in a call, a roll-back each time."""
        if self.played.get("rolled_back"):
            raise rolled_back()
        if self.played.get("row_lock"):
            self.played = Played(tuple(f for f in self.played.faults if f.kind != "row_lock"))
            message = "unable to obtain exclusive access to this record or 1 records"
            raise ApiError(400, "UNABLE_TO_LOCK_ROW", message)

    def user_of(self, token: str) -> str:
        """Give the user of a token; INVALID_SESSION_ID if it is none, or a fault says so."""
        if self.played.get("expired_token"):
            self.sessions.end(token)
        user_id = self.sessions.user(token)
        if user_id is None or self.played.get("dead_session"):
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return user_id

    def now(self) -> datetime:
        """Give the present instant."""
        return self.clock.now()

    def _rewriter(self, fault: Fault) -> str:
        email = str(fault.arguments.get("owner", "")).lower()
        for user in self.org.rows("User"):
            if (user["Email"] or "").lower() == email:
                return str(user["Id"])
        return self.org.assign_to
