"""What people do in the systems, drawn from the seed: they write, edit, comment, answer, delete."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from hub.models import InternalText, PublicText
from hub.testing.simulator.trace import Trace
from hub.testing.simulator.world import CASE_STATES, ISSUE_STATES, PRIORITIES, World

WORDS = ("登录失败", "报表为空", "slow search", "导出 🧾", "cannot print", "证书过期", "培训安排")


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody set a field of a record to."""

    system: str
    kind: str
    record: str
    field: str
    value: str


class People:
    """Customers, engineers and developers. What they did is remembered for the checks.

    Every mail, case and comment carries a token of its own, which nobody edits.
    """

    def __init__(self, world: World, source: random.Random, trace: Trace) -> None:
        self._world = world
        self._random = source
        self._trace = trace
        self._count = 0
        self.done = 0
        self.mails: dict[str, str] = {}
        self.cases: set[str] = set()
        self.answers: dict[str, str] = {}
        self.comments: dict[str, tuple[str, str]] = {}
        self.edits: dict[tuple[str, str], list[Edit]] = {}
        self._deeds: list[tuple[int, Callable[[], str]]] = [
            (5, self._write_mail),
            (2, self._open_case),
            (2, self._answer),
            (8, self._edit_case),
            (8, self._edit_issue),
            (7, self._hand_off),
            (6, self._comment_case),
            (6, self._comment_issue),
            (4, self._edit_comment),
            (1, self._delete_comment),
            (1, self._delete_record),
            (2, self._restore_record),
        ]

    def act(self) -> None:
        """Do one thing, if there is anything to do it to."""
        weights = [weight for weight, _ in self._deeds]
        (deed,) = self._random.choices([deed for _, deed in self._deeds], weights)
        if told := deed():
            self.done += 1
            self._trace.add("people", told)

    def _token(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count:03}"

    def _words(self) -> str:
        return f"{self._random.choice(WORDS)} {self._random.randint(1, 99)}"

    def _one(self, system: str, kind: str) -> str:
        snapshots = self._world.systems[system].all(kind)
        return self._random.choice(snapshots).id if snapshots else ""

    def _write_mail(self) -> str:
        token = self._token("M")
        sender = f"{token.lower()}@customer.example"
        identity = f"{token.lower()}@customer"
        words = self._words()
        self.mails[token] = self._world.mail.create(
            "mail",
            {"subject": words, "from_email": sender, "token": token, "message_id": identity},
            text=PublicText(f"{words}\r\n{token} 请帮助"),
            actor=sender,
            aliases=(f"message-id:{identity}",),
            mentions=(f"email:{sender}",),
        )
        return f"a customer mails {token}: {words}"

    def _open_case(self) -> str:
        token = self._token("C")
        self.cases.add(token)
        fields = {"subject": self._words(), "description": f"by phone {token}", "token": token}
        if self._random.random() < 0.6:
            fields["next_handler"] = "rnd"
        case = self._world.crm.create("case", dict(fields), actor="eng@example.com")
        return f"crm: case {case} opened for {token} {fields.get('next_handler', '')}"

    def _answer(self) -> str:
        sent = [mail for mail in self._world.mail.sent if mail.to != ("boss@example.com",)]
        if not sent:
            return ""
        mail, token = self._random.choice(sent), self._token("A")
        self.answers[token] = mail.subject.rpartition(" ")[2]
        tag = mail.subject[2 : mail.subject.index("]")]
        self._world.mail.create(
            "mail",
            {"subject": f"Re: {mail.subject}", "from_email": mail.to[0], "token": token},
            text=PublicText(f"thanks {token}"),
            aliases=(f"message-id:{token.lower()}@customer",),
            mentions=(f"message-id:{mail.message_id}", f"item:{tag}", f"email:{mail.to[0]}"),
        )
        return f"a customer answers with {token} to {mail.subject}"

    def _edit_case(self) -> str:
        case = self._one("crm", "case")
        if not case:
            return ""
        name, value = self._edit("subject", CASE_STATES)
        self._edited("crm", "case", case, name, value)
        return f"crm: case {case} {name} := {value!r}"

    def _edit_issue(self) -> str:
        issue = self._one("rnd", "issue")
        if not issue:
            return ""
        name, value = self._edit("summary", ISSUE_STATES)
        self._edited("rnd", "issue", issue, name, value)
        return f"rnd: issue {issue} {name} := {value!r}"

    def _edited(self, system: str, kind: str, record: str, name: str, value: str) -> None:
        after = self._world.systems[system].edit(kind, record, {name: value}, actor="p@example.com")
        matter = (str(after.fields.get("token")), "subject" if name == "summary" else name)
        self.edits.setdefault(matter, []).append(Edit(system, kind, record, name, value))

    def _edit(self, title: str, states: tuple[str, ...]) -> tuple[str, str]:
        name = self._random.choice((title, "description", "status", "priority"))
        if name == "status":
            return name, self._random.choice(states)
        if name == "priority":
            return name, self._random.choice(PRIORITIES)
        ending = self._random.choice(("", "", "", " ", "\r\nsecond line"))
        return name, self._words() + ending

    def _hand_off(self) -> str:
        case = self._one("crm", "case")
        if not case:
            return ""
        self._world.crm.edit("case", case, {"next_handler": "rnd"}, actor="eng@example.com")
        return f"crm: case {case} handed off to R&D"

    def _comment_case(self) -> str:
        return self._comment("crm", "case")

    def _comment_issue(self) -> str:
        return self._comment("rnd", "issue")

    def _comment(self, system: str, kind: str) -> str:
        record = self._one(system, kind)
        if not record:
            return ""
        token = self._token("K")
        public = self._random.random() < 0.4
        text = PublicText(f"{token} 公开") if public else InternalText(f"{token} 内部")
        comment = self._world.systems[system].comment(kind, record, text, actor="p@example.com")
        self.comments[token] = (system, comment)
        return f"{system}: comment {comment} {token} on {kind} {record}"

    def _own_comment(self) -> tuple[str, str, str] | None:
        if not self.comments:
            return None
        token = self._random.choice(list(self.comments))
        system, comment = self.comments[token]
        kind = "case_comment" if system == "crm" else "comment"
        held = self._world.systems[system].get(kind, comment)
        return None if held is None or held.gone else (system, kind, token)

    def _edit_comment(self) -> str:
        own = self._own_comment()
        if own is None:
            return ""
        system, kind, token = own
        comment = self.comments[token][1]
        held = self._world.systems[system].get(kind, comment)
        if held is None or held.text is None:
            return ""
        text = type(held.text)(f"{token} {self._words()}")
        self._world.systems[system].rewrite(kind, comment, text, actor="p@example.com")
        return f"{system}: comment {token} rewritten: {text.text}"

    def _delete_record(self) -> str:
        system, kind = self._random.choice((("crm", "case"), ("rnd", "issue")))
        record = self._one(system, kind)
        if not record:
            return ""
        self._world.systems[system].delete(kind, record)
        return f"{system}: {kind} {record} deleted"

    def _restore_record(self) -> str:
        system, kind = self._random.choice((("crm", "case"), ("rnd", "issue")))
        deleted = self._world.systems[system].gone(kind)
        if not deleted:
            return ""
        record = self._random.choice(deleted).id
        self._world.systems[system].restore(kind, record)
        return f"{system}: {kind} {record} restored"

    def _delete_comment(self) -> str:
        own = self._own_comment()
        if own is None:
            return ""
        system, kind, token = own
        self._world.systems[system].delete(kind, self.comments[token][1])
        return f"{system}: comment {token} deleted"
