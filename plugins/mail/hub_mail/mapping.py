"""Raw bytes of a mail into a change: pure, and never raising whatever the bytes are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from typing import Final

from hub.clock import ID_ALPHABET, ID_LENGTH
from hub.models import Attachment, Change, Fields, PublicText, Ref, Unreadable
from hub_mail import automatic, bodies, headers, quotes
from hub_mail.charsets import decode

KIND: Final = "mail"
_TAG: Final = re.compile(rf"\[#([{ID_ALPHABET}]{{{ID_LENGTH}}})\]")
_FORWARD: Final = re.compile(r"\s*(?:fwd?|转发|轉寄|转寄|轉發)\s*[:：]", re.IGNORECASE)
_REPLY: Final = re.compile(
    r"\s*(?:re|回复|回覆|答复|答覆|sv|aw)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_LETTER: Final = re.compile(r"[A-Za-z\u3400-\u9fff]")
_DMARC: Final = re.compile(r"\bdmarc\s*=\s*pass\b", re.IGNORECASE)
_EXCERPT: Final = 2000
_MAX_MENTIONS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who we are, as mapping needs it: the connector's name, our addresses, our border's name."""

    connector: str
    own_addresses: frozenset[str]
    domain: str
    authserv_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a mail was read: its place on the server, when it came, what was left there."""

    place: str
    received_at: datetime
    seen_at: datetime
    left: Sequence[Attachment] = ()
    note: str = ""


def to_change(raw: bytes, source: Source, profile: Profile) -> Change | Unreadable:
    """Read a mail; what can not be understood comes back as unreadable, by its place."""
    try:
        return _change(message_from_bytes(raw), source, profile)
    except Exception as error:  # noqa: BLE001 - one poisonous mail must never stop the box
        return unreadable(raw, source, profile, f"{type(error).__name__}: {error}")


def unreadable(raw: bytes, source: Source, profile: Profile, cause: str) -> Unreadable:
    """Describe a mail that can not be read."""
    return Unreadable(
        ref=Ref(profile.connector, KIND, source.place),
        version=hashlib.sha256(raw).hexdigest()[:16],
        cause=f"the mail {source.place} can not be read: {cause}",
        excerpt=decode(raw[:_EXCERPT]),
        remedy="open the mail in the mailbox, enter its matter by hand, then drop this entry",
    )


def _change(message: Message, source: Source, profile: Profile) -> Change | Unreadable:
    senders = headers.mailboxes(message, "from")
    if not senders and not headers.text(message, "subject") and not message.get("message-id"):
        return unreadable(_start(message), source, profile, "it has no sender, subject or id")
    content = bodies.read(message)
    auto = automatic.kind_of(message, profile.own_addresses, profile.domain)
    bounce = automatic.bounce_of(message, content.text) if auto == "bounce" else automatic.Bounce()
    identity = _own_id(message)
    text = _said(message, content.text)
    fields = _fields(message, source, text) | {
        "message_id": identity,
        "auto": auto,
        "bounce_recipient": bounce.recipient,
        "bounce_status": bounce.status,
        "authenticated": _authenticated(message, profile),
    }
    sender = senders[0].address if senders else ""
    digest = _digest(message, content, source)
    if _is_ours(identity, sender, profile):
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Change(
        ref=Ref(profile.connector, KIND, record_id(identity, digest)),
        version=digest,
        seen_at=source.seen_at,
        at=source.received_at.astimezone(UTC),
        fields=fields,
        text=PublicText(_with_note(text, source)),
        attachments=(*content.files, *source.left),
        aliases=(f"message-id:{identity}",) if identity else (),
        mentions=_mentions(message, bounce),
        key=_key(identity, sender, profile),
        actor=sender,
    )


def own_id(raw: bytes) -> str:
    """Give the Message-ID of a mail or of its header alone; empty if it has none."""
    return _own_id(message_from_bytes(raw))


def _own_id(message: Message) -> str:
    return next(iter(headers.message_ids(headers.text(message, "message-id"))), "")


def _start(message: Message) -> bytes:
    return str(message.get_payload())[:_EXCERPT].encode("utf-8", "surrogateescape")


def record_id(message_id: str, digest: str) -> str:
    """Give a mail's id: the same for each copy of it, in whatever mailbox under whatever UID."""
    return f"{id_hash(message_id)}-{digest}"


def id_hash(message_id: str) -> str:
    """Give the part of a mail's id that follows from its Message-ID."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:12]


def _digest(message: Message, content: bodies.Content, source: Source) -> str:
    """Hash what the writer wrote, less what each server on the way adds."""
    stamp = headers.text(message, "date")
    if not stamp and not message.get("message-id"):
        stamp = source.received_at.isoformat()
    pieces = [
        headers.text(message, "from"),
        headers.text(message, "subject"),
        stamp,
        " ".join(content.text.split()),
        *content.digests,
    ]
    joined = "\0".join(pieces).encode("utf-8", "replace")
    return hashlib.sha256(joined).hexdigest()[:16]


def _fields(message: Message, source: Source, text: str) -> Fields:
    senders = headers.mailboxes(message, "from")
    sender = senders[0] if senders else headers.Mailbox("", "")
    written = headers.date(message) or source.received_at
    subject = headers.text(message, "subject")
    return {
        "subject": subject,
        "from_email": sender.address,
        "from_name": sender.name,
        "to": [box.address for box in headers.mailboxes(message, "to")],
        "cc": [box.address for box in headers.mailboxes(message, "cc")],
        "date": written.astimezone(UTC).isoformat(),
        "language": language(f"{subject}\n{text}"),
        "note": source.note,
    }


def _said(message: Message, whole: str) -> str:
    """Give the new text. A forwarded mail's matter is what it forwards, so nothing is cut."""
    subject = headers.text(message, "subject")
    if _FORWARD.match(subject) or quotes.is_forwarded(whole):
        return whole.strip()
    new = quotes.new_text(whole)
    answers = bool(message.get("in-reply-to") or message.get("references"))
    if not new and not answers and not _REPLY.match(subject):
        return whole.strip()
    return new


def _with_note(text: str, source: Source) -> str:
    return f"{text}\n\n[{source.note}]".strip() if source.note else text


def language(text: str) -> str:
    """Guess `zh` or `en` by the letters."""
    letters = len(_LETTER.findall(text))
    chinese = len(_CHINESE.findall(text))
    return "zh" if chinese >= 2 and chinese * 10 >= letters else "en"


def _authenticated(message: Message, profile: Profile) -> bool:
    """Trust only the topmost result of our own border, and only for one single sender."""
    results = headers.raw_values(message, "authentication-results")
    if not profile.authserv_id or not results or headers.sender_count(message) != 1:
        return False
    verdict = headers.decoded(results[0])
    server = verdict.split(";")[0].split()
    ours = bool(server) and server[0].lower() == profile.authserv_id.lower()
    return ours and _DMARC.search(verdict) is not None


def _mentions(message: Message, bounce: automatic.Bounce) -> tuple[str, ...]:
    ids = [bounce.message_id] if bounce.message_id else []
    ids += headers.message_ids(" ".join(_texts(message, "in-reply-to")))
    ids += reversed(headers.message_ids(" ".join(_texts(message, "references"))))
    keys = [f"message-id:{one}" for one in list(dict.fromkeys(ids))[:_MAX_MENTIONS]]
    keys += [f"item:{tag}" for tag in _TAG.findall(headers.text(message, "subject"))]
    for box in headers.mailboxes(message, "from")[:1]:
        keys += [f"email:{box.address}", f"domain:{box.domain}"]
    return tuple(dict.fromkeys(keys))


def _texts(message: Message, name: str) -> list[str]:
    return [headers.decoded(value) for value in headers.raw_values(message, name)]


def _is_ours(identity: str, sender: str, profile: Profile) -> bool:
    """Say whether the hub wrote a mail: then its Message-ID is its identity, whatever its date."""
    domain = identity.rpartition("@")[2].lower()
    marks = (automatic.OWN_PREFIX, automatic.OWN_HASHED_PREFIX)
    ours = sender in profile.own_addresses and domain == profile.domain
    return ours and identity.startswith(marks)


def _key(identity: str, sender: str, profile: Profile) -> str:
    """Give the idempotency key that a mail of ours carries in its Message-ID."""
    local = identity.rpartition("@")[0]
    if not _is_ours(identity, sender, profile) or not local.startswith(automatic.OWN_PREFIX):
        return ""
    return local.removeprefix(automatic.OWN_PREFIX)
