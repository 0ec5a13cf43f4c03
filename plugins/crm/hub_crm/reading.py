"""Reads rows of the hub's kinds: which fields are selected, how rows become changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hub.errors import InvalidPayloadError
from hub.models import Change, Ref, Unreadable
from hub_crm.client import SalesforceClient, soql
from hub_crm.descriptions import Descriptions
from hub_crm.directory import Directory
from hub_crm.ids import normal_id
from hub_crm.mapping import OBJECT_OF, Terms, absent, selected, to_change

MOST_IDS: Final = 200


class Reader:
    """Reads records of one organisation by query."""

    def __init__(
        self,
        client: SalesforceClient,
        descriptions: Descriptions,
        directory: Directory,
        terms: Terms,
    ) -> None:
        self.client = client
        self.descriptions = descriptions
        self.directory = directory
        self.terms = terms

    def select(self, kind: str) -> str:
        """Give the query of a kind, without conditions: of the fields that are there."""
        name = OBJECT_OF[kind]
        paths = self.descriptions.present(name, selected(kind, self.terms))
        return f"SELECT {', '.join(paths)} FROM {name}"  # noqa: S608  # names, as described

    def resource(self, kind: str) -> str:
        """Give the resource that shows deleted records too, where there can be such."""
        name = OBJECT_OF[kind]
        return "queryAll" if self.descriptions.present(name, ["IsDeleted"]) else "query"

    def changes(
        self, kind: str, rows: Iterable[Mapping[str, Any]], seen_at: datetime
    ) -> list[Change | Unreadable]:
        """Give the changes that rows are."""
        rows = list(rows)
        queues = self._queues(kind, rows)
        return [to_change(kind, row, self.terms, queues, seen_at) for row in rows]

    def rows(self, kind: str, condition: str) -> list[dict[str, Any]]:
        """Give the rows of a kind under a condition, those of the recycle bin too."""
        for again in (False, True):
            query = f"{self.select(kind)} WHERE {condition}"
            deleted = self.resource(kind) == "queryAll"
            try:
                return self.client.query(f"read {kind}", query, deleted=deleted)
            except InvalidPayloadError:
                if again:
                    raise
                self.descriptions.forget()
        raise AssertionError  # pragma: no cover  # the second round returns or raises

    def fetch(self, kind: str, ids: Sequence[str], seen_at: datetime) -> list[Change | Unreadable]:
        """Read records by id, in that order; one that is not there comes as gone."""
        known = {i: normal_id(i) for i in ids}
        wanted = sorted({i for i in known.values() if i})
        found: dict[str, Change | Unreadable] = {}
        for start in range(0, len(wanted), MOST_IDS):
            rows = self.rows(kind, soql("Id IN {}", wanted[start : start + MOST_IDS]))
            found |= {change.ref.id: change for change in self.changes(kind, rows, seen_at)}
        return [
            found.get(known[i] or "") or absent(Ref(self.terms.connector, kind, i), seen_at)
            for i in ids
        ]

    def _queues(self, kind: str, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        if kind != "case":
            return {}
        owners = {
            str(row.get("OwnerId"))
            for row in rows
            if (row.get("Owner") or {}).get("Type") == "Queue"
        }
        if not owners:
            return {}
        queues = self.directory.queues()
        return queues if owners <= set(queues) else self.directory.queues(fresh=True)
