"""What the integration user may not see or do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from hub_crm.sandbox.wire import ApiError

RIGHTS: Final = ("create", "read", "edit", "delete")


@dataclass
class Rights:
    """Fields hidden as (object, field), rights withdrawn as (object, right), locked records.

    A locked record is one that waits for an approval.
    """

    hidden: set[tuple[str, str]] = field(default_factory=set)
    denied: set[tuple[str, str]] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)

    def hidden_fields(self, name: str) -> frozenset[str]:
        """Give the fields of an object that may not be seen."""
        if not self.hidden:
            return frozenset()
        return frozenset(field for owner, field in self.hidden if owner == name)

    def may(self, right: str, name: str) -> bool:
        """Tell whether a right is there."""
        return (name, right) not in self.denied

    def check(self, right: str, name: str, row: dict[str, Any] | None = None) -> None:
        """Refuse what may not be done, with the system's code."""
        if row is not None and self.locked and row["Id"] in self.locked:
            message = (
                "The record you are trying to edit, or one of its related records, is currently "
                "being modified by another user, or is locked by an approval"
            )
            raise ApiError(400, "ENTITY_IS_LOCKED", message)
        if (name, right) not in self.denied:
            return
        if right == "create":
            message = f"insufficient access rights on object type: {name}"
            raise ApiError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
        message = "insufficient access rights on object id"
        raise ApiError(400, "INSUFFICIENT_ACCESS_OR_READONLY", message)
