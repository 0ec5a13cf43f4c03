"""How values become columns and come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

import msgspec

from hub.core.store.schema import SHARDS
from hub.models import Change, Command, Event, Fields, Receipt, Record, Unreadable, Value, Why

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encoder: Final = msgspec.json.Encoder()

decode_change: Final = msgspec.json.Decoder(Change).decode
decode_unreadable: Final = msgspec.json.Decoder(Unreadable).decode
decode_command: Final = msgspec.json.Decoder(Command).decode
decode_receipt: Final = msgspec.json.Decoder(Receipt).decode
decode_fields: Final = msgspec.json.Decoder(Fields).decode
decode_overtaken: Final = msgspec.json.Decoder(dict[str, list[Value]]).decode
decode_record: Final = msgspec.json.Decoder(Record).decode
decode_event: Final = msgspec.json.Decoder(Event).decode
decode_why: Final = msgspec.json.Decoder(Why).decode


def encode(value: object) -> str:
    """Give a value as JSON text; UnicodeEncodeError on text that is no Unicode (surrogates)."""
    return _encoder.encode(value).decode()


def encode_fields(fields: Fields) -> str:
    """Give fields as JSON text; most that are stored are empty."""
    return _encoder.encode(fields).decode() if fields else "{}"


def micros(moment: datetime) -> int:
    """Give an instant as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    """Give the instant (UTC) of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def maybe_micros(moment: datetime | None) -> int | None:
    """Give microseconds, or None for None."""
    return None if moment is None else micros(moment)


def maybe_instant(microseconds: int | None) -> datetime | None:
    """Give an instant, or None for None."""
    return None if microseconds is None else instant(microseconds)


def shard_of(text: str) -> int:
    """Give the shard of an address; the same on every machine and for ever."""
    return crc32(text.encode("utf-8", "surrogatepass")) % SHARDS
