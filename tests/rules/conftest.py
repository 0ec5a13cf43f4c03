"""Fixtures: the shipped handbook, and makers of the plain values that rules take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.handbook import Handbook, load_handbook
from hub.models import (
    Action,
    Change,
    Context,
    Fields,
    InternalText,
    Item,
    Link,
    Note,
    PublicText,
    Record,
    Ref,
    SetFields,
    Want,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


@pytest.fixture
def make() -> SimpleNamespace:
    """Give makers of items, changes and contexts, and pickers of actions."""
    return SimpleNamespace(
        now=NOW, item=_item, mail=_mail, case=_case, comment=_comment, context=_context,
        contact=_contact, account=_account, link=_link, wants=_wants, sets=_sets, notes=_notes,
        effects=_effects,
    )  # fmt: skip


def _item(item_id: str = "ABCDEFGHJKLMNPQR", **fields: object) -> Item:
    given: Fields = {
        "state": "in_progress", "subject": "登录失败", "description": "无法登录", "language": "zh",
        "channel": "mail", "issue_type": "technical", "severity": "urgent",
        "customer_name": "北京大学", "contact_name": "陈老师", "contact_email": "chen@pku.edu.cn",
        "participants": ["chen@pku.edu.cn"], "thread": ["<1@pku.edu.cn>"],
        "account_manager": "li.qiang@vendor.example", "account": "001A",
        "role": "support_engineer", "owner": "wang.lei@vendor.example", "case_number": "00001001",
        "customer_status": "formal",
    }  # fmt: skip
    given |= fields  # type: ignore[arg-type]
    return Item(id=item_id, kind="case", fields=given, opened_at=NOW, revision=3)


def _mail(sender: str = "chen@pku.edu.cn", text: str = "你好", **fields: object) -> Change:
    given: Fields = {
        "from_email": sender, "from_name": "陈老师", "subject": "登录失败", "auto": "",
        "message_id": "<2@pku.edu.cn>", "language": "zh", "cc": [],
    }  # fmt: skip
    given |= fields  # type: ignore[arg-type]
    ref = Ref("mail", "mail", str(given.get("message_id") or "x"))
    return Change(ref=ref, version="1", seen_at=NOW, fields=given, text=PublicText(text))


def _case(actor: str = "zhang.min@vendor.example", **fields: object) -> Change:
    given: Fields = {"subject": "打不开课程", "description": "课程打不开", "closed": False}
    given |= fields  # type: ignore[arg-type]
    ref = Ref("crm", "case", "500A")
    return Change(ref=ref, version="1", seen_at=NOW, fields=given, actor=actor)


def _comment(
    connector: str, text: str, *, public: bool = False, actor: str = "", key: str = ""
) -> Change:
    kind = "comment" if connector == "rnd" else "case_comment"
    parent = Ref("rnd", "issue", "10001") if connector == "rnd" else Ref("crm", "case", "500A")
    return Change(
        ref=Ref(connector, kind, "7"),
        parent=parent,
        version="1",
        seen_at=NOW,
        text=PublicText(text) if public else InternalText(text),
        actor=actor,
        key=key,
    )


def _contact(record: str, email: str, account: str = "001A", **fields: object) -> Record:
    given: Fields = {"name": "陈老师", "email": email, "phone": "010-6275", "account": account}
    given |= fields  # type: ignore[arg-type]
    return Record(ref=Ref("crm", "contact", record), fields=given, aliases=(f"email:{email}",))


def _account(record: str = "001A", domain: str = "pku.edu.cn", **fields: object) -> Record:
    given: Fields = {"name": "北京大学", "owner": "li.qiang@vendor.example", "domains": [domain]}
    given |= fields  # type: ignore[arg-type]
    return Record(ref=Ref("crm", "account", record), fields=given, aliases=(f"domain:{domain}",))


def _link(connector: str, part: str, record: str = "1", *, gone: bool = False) -> Link:
    kind = {"case": "case", "issue": "issue"}.get(part, "comment")
    return Link(
        item_id="ABCDEFGHJKLMNPQR",
        connector=connector,
        part=part,
        kind=kind,
        record_id=record,
        gone=gone,
    )


def _context(*records: Record, related: Sequence[Item] = (), links: Sequence[Link] = ()) -> Context:
    return Context(now=NOW, records=records, related=tuple(related), links=tuple(links))


Actions = Sequence[Action] | None


def _wants(actions: Actions, connector: str = "") -> list[Want]:
    found = [action for action in actions or () if isinstance(action, Want)]
    return [want for want in found if connector in ("", want.connector)]


def _effects(actions: Actions, kind: type) -> list[object]:
    return [want.effect for want in _wants(actions) if isinstance(want.effect, kind)]


def _sets(actions: Actions) -> Fields:
    merged: Fields = {}
    for action in actions or ():
        if isinstance(action, SetFields):
            merged |= action.fields
    return merged


def _notes(actions: Actions) -> list[str]:
    return [action.text for action in actions or () if isinstance(action, Note)]


Maker = Callable[..., object]
