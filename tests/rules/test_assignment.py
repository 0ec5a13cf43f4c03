"""Who in a role is given a case: the handbook's ways, who is there, and who if nobody is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.handbook import Handbook, load_handbook
from hub.handbook.people import People
from hub.handbook.rota import Roster
from hub.handbook.shapes import AssignmentShape, PeopleShape, PersonShape
from hub.models import Context, Item, Opening, Workload
from hub.rules.intake import IntakeRules
from hub.rules.routing import RoutingRules

ZONE = ZoneInfo("Asia/Shanghai")
ROW = {"clause": "P01/职责", "origin": "default", "source": "people.yaml:1"}
SKILLS = {"ann": ("installation",), "bob": ("troubleshooting", "en"), "cai": ("troubleshooting",)}
TEAM = {name: f"{name}@vendor.example" for name in SKILLS}
OTHERS = {
    "customer_specialist": "zhang.min@vendor.example",
    "account_manager": "li.qiang@vendor.example",
    "trainer": "zhao.qian@vendor.example",
    "consultant": "sun.tao@vendor.example",
    "service_manager": "zhou.jing@vendor.example",
    "sales_manager": "wu.fang@vendor.example",
}


@lru_cache
def shipped() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


def staffed(*by: str, away: dict[str, str] | None = None, **more: object) -> Handbook:
    """Give the shipped handbook with three engineers, assigned in these ways.

    `away` are persons by who stands in for them, for the whole of March 2026.
    """
    book = shipped()
    roles = tuple(book.people.roles.values())
    persons = [_person(name, mail, "support_engineer") for name, mail in TEAM.items()]
    persons += [_person(role, mail, role) for role, mail in OTHERS.items()]
    people = People(PeopleShape(desk="customer_specialist", roles=roles, persons=tuple(persons)))
    absences = [
        {"id": person, "person": person, "days": ["2026-03-01..2026-03-31"], "stand_in": other,
         "clause": "P01", "origin": "default"}
        for person, other in (away or {}).items()
    ]  # fmt: skip
    turns = [{"id": "t", "line": "on_duty", "from": "2026-01-05", "people": [TEAM["cai"]],
              "clause": "P02", "origin": "default"}]  # fmt: skip
    shape = type(book.roster.shape).model_validate({
        "role": "duty_officer", "changeover": "09:00", "turns": turns, "absences": absences,
        "lines": [{"id": "on_duty", "zh": "值班", "en": "on duty", "clause": "P02",
                   "origin": "default"}],
    })  # fmt: skip
    roster = Roster(shape, ZONE)
    people.enlist("duty_officer", roster.officers())
    fallback = more.get("fallback", ())
    assert isinstance(fallback, tuple)
    rows = [r for r in book.routing.assignment if r.role != "support_engineer"]
    if by:
        row = {
            "id": "by_support",
            "role": "support_engineer",
            "by": by,
            "fallback": fallback,
            **ROW,
        }
        rows.append(AssignmentShape.model_validate(row))
    routing = book.routing.model_copy(update={"assignment": tuple(rows)})
    return replace(book, people=people, roster=roster, routing=routing)


def _person(name: str, email: str, role: str) -> PersonShape:
    skills = SKILLS.get(name, ())
    return PersonShape(id=name, email=email, zh=name, en=name, roles=(role,), skills=skills, **ROW)


def local(text: str) -> datetime:
    """Give an instant by the wall clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def context(when: str = "2026-03-02 10:00", **load: tuple[int, int]) -> Context:
    """Give a context: open cases and last turn by person."""
    workload = Workload(
        open={TEAM[name]: count for name, (count, _) in load.items()},
        turns={TEAM[name]: turn for name, (_, turn) in load.items()},
    )
    return Context(now=local(when), workload=workload)


@pytest.fixture
def routed(make: SimpleNamespace) -> Callable[..., str]:
    """Route a new technical case; give the owner's name."""

    def route(book: Handbook, around: Context, **fields: object) -> str:
        given = {"state": "new", "owner": "", "role": "", "subtype": "", **fields}
        answer = RoutingRules(book).hub_route_case(make.item(**given), around)
        assert answer is not None
        return answer.owner.partition("@")[0]

    return route


def test_whose_turn_it_is_was_given_a_case_longest_ago(routed: Callable[..., str]) -> None:
    """Who never was comes first; between two of them the order of names decides."""
    book = staffed("round_robin")

    assert routed(book, context(ann=(0, 7), bob=(0, 3), cai=(0, 9))) == "bob"
    assert routed(book, context(ann=(0, 7), bob=(0, 3))) == "cai"
    assert routed(book, context()) == "ann"


def test_the_fewest_open_cases_go_before_whose_turn_it_is(routed: Callable[..., str]) -> None:
    """Ways narrow one after the other: load first, then turn among those who have as few."""
    book = staffed("load", "round_robin")

    found = routed(book, context(ann=(2, 1), bob=(1, 8), cai=(1, 5)))

    assert found == "cai"


def test_the_most_skilled_in_the_matter_come_first(routed: Callable[..., str]) -> None:
    """By subtype and language; a matter in which nobody is skilled is everybody's."""
    book = staffed("skill", "round_robin")
    load = context(ann=(0, 1), bob=(0, 3), cai=(0, 2))

    assert routed(book, load, subtype="troubleshooting", language="zh") == "cai"
    assert routed(book, load, subtype="troubleshooting", language="en") == "bob"
    assert routed(book, load, subtype="installation") == "ann"
    assert routed(book, load, subtype="performance", language="zh") == "ann"


def test_the_customers_own_engineer_is_asked_before_the_team(routed: Callable[..., str]) -> None:
    """Unless they do not hold the role, or are away; then their stand-in is asked."""
    book = staffed("own_engineer", "round_robin")
    away = staffed("own_engineer", "round_robin", away={TEAM["cai"]: TEAM["bob"]})

    assert routed(book, context(), engineer=TEAM["cai"]) == "cai"
    assert routed(away, context(), engineer=TEAM["cai"]) == "bob"
    assert routed(book, context(), engineer=OTHERS["trainer"]) == "ann"


def test_out_of_hours_who_is_on_duty_comes_first(routed: Callable[..., str]) -> None:
    """By day duty counts for nothing."""
    book = staffed("duty", "round_robin")

    assert routed(book, context("2026-03-02 10:00")) == "ann"
    assert routed(book, context("2026-03-02 23:00")) == "cai"
    assert routed(book, context("2026-03-08 10:00")) == "cai"


def test_who_is_away_is_passed_over_and_their_stand_in_is_not(routed: Callable[..., str]) -> None:
    """A stand-in does the work of who is away, of whatever role they are."""
    book = staffed("round_robin", away={TEAM["ann"]: OTHERS["consultant"], TEAM["bob"]: ""})

    assert routed(book, context(cai=(0, 5))) == "sun.tao"
    assert routed(staffed("round_robin", away={TEAM["ann"]: ""}), context()) == "bob"


def test_where_nobody_of_the_role_is_there_the_named_roles_take_over(
    make: SimpleNamespace,
) -> None:
    """That is a provision of its own, and what was known of the role's members is told."""
    away = dict.fromkeys(TEAM.values(), "")
    book = staffed("round_robin", away=away, fallback=("service_manager",))

    answer = RoutingRules(book).hub_route_case(make.item(state="new", owner=""), context())

    assert answer is not None
    assert (answer.role, answer.owner) == ("service_manager", "zhou.jing@vendor.example")
    assert (answer.why.rule, answer.why.clause) == ("nobody_available", "P01/例外")
    assert answer.why.source.startswith("routing.yaml:")


def test_where_nobody_at_all_is_there_the_desk_has_it(make: SimpleNamespace) -> None:
    """It is found when the desk is back: a case is never nobody's."""
    away = dict.fromkeys([*TEAM.values(), *OTHERS.values()], "")
    book = staffed("round_robin", away=away)

    answer = RoutingRules(book).hub_route_case(make.item(state="new", owner=""), context())

    assert answer is not None
    assert (answer.role, answer.owner) == ("customer_specialist", "zhang.min@vendor.example")
    assert answer.why.rule == "nobody_available"


def test_the_decision_tells_what_it_saw_of_everybody(make: SimpleNamespace) -> None:
    """So that it can be decided again from the journal, and explained to who asks."""
    book = staffed("load", "round_robin", away={TEAM["bob"]: ""})

    answer = RoutingRules(book).hub_route_case(
        make.item(state="new", owner=""), context(ann=(2, 1), cai=(1, 5))
    )

    assert answer is not None
    assert answer.why.inputs["there"] == [
        "ann@vendor.example (2 open, turn 1)", "cai@vendor.example (1 open, turn 5)",
    ]  # fmt: skip
    assert answer.why.inputs["away"] == ["bob@vendor.example"]
    assert answer.why.inputs["by"] == "load"


def test_what_a_role_is_told_is_told_to_one_person_each_time(make: SimpleNamespace) -> None:
    """Turns and loads do not matter there: they would send each notice to somebody else."""
    book = staffed("round_robin", away={TEAM["bob"]: ""})
    now = local("2026-03-02 10:00")
    items = [make.item(f"ITEM{number}", role="trainer", owner="") for number in range(40)]

    told = {item.id: book.person_for("support_engineer", item, now) for item in items}

    assert {TEAM["ann"], TEAM["cai"]} == set(told.values())
    assert told == {i.id: book.person_for("support_engineer", i, now) for i in items}


# Columns of the routing.

EXTRA = """      when: {customer_status: trial}
      then: {role: customer_specialist, notify: [account_manager]}
"""


@pytest.mark.parametrize(
    ("column", "cell", "when", "fits"),
    [
        ("working_time: boolean", "working_time: false", "2026-03-02 23:00", True),
        ("working_time: boolean", "working_time: false", "2026-03-02 10:00", False),
        ("day: days", "day: holiday", "2026-10-01 10:00", True),
        ("day: days", "day: makeup", "2026-10-10 10:00", True),
        ("day: days", "day: [weekend, holiday]", "2026-10-12 10:00", False),
        ("weekday: weekdays", "weekday: [sat, sun]", "2026-03-07 10:00", True),
        ("night: boolean", "night: true", "2026-03-03 02:00", True),
        ("night: boolean", "night: true", "2026-03-02 20:00", False),
        ("hour: number", "hour: {from: 12, below: 13}", "2026-03-02 12:30", True),
        ("product: text", "product: {contains: [mobile]}", "2026-03-02 10:00", True),
        ("service_level: text", "service_level: gold", "2026-03-02 10:00", True),
        ("contract_no: text", "contract_no: HT-7", "2026-03-02 10:00", True),
        ("customer_name: text", "customer_name: 清华大学", "2026-03-02 10:00", False),
        ("channel: channels", "channel: hotline", "2026-03-02 10:00", False),
    ],
)  # fmt: skip
def test_any_field_and_the_calendar_can_be_asked_for(
    tmp_path: Path,
    routed: Callable[..., str],
    column: str,
    cell: str,
    when: str,
    fits: bool,
) -> None:
    """A row of one's own above the others sends what fits to the consultant."""
    book = edited(
        tmp_path,
        (
            "    severity: severities\n  outputs",
            f"    severity: severities\n    {column}\n  outputs",
        ),
        (EXTRA, f"{EXTRA}{own_row(f'when: {{issue_type: technical, {cell}}}')}"),
    )
    fields = {"product": "Blackboard mobile", "service_level": "gold", "contract_no": "HT-7"}

    owner = routed(book, context(when), **fields)

    assert owner == ("sun.tao" if fits else "wang.lei")


def test_rows_that_are_collected_each_add_whom_to_tell(
    tmp_path: Path, make: SimpleNamespace
) -> None:
    """With the hit policy collect the first row that names a role routes, all that fit tell."""
    told = own_row("when: {customer_status: formal}", "then: {notify: [service_manager]}")
    book = edited(tmp_path, ("  hit: first", "  hit: collect"), (EXTRA, f"{EXTRA}{told}"))

    answer = RoutingRules(book).hub_route_case(make.item(state="new", owner=""), context())

    assert answer is not None
    assert answer.owner == "wang.lei@vendor.example"
    assert answer.notify[:2] == ("service_manager", "account_manager")
    assert answer.why.inputs["rows"] == ["own", "technical", "other"]


def own_row(*lines: str) -> str:
    """Give a row of the routing in YAML."""
    given = lines if len(lines) > 1 else (*lines, "then: {role: consultant}")
    body = "".join(f"      {line}\n" for line in given)
    return f"    - id: own\n      clause: P01\n      origin: default\n{body}"


def edited(folder: Path, *edits: tuple[str, str]) -> Handbook:
    """Give the shipped handbook with an edited routing."""
    copy = Path(shutil.copytree(shipped().folder, folder / "handbook"))
    path = copy / "routing.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return load_handbook(copy)


# Always somebody.

WAYS = st.lists(
    st.sampled_from(
        ("account_owner", "own_engineer", "duty", "skill", "load", "round_robin", "member")
    ),
    max_size=4,
)
EVERYBODY = (*TEAM.values(), *OTHERS.values())
AWAY = st.dictionaries(st.sampled_from(EVERYBODY), st.sampled_from(("", *EVERYBODY)))
FALLBACK = st.lists(st.sampled_from(tuple(OTHERS)), max_size=3).map(tuple)
WHO = st.sampled_from(("", "stranger@else.example", *EVERYBODY))
FIELDS = st.fixed_dictionaries({
    "issue_type": st.sampled_from(("technical", "application", "requirement", "other", "", "x")),
    "severity": st.sampled_from(("normal", "urgent", "critical", "")),
    "customer_status": st.sampled_from(("formal", "trial", "expired", "unknown", "")),
    "account_manager": WHO,
    "engineer": WHO,
    "owner": WHO,
})  # fmt: skip
LOADS = st.dictionaries(st.sampled_from(EVERYBODY), st.integers(0, 5))
MOMENTS = st.datetimes(datetime(2026, 2, 20), datetime(2026, 4, 10))  # noqa: DTZ001


@given(WAYS, AWAY, FALLBACK, FIELDS, LOADS, MOMENTS)
@settings(max_examples=150)
def test_every_case_always_has_an_owner(
    by: list[str],
    away: dict[str, str],
    fallback: tuple[str, ...],
    fields: dict[str, str],
    loads: dict[str, int],
    moment: datetime,
) -> None:
    """Whoever is away, however people are picked, whatever the case is: somebody known has it."""
    book = staffed(*by, away=away, fallback=fallback)
    item = Item(id="X", kind="case", fields={"state": "new", **fields}, opened_at=moment)
    now = moment.replace(tzinfo=UTC)

    around = Context(now=now, workload=Workload(open=loads, turns=loads))
    answer = RoutingRules(book).hub_route_case(item, around)

    assert answer is not None
    assert answer.owner in book.people.persons or answer.owner == "stranger@else.example"
    assert answer.role in book.people.roles
    absent = book.roster.away(answer.owner, now) is not None
    chosen = answer.why.rule == "keep_chosen_handler"
    nobody = book.roster.away(OTHERS["customer_specialist"], now) is not None
    assert not absent or chosen or nobody, "given to who is away, though others are there"
    assert answer == RoutingRules(book).hub_route_case(item, around)


def test_what_the_crm_knows_of_the_customer_becomes_fields_of_the_case(
    make: SimpleNamespace,
) -> None:
    """The customer's own engineer, service level and product, by mail and from the CRM alike."""
    account = make.account(engineer=TEAM["bob"], service_level="gold", product="Blackboard")
    contact = make.contact("003A", "chen@pku.edu.cn")
    rules = IntakeRules(shipped())

    mail = rules.hub_open_item(make.mail(), make.context(contact, account))
    entered = rules.hub_open_item(make.case(account="001A"), make.context(account))

    for opening in (mail, entered):
        assert isinstance(opening, Opening)
        names = ("engineer", "service_level", "product")
        assert [opening.fields[name] for name in names] == [TEAM["bob"], "gold", "Blackboard"]
