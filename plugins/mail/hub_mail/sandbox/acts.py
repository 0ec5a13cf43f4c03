"""What people do to mailboxes from outside the hub: write, answer, bounce, delete, restore."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Mapping
from email import message_from_bytes
from typing import Any, Final

from hub_mail.sandbox import writing
from hub_mail.sandbox.dsn import Report
from hub_mail.sandbox.model import Mailbox, MailStore, Message, crlf


class Acts:
    """Performs acts by name; the service's address is where mail goes if nothing is said."""

    def __init__(self, store: MailStore, service: str) -> None:
        self._store = store
        self._service = service
        self._numbers = itertools.count(1)

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Perform one act; ValueError if there is none of that name, or an argument is missing."""
        if action not in ACTIONS:
            raise ValueError(f"unknown action {action!r}; known: {', '.join(sorted(ACTIONS))}")
        try:
            return ACTIONS[action](self, arguments)
        except KeyError as error:
            raise ValueError(f"{action} needs the argument {error}") from None

    def deliver(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Deliver a mail as if it came from outside.

        Either `raw` (base64; its line ends become CR LF) or `from`, `subject`, `text`, `charset`,
        `in_reply_to`, `references`, `headers`. `mailbox` is the receiving address, by default
        `to`, by default the service's; `folder` and `flags` as wanted.
        """
        to = str(arguments.get("to", self._service))
        if "raw" in arguments:
            raw = crlf(base64.b64decode(str(arguments["raw"])))
        else:
            details = {"to": to, **arguments}
            message_id = str(arguments.get("message_id") or self._fresh_id(str(arguments["from"])))
            raw = writing.mail(details, now=self._store.clock.now(), message_id=message_id)
        mailbox = str(arguments.get("mailbox", to))
        folder = str(arguments.get("folder", "INBOX"))
        flags = [str(flag) for flag in arguments.get("flags", ())]
        return _told(mailbox, self._store.deliver(mailbox, raw, folder, flags))

    def load(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Deliver many: `mails`, each with the arguments of `deliver`."""
        return {"loaded": len([self.deliver(each) for each in arguments["mails"]])}

    def reply(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer the last mail in the mailbox `mailbox`, quoting it, with `text`.

        `style` of the quotation: gmail, qq, outlook; `quote: false` for none; `headers` to add
        (an out-of-office's, say); `message_id` answers that mail instead of the last one.
        """
        customer = str(arguments["mailbox"])
        answered = self._find(customer, str(arguments.get("message_id", "")))
        details = writing.reply_arguments(answered.raw, {"from": customer, **arguments})
        return self.deliver({**details, "mailbox": details["to"]})

    def bounce(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the mail `message_id` to its sender as undeliverable (`status`, `recipient`)."""
        wanted = str(arguments["message_id"])
        for address in list(self._store.accounts):
            try:
                original = self._find(address, wanted)
            except ValueError:
                continue
            recipient = str(arguments.get("recipient", address))
            sender = writing.address(message_from_bytes(original.raw), "from")
            status = str(arguments.get("status", "5.1.1"))
            report = Report(recipient=recipient, action="failed", status=status)
            now, own_id = self._store.clock.now(), self._fresh_id(recipient)
            raw = report.write(original.raw, sender, now=now, own_id=own_id)
            return _told(sender, self._store.deliver(sender, raw))
        raise ValueError(f"no mail has the Message-ID {wanted}")

    def expunge(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Remove the messages `uids` (all if absent) of `mailbox`/`folder` for good."""
        mailbox = self._mailbox(arguments)
        with self._store.lock:
            wanted = arguments.get("uids", list(mailbox.mails))
            gone = mailbox.remove([int(uid) for uid in wanted])
        self._store.changed()
        return {"expunged": gone}

    def flag(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set the flags of the message `uid` of `mailbox`/`folder` to `flags`."""
        mailbox = self._mailbox(arguments)
        with self._store.lock:
            message = mailbox.mails.get(int(arguments["uid"]))
            if message is None:
                raise ValueError(f"no message {arguments['uid']}")
            mailbox.flag(message, [str(flag) for flag in arguments["flags"]])
        self._store.changed()
        return {"flags": sorted(message.flags)}

    def uidvalidity(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Restore `mailbox`/`folder` under a new UIDVALIDITY, with new UIDs."""
        return {"uidvalidity": self._store.renumber(self._mailbox(arguments))}

    def _mailbox(self, arguments: Mapping[str, Any]) -> Mailbox:
        address = str(arguments.get("mailbox", self._service))
        return self._store.account(address).find(str(arguments.get("folder", "INBOX")))

    def _find(self, address: str, message_id: str) -> Message:
        with self._store.lock:
            messages = self._store.account(address).find("INBOX").messages
            for message in reversed(messages):
                found = str(message_from_bytes(message.raw).get("message-id", "")).strip()
                if not message_id or found.strip("<>") == message_id.strip("<>"):
                    return message
        raise ValueError(f"the mailbox {address} has no such mail")

    def _fresh_id(self, address: str) -> str:
        domain = address.rpartition("@")[2].strip("> ") or "outside.example"
        return f"<{self._store.new_validity()}.{next(self._numbers)}@{domain}>"


ACTIONS: Final[Mapping[str, Callable[[Acts, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "deliver": Acts.deliver,
    "load": Acts.load,
    "reply": Acts.reply,
    "bounce": Acts.bounce,
    "expunge": Acts.expunge,
    "flag": Acts.flag,
    "uidvalidity": Acts.uidvalidity,
}


def _told(mailbox: str, message: Message) -> Mapping[str, Any]:
    message_id = str(message_from_bytes(message.raw[:65536]).get("message-id", "")).strip()
    return {"mailbox": mailbox, "uid": message.uid, "message_id": message_id.strip("<>")}
