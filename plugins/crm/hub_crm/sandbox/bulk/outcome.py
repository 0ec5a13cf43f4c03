"""What became of one record of a job."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record; `errors` are worded as in the results of collections."""

    record_id: str = ""
    created: bool = False
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def error(self) -> str:
        """Give the first error in one line: `CODE:message:Field --`; empty if there is none."""
        if not self.errors:
            return ""
        first = self.errors[0]
        fields = ",".join(first.get("fields") or ())
        return f"{first['statusCode']}:{first['message']}:{fields + ' ' if fields else ''}--"
