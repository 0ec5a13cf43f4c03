"""Ladders: who is told as time runs out; once, in order, in working hours, and then quiet."""

from __future__ import annotations

from hub.handbook import Handbook
from tests.rules.lives import Life, wall


def about(life: Life, target: str) -> list[tuple[str, str]]:
    """Give when whom was told about a target."""
    told = zip(life.notices(), life.told, strict=True)
    return [notice for notice, each in told if target in each.subject]


def test_the_ladder_is_climbed_from_handler_to_service_manager(handbook: Handbook) -> None:
    """At half, four fifths and all of the time; the general manager is for critical cases."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-04-01 09:00")

    assert [
        ("2026-03-02 18:00", "wang.lei"),
        ("2026-03-03 14:48", "li.qiang"),
        ("2026-03-03 18:00", "zhou.jing"),
    ] == about(life, "解决时限")


def test_a_critical_case_is_told_at_night_and_up_to_the_general_manager(
    handbook: Handbook,
) -> None:
    """Its clock and its ladder know no hours."""
    life = Life(handbook, wall("2026-02-17 02:00")).opens(severity="critical")
    life.until("2026-02-17 03:00")

    assert [
        ("2026-02-17 02:15", "wang.lei"),
        ("2026-02-17 02:24", "li.qiang"),
        ("2026-02-17 02:30", "zhou.jing"),
        ("2026-02-17 02:45", "zheng.hao"),
    ] == about(life, "响应时限")


def test_what_runs_out_at_closing_time_is_told_then(handbook: Handbook) -> None:
    """Not at the next opening."""
    life = Life(handbook, wall("2026-03-02 16:00")).opens().until("2026-03-03 08:00")

    assert ("2026-03-02 18:00", "zhou.jing") in about(life, "响应时限")


def test_an_answer_silences_the_ladder(handbook: Handbook) -> None:
    """Quiet as soon as the cause is gone, also if the alarm is already ringing."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-03-02 10:05").answered()
    life.rings("ladder:response").until("2026-03-02 18:00")

    assert [("2026-03-02 10:00", "wang.lei")] == about(life, "响应时限")
    assert "response runs no more: nobody is told" in life.notes


def test_a_ladder_is_still_while_the_clock_is(handbook: Handbook) -> None:
    """While we wait for the customer, nobody is pressed for the solution."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().sets(state="waiting_customer")
    life.until("2026-03-20 09:00")

    assert [] == about(life, "解决时限")


def test_a_hand_off_that_nobody_accepts_is_told(handbook: Handbook) -> None:
    """To who should have it and the desk, then to the service manager; acceptance ends it."""
    left = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-03-02 12:00")
    taken = Life(handbook, wall("2026-03-02 09:00")).opens()
    taken.until("2026-03-02 09:30").sets(state="in_progress").until("2026-03-02 12:00")

    assert [
        ("2026-03-02 10:00", "wang.lei"),
        ("2026-03-02 10:00", "zhang.min"),
        ("2026-03-02 11:00", "zhou.jing"),
    ] == about(left, "接手时限")
    assert [] == about(taken, "接手时限")


def test_another_handler_gets_time_of_their_own(handbook: Handbook) -> None:
    """And is told as the first one was."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-03-02 10:30")
    life.sets(owner="zhao.qian@vendor.example", role="trainer").until("2026-03-02 11:45")

    assert ("2026-03-02 11:30", "zhao.qian") in about(life, "接手时限")
    assert "zhou.jing" not in [to for _, to in about(life, "接手时限")]


def test_a_case_that_nobody_updates_is_told_again_and_again(handbook: Handbook) -> None:
    """Until somebody does; acts of the hub itself do not count."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens()
    life.until("2026-03-02 15:00").comments().sets("hub", open_items="x")
    life.until("2026-03-20 09:00")

    assert [
        ("2026-03-03 15:00", "wang.lei"),
        ("2026-03-04 15:00", "li.qiang"),
        ("2026-03-11 15:00", "li.qiang"),
        ("2026-03-18 15:00", "li.qiang"),
    ] == about(life, "无人更新")


def test_an_issue_that_stands_still_is_told_while_rnd_has_it(handbook: Handbook) -> None:
    """What R&D does there begins the time anew."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens()
    life.sets("hub", state="waiting_rnd").until("2026-03-02 17:00").comments("rnd")
    life.until("2026-03-03 18:00")
    told = about(life, "研发无进展")
    life.sets(state="in_progress").until("2026-03-10 09:00")

    assert [("2026-03-03 17:00", "wang.lei")] == told
    assert told == about(life, "研发无进展")


def test_a_customer_who_writes_again_is_answered_or_it_is_told(handbook: Handbook) -> None:
    """Their second reminder does not give us more time; a colleague's mail is none."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().answered()
    life.writes("zhou.jing@vendor.example").until("2026-03-02 14:00").writes()
    life.until("2026-03-02 16:00").writes().until("2026-03-02 18:00")

    assert [("2026-03-02 17:12", "wang.lei"), ("2026-03-02 18:00", "li.qiang")] == about(
        life, "再次来信"
    )


def test_after_a_long_silence_of_the_hub_each_rung_is_told_once_and_in_order(
    handbook: Handbook,
) -> None:
    """A machine that was down for a week does not make up for each missed repetition."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens()
    life.now = wall("2026-03-30 09:00")
    life.rings("ladder:resolution").rings("ladder:idle")

    assert ["wang.lei", "li.qiang", "zhou.jing"] == [to for _, to in about(life, "解决时限")]
    assert ["wang.lei", "li.qiang"] == [to for _, to in about(life, "无人更新")]


def test_who_is_nobody_s_is_told_to_the_desk(handbook: Handbook) -> None:
    """An owner who has left the department, a customer without account manager."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens(owner="gone@elsewhere.example")
    life.until("2026-03-02 10:00")

    assert {"zhang.min"} == {to for _, to in life.notices()}


def test_a_case_for_which_nothing_is_due_is_looked_at(handbook: Handbook) -> None:
    """A trial user who was answered: after five working days, and again."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens(
        customer_status="trial", severity="normal", agreed_until="2026-03-03"
    )
    life.answered().sets(promises=["response|8 bh|office|x|targets.yaml:1|x"])

    assert life.timers
    rungs = [name for name in life.timers if name == "review" or name.startswith("ladder:")]
    assert rungs


def test_a_notice_says_target_share_limit_and_since_when(handbook: Handbook) -> None:
    """What has to be done is in the first line."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-03-02 10:30")

    subject = next(each.subject for each in life.told if "响应" in each.subject)

    assert "[紧迫] 响应时限已用 50 % 00001001：登录失败" in subject


def test_each_telling_cites_its_rung(handbook: Handbook) -> None:
    """File and line of the rung, and what it was reckoned with."""
    life = Life(handbook, wall("2026-03-02 09:00")).opens().until("2026-03-02 10:00")

    cited = [why for why in life.whys if why.rule == "half" and why.inputs]

    ladder = next(each for each in handbook.targets.ladders if each.id == "deadline")
    assert ladder.rungs[0].source == cited[0].source
    assert ("2 bh", "office", 50) == tuple(
        cited[0].inputs[name] for name in ("limit", "calendar", "share")
    )


def test_a_customer_who_asks_for_a_manager_gets_the_account_manager_at_once(
    handbook: Handbook,
) -> None:
    """And the service manager, if nobody answers in time; an answer ends it."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens(severity="normal")

    life.until("2026-03-02 10:30").writes(text="没人管，我要投诉，请让你们经理给我打电话。")
    life.until("2026-03-02 16:00")
    first = about(life, "经理出面")
    life.answered().writes(text="I want to speak to a manager.").until("2026-03-02 17:00")
    life.answered().until("2026-03-05 10:00")

    assert [("2026-03-02 10:30", "li.qiang"), ("2026-03-02 15:30", "zhou.jing")] == first
    assert ("2026-03-02 16:00", "li.qiang") == about(life, "经理出面")[-1]


def test_an_ordinary_mail_asks_for_no_manager(handbook: Handbook) -> None:
    """The words must be there."""
    life = Life(handbook, wall("2026-03-02 10:00")).opens()

    life.writes(text="请问经理权限在哪里设置？").until("2026-03-02 12:00")

    assert [] == about(life, "经理出面")


def test_a_case_that_opens_with_a_complaint_is_told_of_at_once(handbook: Handbook) -> None:
    """The first words count as much as later ones; at night, from the morning."""
    life = Life(handbook, wall("2026-03-02 22:00"))

    life.opens(description="第三次出现，我们要正式投诉。").until("2026-03-03 09:30")

    assert [("2026-03-03 09:00", "li.qiang")] == about(life, "经理出面")
