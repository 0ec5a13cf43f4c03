"""The emulator of a mail service: IMAP, IMAPS and SMTP on loopback over one store.

The service's mailbox is there from the start; every other recipient gets one on delivery, so
that one can look at what customers received (same password).
"""

from __future__ import annotations

from collections.abc import Mapping
from email import message_from_bytes
from typing import Any, Final

from hub.sandbox import Authority, FaultPlan, SandboxOptions
from hub_mail.sandbox import writing
from hub_mail.sandbox.acts import ACTIONS, Acts
from hub_mail.sandbox.model import MailStore, Message
from hub_mail.sandbox.server import MailServers

SERVICE: Final = "service@vendor.example"
OWN_FAULTS: Final = frozenset(
    {"expired_token", "forbidden", "garbage", "bye", "silent_idle", "unsafe_login", "uidvalidity",
     "expunge", "bounce", "delay", "stale_search", "missing_search"}
)  # fmt: skip
PASSWORD: Final = "sandbox-mail"  # noqa: S105 - the emulator's own, on loopback


class MailSandbox:
    """The emulator named `mail`; ports by the names `imap`, `imaps` and `smtp`.

    Faults: operations `IMAP <COMMAND>` (UID forms included), `SMTP <VERB>`, `SMTP RCPT <address>`
    and `SMTP DATA` (after the final dot). `server_error` is a NO, or the reply `status` (451 if
    absent) with `reason`. Kinds beyond the common ones: `forbidden`, `garbage`; for IMAP also
    `bye`, `silent_idle`, `unsafe_login`, `uidvalidity`, `expunge` (argument `uid`) and
    `stale_search` (what arrived in the last `seconds` is not found); for `SMTP RCPT` also `bounce`
    and `delay`: accepted, but the sender is told by a notification.
    """

    name = "mail"

    def __init__(self, options: SandboxOptions) -> None:
        self.faults = FaultPlan(OWN_FAULTS, actions=ACTIONS)
        self._options = options
        self._store = MailStore(
            self.faults.clock(options.clock), PASSWORD, SERVICE.rpartition("@")[2]
        )
        self._store.account(SERVICE)
        self._acts = Acts(self._store, SERVICE)
        self._authority: Authority | None = None
        self._servers: MailServers | None = None

    def start(self) -> Mapping[str, Any]:
        """Serve; give hosts, ports, the service's login and the file of the authority."""
        host = self._options.host
        self._authority = Authority(host, self._options.data)
        self._servers = MailServers(
            self._store,
            self.faults,
            self._authority.context,
            host=host,
            ports=self._options.ports,
            record=self._options.traffic.of(self.name),
        )
        self._servers.start()
        ports = self._servers.ports
        return {
            "imap_host": host,
            "imap_port": ports["imap"],
            "imaps_port": ports["imaps"],
            "smtp_host": host,
            "smtp_port": ports["smtp"],
            "user": SERVICE,
            "password": PASSWORD,
            "ca_file": str(self._authority.ca_file),
        }

    def stop(self) -> None:
        """Stop serving; may be called twice."""
        if self._servers is not None:
            self._servers.stop()
            self._servers = None
        if self._authority is not None:
            self._authority.close()
            self._authority = None

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give the mails by mailbox: `address` for an INBOX, `address/Folder` for another."""
        result: dict[str, list[dict[str, Any]]] = {}
        with self._store.lock:
            for address, account in sorted(self._store.accounts.items()):
                for name, mailbox in sorted(account.mailboxes.items()):
                    key = address if name == "INBOX" else f"{address}/{name}"
                    if name == "INBOX" or mailbox.messages:
                        result[key] = [_shown(message) for message in mailbox.messages]
        return result

    def dump(self) -> bytes:
        """Give all mailboxes with their mails."""
        return self._store.dump()

    def load(self, dumped: bytes) -> None:
        """Hold what was dumped; ValueError if it is no dump."""
        self._store.load(dumped)

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what people do; see `Acts`: deliver, load, reply, bounce, expunge, flag."""
        return self._acts.act(action, arguments)


def _shown(message: Message) -> dict[str, Any]:
    parsed = message_from_bytes(message.raw)
    return {
        "uid": message.uid,
        "date": message.date.isoformat(),
        "flags": sorted(message.flags),
        "subject": writing.header(parsed, "subject"),
        "from": writing.address(parsed, "from"),
        "to": writing.header(parsed, "to"),
        "message_id": str(parsed.get("message-id", "")).strip().strip("<>"),
        "in_reply_to": str(parsed.get("in-reply-to", "")).strip().strip("<>"),
        "references": [one.strip("<>") for one in str(parsed.get("references", "")).split()],
        "auto_submitted": str(parsed.get("auto-submitted", "")),
        "text": writing.text_of(parsed),
        "size": len(message.raw),
    }
