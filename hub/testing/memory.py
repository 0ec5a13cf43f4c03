"""A connector to a modelled system in memory: for tests, benchmarks and the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from hub.connector import (
    Capabilities,
    ConnectorDefaults,
    Environment,
    FieldInfo,
    Finding,
    Outcome,
    Page,
)
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    InvalidPayloadError,
    InvariantError,
    NotFoundError,
    RetryableError,
)
from hub.models import (
    AddComment,
    Change,
    CreateRecord,
    Delivery,
    EditComment,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    SendNotice,
    SendReply,
    Text,
    UpdateRecord,
)
from hub.models.fieldmaps import normal
from hub.testing.schedule import Faults, Rates
from hub.testing.system import Kind, MemorySystem, SentMail, Snapshot

__all__ = ["Faults", "Kind", "MemoryConnector", "MemorySystem", "Rates", "SentMail"]

EFFECTS: Final = frozenset({"create", "update", "comment", "edit_comment", "reply", "notice"})


class MemoryConnector(ConnectorDefaults):
    """Joins a `MemorySystem` to the hub.

    Args:
        system: what it speaks to.
        environment: as the hub hands it to every connector.
        capabilities: what it says of itself; by default all that the system has.
        page_size: how many changes one page holds.
        overlap: how many writes behind its cursor each poll reads again.
        faults: what goes wrong.
        upserts: a create whose key is known gives the record that is there (as Salesforce does).
        sent_folder: mails that were sent can be looked up; without, a lost answer stays uncertain.
    """

    def __init__(
        self,
        system: MemorySystem,
        environment: Environment,
        *,
        capabilities: Capabilities | None = None,
        page_size: int = 200,
        overlap: int = 0,
        faults: Faults | None = None,
        upserts: bool = False,
        sent_folder: bool = True,
    ) -> None:
        self._system = system
        self._name = environment.name
        self._clock = environment.clock
        self._capabilities = capabilities or capabilities_of(system)
        self._page_size = page_size
        self._overlap = overlap
        self._faults = faults
        self._upserts = upserts
        self._sent_folder = sent_folder
        self._makers: Final[Mapping[type, Callable[[Delivery], Receipt]]] = {
            CreateRecord: self._create,
            UpdateRecord: self._update,
            AddComment: self._comment,
            EditComment: self._edit_comment,
            SendReply: self._send,
            SendNotice: self._send,
        }
        self._finders: Final[Mapping[type, Callable[[Delivery], Receipt | None]]] = {
            CreateRecord: self._find_made,
            AddComment: self._find_made,
            UpdateRecord: self._find_update,
            EditComment: self._find_edit,
            SendReply: self._find_mail,
            SendNotice: self._find_mail,
        }

    def __repr__(self) -> str:
        return f"MemoryConnector({self._name!r})"

    @property
    def capabilities(self) -> Capabilities:
        """Give what this connector can do."""
        return self._capabilities

    def check(self) -> Sequence[Finding]:
        """Look whether the system answers and accepts the credentials."""
        try:
            self._refuse("check")
        except AuthenticationError as error:
            return [Finding(what="login", ok=False, detail=str(error), remedy="renew the password")]
        except ConnectorError as error:
            return [Finding(what="reach", ok=False, detail=str(error), remedy="wait for it")]
        return [Finding(what="login", ok=True, detail="a system in memory")]

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Give the system's kinds and their fields."""
        return {name: kind.fields for name, kind in self._system.kinds.items()}

    def poll(self, cursor: str | None) -> Page:
        """Read what was written behind the cursor.

        The cursor is a position in the system's log; a `+` after it says that a round of pages
        is under way, so that only a round's first page reaches back over the overlap.
        """
        self._refuse("poll")
        seen_at = self._clock.now()
        at = int((cursor or "0").removesuffix("+"))
        under_way = cursor is not None and cursor.endswith("+")
        horizon = self._system.horizon() - (self._faults.stale_by() if self._faults else 0)
        start = at if under_way else max(0, at - self._overlap)
        snapshots, end = self._read(start, horizon)
        more = end < horizon
        position = end if more else max(at, end)
        if self._faults:
            # Only what the next round's overlap reaches may be left out, or it would be lost.
            edge = len(self._system.log) if more else position - self._overlap
            left_out = self._faults.withheld(s.position for s in snapshots if s.position > edge)
            snapshots = [s for s in snapshots if s.position not in left_out]
            snapshots = self._faults.disturb(snapshots)
        return Page(
            changes=[self._change(snapshot, seen_at) for snapshot in snapshots],
            cursor=f"{position}+" if more else str(position),
            more=more,
        )

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change]:
        """Read records as they are now."""
        self._refuse("fetch")
        seen_at = self._clock.now()
        return [self._fetched(ref, seen_at) for ref in refs]

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make effects; one that is refused does not stop the others."""
        if self._faults is None:
            return [self._outcome(delivery) for delivery in deliveries]
        self._refuse("apply")
        made = self._faults.made_before_loss(len(deliveries))
        outcomes = []
        for delivery in deliveries[:made]:
            trouble = self._faults.outcome()
            outcomes.append(trouble if trouble is not None else self._outcome(delivery))
        if made is not None:
            raise self._faults.lose("apply")
        return outcomes

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether an effect was made; while the search may lag behind, there is no saying."""
        self._refuse("find")
        if self._faults and self._faults.strikes("lost_before"):
            raise self._faults.lose("find")
        receipt = self._finders[type(delivery.effect)](delivery)
        if receipt is None and self._search_may_lag(delivery):
            raise RetryableError("the search may not show it yet", operation="find")
        return receipt

    # Reading.

    def _refuse(self, operation: str) -> None:
        if self._faults:
            self._faults.refuse(operation)

    def _read(self, start: int, horizon: int) -> tuple[list[Snapshot], int]:
        log, kinds = self._system.log, self._capabilities.kinds
        snapshots: list[Snapshot] = []
        position = start
        while position < horizon and len(snapshots) < self._page_size:
            snapshot = log[position]
            position += 1
            hidden = 0 < snapshot.superseded <= horizon
            if not hidden and snapshot.kind in kinds:
                snapshots.append(snapshot)
        return snapshots, position

    def _change(self, snapshot: Snapshot, seen_at: datetime) -> Change:
        kind = self._system.kinds[snapshot.kind]
        parent = snapshot.parent
        return Change(
            ref=Ref(self._name, snapshot.kind, snapshot.id),
            version=snapshot.version,
            seen_at=seen_at,
            at=snapshot.stamp,
            parent=Ref(self._name, *parent) if parent else None,
            gone=snapshot.gone,
            reference=kind.reference,
            fields=snapshot.fields,
            text=snapshot.text,
            aliases=self._keys_of(kind.aliases, snapshot.fields) + snapshot.aliases,
            mentions=snapshot.mentions + self._keys_of(kind.mentions, snapshot.fields),
            key=snapshot.key,
            actor=snapshot.actor,
        )

    def _keys_of(
        self, prefixes: Mapping[str, str], fields: Mapping[str, object]
    ) -> tuple[str, ...]:
        if not prefixes:
            return ()
        return tuple(
            f"{prefix.replace('{}', self._name)}{fields[name]}"
            for name, prefix in prefixes.items()
            if fields.get(name)
        )

    def _fetched(self, ref: Ref, seen_at: datetime) -> Change:
        snapshot = self._system.get(ref.kind, ref.id)
        if snapshot is None:
            return Change(ref=ref, version="absent", seen_at=seen_at, gone=True)
        return self._change(snapshot, seen_at)

    # Writing.

    def _outcome(self, delivery: Delivery) -> Outcome:
        try:
            return self._makers[type(delivery.effect)](delivery)
        except ConnectorError as error:
            return error

    def _create(self, delivery: Delivery) -> Receipt:
        effect = delivery.effect
        if not isinstance(effect, CreateRecord):
            raise InvariantError("not a create")
        if effect.kind not in self._capabilities.creates:
            raise InvalidPayloadError(f"no {effect.kind} can be created", field="kind")
        if self._upserts and (known := self._system.by_key(delivery.key)) is not None:
            self._system.edit(known.kind, known.id, effect.fields)
            return self._receipt(effect.kind, known.id)
        record = self._system.create(effect.kind, effect.fields, key=delivery.key)
        return self._receipt(effect.kind, record)

    def _update(self, delivery: Delivery) -> Receipt:
        effect, target = delivery.effect, _target(delivery)
        if not isinstance(effect, UpdateRecord):
            raise InvariantError("not an update")
        self._system.edit(target.kind, target.id, effect.fields)
        return self._receipt(target.kind, target.id)

    def _comment(self, delivery: Delivery) -> Receipt:
        target, text = _target(delivery), _text(delivery)
        record = self._system.comment(target.kind, target.id, text, key=delivery.key)
        return self._receipt(self._system.kinds[target.kind].comments, record)

    def _edit_comment(self, delivery: Delivery) -> Receipt:
        target = _target(delivery)
        self._system.rewrite(target.kind, target.id, _text(delivery))
        return self._receipt(target.kind, target.id)

    def _send(self, delivery: Delivery) -> Receipt:
        effect = delivery.effect
        if not isinstance(effect, SendReply | SendNotice):
            raise InvariantError("not a mail")
        mail = SentMail(
            key=delivery.key,
            message_id=f"{delivery.key}@{self._name}",
            to=effect.to,
            subject=effect.subject,
            text=effect.text,
            thread=effect.thread,
            automatic=effect.automatic if isinstance(effect, SendReply) else True,
            at=self._clock.now(),
        )
        self._system.send(mail)
        return self._mail_receipt(mail)

    def _receipt(self, kind: str, record: str, *, found: bool = False) -> Receipt:
        snapshot = self._system.get(kind, record)
        if snapshot is None:
            raise InvariantError(f"{kind} {record} was written and is not there")
        return Receipt(
            ref=Ref(self._name, kind, record),
            version=snapshot.version,
            at=snapshot.stamp,
            fields=snapshot.fields,
            aliases=self._keys_of(self._system.kinds[kind].aliases, snapshot.fields),
            found=found,
        )

    def _mail_receipt(self, mail: SentMail, *, found: bool = False) -> Receipt:
        return Receipt(
            ref=Ref(self._name, "mail", mail.message_id),
            at=mail.at,
            aliases=(f"message-id:{mail.message_id}",),
            found=found,
        )

    # Looking up.

    def _search_may_lag(self, delivery: Delivery) -> bool:
        if not self._system.search_lag or delivery.tried_at is None:
            return False
        return self._clock.now() - delivery.tried_at <= self._system.search_lag

    def _find_made(self, delivery: Delivery) -> Receipt | None:
        snapshot = self._system.by_key(delivery.key)
        return self._receipt(snapshot.kind, snapshot.id, found=True) if snapshot else None

    def _find_update(self, delivery: Delivery) -> Receipt | None:
        effect, target = delivery.effect, _target(delivery)
        snapshot = self._system.get(target.kind, target.id)
        if snapshot is None or snapshot.gone or not isinstance(effect, UpdateRecord):
            return None
        held = snapshot.fields
        if any(normal(held.get(name)) != normal(value) for name, value in effect.fields.items()):
            return None
        return self._receipt(target.kind, target.id, found=True)

    def _find_edit(self, delivery: Delivery) -> Receipt | None:
        target = _target(delivery)
        snapshot = self._system.get(target.kind, target.id)
        if snapshot is None or snapshot.gone or snapshot.text != _text(delivery):
            return None
        return self._receipt(target.kind, target.id, found=True)

    def _find_mail(self, delivery: Delivery) -> Receipt | None:
        if not self._sent_folder:
            return Receipt(uncertain=True, note="no folder of sent mails to look into")
        mail = self._system.sent_by_key(delivery.key)
        return self._mail_receipt(mail, found=True) if mail else None


def capabilities_of(system: MemorySystem, *, bulk: int = 50, workers: int = 1) -> Capabilities:
    """Give all that a system can do, as a connector declares it."""
    comments = {kind.comments for kind in system.kinds.values()} - {""}
    plain = {name for name, kind in system.kinds.items() if not kind.reference} - comments
    return Capabilities(
        kinds=frozenset(system.kinds),
        references=frozenset(kind.name for kind in system.kinds.values() if kind.reference),
        creates=frozenset(plain - {"mail"}),
        effects=EFFECTS if "mail" in system.kinds else EFFECTS - {"reply", "notice"},
        bulk=bulk,
        workers=workers,
    )


def _target(delivery: Delivery) -> Ref:
    if delivery.target is None:
        raise NotFoundError("the delivery names no record")
    return delivery.target


def _text(delivery: Delivery) -> Text:
    text = getattr(delivery.effect, "text", None)
    if not isinstance(text, PublicText | InternalText):
        raise InvariantError("the effect has no text")
    return text
