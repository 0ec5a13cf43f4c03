"""Names for people: columns, values and cells of decision tables in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.handbook.cells import Cell, Key, Range, Values, Words
from hub.handbook.handbook import Handbook
from hub.handbook.shapes import Language

WORDS: Final = {
    "zh": {
        "any": "任意", "not": "非", "or": "、", "list": "、", "contains": "包含", "lacks": "不包含",
        "empty": "（空）",
        "from": "≥", "above": ">", "to": "≤", "below": "<", "and": "且", "yes": "是", "no": "否",
        "row": "规则", "clause": "条款", "source": "出处", "if": "条件", "roles": "角色",
        "people": "人员", "role": "角色", "person": "姓名", "mail": "邮件地址", "types": "问题类型",
        "type": "类型", "subtypes": "子类", "severities": "严重程度", "severity": "严重程度",
        "channels": "受理渠道", "channel": "渠道", "required": "必填项", "acknowledged": "自动回执",
        "paths": "转交", "hand-off": "转交", "by": "由", "towards": "转给", "told": "通知",
        "state": "状态", "hit": "命中规则", "first": "自上而下，先中先用", "unique": "只应命中一行",
        "collect": "命中的行全部有效", "version": "版本", "calendar": "工作日历", "product": "产品",
        "routing": "问题转交",
        "skills": "专长", "calendars": "工作日历", "days": "特别日期",
        "day": "事由", "dates": "日期", "by_mail": "邮件", "by_record": "写入记录",
        "hours": "时段", "country": "节假日", "zone": "时区", "closed": "休息", "workday": "上班",
        "mon": "周一", "tue": "周二", "wed": "周三", "thu": "周四", "fri": "周五", "sat": "周六",
        "sun": "周日", "targets": "服务时限", "target": "时限", "starts": "开始计时",
        "ends": "停止计时", "ladder": "升级阶梯", "ladders": "升级阶梯", "paused": "暂停计时",
        "unless": "状态不再是", "at": "时限比例", "rung": "阶梯级", "by_way": "方式",
        "again": "重复", "until_gone": "直到原因消除", "any_hour": "任何时间",
        "working": "工作时间", "handler": "当前处理人",
        "opened": "受理", "reopened": "重开", "handed": "转交", "answered": "答复客户",
        "planned": "记录处理方法", "customer_wrote": "客户来信",
        "manager_asked": "客户要求经理出面", "updated": "更新问题", "rnd_moved": "研发更新",
        "assignment": "人员分派", "ways": "分派方式", "fallback": "后备角色", "then": "，其次",
        "account_owner": "客户的客户经理", "own_engineer": "客户专属工程师", "duty": "值班",
        "skill": "专长最符合", "load": "在办最少", "round_robin": "轮流", "member": "固定分担",
        "rota": "值班表", "absences": "缺勤与代班", "stand_in": "代班",
        "calls": "非工作时间呼叫", "call": "呼叫",
        "wait": "等待确认", "emergency_phone": "值班电话", "line": "值班级别", "nights": "夜晚",
        "each": "轮换", "each_week": "每周", "each_night": "每夜", "approved": "批准",
        "answer": "答复时限", "after_hours": "非工作时间受理", "working_time": "工作时间",
        "weekday": "星期", "hour": "时", "night": "夜间", "reports": "汇总报告",
        "report": "报告", "every": "周期", "every_week": "每周", "every_month": "每月",
        "sent": "发送时间", "languages": "语言",
    },
    "en": {
        "any": "any", "not": "not", "or": " or ", "list": ", ",
        "contains": "contains", "lacks": "lacks", "empty": "(empty)",
        "from": "≥", "above": ">", "to": "≤", "below": "<", "and": "and",
        "yes": "yes", "no": "no", "row": "rule", "clause": "clause", "source": "source", "if": "if",
        "roles": "Roles", "people": "People", "role": "role", "person": "name", "mail": "mail",
        "types": "Types of problem", "type": "type", "subtypes": "subtypes",
        "severities": "Severities", "severity": "severity", "channels": "Channels",
        "channel": "channel", "required": "required", "acknowledged": "acknowledged",
        "paths": "Hand-offs", "hand-off": "hand-off", "by": "by", "towards": "to", "told": "told",
        "state": "state", "hit": "hit policy", "first": "from above, the first that fits",
        "unique": "one row at most should fit", "collect": "all rows that fit",
        "version": "version", "calendar": "calendar", "product": "product", "routing": "Routing",
        "skills": "skills", "calendars": "Calendars", "days": "Special dates", "day": "occasion",
        "dates": "dates", "hours": "hours", "country": "holidays of", "zone": "time zone",
        "closed": "closed", "workday": "working day", "mon": "Mon", "tue": "Tue", "wed": "Wed",
        "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun", "targets": "Targets",
        "target": "target", "starts": "clock starts", "ends": "clock ends", "ladder": "ladder",
        "ladders": "Ladders", "paused": "The clock stands still", "unless": "state is no more",
        "at": "at", "rung": "rung", "by_way": "by", "again": "again",
        "until_gone": "until the cause is gone", "any_hour": "at any hour",
        "working": "in working hours", "by_mail": "mail", "by_record": "note in the case",
        "handler": "who has the case",
        "opened": "opened", "reopened": "taken up again", "handed": "given to a handler",
        "answered": "customer answered", "planned": "handling method recorded",
        "customer_wrote": "customer wrote", "manager_asked": "asked for a manager",
        "assignment": "Assignment", "ways": "ways", "fallback": "where nobody is there",
        "then": ", then ", "account_owner": "the account's owner",
        "own_engineer": "the customer's own engineer", "duty": "who is on duty",
        "skill": "most skilled", "load": "fewest open cases", "round_robin": "in turn",
        "member": "fixed share", "rota": "Rota", "absences": "Absences", "stand_in": "stands in",
        "calls": "Calls out of hours", "call": "call", "wait": "waits", "line": "line",
        "emergency_phone": "emergency number", "nights": "nights", "each": "each",
        "each_week": "a week", "each_night": "a night", "approved": "approved by",
        "answer": "answer within", "after_hours": "Out of hours", "working_time": "working time",
        "weekday": "weekday", "hour": "hour", "night": "night", "reports": "Summaries",
        "report": "summary", "every": "of each", "every_week": "week", "every_month": "month",
        "sent": "sent", "languages": "languages",
        "updated": "case updated", "rnd_moved": "R&D moved",
    },
}  # fmt: skip


class Names:
    """Puts ids, columns and cells of one handbook into words of one language."""

    def __init__(self, handbook: Handbook, language: Language) -> None:
        self._messages = handbook.messages
        self._language = language
        self._say = WORDS[language]
        self._columns = {
            **{row.id: row.label(language) for row in handbook.targets.targets},
            **{row.id: row.label(language) for row in handbook.intake.fields},
        }
        self._calendars = handbook.calendar_rows

    def cell(self, column: str, cell: Cell) -> str:
        """Give a cell as people read it."""
        say = self._say
        if isinstance(cell, Values):
            listed = say["or"].join(sorted(self.key(column, key) for key in cell.keys))
            return f"{say['not']} {listed}" if cell.negated else listed
        if isinstance(cell, Words):
            verb = say["lacks" if cell.negated else "contains"]
            return f"{verb} {say['or'].join(cell.words)}"
        if isinstance(cell, Range):
            return self._range(cell)
        return say["any"]

    def _range(self, cell: Range) -> str:
        say = self._say
        low, high = "above" if cell.low_open else "from", "below" if cell.high_open else "to"
        bounds = [
            f"{say[low]} {cell.low:g}" if cell.low is not None else "",
            f"{say[high]} {cell.high:g}" if cell.high is not None else "",
        ]
        text = f" {say['and']} ".join(bound for bound in bounds if bound)
        return f"{say['not']} ({text})" if cell.negated else text

    def key(self, column: str, key: Key) -> str:
        """Give a value of a cell; the empty one has a word."""
        if key is None:
            return self._say["empty"]
        return self.value(column, key) if isinstance(key, str) else str(key)

    def value(self, column: str, value: object) -> str:
        """Give a value or a list of them; empty if unset."""
        if value is None:
            return ""
        if isinstance(value, list):
            return self._say["list"].join(self.value(column, part) for part in value)
        if column == "calendar" and str(value) in self._calendars:
            return self._calendars[str(value)].label(self._language)
        return self._messages.shown(column, str(value), self._language)

    def column(self, column: str) -> str:
        """Give a column's name; its id if it has none."""
        return self._columns.get(column) or self._say.get(column, column)

    def columns(self, fields: Iterable[str]) -> str:
        """Give several columns' names."""
        return self._say["list"].join(self.column(name) for name in fields)
