"""A replay's report as tables that people read, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from hub.core.replay.facts import KINDS
from hub.core.replay.report import Case, Difference, Report, Side
from hub.handbook import Handbook
from hub.handbook.sections import Section
from hub.handbook.shapes import Language
from hub.handbook.show import Page

WORDS: Final = {
    "zh": {
        "title": "重演", "sum": "总计", "differences": "差异", "load": "人员负荷", "cases": "问题",
        "troubles": "未能照做之处", "span": "时间", "gone through": "重演的问题",
        "differing": "有差异的问题", "invented": "记录中没有的外部答复（视为成功）",
        "elsewhere": "略去的变更（属于更早的问题）", "kind": "类别", "count": "数量",
        "person": "人员", "had": "经手问题（原）", "would have": "经手问题（新）",
        "told": "通知（原）", "would be told": "通知（新）", "case": "问题", "what": "内容",
        "recorded": "原来", "replayed": "重演", "rule": "依据", "times": "次数", "to": "至",
        "none": "无差异。", "new": "（无）", "gone": "（不再有）",
        "classification": "分类", "assignment": "处理人", "deadline": "时限", "state": "状态",
        "escalation": "升级", "notice": "内部通知", "answer": "客户邮件", "record": "外部记录",
        "worded": "措辞不同", "moved": "时间不同",
    },
    "en": {
        "title": "Replay", "sum": "In sum", "differences": "Differences", "load": "Load per person",
        "cases": "Cases", "troubles": "What could not be done", "span": "time",
        "gone through": "cases gone through", "differing": "cases that differ",
        "invented": "answers that the record does not hold (taken as done)",
        "elsewhere": "changes left out (of earlier cases)", "kind": "kind", "count": "count",
        "person": "person", "had": "cases had", "would have": "cases would have",
        "told": "notices got", "would be told": "notices would get", "case": "case",
        "what": "what", "recorded": "recorded", "replayed": "replayed", "rule": "rule",
        "times": "times", "to": "to", "none": "Nothing differs.", "new": "(none)",
        "gone": "(none any more)",
        "classification": "classification", "assignment": "assignment", "deadline": "deadline",
        "state": "state", "escalation": "escalation", "notice": "notice",
        "answer": "mail to the customer", "record": "record elsewhere",
        "worded": "other words", "moved": "another time",
    },
}  # fmt: skip


def page_of(report: Report, handbook: Handbook, language: Language, most: int = 0) -> Page:
    """Give a report as tables; `most` limits how many differing cases are listed (0: all)."""
    return _Scribe(report, handbook, language).page(most)


class _Scribe:
    """Writes one report in one language."""

    def __init__(self, report: Report, handbook: Handbook, language: Language) -> None:
        self._report = report
        self._book = handbook
        self._language: Language = language
        self._say = WORDS[language]

    def page(self, most: int) -> Page:
        """Give all of it."""
        sections = [self._sum(), *self._counts(), *self._load(), *self._troubles()]
        cases = self._report.differences
        sections.append(self._cases(cases[:most] if most else cases))
        title = f"{self._say['title']}: {self._book.about.name.label(self._language)}"
        return Page(title, self._report.version, self._language, tuple(sections))

    def _sum(self) -> Section:
        say, report = self._say, self._report
        span = f"{self._moment(report.since)} {say['to']} {self._moment(report.until)}"
        rows = [
            (say["span"], span),
            (say["gone through"], f"{report.cases:,}"),
            (say["differing"], f"{report.differing:,}"),
        ]
        rows += [(say["invented"], f"{report.invented:,}")] if report.invented else []
        rows += [(say["elsewhere"], f"{report.elsewhere:,}")] if report.elsewhere else []
        return Section(say["sum"], "", ("", ""), tuple(rows))

    def _counts(self) -> Iterator[Section]:
        say, counts = self._say, self._report.counts
        rows = tuple((say[kind], f"{counts[kind]:,}") for kind in KINDS if counts.get(kind))
        if rows:
            yield Section(say["differences"], "", (say["kind"], say["count"]), rows)

    def _load(self) -> Iterator[Section]:
        say = self._say
        columns = (say["person"], say["had"], say["would have"], say["told"], say["would be told"])
        rows = tuple(
            (
                self._book.people.name(each.person, self._language),
                str(each.cases),
                str(each.cases_replayed),
                str(each.notices),
                str(each.notices_replayed),
            )
            for each in self._report.load
        )
        if rows:
            yield Section(say["load"], "", columns, rows)

    def _troubles(self) -> Iterator[Section]:
        say = self._say
        rows = tuple((each.what, str(each.times), each.item) for each in self._report.troubles)
        if rows:
            yield Section(say["troubles"], "", (say["what"], say["times"], say["case"]), rows)

    def _cases(self, cases: list[Case]) -> Section:
        say = self._say
        columns = (
            say["case"], say["kind"], say["what"], say["recorded"], say["replayed"], say["rule"],
        )  # fmt: skip
        rows = tuple(self._row(case, each) for case in cases for each in case.differences)
        return Section(say["cases"], "" if rows else say["none"], columns, rows)

    def _row(self, case: Case, each: Difference) -> tuple[str, ...]:
        say = self._say
        recorded = self._side(each, each.recorded) or say["new"]
        replayed = self._side(each, each.replayed) or say["gone"]
        if each.way == "worded":
            replayed = say["worded"]
        side = each.replayed or each.recorded
        rule = f"{side.why.rule} {side.why.source}".strip() if side else ""
        what = self._name(each)
        return (self._case(case), say[each.kind], what, recorded, replayed, rule)

    def _case(self, case: Case) -> str:
        names = ("case_number", "subject")
        told = " ".join(str(case.fields[name]) for name in names if case.fields.get(name))
        return told or case.item

    def _name(self, each: Difference) -> str:
        if each.kind == "escalation":
            shapes = {shape.id: shape for shape in self._book.targets.targets}
            shape = shapes.get(each.what)
            return shape.label(self._language) if shape else each.what
        labels = {row.id: row.label(self._language) for row in self._book.intake.fields}
        return labels.get(each.what, each.what)

    def _side(self, each: Difference, side: Side | None) -> str:
        if side is None:
            return ""
        shown = " → ".join(self._value(each, value) for value in side.values)
        single = each.kind not in ("deadline", "assignment", "classification", "state")
        return f"{shown} ({self._moment(side.at)})" if single or each.way == "moved" else shown

    def _value(self, each: Difference, value: str) -> str:
        if each.kind == "deadline":
            return self._moment(datetime.fromisoformat(value)) if value else "–"
        if "@" in value:
            return self._book.people.name(value, self._language)
        return self._book.messages.shown(each.what, value, self._language) or "–"

    def _moment(self, at: datetime) -> str:
        return self._book.messages.local(at)
