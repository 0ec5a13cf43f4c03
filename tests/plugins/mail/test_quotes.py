"""Cutting quotations as Chinese and other programs write them (M21)."""

from __future__ import annotations

from typing import Any

import pytest
from hub_mail.quotes import new_text

QUOTED = "您好，\n请问如何登录？"
FORMS = {
    "qq": f'------------------ 原始邮件 ------------------\n发件人: "服务台";\n{QUOTED}',
    "qq-nbsp": f"------------------\u00a0原始邮件\u00a0------------------\n{QUOTED}",
    "foxmail": (
        f"\n\n发件人： 服务台\n发送时间： 2026-03-02 09:00\n收件人： 李\n主题： 登录\n{QUOTED}"
    ),
    "outlook-zh": (
        f"________________________________\n发件人: 服务台 <s@v.example>\n"
        f"发送时间: 2026年3月2日 9:00\n收件人: 李\n主题: 登录\n\n{QUOTED}"
    ),
    "outlook-en": f"From: Service <s@v.example>\nSent: Monday\nTo: Li\nSubject: Login\n\n{QUOTED}",
    "outlook-bold": f"*发件人:* 服务台\n*日期:* 2026\n*收件人:* 李\n\n{QUOTED}",
    "original": f"-----Original Message-----\nFrom: s@v.example\n{QUOTED}",
    "163": f"---- 回复的原邮件 ----\n发件人 服务台\n{QUOTED}",
    "163-at": f'At 2026-03-02 09:00:00, "服务台" <s@v.example> wrote:\n{QUOTED}',
    "gmail-zh": "在 2026年3月2日周一 09:00，服务台 <s@v.example> 写道：\n> 您好\n> 请问",
    "gmail-zh-wrapped": "服务台 <s@v.example> 于2026年3月2日周一\n09:00写道：\n\n> 您好",
    "gmail-en": "On Mon, Mar 2, 2026 at 9:00 AM Service\n<s@v.example> wrote:\n\n> Hello",
    "apple": "> 在 2026年3月2日，09:00，服务台 <s@v.example> 写道：\n> \n> 您好",
    "traditional": f"寄件者: 服務台\n寄件日期: 2026\n收件者: 李\n主旨: 登錄\n\n{QUOTED}",
}


@pytest.mark.parametrize("form", FORMS)
def test_only_what_is_new_is_read(form: str) -> None:
    """Each program's way to quote is cut."""
    assert new_text(f"同意。\n\n{FORMS[form]}") == "同意。"


@pytest.mark.parametrize("form", FORMS)
def test_a_quotation_alone_says_nothing(form: str) -> None:
    """Who sends back a mail with no word of his own has not answered."""
    assert new_text(FORMS[form]) == ""


def test_answers_between_the_lines_stay() -> None:
    """Who answers below each question is read in full."""
    text = "在 2026年3月2日，服务台 <s@v.example> 写道：\n> 版本？\n5.2\n> 系统？\nLinux"

    assert new_text(text) == "5.2\nLinux"


@pytest.mark.parametrize(
    "text",
    [
        "我在说明书里写道：先登录。\n但是不行。",
        "发件人: 这个字段是空的，为什么？\n请看截图。",
        "From: 字段无法填写",
        "--------\n第二部分\n--------",
        "报错 a > b\n请处理",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    """A customer who writes about mails is not cut off."""
    assert text == new_text(text)


def test_the_telephones_signature_is_no_answer() -> None:
    """`发自我的iPhone` is not said by the writer."""
    assert new_text("好的\n\n发自我的iPhone\n\n" + FORMS["qq"]) == "好的"


def raw(subject: str, text: str, extra: str = "") -> bytes:
    """Build a mail."""
    head = (
        f"From: a@b.cn\r\nSubject: {subject}\r\n{extra}Content-Type: text/plain; charset=utf-8\r\n"
    )
    return head.encode() + b"\r\n" + text.encode()


def test_a_forwarded_mail_is_read_whole(read: Any) -> None:
    """What an account manager forwards is the matter itself."""
    text = f"请处理\n\n{FORMS['outlook-zh']}"

    assert "请问如何登录" in read.text(raw("转发: 登录", text))


def test_a_first_mail_that_is_all_quotation_is_read_whole(read: Any) -> None:
    """Nothing of a new matter is cut away altogether."""
    assert "请问如何登录" in read.text(raw("登录", FORMS["qq"]))


def test_a_reply_that_is_all_quotation_is_empty(read: Any) -> None:
    """In a thread, a mere quotation is no answer."""
    assert read.text(raw("Re: 登录", FORMS["qq"], "In-Reply-To: <a@b>\r\n")) == ""
