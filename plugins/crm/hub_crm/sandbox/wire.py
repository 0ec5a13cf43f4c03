"""A call and its answer, free of any server, and the errors as the system words them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import msgspec

from hub_crm.sandbox.blobs import Blob

RETIRED: Final = 21
OLDEST: Final = 31
NEWEST: Final = 68
JSON: Final = "application/json;charset=UTF-8"


class ApiError(Exception):
    """A refusal: its HTTP status, the system's code, the message, the fields at fault.

    `details` is what some errors tell besides, by its name in the body.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.details = dict(details or {})
        super().__init__(f"{code}: {message}")

    @property
    def all(self) -> list[ApiError]:
        """Give the errors that are told together: this one."""
        return [self]

    def body(self) -> list[dict[str, Any]]:
        """Give the body of an answer that refuses a whole call."""
        return [error._whole() for error in self.all]  # noqa: SLF001  # of this class

    def entries(self) -> list[dict[str, Any]]:
        """Give the errors as they stand in one record's result of a collection."""
        return [
            {"statusCode": error.code, "message": error.message, "fields": error.fields}
            | error.details
            for error in self.all
        ]

    def _whole(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields or self.code in _WITH_FIELDS:
            entry["fields"] = self.fields
        return entry | self.details


class CombinedError(ApiError):
    """Several refusals of one record, told together."""

    def __init__(self, errors: Sequence[ApiError]) -> None:
        first = errors[0]
        self._errors = list(errors)
        super().__init__(first.status, first.code, first.message, first.fields)

    @property
    def all(self) -> list[ApiError]:
        """Give the errors that are told together."""
        return self._errors


_WITH_FIELDS: Final = frozenset(
    {"REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE", "INVALID_CROSS_REFERENCE_KEY",
     "UNABLE_TO_LOCK_ROW", "STRING_TOO_LONG", "ENTITY_IS_DELETED", "DELETE_FAILED",
     "FIELD_CUSTOM_VALIDATION_EXCEPTION"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; one without a file name is text."""

    name: str
    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed: headers in lower case, `segments` by the names of the route."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = ""
    version: float = 59.0
    user_id: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    parts: tuple[Part, ...] = ()

    def json(self) -> Any:
        """Read the body as JSON; JSON_PARSER_ERROR if it is none, 415 if it says it is not."""
        kind = self.headers.get("content-type", "application/json").partition(";")[0].strip()
        if self.body and kind.lower() != "application/json":
            message = (
                f"Content-Type header specified in HTTP request is not supported: "
                f"{self.headers['content-type']}"
            )
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", message)
        return read_json(self.body)

    def json_object(self) -> dict[str, Any]:
        """Read the body as one JSON object."""
        value = self.json()
        if isinstance(value, dict):
            return value
        if value is None:
            message = "The HTTP entity body is required, but this request has no entity body."
        else:
            found = "START_ARRAY" if isinstance(value, list) else "VALUE_STRING"
            message = f"Cannot deserialize instance of SObject from {found} token"
        raise ApiError(400, "JSON_PARSER_ERROR", message)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give a boolean parameter of the query."""
        return self.query.get(name, str(default)).lower() == "true"

    @property
    def base(self) -> str:
        """Give the path under which this version's resources stand, the Tooling API's its own."""
        data = f"/services/data/v{self.version:.1f}"
        tooling = f"{self.path}/".lower().startswith(f"{data}/tooling/")
        return f"{data}/tooling" if tooling else data


def read_json(body: bytes) -> Any:
    """Read JSON; JSON_PARSER_ERROR with the place of what is wrong."""
    try:
        return _DECODER.decode(body or b"null")
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        where = ""
        try:
            json.loads(body)
        except json.JSONDecodeError as found:
            where = f" at [line:{found.lineno}, column:{found.colno}]"
        except (ValueError, RecursionError):
            pass
        message = f"Unexpected input: {str(error).partition(' (byte')[0]}{where}"
        raise ApiError(400, "JSON_PARSER_ERROR", message) from None


_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a JSON body, or text or bytes as they are; None for no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON

    def raw(self) -> bytes:
        """Give the body's bytes."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str) and self.media_type != JSON:
            return self.body.encode()
        return _ENCODER.encode(self.body)


def _plain(value: object) -> Any:
    if isinstance(value, Blob):
        return value.address(f"/services/data/v{NEWEST}.0")
    raise TypeError(f"not a JSON value: {value!r}")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number")
