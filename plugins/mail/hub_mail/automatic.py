"""What kind of machine wrote a mail, if it was a machine: bounces, auto-replies, lists, ourselves.

An automatic answer to any of these could loop for ever (RFC 3834).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message
from typing import Final

from hub_mail import bodies, headers
from hub_mail.charsets import decode

OWN_PREFIX: Final = "hub."
OWN_HASHED_PREFIX: Final = "hub-"
_ROBOTS: Final = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_BOUNCE_SUBJECT: Final = re.compile(
    r"undeliver|delivery (?:status|failure|has failed)|failure notice|returned mail"
    r"|mail delivery (?:failed|system)|退信|投递失败|无法投递|未送达|系统退回|投遞失敗",
    re.IGNORECASE,
)
_REPLY_SUBJECT: Final = re.compile(
    r"(?:自动回复|自動回覆|自動回復|自动答复)"
    r"|(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office)\s*(?:[:：]|$)",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# These search whole texts of strangers, so each must fail in one pass: no run is begun twice.
_RECIPIENT: Final = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
_RETURNED_ID: Final = re.compile(
    r"^[ \t]*+Message-ID:\s*+<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that could not be delivered: to whom, why, which one."""

    recipient: str = ""
    status: str = ""
    message_id: str = ""


def kind_of(message: Message, own_addresses: Collection[str], own_domain: str) -> str:
    """Give `own`, `bounce`, `auto_reply`, `list`, or nothing for a person's mail."""
    senders = [box.address for box in headers.mailboxes(message, "from")]
    own_id = headers.text(message, "message-id").strip("<> ").lower()
    if own_id.startswith((OWN_PREFIX, OWN_HASHED_PREFIX)) and own_id.endswith("@" + own_domain):
        return "own"
    if any(address in own_addresses for address in senders):
        return "own"
    if _is_bounce(message, senders):
        return "bounce"
    if _is_auto_reply(message):
        return "auto_reply"
    if _is_list(message):
        return "list"
    return ""


def _is_bounce(message: Message, senders: list[str]) -> bool:
    if report_type(message) == "delivery-status":
        return _action(message) not in {"delayed", "delivered", "relayed", "expanded"}
    from_robot = any(_ROBOTS.match(address) for address in senders) or _empty_return_path(message)
    return from_robot and bool(_BOUNCE_SUBJECT.search(headers.text(message, "subject")))


def report_type(message: Message) -> str:
    """Give the kind of a multipart/report; empty for any other mail."""
    if message.get_content_type() != "multipart/report":
        return ""
    declared = headers.parameters(message, "content-type").get("report-type", "").lower()
    if declared:
        return declared
    kinds = {part.get_content_type() for part in message.walk()}
    return "delivery-status" if "message/delivery-status" in kinds else "other"


def _empty_return_path(message: Message) -> bool:
    values = headers.raw_values(message, "return-path")
    return bool(values) and values[0].strip().replace(" ", "") == "<>"


def _is_auto_reply(message: Message) -> bool:
    submitted = headers.text(message, "auto-submitted").split(";")[0].strip().lower()
    if submitted not in {"", "no"} or _empty_return_path(message) or report_type(message):
        return True
    names = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-autoresponder")
    if any(headers.raw_values(message, name) for name in names):
        return True
    if headers.text(message, "precedence").lower() == "auto_reply":
        return True
    return _REPLY_SUBJECT.match(headers.text(message, "subject")) is not None


def _is_list(message: Message) -> bool:
    if headers.text(message, "precedence").lower() in {"bulk", "list", "junk"}:
        return True
    return any(headers.raw_values(message, name) for name in ("list-id", "list-post"))


def _status_blocks(message: Message) -> list[Message]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            if isinstance(payload, list):
                return [block for block in payload if isinstance(block, Message)]
    return []


def _action(message: Message) -> str:
    actions = [headers.text(block, "action").lower() for block in _status_blocks(message)]
    stated = [action for action in actions if action]
    if "failed" in stated or not stated:
        return "failed"
    return stated[0]


def bounce_of(message: Message, shown: str) -> Bounce:
    """Read who was not reached, why, and which mail came back; `shown` is the bounce's text."""
    recipient = status = ""
    for block in _status_blocks(message):
        final = headers.text(block, "final-recipient") or headers.text(block, "original-recipient")
        if final and (not recipient or headers.text(block, "action").lower() == "failed"):
            recipient = final.partition(";")[2].strip().lower() or final.strip().lower()
            status = headers.text(block, "status").split(" ")[0]
            if headers.text(block, "action").lower() == "failed":
                break
    senders = {box.address for box in headers.mailboxes(message, "from")}
    if not recipient:
        others = [found.lower() for found in _RECIPIENT.findall(shown)]
        recipient = next((one for one in others if one not in senders), "")
    if not status:
        found = _STATUS.search(shown)
        status = found[1] if found else ""
    return Bounce(recipient, status, _returned_id(message, shown))


def _returned_id(message: Message, shown: str) -> str:
    for part in message.walk():
        if part is message:
            continue
        kind = part.get_content_type()
        if kind in {"text/rfc822-headers", "message/rfc822-headers"}:
            found = _RETURNED_ID.search(decode(bodies.payload(part)))
            if found:
                return found[1]
        elif kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                ids = headers.message_ids(headers.text(inner[0], "message-id"))
                if ids:
                    return ids[0]
    found = _RETURNED_ID.search(shown)
    return found[1] if found else ""
