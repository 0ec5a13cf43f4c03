"""Makes effects: cases by their key, updates and comments in collections, all read back.

Deliveries for one record go one after the other; of several records up to 200 go in one call,
ordered so that the children of one parent stand together. A call that is refused as a whole is
halved until the culprit stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.clock import Clock
from hub.connector import Outcome
from hub.errors import (
    ConnectorError,
    InvalidPayloadError,
    InvariantError,
    NotFoundError,
    PreconditionFailedError,
    RejectedError,
    RetryableError,
)
from hub.models import (
    AddComment,
    Change,
    CreateRecord,
    Delivery,
    EditComment,
    Fields,
    PublicText,
    Receipt,
    Text,
    UpdateRecord,
)
from hub_crm.client import external_path, soql
from hub_crm.failures import record_failure
from hub_crm.mapping import split_mark, to_receipt
from hub_crm.outward import check_length, to_record, with_mark
from hub_crm.reading import Reader

MOST: Final = 200
HEADERS: Final = {"Sforce-Auto-Assign": "FALSE"}
"""Without it the organisation's assignment rules run on create and update, and move the owner."""


@dataclass(frozen=True, slots=True)
class Write:
    """One record to write: which call it goes with, its object, its body, its parent."""

    method: str
    name: str
    body: Mapping[str, Any]
    parent: str = ""
    key: str = ""
    public: bool | None = None


class Effects:
    """Makes the hub's effects in one organisation."""

    def __init__(self, reader: Reader, key_field: str, clock: Clock) -> None:
        self._reader = reader
        self._client = reader.client
        self._key_field = key_field
        self._clock = clock

    def apply(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Make effects; give an outcome for each, in order."""
        outcomes: dict[int, Outcome] = {}
        self._prepare_owners(deliveries)
        broken: set[str] = set()
        for turn in _rounds(deliveries):
            places = []
            for place in turn:
                lane = _lane(deliveries[place])
                if lane in broken:
                    message = "waits for an earlier effect upon the same record"
                    outcomes[place] = RetryableError(message, operation="apply")
                else:
                    places.append(place)
            outcomes |= self._turn({place: deliveries[place] for place in places})
            broken |= {
                _lane(deliveries[place])
                for place in places
                if isinstance(outcomes[place], RetryableError)
            }
        return [outcomes[place] for place in range(len(deliveries))]

    def _prepare_owners(self, deliveries: Sequence[Delivery]) -> None:
        owners = [
            str(delivery.effect.fields.get("owner") or "")
            for delivery in deliveries
            if isinstance(delivery.effect, CreateRecord | UpdateRecord)
        ]
        self._reader.directory.look_up(owners)

    def _turn(self, deliveries: Mapping[int, Delivery]) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        writes: dict[int, Write] = {}
        doubtful: list[int] = []
        for place, delivery in deliveries.items():
            try:
                writes[place] = self._write(delivery)
            except ConnectorError as error:
                outcomes[place] = error
        made: dict[int, str] = {}
        for group in _groups(writes):
            for place, result in self._send(group).items():
                if isinstance(result, str):
                    made[place] = result
                    continue
                outcomes[place] = result
                if isinstance(result, InvalidPayloadError) and not result.field:
                    doubtful.append(place)
        outcomes |= self._absent({place: deliveries[place] for place in doubtful})
        return outcomes | self._read_back(made, writes)

    def _absent(self, refused: Mapping[int, Delivery]) -> dict[int, Outcome]:
        """Tell which deliveries were refused because their record is gone.

        The same code without a field names a bad reference in the record, or the record itself.
        """
        outcomes: dict[int, Outcome] = {}
        for place, delivery in refused.items():
            target = delivery.target
            if target is None:
                continue
            try:
                found = self._reader.fetch(target.kind, [target.id], self._clock.now())[0]
            except ConnectorError:
                continue
            if isinstance(found, Change) and found.gone:
                outcomes[place] = NotFoundError(f"{target} is not there", operation="apply")
        return outcomes

    def _write(self, delivery: Delivery) -> Write:
        effect, target = delivery.effect, delivery.target
        if isinstance(effect, CreateRecord):
            if effect.kind != "case":
                raise RejectedError(f"{effect.kind} is not created here", operation="create")
            body = self._case_body(effect.fields)
            return Write("upsert", "Case", body, _parent(body), key=delivery.key)
        if target is None:
            raise InvariantError(f"an effect without a target: {delivery.key}")
        if isinstance(effect, UpdateRecord):
            if target.kind != "case":
                raise RejectedError(f"{target.kind} is not changed here", operation="update")
            body = {"id": target.id, **self._case_body(effect.fields)}
            return Write("update", "Case", body, _parent(body))
        if isinstance(effect, AddComment):
            body = {"ParentId": target.id, **self._comment_body(effect.text, delivery.key)}
            return Write("create", "CaseComment", body, target.id, public=body["IsPublished"])
        if isinstance(effect, EditComment):
            row = self._comment_row(target.id)
            key = split_mark(str(row["CommentBody"] or ""))[1]
            body = {"id": target.id, **self._comment_body(effect.text, key)}
            parent = str(row["ParentId"])
            return Write("update", "CaseComment", body, parent, public=body["IsPublished"])
        raise RejectedError(f"{type(effect).__name__} is no effect of a CRM", operation="apply")

    def _case_body(self, fields: Fields) -> dict[str, Any]:
        facts = self._reader.descriptions.objects()["Case"].fields
        body = to_record(fields, self._reader.terms, facts)
        if owner := fields.get("owner"):
            body["OwnerId"] = self._reader.directory.owner_id(str(owner))
        return body

    def _comment_body(self, text: Text, key: str) -> dict[str, Any]:
        facts = self._reader.descriptions.objects()["CaseComment"].fields
        body = with_mark(text.text, key) if key else text.text
        check_length(body, facts["CommentBody"])
        # What is not PublicText is never published: visibility is written on every write.
        return {"CommentBody": body, "IsPublished": isinstance(text, PublicText)}

    def _comment_row(self, comment_id: str) -> dict[str, Any]:
        rows = self._reader.rows("case_comment", soql("Id = {}", comment_id))
        if not rows or rows[0].get("IsDeleted"):
            raise NotFoundError(f"no comment {comment_id}", operation="edit comment")
        return rows[0]

    def _send(self, group: Mapping[int, Write]) -> dict[int, str | ConnectorError]:
        """Send writes of one kind; give for each the record's id, or what went wrong."""
        places = list(group)
        try:
            results = self._call([group[place] for place in places])
        except RejectedError as error:
            if len(places) == 1:
                return {places[0]: error}
            half = len(places) // 2
            first = {place: group[place] for place in places[:half]}
            second = {place: group[place] for place in places[half:]}
            return self._send(first) | self._send(second)
        except ConnectorError as error:
            return dict.fromkeys(places, error)
        return dict(zip(places, results, strict=True))

    def _call(self, writes: Sequence[Write]) -> list[str | ConnectorError]:
        first = writes[0]
        operation = f"{first.method} {first.name}"
        if first.method == "upsert" and len(writes) == 1 and first.key not in {".", ".."}:
            return [self._upsert_one(operation, first)]
        path, method = "composite/sobjects", "POST" if first.method == "create" else "PATCH"
        if first.method == "upsert":
            path += f"/{first.name}/{self._key_field}"
        records = [self._record(write) for write in writes]
        reply = self._client.call(
            operation,
            path,
            method=method,
            json={"allOrNone": False, "records": records},
            headers=HEADERS,
        )
        if not isinstance(reply.body, list) or len(reply.body) != len(writes):
            raise RetryableError("not a result for each record", operation=operation)
        return [
            str(result["id"]) if result["success"] else self._refused(result, operation)
            for result in reply.body
        ]

    def _upsert_one(self, operation: str, write: Write) -> str:
        place = f"sobjects/{write.name}/{external_path(self._key_field, write.key)}"
        reply = self._client.call(
            operation, place, method="PATCH", json=dict(write.body), headers=HEADERS
        )
        if isinstance(reply.body, dict) and "id" in reply.body:
            return str(reply.body["id"])
        # 204: it was there already, and older versions of the API do not say which it is.
        row = self._client.call(operation, place, params={"fields": "Id"}).body
        return str(row["Id"])

    def _record(self, write: Write) -> dict[str, Any]:
        key = {self._key_field: write.key} if write.method == "upsert" else {}
        return {"attributes": {"type": write.name}, **write.body, **key}

    def _refused(self, result: Mapping[str, Any], operation: str) -> ConnectorError:
        error = record_failure(result, operation)
        if isinstance(error, InvalidPayloadError) and "INACTIVE_OWNER_OR_USER" in str(error):
            self._reader.directory.forget()
        return error

    def _read_back(
        self, made: Mapping[int, str], writes: Mapping[int, Write]
    ) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        for kind, name in (("case", "Case"), ("case_comment", "CaseComment")):
            places = [place for place in made if writes[place].name == name]
            if not places:
                continue
            try:
                found = self._reader.fetch(kind, [made[p] for p in places], self._clock.now())
            except ConnectorError as error:
                message = f"written, and not yet read back: {error}"
                late = RetryableError(message, operation="read back")
                outcomes |= dict.fromkeys(places, late)
                continue
            for place, change in zip(places, found, strict=True):
                if not isinstance(change, Change) or change.gone:
                    note = "written, and not readable afterwards"
                    outcomes[place] = Receipt(ref=change.ref, note=note)
                else:
                    outcomes[place] = self._checked(change, writes[place])
        return outcomes

    def _checked(self, change: Change, write: Write) -> Outcome:
        if write.public is not None and isinstance(change.text, PublicText) is not write.public:
            shown = "published" if isinstance(change.text, PublicText) else "not published"
            message = f"comment {change.ref.id} is {shown}, against what was written"
            return PreconditionFailedError(message, operation="read back")
        return to_receipt(change)


def _parent(body: Mapping[str, Any]) -> str:
    return str(body.get("AccountId") or body.get("ContactId") or "")


def _lane(delivery: Delivery) -> str:
    return str(delivery.target) if delivery.target else f"new {delivery.key}"


def _rounds(deliveries: Sequence[Delivery]) -> list[list[int]]:
    """Give the deliveries in rounds, none of which touches a record twice."""
    rounds: list[list[int]] = []
    depth: dict[str, int] = {}
    for place, delivery in enumerate(deliveries):
        lane = _lane(delivery)
        turn = depth.get(lane, 0)
        depth[lane] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
    return rounds


def _groups(writes: Mapping[int, Write]) -> list[dict[int, Write]]:
    """Give the writes in groups of one method and object, children of a parent side by side."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, write in writes.items():
        groups.setdefault((write.method, write.name), []).append(place)
    result = []
    for places in groups.values():
        ordered = sorted(places, key=lambda place: (writes[place].parent, place))
        result += [
            {place: writes[place] for place in ordered[start : start + MOST]}
            for start in range(0, len(ordered), MOST)
        ]
    return result
