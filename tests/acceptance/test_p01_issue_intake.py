"""P01 用户问题受理, played through the shipped rules from the first mail to the end."""

from __future__ import annotations

from typing import Any

from hub.models import InternalText, PublicText

CUSTOMER = "chen@pku.edu.cn"
ENGINEER = "wang.lei@vendor.example"
DEVELOPER = "dev@rnd.example"
FOUR: dict[str, Any] = {
    "handling_method": "查看日志，重启服务", "handling_result": "定位为程序缺陷",
    "open_items": "需要补丁", "next_handler": "研发部",
}  # fmt: skip


def _opened(department: Any) -> Any:
    department.mail(CUSTOMER, "教师无法登录", "今天上午开始无法登录，请尽快处理。")
    return department


def _with_rnd(department: Any) -> Any:
    _opened(department)
    department.edit("crm", status="In Progress")
    department.edit("crm", **FOUR)
    return department


def test_a_mail_becomes_a_case_with_customer_type_severity_and_owner(department: Any) -> None:
    """Steps 1 to 5: recorded in the CRM, classified and routed to a named handler."""
    case = _opened(department).record("crm")

    expected = {
        "subject": "教师无法登录", "status": "Routed", "issue_type": "技术问题",
        "priority": "Medium", "owner": ENGINEER, "contact": "003A", "account": "001A",
        "origin": "Email", "contact_email": CUSTOMER,
    }  # fmt: skip
    assert {name: case.get(name) for name in expected} == expected


def test_customer_handler_and_account_manager_are_told_at_once(department: Any) -> None:
    """The acknowledgement carries the CRM's number and answers in the thread."""
    _opened(department)

    (mail,) = department.mails
    number = str(department.record("crm")["case_number"])
    assert number in mail.text.text
    assert mail.thread == ("<1001@pku.edu.cn>",)
    assert [notice.to[0] for notice in department.notices] == [
        ENGINEER, "li.qiang@vendor.example",
    ]  # fmt: skip


def test_a_hand_off_makes_the_jira_issue_and_leaves_its_record(department: Any) -> None:
    """Step 7: the issue, the key on the case, the four items as an internal comment."""
    _with_rnd(department)

    issue, case = department.record("rnd"), department.record("crm")
    assert issue["priority"] == "High"
    assert "查看日志" in str(issue["description"])
    assert (case["status"], case["jira_key"]) == ("Waiting for R&D", issue["key"])
    (record,) = department.written("crm")
    assert isinstance(record, InternalText)
    assert all(str(FOUR[name]) in record.text for name in FOUR)
    assert [n.to[0] for n in department.notices[2:]] == [
        "li.qiang@vendor.example", "zhang.min@vendor.example",
    ]  # fmt: skip


def test_a_hand_off_without_the_four_items_is_refused_and_then_made(department: Any) -> None:
    """The record says what is missing; filling it in is enough."""
    _opened(department)

    department.edit("crm", next_handler="研发部", handling_method="查看日志")
    refused = department.written("crm")
    department.edit("crm", handling_result="未解决", open_items="无")

    assert len(refused) == 1
    assert "处理结果、遗留问题" in refused[0].text
    assert str(department.record("rnd")["key"]).startswith("RND-")


def test_comments_cross_both_ways_and_public_ones_reach_the_customer(department: Any) -> None:
    """Internal and public are kept apart; each comment crosses once."""
    _with_rnd(department)

    department.comment("rnd", "请提供版本号", DEVELOPER)
    department.comment("crm", "版本 9.1", ENGINEER)
    department.comment("crm", "正在分析，请稍候", ENGINEER, public=True)

    assert InternalText("dev@rnd.example：\n请提供版本号") in department.written("crm")
    assert department.written("rnd") == [
        InternalText("王磊：\n版本 9.1"), PublicText("王磊：\n正在分析，请稍候"),
    ]  # fmt: skip
    answers = [mail for mail in department.mails if "正在分析" in mail.text.text]
    assert len(answers) == 1
    assert not any("版本 9.1" in mail.text.text for mail in department.mails)


def test_a_customers_answer_is_recorded_and_passed_on_to_rnd(department: Any) -> None:
    """In the CRM as public, in JIRA as internal text."""
    _with_rnd(department)

    department.mail(CUSTOMER, f"Re: 教师无法登录 [#{department.item.id}]", "补充：仅 Chrome")

    assert PublicText("陈老师 来信：\n补充：仅 Chrome") in department.written("crm")
    assert department.written("rnd") == [InternalText("陈老师 来信：\n补充：仅 Chrome")]
    assert len(department.items) == 1


def test_solved_in_jira_returns_to_the_engineer_with_rnds_advice(department: Any) -> None:
    """Status and resolution come back; the case is in progress again."""
    _with_rnd(department)
    department.edit("rnd", status="In Progress")
    department.comment("rnd", "升级到 9.1.2 即可", DEVELOPER)

    department.edit("rnd", status="Done", resolution="Fixed")

    case = department.record("crm")
    assert (case["status"], case["owner"]) == ("In Progress", ENGINEER)
    assert case["handling_advice"] == "升级到 9.1.2 即可"
    assert case["next_handler"] == "产品支持工程师"
    assert [n.to[0] for n in department.notices[-2:]] == [ENGINEER, "li.qiang@vendor.example"]


def test_closed_is_closed_everywhere(department: Any) -> None:
    """Step 9: solved, confirmed, closed in CRM and JIRA, and the customer knows."""
    _with_rnd(department)
    department.edit("rnd", status="Done", resolution="Fixed")

    department.edit("crm", status="Resolved")
    waiting = list(department.timers)
    department.edit("crm", status="Closed")

    assert waiting == ["close_silent"]
    assert department.timers == {}
    assert department.record("rnd")["status"] == "Closed"
    assert [
        word
        for mail in department.mails
        for word in ("已受理", "已解决", "已关闭")
        if word in mail.text.text
    ] == ["已受理", "已解决", "已关闭"]


def test_a_customer_who_stays_silent_is_told_and_the_case_closed(department: Any) -> None:
    """Five working days after the solution, not before."""
    _opened(department)
    department.edit("crm", status="Resolved")

    department.wait(4.3)
    before = department.record("crm")["status"]
    department.wait(0.1)

    assert (before, department.record("crm")["status"]) == ("Resolved", "Closed")
    assert "未收到您的其他意见" in department.mails[-1].text.text


def test_an_answer_to_a_solved_case_reopens_it(department: Any) -> None:
    """The silence is over, and handler and account manager hear of it."""
    _opened(department)
    department.edit("crm", status="Resolved")

    department.mail(CUSTOMER, f"Re: x [#{department.item.id}]", "还是不行")
    department.wait(10)

    assert department.record("crm")["status"] == "Reopened"


def test_an_answer_long_after_the_end_is_a_new_case(department: Any) -> None:
    """Within ten working days the old case is taken up; then a new one is opened."""
    _opened(department)
    department.edit("crm", status="Closed")
    first = department.item.id

    department.wait(10)
    department.mail(CUSTOMER, f"Re: x [#{first}]", "又出现了")
    reopened = department.record("crm")["status"]
    department.edit("crm", status="Closed")
    department.wait(15)
    department.mail(CUSTOMER, f"Re: x [#{first}]", "又出现了")

    assert reopened == "Reopened"
    assert len(department.items) == 2


def test_an_unknown_sender_reaches_the_desk_and_is_acknowledged(department: Any) -> None:
    """Nobody is dropped; the service manager knows, too."""
    department.mail("who@nowhere.example", "Cannot log in", "please help", language="en")

    case = department.record("crm")
    assert case["owner"] == "zhang.min@vendor.example"
    assert "Hello 陈老师" in department.mails[0].text.text
    assert [n.to[0] for n in department.notices] == [
        "zhang.min@vendor.example", "zhou.jing@vendor.example",
    ]  # fmt: skip


def test_an_automatic_answer_is_never_answered(department: Any) -> None:
    """Two machines do not talk to each other through the hub."""
    _opened(department)

    department.mail(CUSTOMER, f"自动回复 [#{department.item.id}]", "出差中", auto="auto_reply")

    assert len(department.mails) == 1
    assert department.outcomes[1].result != "opened"


def test_a_case_entered_by_the_desk_is_routed_and_acknowledged(department: Any) -> None:
    """The hotline's way in: the specialist's own classification stands."""
    department.enter_case(
        "zhang.min@vendor.example", subject="成绩导入", description="如何批量导入成绩",
        origin="Phone", issue_type="应用问题", account="001A", contact_email=CUSTOMER,
        contact_name="陈老师", contact_phone="010-1", customer_name="北京大学",
    )  # fmt: skip

    case = department.record("crm")
    assert (case["owner"], case["status"]) == ("zhao.qian@vendor.example", "Routed")
    assert "00009999" in department.mails[0].text.text


def test_a_hand_off_by_command_is_made_like_one_on_the_record(department: Any) -> None:
    """The four items given by command stand on the record afterwards."""
    _opened(department)

    department.request(to="R&D", method="m", result="r", open_items="o", by="ops@vendor.example")

    case = department.record("crm")
    assert (case["handling_method"], case["next_handler"]) == ("m", "研发部")
    assert department.record("rnd")["key"] == case["jira_key"]


def test_a_case_can_go_to_rnd_twice_with_one_issue(department: Any) -> None:
    """What comes back unsolved is handed over again, in the same issue."""
    _with_rnd(department)
    department.edit("rnd", status="Done", resolution="Cannot Reproduce")

    department.edit("crm", next_handler="研发部", handling_result="已附上重现步骤")

    assert department.record("rnd")["status"] == "To Do"
    assert department.record("crm")["status"] == "Waiting for R&D"
    assert "已附上重现步骤" in department.written("rnd")[-1].text


def test_every_decision_cites_the_handbook(department: Any) -> None:
    """Rule, file, line and clause stand behind everything the rules did."""
    _with_rnd(department)
    department.edit("rnd", status="Done", resolution="Fixed")
    department.edit("crm", status="Closed")

    decisions = [d for o in department.outcomes if o.entry for d in o.entry.decisions]
    ours = [d.why for d in decisions if d.plugin.startswith("rules.")]
    assert len(ours) >= 15
    assert all(why.rule and why.clause and ":" in why.source for why in ours)


def test_a_question_in_the_acknowledgement_is_answered_into_the_record(department: Any) -> None:
    """Asked once, line by line; what stands behind the name goes into the record."""
    _opened(department)
    (mail,) = department.mails
    subject = f"Re: 教师无法登录 [#{department.item.id}]"

    department.mail(CUSTOMER, subject, "您好，\n产品版本：9.1 SP2\n谢谢")
    department.mail(CUSTOMER, subject, "产品版本：8.0")

    assert "产品版本：" in mail.text.text
    assert department.item.fields["product_version"] == "9.1 SP2"
    assert not any("产品版本：" in later.text.text for later in department.mails[1:])


def test_what_the_front_desk_left_out_is_a_task_until_it_is_there(department: Any) -> None:
    """A case entered in the CRM, known by its origin; the desk is told as well."""
    department.enter_case(
        "zhang.min@vendor.example", subject="成绩册怎么导出", description="请问怎么导出",
        origin="Front Desk", contact="003A", account="001A", customer_name="北京大学",
        contact_name="陈老师", contact_email=CUSTOMER,
    )  # fmt: skip
    tasks = [f for ref, f in department.records.items() if ref.kind == "task"]
    missing = department.item.fields["missing"]

    department.edit("crm", contact_phone="010-62751001")

    assert (department.item.text("channel"), missing) == ("front_desk", ["contact_phone"])
    assert len(tasks) == 1
    assert tasks[0]["closed"] is True
    assert department.item.fields["missing"] == []
    assert any("请补齐" in notice.subject for notice in department.notices)


def test_two_alike_from_one_customer_are_proposed_and_not_joined(department: Any) -> None:
    """The second names the first, with likeness and words; both stay as they are."""
    department.mail(CUSTOMER, "教师无法登录", "今天上午教师无法登录，提示 502")

    department.mail(CUSTOMER, "还是无法登录", "教师今天上午无法登录，提示 502")

    first, second = department.items.values()
    (told,) = second.fields["duplicates"]
    assert told.startswith(first.id)
    assert "无法登录" in told
    assert (first.text("state"), second.text("state")) == ("routed", "routed")
    assert "duplicates" not in first.fields
