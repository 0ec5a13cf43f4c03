"""A case's life in virtual time: real turns, real rules, timers that ring when they are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.plugins import PluginHost
from hub.core.turn import Outcome, Turn
from hub.handbook import Handbook
from hub.models import (
    Change,
    Context,
    Event,
    Fields,
    InternalText,
    Item,
    PublicText,
    Ref,
    SendNotice,
    StartTimer,
    Why,
)
from hub.rules import builtin_rules
from hub.rules.escalation import EscalationRules
from hub.rules.targets import TargetRules

SHANGHAI = ZoneInfo("Asia/Shanghai")
WHY = Why(plugin="test")


def wall(text: str) -> datetime:
    """Give an instant by the wall clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@dataclass(frozen=True)
class Told:
    """A notice: when, to whom, its subject."""

    at: datetime
    to: str
    subject: str


@dataclass
class Life:
    """One case under a handbook: its rules of time, or with `whole` all of them."""

    handbook: Handbook = field(repr=False)
    now: datetime
    item: Item = field(init=False)
    timers: dict[str, StartTimer] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    whys: list[Why] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    host: PluginHost | None = field(default=None, repr=False)
    changes: int = 0
    whole: bool = False

    def __post_init__(self) -> None:
        self.item = Item(id="ABCDEFGHJKLMNPQR", kind="case", fields={}, opened_at=self.now)

    def opens(self, **fields: object) -> Life:
        """Open the case, routed to the support engineer."""
        given: Fields = {
            "state": "routed", "subject": "登录失败", "issue_type": "technical",
            "severity": "urgent", "customer_status": "formal", "channel": "mail",
            "owner": "wang.lei@vendor.example", "role": "support_engineer",
            "account_manager": "li.qiang@vendor.example", "case_number": "00001001",
            "received_at": self.now.isoformat(),
        }  # fmt: skip
        turn = self._turn("crm", "case")
        turn.set_fields({**given, **fields}, "test", WHY)  # type: ignore[dict-item]
        if self.whole:
            turn.classify()
            turn.route()
        turn.promise()
        turn.raise_event(Event(name="item_opened", change=turn.change, part="case"))
        return self._settle(turn)

    def sets(self, connector: str = "crm", **fields: object) -> Life:
        """Have a person change fields in a system; `hub` is a rule's own act."""
        turn = self._turn(connector, "issue" if connector == "rnd" else "case")
        before = turn.set_fields(dict(fields), "test", WHY)  # type: ignore[arg-type]
        turn.raise_changed(before, "case")
        return self._settle(turn)

    def answered(self) -> Life:
        """Have the handler answer the customer."""
        known = self.item.fields.get("answered") or []
        assert isinstance(known, list)
        return self.sets(answered=[*known, f"crm:case_comment:{len(known)}"])

    def comments(self, connector: str = "crm") -> Life:
        """Have a person comment the case or its issue."""
        turn = self._turn(connector, "comment", text=InternalText("看一下"))
        turn.raise_event(Event(name="comment_added", change=turn.change, part="comment:1"))
        return self._settle(turn)

    def writes(self, sender: str = "chen@pku.edu.cn", text: str = "还没有好？") -> Life:
        """Have the customer write again."""
        mail: Fields = {"from_email": sender, "auto": ""}
        turn = self._turn("mail", "mail", text=PublicText(text), fields=mail)
        turn.raise_event(Event(name="mail_received", change=turn.change, part="mail:2"))
        return self._settle(turn)

    def tells(self, what: str, value: str = "", text: str = "", by: str = "desk") -> Life:
        """Have a person tell something by command or API."""
        turn = self._turn("hub", "request")
        data: Fields = {"what": what, "value": value, "text": text, "by": by}
        turn.raise_event(Event(name="told", change=turn.change, data=data))
        return self._settle(turn)

    def reloads(self, handbook: Handbook) -> Life:
        """Put another handbook in force and have the case reckoned by it."""
        self.handbook, self.host = handbook, None
        turn = self._turn("hub", "request")
        turn.raise_event(Event(name="handbook_changed", change=turn.change))
        return self._settle(turn)

    def until(self, moment: str | datetime) -> Life:
        """Let time pass; timers ring when they are due."""
        end = wall(moment) if isinstance(moment, str) else moment
        while self.timers:
            timer = min(self.timers.values(), key=lambda each: (each.due_at, each.name))
            if timer.due_at > end:
                break
            self.now = max(self.now, timer.due_at)
            self.rings(timer.name)
        self.now = max(self.now, end)
        return self

    def rings(self, name: str) -> Life:
        """Have a timer ring, whether it is due or not."""
        self.timers.pop(name, None)
        turn = self._turn("hub", "timer")
        event = Event(name="timer_due", change=turn.change, data={"name": name})
        turn.raise_event(event)
        return self._settle(turn)

    def local(self, name: str) -> str:
        """Give an instant of the item by the wall clock; empty if unset."""
        text = self.item.text(name)
        if not text:
            return ""
        return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")

    def notices(self) -> list[tuple[str, str]]:
        """Give who was told, and when by the wall clock."""
        return [
            (f"{each.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", each.to.partition("@")[0])
            for each in self.told
        ]

    def _turn(
        self,
        connector: str,
        kind: str,
        text: PublicText | InternalText | None = None,
        fields: Mapping[str, object] | None = None,
        actor: str = "",
    ) -> Turn:
        self.changes += 1
        if self.host is None:
            time = (("targets", TargetRules), ("escalation", EscalationRules))
            some = [(name, kind(self.handbook)) for name, kind in time]
            self.host = PluginHost.of(*(builtin_rules(self.handbook) if self.whole else some))
        change = Change(
            ref=Ref(connector, kind, f"{self.item.id}/{self.changes}"),
            version=str(self.changes),
            seen_at=self.now,
            text=text,
            fields=dict(fields or {}),  # type: ignore[arg-type]
            actor=actor,
        )
        return Turn(change, self.item, {}, Context(now=self.now), self.host, {})

    def _settle(self, turn: Turn) -> Life:
        turn.settle()
        outcome = turn.finish("done")
        before = self.item.fields.get("escalations") or []
        self.item = outcome.item or self.item
        after = self.item.fields.get("escalations") or []
        self.marks += [mark for mark in after if mark not in before]  # type: ignore[union-attr,operator]
        self._take(outcome)
        return self

    def _take(self, outcome: Outcome) -> None:
        for name, action in outcome.timers.items():
            self.timers.pop(name, None)
            if isinstance(action, StartTimer):
                self.timers[name] = action
        for command in outcome.commands:
            if isinstance(command.effect, SendNotice):
                self.told.append(Told(self.now, command.effect.to[0], command.effect.subject))
                self.texts.append(command.effect.text.text)
        self.failures += [str(failure.error) for failure, _ in outcome.failures]
        for decision in outcome.entry.decisions if outcome.entry else ():
            self.whys.append(decision.why)
            if decision.action == "note":
                self.notes.append(decision.name)


HOUR = timedelta(hours=1)
