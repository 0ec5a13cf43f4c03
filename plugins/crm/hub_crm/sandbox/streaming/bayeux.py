"""The Bayeux protocol: clients that shake hands, subscribe, and wait for what happens."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hub_crm.sandbox.events import Entry
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.store import Saved
from hub_crm.sandbox.streaming.channels import Tell, channel
from hub_crm.sandbox.streaming.log import EventLog

TIMEOUT: Final = 110.0
"""Seconds for which a client that waits is kept waiting."""
MOST_CLIENTS: Final = 1000
MOST_QUEUED: Final = 10_000
IDLE: Final = timedelta(minutes=5)
Message = dict[str, Any]


@dataclass(eq=False)
class Client:
    """One client; `wake` rouses it if it waits. Its first connect is answered at once."""

    client_id: str
    seen: datetime
    subscriptions: dict[str, Tell] = field(default_factory=dict)
    queue: deque[Message] = field(default_factory=lambda: deque(maxlen=MOST_QUEUED))
    wake: Callable[[], None] | None = None
    connected: bool = False

    def rouse(self) -> None:
        """Let it look at its queue."""
        if self.wake is not None:
            self.wake()


class Bayeux:
    """The clients of one organisation, used under its lock."""

    def __init__(self, org: Org, events: deque[Entry]) -> None:
        self._org = org
        self.log = EventLog(org, events)
        self._clients: dict[str, Client] = {}
        org.listeners.append(self._saved)

    def _saved(self, log: Sequence[Saved]) -> None:
        self.tell(self.log.saved(log))

    def tell(self, entries: Iterable[Entry]) -> None:
        """Give events to all who subscribed to a channel that tells them."""
        if not self._clients:
            return
        told = list(entries)
        for client in self._clients.values():
            for name, tell in client.subscriptions.items():
                _queue(client, name, tell, told)

    def push(self, name: str, payload: Any) -> None:
        """Push something to a generic channel."""
        self.tell([self.log.pushed(name, payload)])

    def gap(self, record_id: str, kind: str) -> None:
        """Tell that a record changed, but not how: `GAP_UPDATE`, `GAP_OVERFLOW` and so on."""
        row, definition = self._org.row(record_id), self._org.object_of(record_id)
        if row is not None and definition is not None:
            saved = Saved(definition.name, record_id, row, row)
            self.tell([self.log.gap(saved, kind)])

    def client(self, message: Mapping[str, Any]) -> Client | None:
        """Give the client that a message is of."""
        return self._clients.get(str(message.get("clientId")))

    def answer(self, message: Message) -> Message:
        """Answer one message, but for the wait of a connect."""
        name = message.get("channel")
        told: Message = {"channel": name}
        if "id" in message:
            told["id"] = message["id"]
        if name == "/meta/handshake":
            return told | self._shake(message)
        client = self.client(message)
        if client is None:
            advice = {"reconnect": "handshake", "interval": 0}
            return told | {
                "advice": advice, "error": "403::Unknown client", "successful": False,
            }  # fmt: skip
        client.seen = self._org.clock.now()
        told["clientId"] = client.client_id
        if name == "/meta/connect":
            advice = {"interval": 0, "timeout": int(TIMEOUT * 1000), "reconnect": "retry"}
            return told | {"advice": advice, "successful": True}
        if name == "/meta/disconnect":
            self._clients.pop(client.client_id)
            client.rouse()
            return told | {"successful": True}
        if name in {"/meta/subscribe", "/meta/unsubscribe"}:
            return told | self._subscribe(client, message, on=name == "/meta/subscribe")
        return told | {"error": f"403:{name}:Publish denied", "successful": False}

    def _shake(self, message: Message) -> Message:
        kinds = message.get("supportedConnectionTypes")
        if not isinstance(kinds, list) or "long-polling" not in kinds:
            return {
                "error": "400::No transport in common", "successful": False,
                "advice": {"reconnect": "none"}, "version": "1.0", "minimumVersion": "1.0",
                "supportedConnectionTypes": ["long-polling"],
            }  # fmt: skip
        now = self._org.clock.now()
        for idle in [c for c in self._clients.values() if now - c.seen > IDLE and c.wake is None]:
            del self._clients[idle.client_id]
        if len(self._clients) >= MOST_CLIENTS:
            error = "403::Organization concurrent user limit exceeded"
            return {"error": error, "successful": False, "advice": {"reconnect": "none"}}
        client = Client(secrets.token_hex(12), now)
        self._clients[client.client_id] = client
        return {
            "ext": {"replay": True, "payload.format": True},
            "minimumVersion": "1.0",
            "clientId": client.client_id,
            "supportedConnectionTypes": ["long-polling"],
            "version": "1.0",
            "successful": True,
        }

    def _subscribe(self, client: Client, message: Message, *, on: bool) -> Message:
        wanted = message.get("subscription")
        names = wanted if isinstance(wanted, list) else [wanted]
        for name in names:
            if not isinstance(name, str):
                error = "400::subscription_missing"
            elif on:
                error = self._begin(client, name, message)
            else:
                client.subscriptions.pop(name, None)
                error = ""
            if error:
                return {"subscription": wanted, "error": error, "successful": False}
        return {"subscription": wanted, "successful": True}

    def _begin(self, client: Client, name: str, message: Message) -> str:
        """Subscribe a client to a channel; give the error if that can not be."""
        tell = channel(self._org, name)
        if tell is None:
            kind = "topic" if name.startswith("/topic/") else "channel"
            return f"404::The {kind} name you specified doesn't exist: {name}"
        start = _replay(message, name)
        if start != -1:
            known = isinstance(start, int) and (
                start == -2 or self.log.oldest <= start <= self.log.last
            )
            if not known:
                return (
                    f"400::The replayId {{{start}}} you provided was invalid.  Please provide a "
                    "valid ID, -2 to replay all events, or -1 to replay only new events."
                )
            _queue(client, name, tell, self.log.after(self.log.oldest if start == -2 else start))
        client.subscriptions[name] = tell
        return ""


def _replay(message: Message, name: str) -> Any:
    ext = message.get("ext")
    replay = ext.get("replay") if isinstance(ext, dict) else None
    return replay.get(name, -1) if isinstance(replay, dict) else -1


def _queue(client: Client, name: str, tell: Tell, entries: Iterable[Entry]) -> None:
    for entry in entries:
        data = tell(entry)
        if data is not None:
            client.queue.append({"data": data, "channel": name})
    if client.queue:
        client.rouse()
