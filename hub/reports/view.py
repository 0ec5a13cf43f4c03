"""A summary as tables with names for people, in Chinese or English: what mail and sheet show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias, TypeVar

from hub.handbook import Handbook
from hub.handbook.naming import Names
from hub.handbook.reportshapes import ReportShape
from hub.handbook.shapes import Language
from hub.reports.periods import Period
from hub.reports.summary import BANDS, DIMENSIONS, CaseLine, Figures, Summary

Cell: TypeAlias = str | int | float | None
"""A share is a float from 0 to 1; None says that there is nothing to say."""

Ranked = TypeVar("Ranked")

MOST_CASES: Final = 5000
"""So many cases are listed; a sheet by mail has its limits."""
FIGURES: Final = ("opened", "resolved", "closed", "open", "reopened", "hand_offs", "missed")
WORDS: Final = {
    "zh": {
        "total": "总览", "figure": "指标", "count": "数量", "opened": "新增", "resolved": "已解决",
        "closed": "已关闭", "open": "期末未结", "reopened": "重开", "hand_offs": "转交",
        "missed": "超时", "issue_type": "按问题类型", "product": "按产品",
        "customer_name": "按客户", "severity": "按严重程度", "targets": "服务时限",
        "target": "时限", "met": "按时", "share": "按时率", "ageing": "未结问题账龄",
        "receivers": "转交去向", "role": "转给", "cases": "问题清单", "case": "编号",
        "subject": "主题", "state": "期末状态", "owner": "处理人", "since": "受理时间",
        "days": "未结天数", "up_to": "≤{} 天", "over": ">{} 天", "unset": "（未填写）",
        "period": "期间", "until": "至", "none": "本期没有问题记录。",
        "enclosed": "明细及图表见附件。", "all": "合计", "value": "取值",
        "satisfaction": "满意度", "left": "……另有 {} 条，见 hub report --json",
    },
    "en": {
        "total": "Overview", "figure": "figure", "count": "number", "opened": "came in",
        "resolved": "resolved", "closed": "closed", "open": "open at the end",
        "reopened": "reopened", "hand_offs": "hand-offs", "missed": "targets missed",
        "issue_type": "By type", "product": "By product", "customer_name": "By customer",
        "severity": "By severity", "targets": "Targets", "target": "target", "met": "met",
        "share": "met in time", "ageing": "Age of open cases", "receivers": "Handed to",
        "role": "handed to", "cases": "Cases", "case": "number", "subject": "subject",
        "state": "state at the end", "owner": "handler", "since": "received",
        "days": "days open", "up_to": "≤ {} days", "over": "> {} days", "unset": "(not given)",
        "period": "period", "until": "to", "none": "There were no cases in this period.",
        "enclosed": "Details and charts are enclosed.", "all": "all", "value": "value",
        "satisfaction": "satisfaction", "left": "… and {} more, see hub report --json",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a summary; `chart` says how its figures are drawn, `drawn` which columns."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Literal["", "bar", "stacked"] = ""
    drawn: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class View:
    """A summary as people read it."""

    language: Language
    title: str
    period: str
    sheets: tuple[Sheet, ...]
    empty: bool

    def sheet(self, key: str) -> Sheet:
        """Give a sheet by its key."""
        return next(each for each in self.sheets if each.key == key)


def view(
    summary: Summary, handbook: Handbook, row: ReportShape, period: Period, language: Language
) -> View:
    """Put a summary into words."""
    writer = _Writer(summary, handbook, language)
    say = WORDS[language]
    first, last = (x.date() for x in (writer.local(summary.start), writer.local(summary.end)))
    until = last.fromordinal(last.toordinal() - 1)
    return View(
        language=language,
        title=f"{row.label(language)} {period}",
        period=f"{first} {say['until']} {until}",
        sheets=tuple(writer.sheets()),
        empty=summary.total == Figures(),
    )


class _Writer:
    def __init__(self, summary: Summary, handbook: Handbook, language: Language) -> None:
        self._summary = summary
        self._handbook = handbook
        self._language = language
        self._say = WORDS[language]
        self._names = Names(handbook, language)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._handbook.zone)

    def sheets(self) -> Iterator[Sheet]:
        say, summary = self._say, self._summary
        total: list[tuple[Cell, ...]] = [
            (say[name], getattr(summary.total, name)) for name in FIGURES
        ]
        if summary.ratings:
            mean = sum(summary.ratings) / len(summary.ratings)
            total.append((f"{say['satisfaction']} ({len(summary.ratings)})", f"{mean:.1f}"))
        yield Sheet("total", say["total"], (say["figure"], say["count"]), tuple(total), "bar")
        for name in DIMENSIONS:
            yield self._group(name)
        yield self._targets()
        yield self._ageing()
        handed = tuple((self._named("role", r), n) for r, n in summary.receivers.items())
        yield Sheet("receivers", say["receivers"], (say["role"], say["count"]), handed)
        yield self._cases()

    def _group(self, name: str) -> Sheet:
        say, groups = self._say, self._summary.groups[name]
        rows = [
            (self._named(name, value), *(getattr(figures, each) for each in FIGURES))
            for value, figures in (self._ranked(groups) if name == "severity" else groups.items())
        ]
        columns = (self._names.column(name), *(say[each] for each in FIGURES))
        return Sheet(name, say[name], columns, tuple(rows), "bar", (1, 4))

    def _targets(self) -> Sheet:
        say = self._say
        names = {shape.id: shape.label(self._language) for shape in self._handbook.targets.targets}
        rows: list[tuple[Cell, ...]] = []
        for kept in self._summary.targets:
            judged = kept.met + kept.missed
            if judged:
                share = kept.met / judged
                rows.append((names.get(kept.target, kept.target), kept.met, kept.missed, share))
        columns = (say["target"], say["met"], say["missed"], say["share"])
        return Sheet("targets", say["targets"], columns, tuple(rows), "stacked", (1, 2))

    def _ageing(self) -> Sheet:
        say = self._say
        bands = [say["up_to"].format(days) for days in BANDS] + [say["over"].format(BANDS[-1])]
        rows: list[tuple[Cell, ...]] = [
            (self._named("severity", severity), *counts)
            for severity, counts in self._ranked(self._summary.ageing)
        ]
        columns = (self._names.column("severity"), *bands)
        return Sheet("ageing", say["ageing"], columns, tuple(rows), "stacked", (1, len(bands)))

    def _ranked(self, by_severity: Mapping[str, Ranked]) -> list[tuple[str, Ranked]]:
        """Give what is counted by severity in the handbook's order of them."""
        order = [row.id for row in self._handbook.intake.severities]
        return sorted(by_severity.items(), key=lambda pair: [*order, pair[0]].index(pair[0]))

    def _cases(self) -> Sheet:
        say = self._say
        columns = ("case", "subject", "issue_type", "severity", "product", "customer_name")
        titles = [say[name] for name in columns[:2]]
        titles += [self._names.column(name) for name in columns[2:]]
        more = ("state", "owner", "since", "days", "missed", "hand_offs")
        titles += [say[name] for name in more]
        cases = self._summary.cases
        rows = [self._case(line) for line in cases[:MOST_CASES]]
        if len(cases) > MOST_CASES:
            left = say["left"].format(len(cases) - MOST_CASES)
            rows.append((left, *(None for _ in titles[1:])))
        return Sheet("cases", say["cases"], tuple(titles), tuple(rows))

    def _case(self, line: CaseLine) -> tuple[Cell, ...]:
        fields = ("issue_type", "severity", "product", "customer_name")
        return (
            line.number or line.item,
            line.subject,
            *(self._named(name, line.values[name]) for name in fields),
            self._names.value("state", line.state),
            self._names.value("owner", line.owner),
            self.local(line.opened_at).strftime("%Y-%m-%d %H:%M"),
            line.days_open,
            line.figures.missed,
            line.figures.hand_offs,
        )

    def _named(self, field: str, value: str) -> str:
        return self._names.value(field, value) if value else self._say["unset"]


def cells(row: Sequence[Cell]) -> list[str]:
    """Give a row's cells as text."""
    return [shown(cell) for cell in row]


def shown(cell: Cell) -> str:
    """Give a cell as text: a share in per cent, nothing for nothing."""
    if cell is None:
        return "—"
    return f"{cell:.0%}" if isinstance(cell, float) else str(cell)
