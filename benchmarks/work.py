"""The work that is measured: what comes in, by which rules it is decided, what goes out.

`SMALL` is the yardstick: a change of 1 KB, a decision in three steps, two effects in two systems;
every rival is given the same. `HANDBOOK` is a case of the hotline under the default handbook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hub.handbook import Handbook, load_handbook
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    Change,
    Classification,
    Context,
    CreateRecord,
    Direction,
    Event,
    FieldMap,
    Fields,
    InternalText,
    Item,
    Opening,
    RecordMap,
    Ref,
    Route,
    SendNotice,
    Want,
    Why,
)
from hub.rules import builtin_rules

FIRST_ID: Final = 10001
START: Final = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
WORDS: Final = ("安装", "升级", "培训", "续签", "报错", "登录", "接口", "咨询")
SEVERITIES: Final = ("normal", "urgent", "critical")
TYPES: Final = {"安装": "technical", "升级": "technical", "培训": "training_request"}
TEAMS: Final = {"technical": "support_engineer", "training_request": "trainer"}
BODY: Final = "用户反映系统在高峰时段响应缓慢，页面长时间没有返回，重新登录后依旧如此。" * 6


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: its rules and field maps, and the n-th change of it."""

    name: str
    change: Callable[[int], Change]
    handbook: Callable[[], Handbook]
    rules: Callable[[Handbook], Sequence[tuple[str, object]]]


class SmallRules:
    """The decision in three steps, and two effects."""

    @hookimpl
    def hub_open_item(self, change: Change, context: Context) -> Opening | None:
        """Open an item for every case."""
        del context
        if change.ref.kind != "case":
            return None
        why = Why(plugin="small", rule="open", source="small:1")
        return Opening(part="case", fields={"state": "new"}, why=why)

    @hookimpl
    def hub_classify_case(self, item: Item, change: Change) -> Classification:
        """Find type and severity by the words of the subject."""
        subject = item.text("subject")
        found = [kind for word, kind in TYPES.items() if word in subject]
        severity = SEVERITIES[int(change.ref.id) % len(SEVERITIES)]
        fields: Fields = {"issue_type": found[0] if found else "other", "severity": severity}
        return Classification(fields=fields, why=Why(plugin="small", rule="classify"))

    @hookimpl
    def hub_route_case(self, item: Item) -> Route:
        """Find role and person by the type."""
        role = TEAMS.get(item.text("issue_type"), "customer_specialist")
        why = Why(plugin="small", rule="route", inputs={"issue_type": item.text("issue_type")})
        return Route(role=role, owner=f"{role}@vendor.example", why=why)

    @hookimpl
    def hub_react(self, item: Item, event: Event) -> Sequence[Action] | None:
        """Make the issue, and tell the handler."""
        if event.name != "item_opened":
            return None
        owner, why = item.text("owner"), Why(plugin="small", rule="react")
        notice = SendNotice(
            to=(owner,), subject=item.text("subject"), text=InternalText(item.text("description"))
        )
        issue = CreateRecord(kind="issue")
        return [
            Want(connector="rnd", part="issue", effect=issue, why=why),
            Want(connector="mail", part="mail:notice", effect=notice, why=why),
        ]


def _small_maps() -> Mapping[tuple[str, str], RecordMap]:
    case = ("subject", "description", "customer_name", "contact_name", "contact_email", "channel")
    issue = {"subject": "summary", "description": "description", "severity": "priority"}
    maps = [
        RecordMap(
            connector="crm",
            kind="case",
            fields=tuple(FieldMap(item=x, record=x, direction=Direction.IN) for x in case),
        ),
        RecordMap(
            connector="rnd",
            kind="issue",
            fields=tuple(FieldMap(item=ours, record=theirs) for ours, theirs in issue.items()),
        ),
    ]
    return {(one.connector, one.kind): one for one in maps}


def _case(number: int) -> Fields:
    word = WORDS[number % len(WORDS)]
    return {
        "subject": f"{word}问题 {number}",
        "description": f"{word}:{BODY}",
        "contact_name": "李老师",
        "contact_email": f"li{number % 500}@pku.example",
        "customer_name": "北京大学",
    }


def _change(number: int, fields: Fields) -> Change:
    at = START + timedelta(milliseconds=number)
    return Change(
        ref=Ref("crm", "case", str(number + FIRST_ID)),
        version=f"{at.timestamp():.3f}-{number:08x}",
        seen_at=at,
        at=at,
        fields=fields,
        actor="desk@vendor.example",
    )


def _small_change(number: int) -> Change:
    return _change(number, {**_case(number), "channel": "hotline"})


def _hotline_case(number: int) -> Change:
    fields = {**_case(number), "origin": "Phone", "status": "New", "contact": f"c{number % 500}"}
    return _change(number, fields)


def default_handbook() -> Handbook:
    """Load the handbook that is shipped."""
    return load_handbook(Path(__file__).parent.parent / "config" / "handbook")


def _small_handbook() -> Handbook:
    return replace(default_handbook(), record_maps=_small_maps())


SMALL: Final = Work(
    "small rules", _small_change, _small_handbook, lambda _: [("small", SmallRules())]
)
HANDBOOK: Final = Work("default handbook", _hotline_case, default_handbook, builtin_rules)
WORKS: Final = {"small": SMALL, "handbook": HANDBOOK}
