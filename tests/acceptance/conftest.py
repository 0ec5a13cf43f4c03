"""A department on paper: the shipped rules and the pure engine, over three systems of plain dicts.

No store, no network, no clock: what is tested is what the handbook makes of a story. After every
step all records are read again, as polling does; an echo must never move anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.clock import Ids
from hub.core.plugins import PluginHost
from hub.core.process import Rulebook, process
from hub.core.turn import LinkKey, Outcome
from hub.core.wants import text_fields
from hub.handbook import Handbook, load_handbook
from hub.models import (
    AddComment,
    Change,
    Command,
    Context,
    CreateRecord,
    EditComment,
    Fields,
    InternalText,
    Item,
    Link,
    PublicText,
    Record,
    Ref,
    SendNotice,
    SendReply,
    StartTimer,
    Text,
    UpdateRecord,
    Workload,
    customer_key,
)
from hub.rules import builtin_rules

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CRM_ONLY: Fields = {"account_manager": "li.qiang@vendor.example", "customer_name": "北京大学"}
CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done", "Closed": "done"}


class _Counting:
    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"ITEM{self._count:0>8}".replace("0", "A").replace("1", "B")


class Department:
    """The hub's decisions, and the systems they act upon."""

    def __init__(self, handbook: Handbook) -> None:
        host = PluginHost.load([], builtin_rules(handbook))
        maps = dict(handbook.record_maps)
        self.book = Rulebook(host=host, maps=maps)
        self.now = START
        self.items: dict[str, Item] = {}
        self.records: dict[Ref, Fields] = {}
        self.comments: dict[Ref, tuple[Ref, Text, str]] = {}
        self.mails: list[SendReply] = []
        self.notices: list[SendNotice] = []
        self.timers: dict[str, StartTimer] = {}
        self.outcomes: list[Outcome] = []
        self.known: list[Record] = []
        self.linked: dict[str, dict[LinkKey, Link]] = {}
        self.keys: dict[str, Command] = {}
        self._ids: Ids = _Counting()
        self._edits: dict[Ref, int] = {}
        self._count = 1000

    # What people do.

    def knows(self, *records: Record) -> None:
        """Put reference records into the CRM."""
        self.known += records

    def mail(self, sender: str, subject: str, text: str, **fields: object) -> Outcome:
        """Have a mail arrive."""
        self._count += 1
        message_id = f"<{self._count}@{sender.rpartition('@')[2]}>"
        given: Fields = {
            "from_email": sender, "from_name": "陈老师", "subject": subject, "auto": "",
            "message_id": message_id, "language": "zh", "cc": [],
        }  # fmt: skip
        given |= fields  # type: ignore[arg-type]
        mentions = [f"email:{sender}", f"domain:{sender.rpartition('@')[2]}"]
        mentions += [f"item:{i}" for i in self.items if f"[#{i}]" in subject]
        change = Change(
            ref=Ref("mail", "mail", str(self._count)), version="1", seen_at=self.now,
            fields=given, text=PublicText(text), mentions=tuple(mentions),
        )  # fmt: skip
        return self._step(change)

    def edit(
        self, connector: str, actor: str = "wang.lei@vendor.example", **fields: object
    ) -> None:
        """Have a person edit the only case or issue of a system."""
        ref = next(r for r in self.records if r.connector == connector)
        self._write(ref, dict(fields))  # type: ignore[arg-type]
        self._step(self._snapshot(ref, actor))

    def enter_case(self, actor: str, **fields: object) -> Outcome:
        """Have a person enter a case in the CRM."""
        ref = Ref("crm", "case", "500P")
        self.records[ref] = {"case_number": "00009999", "status": "New", "owner": actor}
        self.records[ref] |= fields  # type: ignore[arg-type]
        return self._step(self._snapshot(ref, actor))

    def comment(self, connector: str, text: str, actor: str, *, public: bool = False) -> Ref:
        """Have a person comment the only case or issue of a system."""
        parent = next(r for r in self.records if r.connector == connector)
        self._count += 1
        kind = "comment" if connector == "rnd" else "case_comment"
        ref = Ref(connector, kind, str(self._count))
        typed: Text = PublicText(text) if public else InternalText(text)
        self.comments[ref] = (parent, typed, actor)
        self._step(self._comment_change(ref))
        return ref

    def wait(self, days: float) -> None:
        """Let time pass; what falls due is told to the rules."""
        self.now += timedelta(days=days)
        for name, timer in sorted(self.timers.items()):
            if timer.due_at <= self.now:
                del self.timers[name]
                fields: Fields = {"hub.event": "timer_due", "name": name}
                self._own("timer", name, fields)
        self._settle()

    def request(self, **data: str) -> None:
        """Ask for a hand-off by command."""
        self._count += 1
        fields: Fields = {"hub.event": "hand_off_requested", **data}
        self._own("request", str(self._count), fields)
        self._settle()

    # What is looked at.

    @property
    def item(self) -> Item:
        """Give the only item."""
        (item,) = self.items.values()
        return item

    def record(self, connector: str) -> Fields:
        """Give the only case or issue of a system."""
        (found,) = [f for ref, f in self.records.items() if ref.connector == connector]
        return found

    def written(self, connector: str) -> list[Text]:
        """Give the comments that the hub wrote in a system."""
        return [t for r, (_, t, a) in self.comments.items() if r.connector == connector and not a]

    # How the hub works.

    def _step(self, change: Change) -> Outcome:
        outcome = self._take(change)
        self._settle()
        return outcome

    def _take(self, change: Change) -> Outcome:
        around = _Around(self)
        outcome = process(change, around, self.book, self.now, self._ids)
        assert not outcome.failures, outcome.failures
        self.outcomes.append(outcome)
        if outcome.item is not None:
            self.items[outcome.item.id] = outcome.item
            self.linked.setdefault(outcome.item.id, {}).update(outcome.links)
        for name, timer in outcome.timers.items():
            if isinstance(timer, StartTimer):
                self.timers[name] = timer
            else:
                self.timers.pop(name, None)
        for command in outcome.commands:
            assert command.key not in self.keys, f"twice the same effect: {command}"
            self.keys[command.key] = command
            self._deliver(command)
        return outcome

    def _settle(self) -> None:
        """Read all records again until nothing moves; an echo that moves anything is a fault."""
        for round_number in range(4):
            quiet = True
            for ref in [*self.records, *self.comments]:
                change = (
                    self._snapshot(ref, "") if ref in self.records else self._comment_change(ref)
                )
                quiet = quiet and not self._take(change).commands
            if quiet:
                return
            assert round_number < 3, "the systems do not come to rest"

    def _deliver(self, command: Command) -> None:
        effect = command.effect
        link = self.linked[command.item_id].get((command.connector, command.part))
        fields: Fields = {}
        ref: Ref | None = link.ref if link else None
        match effect:
            case SendReply():
                self.mails.append(effect)
            case SendNotice():
                self.notices.append(effect)
            case CreateRecord():
                ref, fields = self._create(command.connector, effect)
            case UpdateRecord():
                assert ref is not None
                self._write(ref, effect.fields)
                fields = effect.fields
            case AddComment():
                parent = self.linked[command.item_id][(command.connector, command.parent_part)].ref
                assert parent is not None
                self._count += 1
                ref = Ref(command.connector, "copy", str(self._count))
                self.comments[ref] = (parent, effect.text, "")
                fields = text_fields(effect.text)
            case EditComment():
                assert ref is not None
                self.comments[ref] = (self.comments[ref][0], effect.text, "")
                fields = text_fields(effect.text)
        if link is not None:
            moved = replace(
                link, shadow={**link.shadow, **fields}, pending={},
                record_id=ref.id if ref else "", kind=ref.kind if ref else link.kind,
            )  # fmt: skip
            self.linked[command.item_id][(command.connector, command.part)] = moved
        if command.then:
            receipt: Fields = {
                **(self.records.get(ref, {}) if ref else {}),
                "hub.event": command.then,
                "hub.part": command.part,
                "hub.connector": command.connector,
            }
            self._own("effect", command.key, receipt, command.item_id)

    def _write(self, ref: Ref, fields: Fields) -> None:
        self._edits[ref] = self._edits.get(ref, 0) + 1
        self.records[ref] |= fields
        if "status" in fields and ref.connector == "rnd":
            self.records[ref]["status_category"] = CATEGORIES[str(fields["status"])]

    def _create(self, connector: str, effect: CreateRecord) -> tuple[Ref, Fields]:
        self._count += 1
        ref = Ref(connector, effect.kind, str(self._count))
        fields = dict(effect.fields)
        if effect.kind == "case":
            fields |= {"case_number": f"0000{self._count}", **CRM_ONLY}
        else:
            fields |= {"key": f"RND-{self._count}", "status": "To Do", "status_category": "new"}
        self.records[ref] = fields
        return ref, effect.fields

    def _own(self, kind: str, name: str, fields: Fields, item_id: str = "") -> None:
        self._take(
            Change(
                ref=Ref("hub", kind, name), version=self.now.isoformat(), seen_at=self.now,
                fields=fields, mentions=(f"item:{item_id or self.item.id}",),
            )
        )  # fmt: skip

    def _snapshot(self, ref: Ref, actor: str) -> Change:
        fields = dict(self.records[ref])
        version = f"stamp-{self._edits.get(ref, 0)}"
        return Change(ref=ref, version=version, seen_at=self.now, fields=fields, actor=actor)

    def _comment_change(self, ref: Ref) -> Change:
        parent, text, actor = self.comments[ref]
        return Change(
            ref=ref, version=str(hash(text.text)), seen_at=self.now, parent=parent, text=text,
            actor=actor,
        )  # fmt: skip


class _Around:
    """What the engine asks of its surroundings."""

    def __init__(self, department: Department) -> None:
        self._all = department

    def item_of(self, ref: Ref) -> str | None:
        for item_id, links in self._all.linked.items():
            if any(link.ref == ref for link in links.values()):
                return item_id
        return None

    def command_of_key(self, change: Change) -> Command | None:
        return self._all.keys.get(change.key)

    def workload(self) -> Workload:
        return Workload()

    def item(self, item_id: str) -> Item:
        return self._all.items[item_id]

    def links(self, item_id: str) -> Mapping[LinkKey, Link]:
        return self._all.linked.get(item_id, {})

    def context(self, change: Change, now: datetime) -> Context:
        related = [self.item_of(change.parent)] if change.parent else []
        related += [key[5:] for key in change.mentions if key.startswith("item:")]
        found = [r for r in self._all.known if set(r.aliases) & set(change.mentions)]
        accounts = {str(r.fields.get("account")) for r in found} | {
            str(change.fields.get("account"))
        }
        found += [r for r in self._all.known if r.ref.id in accounts and r not in found]
        items = tuple(self._all.items[i] for i in related if i in self._all.items)
        return Context(now=now, records=tuple(found), related=items)

    def open_cases(self, item: Item) -> tuple[Item, ...]:
        mine = customer_key(item.fields)
        others = [x for x in self._all.items.values() if x.id != item.id]
        return tuple(x for x in others if mine and customer_key(x.fields) == mine)


@pytest.fixture(scope="session")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


@pytest.fixture
def department(handbook: Handbook) -> Department:
    """Give a department with one customer: Peking University and its contact."""
    department = Department(handbook)
    department.knows(
        Record(
            ref=Ref("crm", "contact", "003A"),
            fields={"name": "陈老师", "email": "chen@pku.edu.cn", "account": "001A"},
            aliases=("email:chen@pku.edu.cn",),
        ),
        Record(
            ref=Ref("crm", "account", "001A"),
            fields={"name": "北京大学", "owner": "li.qiang@vendor.example"},
            aliases=("domain:pku.edu.cn",),
        ),
    )
    return department
