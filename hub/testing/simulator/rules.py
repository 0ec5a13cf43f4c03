"""The simulator's own small handbook: enough rules that every kind of effect crosses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    AddComment,
    Change,
    Context,
    CreateRecord,
    Direction,
    EditComment,
    Event,
    FieldMap,
    Fields,
    Ignored,
    InternalText,
    Item,
    Opening,
    Policy,
    PublicText,
    RecordMap,
    SendNotice,
    SendReply,
    StartTimer,
    Text,
    Want,
    Why,
)

STATES: Final = {"new": "New", "working": "Working", "resolved": "Solved", "closed": "Closed"}
ISSUE: Final = {
    "new": "To Do", "working": "In Progress", "resolved": "Done", "closed": "Done",
}  # fmt: skip
ESCALATION: Final = timedelta(minutes=1)

MAPS: Final = (
    RecordMap(
        connector="crm",
        kind="case",
        fields=(
            FieldMap(item="subject", record="subject", policy=Policy.THEIRS),
            FieldMap(item="description", record="description", policy=Policy.ASK),
            FieldMap(item="state", record="status", values=STATES, policy=Policy.OURS),
            FieldMap(item="severity", record="priority", policy=Policy.NEWEST),
            FieldMap(item="contact_email", record="contact_email"),
            FieldMap(item="token", record="token"),
            FieldMap(item="jira_key", record="jira_key", direction=Direction.OUT),
            FieldMap(item="next_handler", record="next_handler", direction=Direction.IN),
            FieldMap(item="case_number", record="case_number", direction=Direction.IN),
        ),
    ),
    RecordMap(
        connector="rnd",
        kind="issue",
        fields=(
            FieldMap(item="subject", record="summary", policy=Policy.THEIRS),
            FieldMap(item="description", record="description", policy=Policy.ASK),
            FieldMap(item="state", record="status", values=ISSUE, policy=Policy.THEIRS),
            FieldMap(item="severity", record="priority", policy=Policy.NEWEST),
            FieldMap(item="token", record="token", direction=Direction.OUT),
            FieldMap(item="jira_key", record="key", direction=Direction.IN),
        ),
    ),
)


def _why(rule: str) -> Why:
    return Why(plugin="simulated", rule=rule)


Trouble = Callable[[], Sequence[Action]]
"""What a bug of the plugin does when one of its hooks is called: it raises, or wants nonsense."""


def _no_trouble() -> Sequence[Action]:
    return ()


class SimulatedRules:
    """Mails become cases, cases that ask for it become issues, comments cross, timers remind."""

    def __init__(self, trouble: Trouble = _no_trouble) -> None:
        self._trouble = trouble

    @hookimpl
    def hub_open_item(self, change: Change, context: Context) -> Opening | Ignored | None:
        """Open an item for a mail or a case; join comments and answers to theirs."""
        self._trouble()
        joined = context.related[0].id if context.related else ""
        if change.parent is not None:
            if not joined:
                return Ignored(why=_why("a comment of nothing we know"))
            return Opening(part=f"comment:{change.ref}", join=joined, why=_why("comment"))
        if change.ref.kind == "mail":
            part = f"mail:{change.ref.id}"
            if joined:
                return Opening(part=part, join=joined, why=_why("answer"))
            return Opening(part=part, fields=_fields_of_mail(change), why=_why("mail"))
        if change.ref.kind == "case":
            return Opening(part="case", why=_why("case"))
        return Ignored(why=_why("a stranger"))

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action]:
        """Answer an event with what the small handbook says."""
        nonsense = self._trouble()
        answer = REACTIONS.get(event.name)
        return [*nonsense, *(answer(item, event, context) if answer else [])]


def _fields_of_mail(change: Change) -> Fields:
    text = change.text.text if change.text else ""
    sender, subject = change.fields["from_email"], change.fields["subject"]
    return {
        "subject": subject,
        "description": text,
        "contact_email": sender,
        "token": change.fields["token"],
        "state": "new",
        "severity": "Medium",
    }


def _opened(item: Item, event: Event, context: Context) -> list[Action]:
    due = context.now + ESCALATION
    actions: list[Action] = [StartTimer(name="escalation", due_at=due, why=_why("ladder"))]
    if event.part.startswith("mail:"):
        effect = CreateRecord(kind="case")
        actions.append(
            Want(
                connector="crm", part="case", effect=effect, then="case_made", why=_why("new case")
            )
        )
    elif item.text("next_handler") == "rnd":
        actions += _hand_off()
    return actions


def _changed(item: Item, event: Event, context: Context) -> list[Action]:
    actions: list[Action] = []
    if item.text("next_handler") == "rnd" and "next_handler" in event.before:
        actions += _hand_off()
    solved = event.part == "issue" and "state" in event.before and item.text("state") == "resolved"
    if solved and item.text("contact_email") and context.link("rnd", "issue"):
        actions.append(_reply(item, "solved", "solved", str(event.change and event.change.version)))
    return actions


def _hand_off() -> list[Action]:
    effect = CreateRecord(kind="issue")
    want = Want(
        connector="rnd", part="issue", effect=effect, then="handed_off", why=_why("hand-off")
    )
    return [want]


def _other(event: Event) -> str:
    return "rnd" if event.change and event.change.ref.connector == "crm" else "crm"


def _mirror(event: Event, there: str) -> list[Action]:
    text = event.change.text if event.change else None
    if text is None:
        return []
    parent = "issue" if there == "rnd" else "case"
    part = event.part if event.part.startswith("comment:") else f"comment:{event.part}"
    want = Want(
        connector=there,
        part=part,
        parent_part=parent,
        effect=AddComment(text),
        why=_why("comments cross"),
    )
    return [want]


def _mirror_edit(event: Event) -> list[Action]:
    text: Text | None = event.change.text if event.change else None
    if text is None:
        return []
    effect = EditComment(text)
    return [Want(connector=_other(event), part=event.part, effect=effect, why=_why("edit crosses"))]


def _reply(item: Item, purpose: str, words: str, once: str = "") -> Want:
    effect = SendReply(
        to=(item.text("contact_email"),),
        subject=f"[#{item.id}] {purpose} {item.text('token')}",
        text=PublicText(words),
    )
    part = f"mail:{purpose}"
    return Want(connector="mail", part=part, effect=effect, once=once, why=_why(purpose))


def _notice(item: Item, purpose: str, words: str) -> Want:
    effect = SendNotice(
        to=("boss@example.com",),
        subject=f"[#{item.id}] {purpose} {item.text('token')}",
        text=InternalText(words),
    )
    return Want(connector="mail", part=f"mail:{purpose}", effect=effect, why=_why(purpose))


REACTIONS: Final[Mapping[str, Callable[[Item, Event, Context], list[Action]]]] = {
    "item_opened": _opened,
    "fields_changed": _changed,
    "case_made": lambda item, event, _: [_reply(item, "ack", str(event.data.get("case_number")))],
    "handed_off": lambda item, event, _: [_notice(item, "handed-off", str(event.data.get("key")))],
    "timer_due": lambda item, _event, _: [_notice(item, "escalation", "its minute has passed")],
    "mail_received": lambda _item, event, _: _mirror(event, "crm"),
    "comment_added": lambda _item, event, _: _mirror(event, _other(event)),
    "comment_changed": lambda _item, event, _: _mirror_edit(event),
}
