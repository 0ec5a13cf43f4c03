"""Facts about what a case is taken for, and who receives it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hub.handbook import Handbook
from hub.rules.classify import ClassifyRules
from hub.rules.routing import RoutingRules

DESK = "zhang.min@vendor.example"


@pytest.mark.parametrize(
    ("subject", "issue_type", "subtype", "severity"),
    [
        ("教务系统瘫痪，全校无法上课", "technical", "troubleshooting", "critical"),
        ("The whole system is down!", "technical", "troubleshooting", "critical"),
        ("无法登录，请尽快处理", "technical", "troubleshooting", "urgent"),
        ("We cannot log in", "technical", "troubleshooting", "urgent"),
        ("系统响应很慢", "technical", "performance", "normal"),
        ("如何安装补丁", "technical", "upgrade", "normal"),
        ("安装手册有吗", "technical", "installation", "normal"),
        ("请问如何批量导入成绩", "application", "feature_use", "normal"),
        ("How do I download my grades?", "application", "feature_use", "normal"),
        ("推广方案咨询", "application", "implementation_consulting", "normal"),
        ("服务合同续签", "requirement", "renewal", "normal"),
        ("尽快扩容", "requirement", "expansion", "normal"),
        ("希望增加手机签到", "requirement", "new_feature", "normal"),
        ("Integration with our SSO", "requirement", "integration", "normal"),
        ("申请教师培训", "training_request", "request", "normal"),
        ("培训教材索取", "training_request", "material_request", "normal"),
        ("年会邀请", "other", None, "normal"),
        ("页面报错，不紧急", "technical", "troubleshooting", "normal"),
    ],
)
def test_words_settle_type_and_severity(
    handbook: Handbook,
    make: SimpleNamespace,
    subject: str,
    issue_type: str,
    subtype: str | None,
    severity: str,
) -> None:
    """Chinese and English words of the subject decide alike."""
    item = make.item(subject=subject, description="请处理", issue_type="", severity="")

    answer = ClassifyRules(handbook).hub_classify_case(item, make.mail(), make.context())

    assert answer is not None
    found = [answer.fields.get(name) for name in ("issue_type", "subtype", "severity")]
    assert found == [issue_type, subtype, severity]


def test_the_reason_names_the_words_and_both_rows(
    handbook: Handbook, make: SimpleNamespace
) -> None:
    """Why a case is critical can be read off."""
    item = make.item(subject="系统瘫痪", description="", issue_type="", severity="")

    answer = ClassifyRules(handbook).hub_classify_case(item, make.mail(), make.context())

    assert answer is not None
    assert "type_outage (intake.yaml:" in answer.why.note
    assert "severity_critical" in answer.why.note
    assert "瘫痪" in answer.why.note


def test_what_a_person_set_is_taken_as_given(handbook: Handbook, make: SimpleNamespace) -> None:
    """The desk's own classification in the CRM stands; only what is open is answered."""
    item = make.item(subject="无法登录", issue_type="application", severity="")

    answer = ClassifyRules(handbook).hub_classify_case(item, make.mail(), make.context())

    assert answer is not None
    assert answer.fields == {"severity": "urgent"}


def test_a_trial_users_case_is_of_type_other(handbook: Handbook, make: SimpleNamespace) -> None:
    """The scope is formal users."""
    item = make.item(subject="无法登录", issue_type="", severity="", customer_status="trial")

    answer = ClassifyRules(handbook).hub_classify_case(item, make.mail(), make.context())

    assert answer is not None
    assert answer.fields["issue_type"] == "other"


@pytest.mark.parametrize(
    ("fields", "role", "owner", "notify"),
    [
        ({}, "support_engineer", "wang.lei", ("account_manager",)),
        ({"severity": "critical"}, "support_engineer", "wang.lei",
         ("account_manager", "service_manager")),
        ({"issue_type": "application", "subtype": "feature_use"}, "trainer", "zhao.qian",
         ("account_manager",)),
        ({"issue_type": "application", "subtype": "implementation_consulting"}, "consultant",
         "sun.tao", ("account_manager",)),
        ({"issue_type": "requirement", "subtype": "renewal"}, "account_manager", "li.qiang",
         ("sales_manager",)),
        ({"issue_type": "training_request"}, "account_manager", "li.qiang",
         ("customer_specialist",)),
        ({"issue_type": "other"}, "customer_specialist", "zhang.min",
         ("account_manager", "service_manager")),
        ({"customer_status": "unknown"}, "customer_specialist", "zhang.min",
         ("service_manager",)),
        ({"customer_status": "expired"}, "account_manager", "li.qiang",
         ("sales_manager", "customer_specialist")),
        ({"customer_status": "expired", "severity": "critical"}, "support_engineer", "wang.lei",
         ("account_manager", "service_manager")),
    ],
)  # fmt: skip
def test_each_type_reaches_its_role(
    handbook: Handbook,
    make: SimpleNamespace,
    fields: dict[str, str],
    role: str,
    owner: str,
    notify: tuple[str, ...],
) -> None:
    """The routing is the handbook's table, its person and its notices."""
    item = make.item(state="new", owner="", role="", **fields)

    route = RoutingRules(handbook).hub_route_case(item, make.context())

    assert route is not None
    assert (route.role, route.owner, route.notify) == (role, f"{owner}@vendor.example", notify)
    assert route.fields == {"state": "routed"}
    assert route.why.source.startswith("routing.yaml:")


def test_a_handler_chosen_in_the_crm_is_kept(handbook: Handbook, make: SimpleNamespace) -> None:
    """Who assigns a case by hand is not overruled."""
    item = make.item(state="new", owner="sun.tao@vendor.example", role="")

    route = RoutingRules(handbook).hub_route_case(item, make.context())

    assert route is not None
    assert (route.role, route.owner) == ("consultant", "sun.tao@vendor.example")
    assert route.why.rule == "keep_chosen_handler"


@pytest.mark.parametrize("owner", [DESK, "queue:Support", "integration@crm.example"])
def test_a_case_that_nobody_was_given_is_routed(
    handbook: Handbook, make: SimpleNamespace, owner: str
) -> None:
    """The desk that entered it, a queue or a technical user is no handler."""
    item = make.item(state="new", owner=owner, role="")

    route = RoutingRules(handbook).hub_route_case(item, make.context())

    assert route is not None
    assert route.owner == "wang.lei@vendor.example"


def test_what_no_row_covers_goes_to_the_desk(handbook: Handbook, make: SimpleNamespace) -> None:
    """A type that the table can not know still has somebody."""
    item = make.item(state="new", owner="", issue_type="", severity="", customer_status="")

    route = RoutingRules(handbook).hub_route_case(item, make.context())

    assert route is not None
    assert route.owner == DESK
