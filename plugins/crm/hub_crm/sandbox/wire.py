"""A call and its answer, free of any server, and the errors as the system words them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

RETIRED: Final = 21
OLDEST: Final = 31
NEWEST: Final = 62


class ApiError(Exception):
    """A refusal: its HTTP status, the system's code, the message, the fields at fault."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[str] = ()) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.fields = list(fields)
        super().__init__(f"{code}: {message}")

    def body(self) -> list[dict[str, Any]]:
        """Give the body of an answer that refuses a whole call."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields or self.code in _WITH_FIELDS:
            entry["fields"] = self.fields
        return [entry]

    def entry(self) -> dict[str, Any]:
        """Give the error as it stands in one record's result of a collection."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}


_WITH_FIELDS: Final = frozenset(
    {"REQUIRED_FIELD_MISSING", "DUPLICATE_VALUE", "INVALID_CROSS_REFERENCE_KEY",
     "UNABLE_TO_LOCK_ROW", "STRING_TOO_LONG", "ENTITY_IS_DELETED"}
)  # fmt: skip


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

    def json(self) -> Any:
        """Read the body as JSON; JSON_PARSER_ERROR if it is none."""
        try:
            return json.loads(self.body or b"null", parse_float=Decimal)
        except ValueError as error:
            raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected input: {error}") from None

    def json_object(self) -> dict[str, Any]:
        """Read the body as one JSON object."""
        value = self.json()
        if not isinstance(value, dict):
            raise ApiError(
                400, "JSON_PARSER_ERROR", "The HTTP entity body is required, as an object"
            )
        return value

    def flag(self, name: str) -> bool:
        """Give a boolean parameter of the query; false if absent."""
        return self.query.get(name, "").lower() == "true"

    @property
    def base(self) -> str:
        """Give the path under which this version's resources stand."""
        return f"/services/data/v{self.version:.1f}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a JSON body, or text as it is; None for no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json;charset=UTF-8"

    def raw(self) -> bytes:
        """Give the body's bytes."""
        if self.body is None:
            return b""
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not a JSON value: {value!r}")
