"""Sends webhooks: signed, with an identifier that stays the same when they are sent again.

Faults of its own (operation `WEBHOOK <event>`): `webhook_never`, `webhook_twice`, `webhook_late`
(`seconds`), `webhook_reordered` (it is sent after the one that comes next, or after `seconds` if
none comes), `webhook_forged` (a wrong signature).
"""

from __future__ import annotations

import hashlib
import heapq
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from hub.sandbox import FaultPlan
from hub.sandbox.traffic import Call, Recorder, line
from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.issueviews import IssueView
from hub_jira.sandbox.jql import Asker, JqlError, compile_query
from hub_jira.sandbox.site import Happened, Site, Webhook

WEBHOOK_FAULTS: Final = frozenset(
    {"webhook_never", "webhook_twice", "webhook_late", "webhook_reordered", "webhook_forged"}
)
_TRIES: Final = 5
_OVERTAKEN: Final = 5.0  # seconds that a letter waits for the one that is to overtake it
_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(order=True, slots=True)
class _Letter:
    due: float
    number: int
    hook: Webhook = field(compare=False)
    body: bytes = field(compare=False)
    identifier: str = field(compare=False)
    forged: bool = field(compare=False, default=False)
    retry: int = field(compare=False, default=0)


class Sender:
    """Sends what happens on a site to its webhooks, from a thread of its own."""

    def __init__(
        self, site: Site, faults: FaultPlan, record: Recorder, *, retry_seconds: float = 2.0
    ) -> None:
        self._site = site
        self._faults = faults
        self._record = record
        self._retry_seconds = retry_seconds
        self._wake = Condition()
        self._letters: list[_Letter] = []
        self._held: list[_Letter] = []
        self._number = 0
        self._stopped = False
        self._thread = Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        """Start listening and sending."""
        self._site.listeners.append(self._listen)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; what waits is dropped."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(5)

    def _listen(self, happened: Happened) -> None:
        for hook in list(self._site.webhooks.values()):
            if hook.enabled and self._wanted(hook, happened):
                self._post(hook, happened)

    def _wanted(self, hook: Webhook, happened: Happened) -> bool:
        expired = hook.expires is not None and hook.expires <= happened.at
        if happened.event not in hook.events or expired:
            return False
        changed = {change.field_id for change in happened.changes}
        if hook.fields and changed and not changed & set(hook.fields):
            return False
        return happened.issue is None or self._matches(hook, happened, happened.issue)

    def _matches(self, hook: Webhook, happened: Happened, issue: Issue) -> bool:
        if not hook.jql:
            return True
        try:
            search = compile_query(hook.jql, self._site, Asker(happened.user, happened.at))
        except JqlError:
            return False
        return search.matches(issue)

    def _post(self, hook: Webhook, happened: Happened) -> None:
        operation = f"WEBHOOK {happened.event}"
        struck = {x.kind: x for x in self._faults.strike(operation, WEBHOOK_FAULTS)}
        if "webhook_never" in struck:
            return
        body = b"" if hook.exclude_body else json.dumps(self._payload(hook, happened)).encode()
        delay = struck["webhook_late"].number("seconds", 1.0) if "webhook_late" in struck else 0.0
        identifier = uuid.uuid4().hex
        forged = "webhook_forged" in struck
        due = time.monotonic() + delay
        letters = [
            _Letter(due, 0, hook, body, identifier, forged)
            for _ in range(2 if "webhook_twice" in struck else 1)
        ]
        held = struck.get("webhook_reordered")
        if held is not None:
            for letter in letters:
                letter.due += held.number("seconds", _OVERTAKEN)
        with self._wake:
            self._push(letters)
            if held is not None:
                self._held += letters
            else:
                self._overtake(due)
            self._wake.notify()

    def _push(self, letters: list[_Letter]) -> None:
        for letter in letters:
            self._number += 1
            letter.number = self._number
            heapq.heappush(self._letters, letter)

    def _overtake(self, due: float) -> None:
        """Have those that were held for the one that was just queued follow it."""
        waiting = [letter for letter in self._held if letter in self._letters]
        self._held = []
        self._letters = [letter for letter in self._letters if letter not in waiting]
        heapq.heapify(self._letters)
        for letter in waiting:
            letter.due = due
        self._push(waiting)

    def _payload(self, hook: Webhook, happened: Happened) -> dict[str, Any]:
        view = IssueView(self._site, happened.user, 2)
        result: dict[str, Any] = {
            "timestamp": int(happened.at.timestamp() * 1000),
            "webhookEvent": happened.event,
            **happened.about,
        }
        if hook.owner:
            result["matchedWebhookIds"] = [hook.id]
        if happened.issue is None:
            return result
        result["issue"] = view.issue(happened.issue)
        if happened.event.startswith("jira:"):
            result["user"] = view.user(happened.user.account_id)
            result["issue_event_type_name"] = happened.event.replace("jira:", "")
        if happened.comment is not None:
            result["comment"] = view.comment(happened.issue, happened.comment)
        if happened.changes:
            entry = happened.issue.histories[-1]
            shown = view.history(entry)
            result["changelog"] = {"id": shown["id"], "items": shown["items"]}
        return result

    def _run(self) -> None:
        first = self._next()
        if first is None:
            return
        # A client costs a quarter of a second of certificates: only who has webhooks pays it.
        with httpx.Client(timeout=5.0) as client:
            letter: _Letter | None = first
            while letter is not None:
                if not self._sent(client, letter) and letter.retry < _TRIES:
                    letter.retry += 1
                    letter.due = time.monotonic() + self._retry_seconds
                    with self._wake:
                        heapq.heappush(self._letters, letter)
                letter = self._next()

    def _next(self) -> _Letter | None:
        with self._wake:
            while not self._stopped:
                wait = self._letters[0].due - time.monotonic() if self._letters else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._letters)
                self._wake.wait(wait)
        return None

    def _sent(self, client: httpx.Client, letter: _Letter) -> bool:
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": letter.identifier,
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if letter.retry:
            headers["X-Atlassian-Webhook-Retry"] = str(letter.retry)
        if letter.hook.secret:
            secret = "forged" if letter.forged else letter.hook.secret
            made = hmac.new(secret.encode(), letter.body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={made}"
        began, status, wrong = time.monotonic(), "lost", ""
        try:
            answer = client.post(letter.hook.url, content=letter.body, headers=headers)
            status, sent = str(answer.status_code), answer.status_code not in _AGAIN
        except httpx.HTTPError as error:
            wrong, sent = str(error), False
        place = urlsplit(letter.hook.url)
        self._record(
            Call(
                operation=f"WEBHOOK {place.netloc}{place.path}",
                status=status,
                failed=not sent,
                seconds=time.monotonic() - began,
                about=line(wrong or f"try {letter.retry + 1}"),
                outgoing=True,
            )
        )
        return sent
