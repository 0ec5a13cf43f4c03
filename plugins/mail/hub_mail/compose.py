"""Builds the bytes of a mail to send: pure, with its thread and its key in the header."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final

from hub.errors import InvalidPayloadError
from hub.models import Delivery, PublicText, SendNotice, SendReply
from hub_mail.automatic import OWN_HASHED_PREFIX, OWN_PREFIX
from hub_mail.charsets import scrub

ACCEPTED_HEADER: Final = "X-Hub-Accepted"
_SEVEN_BIT: Final = SMTP.clone(cte_type="7bit")
_SAFE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_MAX_KEY: Final = 120
_ID: Final = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{3,900}")
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_MAX_THREAD: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail ready for the way: bytes, envelope, identity.

    `may_loop`: a machine's mail to somebody outside, where another machine may answer it;
    colleagues are no robots.
    """

    raw: bytes
    message_id: str
    recipients: tuple[str, ...]
    may_loop: bool
    needs_utf8: bool


def message_id(key: str, domain: str) -> str:
    """Give the Message-ID, without brackets, that follows from an idempotency key."""
    if len(key) <= _MAX_KEY and _SAFE_KEY.fullmatch(key):
        return f"{OWN_PREFIX}{key}@{domain}"
    return f"{OWN_HASHED_PREFIX}{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}"


def outgoing(delivery: Delivery, *, address: str, display_name: str, now: datetime) -> Outgoing:
    """Build the mail of a delivery; what can not be sent so is an `InvalidPayloadError`."""
    effect = delivery.effect
    if not isinstance(effect, SendReply | SendNotice):
        raise InvalidPayloadError(f"mail performs no {type(effect).__name__}", operation="send")
    if isinstance(effect, SendReply) and not isinstance(effect.text, PublicText):
        raise InvalidPayloadError("internal text in a mail to a customer", field="text")
    recipients = tuple(dict.fromkeys(_recipient(one) for one in effect.to))
    if not recipients:
        raise InvalidPayloadError("a mail without recipients", field="to", operation="send")
    automatic = effect.automatic if isinstance(effect, SendReply) else True
    own_id = message_id(delivery.key, address.rpartition("@")[2])
    mail = EmailMessage(policy=_SEVEN_BIT)
    mail["From"] = _shown(display_name, address)
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = one_line(effect.subject)
    mail["Date"] = format_datetime(delivery.tried_at or now)
    mail["Content-Language"] = one_line(effect.language) or "zh"
    if automatic:
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(scrub(effect.text.text) + "\n", charset="utf-8")
    if isinstance(effect, SendNotice):
        _enclose(mail, effect)
    needs_utf8 = not all(one.isascii() for one in (*recipients, address))
    body = mail.as_bytes(policy=SMTPUTF8 if needs_utf8 else SMTP)
    raw = f"Message-ID: <{own_id}>\r\n".encode() + thread_lines(effect.thread) + body
    return Outgoing(
        raw=raw,
        message_id=own_id,
        recipients=recipients,
        may_loop=automatic and isinstance(effect, SendReply),
        needs_utf8=needs_utf8,
    )


def _enclose(mail: EmailMessage, effect: SendNotice) -> None:
    """Add the text's HTML form, and the files that go with it."""
    if effect.html:
        mail.add_alternative(scrub(effect.html), subtype="html", charset="utf-8")
    for file in effect.files:
        main, _, sub = file.media_type.partition("/")
        name = one_line(file.name)
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=name)


def thread_lines(thread: Sequence[str]) -> bytes:
    """Write In-Reply-To and References, one id a line.

    The library would encode ids longer than a line as RFC 2047 words, and Outlook, whose own ids
    are that long, would lose the thread.
    """
    ids = [one for raw in thread if _ID.fullmatch(one := raw.strip().strip("<>"))]
    ids = list(dict.fromkeys(ids))
    if not ids:
        return b""
    if len(ids) > _MAX_THREAD:
        ids = [ids[0], *ids[1 - _MAX_THREAD :]]
    references = "\r\n ".join(f"<{one}>" for one in ids)
    return f"In-Reply-To: <{ids[-1]}>\r\nReferences: {references}\r\n".encode("ascii")


def one_line(text: str) -> str:
    """Give a text for a header: line breaks and controls become single spaces."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+", " ", scrub(text)).split())


def with_accepted(raw: bytes, accepted: Sequence[str]) -> bytes:
    """Give the copy for the sent folder, which says who has been served so far."""
    line = f"{ACCEPTED_HEADER}: " + "\r\n ".join(accepted) + "\r\n"
    return line.encode("utf-8") + raw


def _recipient(address: str) -> str:
    cleaned = address.strip()
    if not _ADDRESS.fullmatch(cleaned) or scrub(cleaned) != cleaned:
        raise InvalidPayloadError(
            f"{one_line(address)!r} is no mail address", field="to", operation="send"
        )
    local, _, domain = cleaned.rpartition("@")
    if domain.isascii():
        return cleaned
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise InvalidPayloadError(
            f"{one_line(address)!r} has a domain that can not be", field="to", operation="send"
        ) from None


def _shown(display_name: str, address: str) -> str | Address:
    name = one_line(display_name)
    return Address(display_name=name, addr_spec=address) if name else address
