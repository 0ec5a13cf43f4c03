"""Broken handbooks: each defect has its precise message, line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import ConfigError, Problem
from hub.handbook import load_handbook

Breaker = Callable[..., tuple[Problem, ...]]
Finder = Callable[[str, str], int]

CASES = [
    (
        "routing.yaml",
        ("when: {issue_type: technical}\n", "when: {issue_type: tecnical}\n"),
        "row technical, issue_type: 'tecnical' can not occur",
        "{issue_type: tecnical}",
    ),
    (
        "routing.yaml",
        ("when: {issue_type: technical}\n", "when: {isue_type: technical}\n"),
        "row technical: unknown column isue_type",
        "{isue_type: technical}",
    ),
    (
        "routing.yaml",
        ("then: {role: consultant, notify: [account_manager]}", "then: {role: consultnt}"),
        "row consulting, role: 'consultnt' is unknown",
        "consultnt",
    ),
    (
        "routing.yaml",
        ("then: {role: trainer, notify: [account_manager]}", "then: {role: legal}"),
        "row application routes to legal, but nobody holds that role",
        "id: application",
    ),
    (
        "routing.yaml",
        ("then: {role: trainer, notify: [account_manager]}", "then: {role: rnd}"),
        "row application routes to rnd, which is reached by hand-off only",
        "id: application",
    ),
    (
        "routing.yaml",
        ("notify: [service_manager]}", "notify: [rnd]}"),
        "row unknown_customer: rnd can not be told by mail",
        "id: unknown_customer",
    ),
    (
        "routing.yaml",
        ("when: {customer_status: trial}", "when: {customer_status: {contains: [trial]}}"),
        "row trial_customer, customer_status: only texts can be searched for words",
        "{contains: [trial]}",
    ),
    (
        "routing.yaml",
        ("when: {customer_status: trial}", "if: 'subject == 1'"),
        "row trial_customer: the expression names an unknown field: subject",
        "if: 'subject == 1'",
    ),
    (
        "routing.yaml",
        ("by: [account_owner, load, round_robin]", "by: [account_owner, load]"),
        "by_account: load alone can leave nobody, or several",
        "id: by_account",
    ),
    (
        "routing.yaml",
        ("role: trainer, by: [skill, load, round_robin], fallback: [service_manager]",
         "role: trainer, by: [skill, load, round_robin], fallback: [general_manager]"),
        "by_training gives cases to general_manager, who can hand them to nobody",
        "id: by_training",
    ),
    (
        "people.yaml",
        ("roles: [consultant]", "roles: [konsultant]"),
        "roles: unknown role 'konsultant'",
        "id: sun.tao",
    ),
    (
        "people.yaml",
        ("members: [wang.lei@vendor.example]", "members: [wang.li@vendor.example]"),
        "members: unknown person 'wang.li@vendor.example'",
        "id: product_support",
    ),
    (
        "people.yaml",
        ("email: wang.lei@vendor.example", "mail: wang.lei@vendor.example"),
        "unknown setting persons.2.mail",
        "mail: wang.lei",
    ),
    (
        "intake.yaml",
        ("[customer_name, contact_name, description]", "[customer, description]"),
        "row needs_always, needs: 'customer' is unknown",
        "[customer, description]",
    ),
    (
        "intake.yaml",
        ("then: {asks: [product_version]}", "then: {asks: [owner]}"),
        "row asks_version would ask the customer for owner, which is internal",
        "id: asks_version",
    ),
    (
        "intake.yaml",
        ("then: {asks: [product_version]}", "then: {asks: [severity]}"),
        "row asks_version asks for severity, which an answer in words can not fill",
        "id: asks_version",
    ),
    (
        "intake.yaml",
        ("then: {asks: [product_version]}", "then: {}"),
        "row asks_version requires nothing",
        "id: asks_version",
    ),
    (
        "intake.yaml",
        ("asks: [customer_name, contact_name, contact_email,", "asks: [customer_name, "),
        "platform.asks leaves out contact_email, which platform needs",
        "platform:",
    ),
    (
        "intake.yaml",
        ("  asks: [customer_name,", "  asks: [owner, customer_name,"),
        "platform.asks: unknown field of a form 'owner'",
        "platform:",
    ),
    (
        "intake.yaml",
        ("  channel: platform\n", "  channel: web\n"),
        "platform.channel: unknown channel 'web'",
        "platform:",
    ),
    (
        "intake.yaml",
        ("endings: [png,", "endings: [exe, png,"),
        "platform.files.endings: unknown ending 'exe'",
        "platform:",
    ),
    (
        "intake.yaml",
        ("  score: 55\n", "  score: 155\n"),
        "less than or equal to 100",
        "score: 155",
    ),
    (
        "intake.yaml",
        ("[瘫痪, 宕机, 崩溃,", "[],  #"),
        "not valid YAML",
        None,
    ),
    (
        "handoff.yaml",
        ("from: [support_engineer]\n", "from: [support_enginer]\n"),
        "to_rnd: unknown role 'support_enginer'",
        "id: to_rnd",
    ),
    (
        "handoff.yaml",
        ("state: waiting_rnd", "state: waiting_for_rnd"),
        "state: unknown state 'waiting_for_rnd'",
        "id: to_rnd",
    ),
    (
        "handoff.yaml",
        ("{item: open_items,", "{item: open_itms,"),
        "crm_case, open_itms and open_items: unknown field 'open_itms'",
        "item: open_itms",
    ),
    (
        "handoff.yaml",
        ("reopened: Reopened\n", "reopen: Reopened\n"),
        "crm_case, state and status: unknown states 'reopen'",
        "- item: state",
    ),
    (
        "handoff.yaml",
        ("normal: Medium}", "normal: Medium, low: Low}"),
        "jira_issue, severity and priority: unknown severities 'low'",
        "low: Low",
    ),
    (
        "handoff.yaml",
        ("{item: rnd_status, record: status}", "{item: jira_key, record: status}"),
        "jira_issue: two maps write the item's jira_key",
        "item: jira_key, record: status",
    ),
    (
        "handoff.yaml",
        ("system: rnd\n", "system: jira\n"),
        "system: unknown system 'jira'",
        "id: jira_issue",
    ),
    (
        "handoff.yaml",
        ("internal: internal\n", "internal: public\n"),
        "comments.0.internal",
        "internal: public",
    ),
    (
        "handoff.yaml",
        ("words: [AM]", "words: [AM, 研发]"),
        "the word '研发' means both rnd and account_manager",
        "id: words_am",
    ),
    (
        "handoff.yaml",
        ("{id: mirror_mail,", "{id: mirror_mails,"),
        "no rule cites the provision mirror_mails",
        "id: mirror_mails",
    ),
    (
        "messages/customer.yaml",
        ("严重程度：{severity}", "严重程度：{severty}"),
        "acknowledgement (zh) names {severty}, which does not exist",
        "id: acknowledgement",
    ),
    (
        "messages/customer.yaml",
        ("问题编号 {case_number}", "处理结果 {handling_result}"),
        "reply_to_customer (zh) would show the customer {handling_result}, which is internal",
        "id: reply_to_customer",
    ),
    (
        "messages/customer.yaml",
        ("visibility: public", "visibility: internal"),
        "acknowledgement is declared internal",
        "id: acknowledgement",
    ),
    (
        "messages/records.yaml",
        ("id: customer_mail", "id: customers_mail"),
        "nothing sends the message customers_mail",
        "id: customers_mail",
    ),
    (
        "handbook.yaml",
        ("zone: Asia/Shanghai", "zone: Asia/Shanghia"),
        "unknown time zone 'Asia/Shanghia'",
        "zone: Asia/Shanghia",
    ),
    (
        "handbook.yaml",
        ('version: "1.0"', 'version: "1.0"\nversion: "1.1"'),
        "the key 'version' is given twice",
        'version: "1.1"',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "edit", "message", "where"), CASES)
def test_a_broken_handbook_gets_its_message_and_line(
    broken: Breaker,
    line_of: Finder,
    file: str,
    edit: tuple[str, str],
    message: str,
    where: str | None,
) -> None:
    """Each defect is named where it stands, in its own words."""
    problems = broken(file, edit)

    found = [problem for problem in problems if message in problem.what]
    assert found, [str(problem) for problem in problems]
    assert found[0].file.endswith(file)
    if where is not None:
        assert line_of(file, where) == found[0].line


def test_a_row_that_earlier_rows_take_away_is_named_with_them(
    broken: Breaker, line_of: Finder
) -> None:
    """A dead row tells which rows stand in its way, with their lines."""
    problems = broken(
        "routing.yaml", ("{issue_type: technical, severity: critical}", "{issue_type: technical}")
    )

    blocker = (
        f"technical_critical (routing.yaml:{line_of('routing.yaml', 'id: technical_critical')})"
    )
    assert [f"row technical of routing is never reached: {blocker} takes all before it"] == [
        problem.what for problem in problems
    ]


def test_a_type_that_nobody_receives_is_named_with_what_is_open(broken: Breaker) -> None:
    """Without the last row for all, what remains uncovered is said for each type."""
    last = "then: {role: customer_specialist, notify: [account_manager, service_manager]}"

    problems = broken("routing.yaml", (last, f"when: {{severity: normal}}\n      {last}"))

    assert [problem.what for problem in problems] == [
        "nobody receives type other with customer_status formal, severity critical | urgent",
        "nobody receives type other with customer_status expired, severity critical",
    ]


def test_two_rows_of_a_unique_table_must_not_overlap(broken: Breaker) -> None:
    """Under `unique` a second row for the same inputs is a defect."""
    problems = broken("routing.yaml", ("hit: first", "hit: unique"))

    assert any("overlaps" in problem.what for problem in problems)


def test_a_misspelt_setting_is_answered_with_the_right_one(broken: Breaker) -> None:
    """The remedy proposes what was probably meant."""
    problems = broken("handbook.yaml", ("service_address:", "service_adress:"))

    assert [(problem.what, problem.remedy) for problem in problems] == [
        ("service_address is missing", "give it a value"),
        ("unknown setting service_adress", "did you mean 'service_address'?"),
    ]


def test_a_connector_that_is_not_configured_is_named(broken: Breaker) -> None:
    """The handbook's systems must be among the configured connectors."""
    problems = broken("handbook.yaml", ("rnd: rnd", "rnd: jira"), connectors=["crm", "rnd", "mail"])

    assert [p.what for p in problems] == ["systems.rnd: there is no connector 'jira'"]
    assert problems[0].remedy == "configured: crm, mail, rnd"


def test_a_role_that_nobody_can_be_handed_to_is_named(broken: Breaker) -> None:
    """R&D without a path to it could never receive anything."""
    problems = broken("handoff.yaml", ("    to: [rnd]", "    to: [trainer]"))

    assert "no hand-off leads to rnd, which is reached by hand-off only" in [
        problem.what for problem in problems
    ]


def test_all_problems_of_all_files_come_at_once(copy: Path) -> None:
    """Nobody has to mend one file to hear of the next."""
    for file, old, new in (
        ("people.yaml", "desk: customer_specialist", "desc: customer_specialist"),
        ("handbook.yaml", "zone: Asia/Shanghai", "zona: Asia/Shanghai"),
    ):
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_handbook(copy)

    assert {"people.yaml", "handbook.yaml"} == {Path(p.file).name for p in caught.value.problems}


def test_a_file_of_an_unknown_name_is_a_defect(copy: Path) -> None:
    """A misspelt file name does not pass in silence."""
    (copy / "routng.yaml").write_text("rows: []\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"did you mean routing\.yaml"):
        load_handbook(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    """A handbook without its routing can not be loaded."""
    (copy / "routing.yaml").unlink()

    with pytest.raises(ConfigError, match=r"routing\.yaml: can not be read"):
        load_handbook(copy)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """The path must be the handbook's folder."""
    with pytest.raises(ConfigError, match="is no folder"):
        load_handbook(tmp_path / "nothing")


def test_nobody_can_write_where_a_row_stands(broken: Breaker) -> None:
    """`source` is what the loader finds, so that no decision cites a wrong place."""
    problems = broken("people.yaml", ("  - id: zhang.min", "  - id: zhang.min\n    source: x:1"))

    assert [problem.what for problem in problems] == ["source is found by itself"]


@pytest.mark.parametrize(
    "mistake", ["{customer_statu: unknown}", "{customer_status: unknwn}", "{customer_status: {}}"]
)
def test_one_broken_cell_is_one_problem(broken: Breaker, mistake: str) -> None:
    """What the other rows could still be reached by is not guessed at."""
    problems = broken("routing.yaml", ("{customer_status: unknown}", mistake))

    assert len(problems) == 1


@pytest.mark.parametrize("text", ["{contact_name?", "contact_name?}", "{contact_name?} {"])
def test_a_placeholder_that_is_not_closed_is_a_defect(broken: Breaker, text: str) -> None:
    """No customer is greeted with a brace."""
    problems = broken("messages/customer.yaml", ("Hello {contact_name?}", f"Hello {text}"))

    assert all("(en) has a brace without its other" in problem.what for problem in problems)
    assert problems
