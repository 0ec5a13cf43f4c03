"""What the sandbox says to people, in Chinese and in English."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

LANGUAGES: Final = ("zh", "en")

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "sandbox": ("沙箱", "sandbox"),
    "what": ("项目", "what"),
    "value": ("值", "value"),
    "page": ("三方对照页面", "the page, side by side"),
    "control": ("控制接口", "the control API"),
    "kept": ("状态保存在", "state is kept in"),
    "forgetful": ("不保存状态的模拟器：", "whose state is not kept:"),
    "hub": ("与之相连的中枢", "a hub for them"),
    "stop": ("按 Ctrl-C 停止", "Ctrl-C stops them"),
    "more": ("…… 另有 {} 次调用", "… {} more calls"),
    "title": ("沙箱", "Sandbox"),
    "subtitle": ("各系统的记录，一事一行", "What the systems hold, a matter a row"),
    "calls": ("调用", "calls"),
    "failed": ("失败", "failed"),
    "faults": ("故障", "faults"),
    "matters": ("事项", "Matters"),
    "others": ("其他记录", "Other records"),
    "traffic": ("最近的调用", "Latest calls"),
    "only failed": ("只看失败", "failed only"),
    "hint": (
        "主题相同的记录同在一行，最近的在最上；时间为 UTC。附言：绿边公开，橙边仅内部可见。",
        "One subject, one row, the latest on top; in UTC. A green edge: public; orange: internal.",
    ),
    "nothing": ("还没有记录", "nothing yet"),
    "no calls": ("还没有调用", "no calls yet"),
    "time": ("时间", "time"),
    "system": ("系统", "system"),
    "operation": ("操作", "operation"),
    "answer": ("应答", "answer"),
    "about": ("内容 / 错误", "asked / what went wrong"),
    "struck": ("已触发 {} 次", "struck: {}"),
    "login": ("如何登录", "how to log in"),
    "took": ("用时", "took"),
    "raw": ("原始记录", "raw record"),
    "in all": ("共", "in all"),
    "older": ("更早的未显示", "older ones are not shown"),
}

Say = Callable[[str], str]


def words(language: str = "") -> Say:
    """Give what says a thing in a language; without one, in that of this process's locale."""
    chosen = language or _own_language()
    index = 0 if chosen == "zh" else 1
    return lambda name: _WORDS[name][index]


def _own_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
