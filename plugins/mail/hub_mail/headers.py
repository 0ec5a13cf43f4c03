"""Header fields from raw bytes: encoded words, raw 8-bit, addresses, ids, parameters."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import decode_params, getaddresses, parsedate_to_datetime
from typing import Final

from hub_mail.charsets import decode, scrub

_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN: Final = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_ID: Final = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_SIGN: Final = r"[^\s<>()\[\],;:\"@]"
# Begins at a run's first sign alone: else a long run without @ takes time to its square.
_ADDRESS: Final = re.compile(rf"(?<!{_SIGN}){_SIGN}++@{_SIGN}++")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARAMETER: Final = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person's shown name and address (lower case)."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """Give the domain of the address."""
        return self.address.rpartition("@")[2]


def raw_values(message: Message, name: str) -> list[str]:
    """Give a field's values as they came, 8-bit bytes as surrogates."""
    wanted = name.lower()
    return [str(value) for key, value in message.raw_items() if key.lower() == wanted]


def text(message: Message, name: str) -> str:
    """Give the first value of a field, decoded, on one line."""
    values = raw_values(message, name)
    return decoded(values[0]) if values else ""


def decoded(value: str) -> str:
    """Decode a raw value: 8-bit bytes, encoded words (also cut inside a character), folding."""
    plain = decode(value.encode("utf-8", "surrogateescape"))
    joined = _BETWEEN.sub(r"\1", plain)
    return " ".join(scrub(_decode_words(joined)).split())


def _decode_words(value: str) -> str:
    pieces: list[str] = []
    position = 0
    held: tuple[str, bytes] | None = None
    for match in _WORD.finditer(value):
        raw = _word_bytes(match[2], match[3])
        if held is not None and match.start() == position and held[0] == match[1].lower():
            held = (held[0], held[1] + raw)
        else:
            if held is not None:
                pieces.append(decode(held[1], held[0]))
            pieces.append(value[position : match.start()])
            held = (match[1].lower(), raw)
        position = match.end()
    if held is not None:
        pieces.append(decode(held[1], held[0]))
    pieces.append(value[position:])
    return "".join(pieces)


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = content.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return quopri.decodestring(raw.replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw


def mailboxes(message: Message, name: str) -> list[Mailbox]:
    """Give the mailboxes of an address field; what is no address is left out."""
    values = [decode(v.encode("utf-8", "surrogateescape")) for v in raw_values(message, name)]
    try:
        pairs = getaddresses([" ".join(value.split()) for value in values])
    except (ValueError, IndexError, RecursionError):
        pairs = []
    found = [
        Mailbox(decoded(shown), address.strip().lower())
        for shown, address in pairs
        if _ADDRESS.fullmatch(address.strip())
    ]
    if found:
        return found
    loose = _ADDRESS.findall(_QUOTED.sub("", " ".join(values)))
    return [Mailbox("", address.lower()) for address in loose]


def sender_count(message: Message) -> int:
    """Count distinct addresses in From, also those that only a careless parser overlooks."""
    joined = " ".join(raw_values(message, "from"))
    return len({address.lower() for address in _ADDRESS.findall(_QUOTED.sub("", joined))})


def message_ids(value: str) -> list[str]:
    """Give the Message-IDs of a decoded value, without brackets, in their order."""
    found = _ID.findall(value)
    if not found:
        found = [word for word in value.split() if "@" in word and len(word) < 900]
    return list(dict.fromkeys(scrub(one) for one in found))


def date(message: Message) -> datetime | None:
    """Give the Date in UTC; None if it is absent or no date."""
    value = text(message, "date")
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def parameters(message: Message, name: str) -> dict[str, str]:
    """Give the parameters of a field such as Content-Type, decoded as RFC 2231 and by custom."""
    values = raw_values(message, name)
    if not values:
        return {}
    unfolded = re.sub(r"\r?\n[ \t]", " ", values[0])
    pairs = [(key, _unquoted(value.strip())) for key, value in _PARAMETER.findall(unfolded)]
    try:
        found = decode_params([("", ""), *pairs])[1:]
    except (ValueError, LookupError, TypeError, IndexError):
        found = [*pairs]
    return {str(key).lower(): _parameter(value) for key, value in found}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _parameter(value: str | Sequence[str | None]) -> str:
    if isinstance(value, str):
        return decoded(_unquoted(value))
    charset, _, content = value
    raw = (content or "").strip('"')
    try:
        return decode(raw.encode("latin-1"), charset or "")
    except UnicodeEncodeError:
        return decoded(raw)
