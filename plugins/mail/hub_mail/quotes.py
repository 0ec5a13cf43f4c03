"""Cuts what a reply quotes, in the forms that QQ, Foxmail, Outlook, 163 and Gmail write.

What the writer said between quoted lines stays. If only quotation is left, nothing was said.
"""

from __future__ import annotations

import re
from typing import Final

_DASHES: Final = r"[-_=—–─\s]{2,}"
_TITLES: Final = (
    r"原始邮件|原始郵件|原邮件|回复的原邮件|回覆的原郵件|邮件原件|转发邮件信息|转发的邮件|轉寄的郵件"
    r"|Original (?:Message|Mail|Email)|Original Appointment|Forwarded [Mm]essage|Replied Message"
)
_SEPARATOR: Final = re.compile(rf"{_DASHES}(?:{_TITLES}){_DASHES}", re.IGNORECASE)
_FORWARDED: Final = re.compile(
    rf"{_DASHES}(?:转发邮件信息|转发的邮件|轉寄的郵件|Forwarded message){_DASHES}", re.IGNORECASE
)
_FROM: Final = re.compile(r"[*\s]*(?:发件人|寄件者|寄件人|From)[*\s]*[:：]", re.IGNORECASE)
_OTHERS: Final = re.compile(
    r"[*\s]*(?:发送时间|发送日期|发件日期|日期|时间|傳送時間|寄件日期|收件人|收件者|抄送|副本|主题|主題|主旨"
    r"|Sent|Date|To|Cc|Subject)[*\s]*[:：]",
    re.IGNORECASE,
)
_ATTRIBUTION: Final = re.compile(
    r"(?:在|于|於|(?:On|At|Am|Le)\s).{4,300}?(?:写道|寫道|wrote|schrieb|a écrit)\s*[:：]"
    r"|.{3,200}(?:于|於|在)\s*\d.{4,80}(?:写道|寫道)\s*[:：]",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"[-_=—–─]{3,}")
_MOBILE: Final = re.compile(
    r"(?:发自|發自|來自|来自)我的.{1,30}|发自.{1,20}(?:手机|邮箱|客户端)"
    r"|Sent from (?:my|Mail|Outlook).{0,40}",
    re.IGNORECASE,
)
_WRAPPED: Final = 4


def new_text(text: str) -> str:
    """Give what the writer of a reply said himself."""
    said = text.split("\n")
    lines = [line.replace("\xa0", " ").rstrip() for line in said]
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if _SEPARATOR.fullmatch(line.strip()) or _is_block(lines, index):
            break
        if (length := _attribution(lines, index)) > 0:
            if not _quotes_follow(lines, index + length):
                break
            index += length
            continue
        if not line.lstrip().startswith((">", "＞")):
            kept.append(said[index])
        index += 1
    return _tidy(kept, was_cut=index < len(lines))


def is_forwarded(text: str) -> bool:
    """Say whether a text contains a forwarded mail by its separator."""
    # Line by line: over a text of empty lines one search would take time to their square.
    return any(_FORWARDED.fullmatch(line) for line in text.split("\n"))


def _is_block(lines: list[str], index: int) -> bool:
    """Recognise a block of header lines, as Outlook, Foxmail and QQ put above what they quote."""
    if not _FROM.match(lines[index]):
        return False
    following = [line for line in lines[index + 1 : index + 12] if line.strip()][:6]
    return sum(1 for line in following if _OTHERS.match(line)) >= 2


def _attribution(lines: list[str], index: int) -> int:
    """Give how many lines an attribution (`在 … 写道：`) takes from here on; 0 if it is none."""
    joined = ""
    for length in range(1, _WRAPPED + 1):
        if index + length > len(lines) or not lines[index + length - 1].strip():
            return 0
        joined += lines[index + length - 1].strip() + " "
        whole = joined.strip()
        if len(whole) > 500:
            return 0
        if _ATTRIBUTION.fullmatch(whole) and re.search(r"\d|@", whole):
            return length
    return 0


def _quotes_follow(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index:] if line.strip()), "")
    return following.lstrip().startswith((">", "＞"))


def _tidy(lines: list[str], *, was_cut: bool) -> str:
    while lines and (
        not lines[-1].strip()
        or (was_cut and _RULE.fullmatch(lines[-1].strip()))
        or _MOBILE.fullmatch(lines[-1].strip())
    ):
        lines.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
