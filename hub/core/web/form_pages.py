"""The pages of the service form, in Chinese and English, with headers that let nothing else in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Final, Literal, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from hub.handbook import Handbook
from hub.handbook.shapes import Label, PlatformShape
from hub.handbook.submissions import FILES, LONGEST, Fault

Language = Literal["zh", "en"]

SAY: Final[Mapping[str, Label]] = {
    "languages": Label(zh="语言", en="Language"),
    "other": Label(zh="English", en="中文"),
    "wrong": Label(zh="请检查以下各项", en="Please look at these again"),
    "needed": Label(zh="（必填）", en="(required)"),
    "unsure": Label(zh="不确定", en="not sure"),
    "trap": Label(zh="请将此栏留空", en="Leave this field empty"),
    "trapped": Label(
        zh="最后一栏应当留空。请清空后再提交。",
        en="The last field must stay empty. Please clear it and send the form again.",
    ),
    "send": Label(zh="提交", en="Send"),
    "again_files": Label(zh="请重新选择文件。", en="Please choose the files again."),
    "received": Label(zh="已收到您的问题", en="We have received your problem"),
    "number": Label(zh="问题编号：", en="The number of your case:"),
    "reference": Label(zh="受理凭证号：", en="Your reference:"),
    "soon": Label(zh="问题编号正在生成。", en="The number of your case is being made."),
    "again": Label(zh="刷新查看", en="Look again"),
    "mailed": Label(
        zh="问题编号与处理进展会发到您填写的邮箱，直接回复该邮件即可补充。",
        en="Its number and what comes of it are sent to the mail address that you gave; to add "
        "anything, just answer that mail.",
    ),
    "another": Label(zh="提交另一个问题", en="Report another problem"),
    "refused": Label(zh="未能受理", en="This could not be taken"),
    "back": Label(zh="返回表单", en="Back to the form"),
    "busy": Label(
        zh="系统繁忙，您填写的内容还在下面，请稍后再次提交，不会重复受理。",
        en="The system is busy. What you wrote stands below: please send it again in a moment; it "
        "will not be taken twice.",
    ),
    "foreign": Label(zh="请在本网站的表单中提交。", en="Please use the form on this site."),
    "often": Label(
        zh="短时间内提交次数过多，请稍后再试，或拨打服务热线。",
        en="Too many forms in a short time. Please try again later, or call the hotline.",
    ),
    "too_large": Label(zh="附件过大或过多。", en="The files are too large or too many."),
    "no_form": Label(zh="无法读取提交的内容。", en="What was sent can not be read."),
    "unknown": Label(zh="没有该凭证号。", en="There is no such reference."),
}
"""What the pages say besides what the handbook says."""

_KINDS: Final = {"contact_email": "email", "contact_phone": "tel", "contact_fax": "tel"}
_AUTOCOMPLETE: Final = {
    "customer_name": "organization",
    "contact_name": "name",
    "contact_email": "email",
    "contact_phone": "tel",
}
_STYLE: Final = (resources.files("hub.core.web") / "templates" / "style.css").read_text("utf-8")
_DIGEST: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would then hide the form's origin from the hub itself.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Given(Protocol):
    """What was filled in."""

    @property
    def nonce(self) -> str:
        """Give the form's own key."""
        ...

    @property
    def trapped(self) -> str:
        """Give what stands in the field that people do not see."""
        ...

    @property
    def values(self) -> Mapping[str, str]:
        """Give the texts, by field."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field of the form, as the page shows it."""

    name: str
    label: str
    kind: str
    value: str = ""
    required: bool = False
    wrong: bool = False
    longest: int = 0
    hint: str = ""
    described: str = ""
    autocomplete: str = "off"
    accept: str = ""
    choices: Sequence[tuple[str, str]] = ()


def language_of(request: Request, handbook: Handbook) -> Language:
    """Give the page's language: asked for, else the browser's, else the handbook's."""
    asked = request.query_params.get("lang", "")
    if not asked:
        told = request.headers.get("accept-language", "").lower()
        asked = told[:2] if told[:2] in {"zh", "en"} else handbook.about.language
    return "en" if asked == "en" else "zh"


class Pages:
    """Writes the pages."""

    def __init__(self, handbook: Handbook, platform: PlatformShape) -> None:
        self._handbook = handbook
        self._platform = platform
        self._environment = Environment(
            loader=PackageLoader("hub.core.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        channels = {row.id: row for row in handbook.intake.channels}
        self._heading = channels[platform.channel]
        needed = handbook.tables["required"].decide({"channel": platform.channel})
        self._required = frozenset(needed.listed("needs") if needed else ())

    def form(
        self,
        language: Language,
        given: Given,
        faults: Sequence[Fault] = (),
        *,
        notice: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Show the form, filled in as it was."""
        wrong = {fault.field for fault in faults}
        again = status != 200
        return self._page(
            "form.html",
            language,
            status,
            headers,
            title=self._platform.title.label(language),
            intro=self._platform.intro.label(language),
            other="zh" if language == "en" else "en",
            nonce=given.nonce,
            trapped=given.trapped,
            notice=SAY[notice].label(language) if notice else "",
            faults=[{"field": x.field, "what": x.what.label(language)} for x in faults],
            fields=list(self._fields(language, given.values, wrong, again=again)),
        )

    def received(self, language: Language, reference: str, number: str) -> Response:
        """Show what somebody is told of what they sent."""
        return self._page("received.html", language, 200, reference=reference, number=number)

    def refused(
        self, language: Language, why: str, back: str, *, status: int, headers: Mapping[str, str]
    ) -> Response:
        """Say why something is not taken."""
        told = SAY[why].label(language)
        return self._page("refused.html", language, status, headers, why=told, back=back)

    def _page(
        self,
        template: str,
        language: Language,
        status: int,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> Response:
        text = self._environment.get_template(template).render(
            language=language,
            department=self._heading.label(language),
            style=Markup(_STYLE),  # noqa: S704 - our own file
            say={name: label.label(language) for name, label in SAY.items()},
            **values,
        )
        return HTMLResponse(text, status, {**HEADERS, **(headers or {})})

    def _fields(
        self, language: Language, values: Mapping[str, str], wrong: set[str], *, again: bool
    ) -> Iterable[Asked]:
        names = {row.id: row.label(language) for row in self._handbook.intake.fields}
        for name in ("subject", *self._platform.asks, "description"):
            choices = self._choices(name, language)
            kind = "choice" if choices else "area" if name == "description" else ""
            yield Asked(
                name=name,
                label=names[name],
                kind=kind or _KINDS.get(name, "text"),
                value=values.get(name, ""),
                required=name in self._required,
                wrong=name in wrong,
                longest=LONGEST[name],
                described=f"{name}-fault" if name in wrong else "",
                autocomplete=_AUTOCOMPLETE.get(name, "off"),
                choices=choices,
            )
        if self._platform.files.most:
            yield self._upload(language, wrong, again=again)

    def _choices(self, name: str, language: Language) -> list[tuple[str, str]]:
        intake = self._handbook.intake
        rows = {"issue_type": intake.types, "severity": intake.severities}.get(name, ())
        return [(row.id, row.label(language)) for row in rows]

    def _upload(self, language: Language, wrong: set[str], *, again: bool) -> Asked:
        files = self._platform.files
        kinds = ", ".join(files.endings)
        size = f"{files.megabytes:g} MB"
        label = Label(zh="附件", en="Attachments").label(language)
        hint = Label(
            zh=f"最多 {files.most} 个文件，每个不超过 {size}：{kinds}。请勿上传密码或许可文件。",
            en=f"At most {files.most} files of up to {size} each: {kinds}. No passwords or "
            "licence files, please.",
        ).label(language)
        if again:
            hint = f"{hint} {SAY['again_files'].label(language)}"
        fault = f" {FILES}-fault" if FILES in wrong else ""
        return Asked(
            name=FILES,
            label=label,
            kind="file",
            wrong=FILES in wrong,
            hint=hint,
            described=f"{FILES}-hint{fault}",
            accept=",".join(f".{ending}" for ending in files.endings),
        )
