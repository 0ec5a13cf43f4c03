"""What people hand in by form, API or command: which fields it has, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.handbook.handbook import Handbook
from hub.handbook.shapes import Label
from hub.handbook.uploads import file_fault

FORM_FIELDS: Final[Mapping[str, int]] = {
    "customer_name": 200,
    "contact_name": 80,
    "contact_email": 254,
    "contact_phone": 40,
    "contact_fax": 40,
    "product_version": 100,
    "issue_type": 40,
    "severity": 40,
}
"""What a form can ask for besides subject and description, and the most characters of each."""
LONGEST: Final[Mapping[str, int]] = {"subject": 240, "description": 20_000, **FORM_FIELDS}
FILES: Final = "files"
"""Names the attachments among the faults."""

_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"@]+@[^\s<>()\[\],;:\"@]+\.[^\s<>()\[\],;:\"@.]+")
_PHONE: Final = re.compile(r"[\d\s()+\-/.,;转extEXT#*]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, for the person who filled it in."""

    field: str
    what: Label


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, its name made safe."""

    name: str
    content: bytes


def faults_of(
    handbook: Handbook, channel: str, fields: Mapping[str, str], files: Sequence[Upload] = ()
) -> list[Fault]:
    """Give all that makes a submission unusable; what it merely lacks is not among it."""
    faults = [*_bad_channel(handbook, channel), *_bad_fields(handbook, fields)]
    if not fields.get("subject") and not fields.get("description"):
        faults.append(Fault("description", _EMPTY))
    platform = handbook.intake.platform
    if not files:
        return faults
    if platform is None or len(files) > platform.files.most:
        most = platform.files.most if platform else 0
        what = Label(zh=f"最多可附 {most} 个文件。", en=f"At most {most} files can be attached.")
        return [*faults, Fault(FILES, what)]
    found = (file_fault(platform.files, file.name, file.content) for file in files)
    return faults + [Fault(FILES, what) for what in found if what]


def lacking(handbook: Handbook, channel: str, fields: Mapping[str, str]) -> list[Fault]:
    """Give what a channel's form demands and has not got."""
    asked = handbook.tables["required"].decide({"channel": channel})
    needed = asked.listed("needs") if asked else ()
    names = {row.id: row for row in handbook.intake.fields}
    return [
        Fault(name, Label(zh=f"请填写{names[name].zh}。", en=f"Please give the {names[name].en}."))
        for name in needed
        if not fields.get(name)
    ]


def _bad_channel(handbook: Handbook, channel: str) -> list[Fault]:
    known = [row.id for row in handbook.intake.channels]
    if channel in known:
        return []
    names = ", ".join(known)
    what = Label(zh=f"没有渠道 {channel!r}，可用：{names}。", en=f"unknown; known: {names}")
    return [Fault("channel", what)]


def _bad_fields(handbook: Handbook, fields: Mapping[str, str]) -> list[Fault]:
    faults = []
    for name, value in fields.items():
        longest = LONGEST.get(name)
        if longest is not None and len(value) > longest:
            what = Label(zh=f"最多 {longest} 个字符。", en=f"At most {longest} characters.")
            faults.append(Fault(name, what))
    email, phone = fields.get("contact_email", ""), fields.get("contact_phone", "")
    if email and not _ADDRESS.fullmatch(email):
        faults.append(Fault("contact_email", _NO_ADDRESS))
    if phone and not _PHONE.fullmatch(phone):
        faults.append(Fault("contact_phone", _NO_PHONE))
    for name, rows in (
        ("issue_type", handbook.intake.types),
        ("severity", handbook.intake.severities),
    ):
        known = [row.id for row in rows]
        if fields.get(name) and fields[name] not in known:
            names = ", ".join(known)
            faults.append(Fault(name, Label(zh=f"可用：{names}。", en=f"known: {names}")))
    return faults


_EMPTY: Final = Label(zh="请描述问题。", en="Please describe the problem.")
_NO_ADDRESS: Final = Label(
    zh="邮件地址格式不正确，例如 name@example.edu.cn。",
    en="This is no mail address; one looks like name@example.edu.cn.",
)
_NO_PHONE: Final = Label(zh="电话号码只能含数字和 + - ( ) 等。", en="This is no telephone number.")
