"""One turn: what follows from one change for one item. Pure: values in, an outcome out.

A turn asks the hooks, applies their actions to its own copies, and gives everything that has
to be stored in one outcome. If it fails, nothing of it has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from hub.core import wants
from hub.core.entries import ChangeEntry, Decision
from hub.core.log import redacted
from hub.core.merge import marked_conflicts, merge
from hub.core.plugins import HookFailure, PluginHost
from hub.errors import InvariantError
from hub.models import (
    CUSTOMER_FIELDS,
    PROMISES,
    Action,
    CancelTimer,
    Change,
    Command,
    Context,
    EditComment,
    Event,
    Fields,
    Item,
    Link,
    Note,
    RecordMap,
    Ref,
    Reroute,
    SetFields,
    StartTimer,
    Text,
    Want,
    Why,
)
from hub.models.fieldmaps import same

MAX_ROUNDS: Final = 8
CLASSIFY: Final = "classify"
ROUTE: Final = "route"
TARGETS: Final = "targets"
"""Names under which the questions about a case stand beside the events, when one fails."""
PROMISED_ANEW: Final = frozenset({"fields_changed", "timer_due", "handbook_changed"})
"""Events on which it is asked again what is promised for the item."""

LinkKey = tuple[str, str]
Peers = Callable[[Item], tuple[Item, ...]]
Maps = Mapping[tuple[str, str], RecordMap]


@dataclass(slots=True)
class Outcome:
    """All that follows from a change, to be stored together.

    `turned` says that the record vanished or came back: its versions may then be told anew.
    `remade` are commands in the outbox, to be replaced by these and tried again.
    """

    result: str
    item: Item | None = None
    links: dict[LinkKey, Link] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    remade: list[Command] = field(default_factory=list)
    timers: dict[str, StartTimer | CancelTimer] = field(default_factory=dict)
    aliases: list[tuple[str, Ref]] = field(default_factory=list)
    fetches: list[Ref] = field(default_factory=list)
    waits_for: Ref | None = None
    failures: list[tuple[HookFailure, Event]] = field(default_factory=list)
    entry: ChangeEntry | None = None
    turned: bool = False


class Turn:
    """The work on one change.

    Args:
        change: what happened.
        item: the item it belongs to, with all its `links`.
        context: what hooks may look at.
        host: the plugins to ask.
        maps: how records' fields correspond to items', by (connector, kind).
        handbook: the fingerprint of the handbook in force, for the journal.
        open_cases: gives the earlier open items of an item's customer.
    """

    def __init__(
        self,
        change: Change,
        item: Item,
        links: Mapping[LinkKey, Link],
        context: Context,
        host: PluginHost,
        maps: Maps,
        handbook: str = "",
        open_cases: Peers = lambda _: (),
    ) -> None:
        self.change = change
        self.item = item
        self.links = dict(links)
        self.maps = maps
        self.decisions: list[Decision] = []
        self.forced: dict[LinkKey, frozenset[str]] = {}
        self.touched: set[str] = set()
        self._context = context
        self._host = host
        self._handbook = handbook
        self._open_cases = open_cases
        self._outcome = Outcome("")
        self._events: list[str] = []
        self._queue: list[Event] = []
        self._wants: list[tuple[str, Want]] = []
        self._revised = False

    # What the change says about its record.

    def adopt(self, part: str) -> Link:
        """Make the change's record a part of the item."""
        ref = self.change.ref
        link = Link(
            item_id=self.item.id,
            connector=ref.connector,
            part=part,
            kind=ref.kind,
            record_id=ref.id,
            shadow=wants.text_fields(self.change.text),
            at=self.change.at,
        )
        self.put(link)
        self._outcome.aliases += [(key, ref) for key in self.change.aliases]
        return link

    def absorb(self, link: Link, fields: Fields) -> Fields:
        """Merge a record's fields into the item, move the shadow; give the item's old values."""
        record = self.maps.get((link.connector, link.kind))
        if record is None:
            return {}
        at, mine = self.change.at, self.item.updated_at
        newer = at is None or mine is None or at >= mine
        merged = merge(record, link, self.item.fields, fields, newer=newer)
        marks = marked_conflicts(self.item.fields, link, merged, fields)
        if merged.forced:
            self.forced[(link.connector, link.part)] = merged.forced
        self.put(replace(link, shadow=merged.shadow))
        for conflict in merged.conflicts:
            ours, theirs = str(conflict.ours), str(conflict.theirs)
            data: Fields = {"field": conflict.field, "ours": ours, "theirs": theirs}
            self.raise_event(Event(name="conflict", part=link.part, data=data))
        if not (merged.item or marks):
            return {}
        why = Why(plugin="hub.merge", rule="merge", note=f"as changed in {link.connector}")
        return self.set_fields({**merged.item, **marks}, "hub.merge", why)

    def put(self, link: Link) -> None:
        """Keep a link as it now is."""
        self.links[(link.connector, link.part)] = link
        self._outcome.links[(link.connector, link.part)] = link

    def set_fields(self, fields: Fields, plugin: str, why: Why) -> Fields:
        """Set fields of the item; give the old values of those that changed."""
        current = self.item.fields
        before = {
            name: current.get(name)
            for name, value in fields.items()
            if not same(value, current.get(name))
        }
        if before:
            changed = {name: fields[name] for name in before}
            self.item = replace(
                self.item,
                fields={**current, **changed},
                updated_at=self._context.now,
                revision=self.item.revision + (not self._revised),
            )
            self._revised = True
            self.touched.update(before)
            self.decisions.append(Decision(plugin=plugin, action="set", fields=changed, why=why))
        return before

    def touch(self, key: LinkKey, fields: Iterable[str]) -> None:
        """Have what these fields of a record stand for be written, should the record differ."""
        link = self.links.get(key)
        record = self.maps.get((link.connector, link.kind)) if link else None
        wanted = set(fields)
        self.touched |= {x.item for x in record.fields if x.record in wanted} if record else set()

    def remake(self, command: Command) -> None:
        """Have a record that could not be made tried again, as item and map are now."""
        why = Why(plugin="hub.desk", rule="a dead letter was retried")
        self._outcome.remade.append(wants.made_anew(self, command))
        self.decisions.append(_wanted("hub.desk", command, why))

    def restate(self, link: Link, text: Text) -> None:
        """Have a text written again that was seen while an older one of ours is on its way."""
        why = Why(plugin="hub.merge", rule="the later text stands", note="ours was older")
        want = Want(connector=link.connector, part=link.part, effect=EditComment(text), why=why)
        self._wants.append(("hub.merge", want))

    def raise_event(self, event: Event) -> None:
        """Have all reactions asked about an event."""
        self._queue.append(event)

    def raise_changed(self, before: Fields, part: str = "") -> None:
        """Raise `fields_changed`, if any did."""
        if before:
            event = Event(name="fields_changed", change=self.change, part=part, before=before)
            self.raise_event(event)

    # Asking the hooks.

    def classify(self, change: Change | None = None) -> Fields:
        """Ask for the item's type, severity and the like; what is set already stays."""
        change = change or self.change
        answer = self._host.classify_case(self.item, change, self._context)
        self._failed(answer.failures, Event(name=CLASSIFY, change=change))
        if answer.value is not None:
            fields = {
                name: value
                for name, value in answer.value.fields.items()
                if self.item.fields.get(name) in (None, "")
            }
            return self.set_fields(fields, answer.plugin, answer.value.why)
        return {}

    def route(self) -> Fields:
        """Ask who handles the case next; give the old values of what that changes."""
        answer = self._host.route_case(self.item, self._context)
        self._failed(answer.failures, Event(name=ROUTE, change=self.change))
        route = answer.value
        if route is None:
            return {}
        fields: Fields = {"role": route.role, "owner": route.owner, **route.fields}
        if route.notify:
            fields["notify"] = list(route.notify)
        return self.set_fields(fields, answer.plugin, route.why)

    def promise(self) -> Fields:
        """Ask by when what is promised; give the old value if that changes."""
        answer = self._host.targets(self.item, self._now_context())
        self._failed(answer.failures, Event(name=TARGETS, change=self.change))
        if answer.value is None:
            return {}
        promised: Fields = {PROMISES: answer.value.texts()}
        return self.set_fields(promised, answer.plugin, answer.value.why)

    def settle(self) -> None:
        """Ask all reactions until nothing changes any more."""
        while self._queue:
            event = self._queue.pop(0)
            self._events.append(event.name)
            if self._events.count("fields_changed") > MAX_ROUNDS:
                last = ", ".join(self._events[-6:])
                raise InvariantError(f"the rules do not come to rest on {self.item.id}: {last}")
            promised = self.promise() if event.name in PROMISED_ANEW else {}
            answers, failures = self._host.react(self.item, event, self._now_context(event))
            self._failed(failures, event)
            self.raise_changed({**self._apply_all(answers), **promised})

    def ask_again(self, plugin: str, event: Event) -> None:
        """Ask what a plugin failed on once more: a question of all, an event of it alone."""
        self._events.append(event.name)
        if event.name == CLASSIFY:
            before = self.classify(event.change)
        elif event.name == ROUTE:
            before = self.route()
        elif event.name == TARGETS:
            before = self.promise()
        else:
            context = self._now_context(event)
            answers, failures = self._host.react_alone(plugin, self.item, event, context)
            self._failed(failures, event)
            before = self._apply_all(answers)
        self.raise_changed(before)

    def _now_context(self, event: Event | None = None) -> Context:
        asked = event is not None and (
            event.name == "item_opened" or not set(CUSTOMER_FIELDS).isdisjoint(event.before)
        )
        found = self._open_cases(self.item) if asked else ()
        return replace(self._context, links=tuple(self.links.values()), open_cases=found)

    def _apply_all(self, answers: Iterable[tuple[str, Sequence[Action]]]) -> Fields:
        before: Fields = {}
        for plugin, actions in answers:
            for action in actions:
                for name, value in self._apply(plugin, action).items():
                    before.setdefault(name, value)
        return before

    def _apply(self, plugin: str, action: Action) -> Fields:
        match action:
            case SetFields():
                return self.set_fields(action.fields, plugin, action.why)
            case Want():
                self._wants.append((plugin, action))
            case StartTimer() | CancelTimer():
                self._outcome.timers[action.name] = action
                kind = "timer" if isinstance(action, StartTimer) else "cancel"
                self.note(plugin, action.name, action.why, kind)
            case Reroute():
                return self.route()
            case Note():
                self.note(plugin, action.text, action.why)
        return {}

    def note(self, plugin: str, text: str, why: Why, action: str = "note") -> None:
        """Have the journal keep a remark."""
        self.decisions.append(Decision(plugin=plugin, action=action, name=text, why=why))

    def _failed(self, failures: Iterable[HookFailure], event: Event) -> None:
        self._outcome.failures += [(failure, event) for failure in failures]

    # What leaves the turn.

    def finish(self, result: str) -> Outcome:
        """Make commands of what is wanted and of what linked records lack; give the outcome."""
        outcome = self._outcome
        for plugin, want in self._wants:
            self._add(plugin, wants.command_for(self, plugin, want))
        for link in list(self.links.values()):
            self._add("hub.merge", wants.update_for(self, link))
        outcome.item = self.item
        outcome.result = result
        if self.decisions or outcome.failures:
            outcome.entry = ChangeEntry(
                change=str(self.change.ref),
                version=self.change.version,
                outcome=result,
                handbook=self._handbook,
                events=self._events,
                decisions=self.decisions,
                failures=[_told(x) for x, _ in outcome.failures],
            )
        return outcome

    def _add(self, plugin: str, command: Command | None) -> None:
        if command is None or any(x.key == command.key for x in self._outcome.commands):
            return
        self._outcome.commands.append(command)
        self.decisions.append(_wanted(plugin, command, command.why))


def _wanted(plugin: str, command: Command, why: Why) -> Decision:
    name = f"{type(command.effect).__name__} {command.connector}/{command.part}"
    return Decision(plugin=plugin, action="want", name=name, key=command.key, why=why)


def _told(failure: HookFailure) -> str:
    # A plugin may quote anything in what it raises, and the journal is kept for ever.
    return f"{failure.plugin} {failure.hook}: {redacted('error', str(failure.error))}"
