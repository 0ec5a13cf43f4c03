"""`hub why`: the chain of cause and effect, with the rule's file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Tongue, example
from hub.cli.output import console, moment, print_json
from hub.errors import UnknownError

if TYPE_CHECKING:
    from hub.core.entries import Decision
    from hub.core.explain import Explained, Reason, WhyNot
    from hub.core.explain.reasons import Row
    from hub.core.inquiry import EffectState, Explanation, Step
    from hub.core.store import Session
    from hub.handbook.shapes import Language
    from hub.models import Fields, Value, Why

LONGEST_VALUE: Final = 80
"""Longer values are cut for people; `--json` has them whole."""

_GOOD: Final = frozenset({"opened", "joined", "merged", "done", "timer", "effect", "request"})
_BAD: Final = frozenset({"dead", "uncertain", "failed"})


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example(
        "hub why 00001042",
        "hub why rnd:issue:10023",
        "hub why 00001042 --rows",
        "hub why 00001042 --not notice --at 2026-11-28",
    )
    program.command("why", epilog=lines)(why)


def why(
    ref: Annotated[
        str,
        typer.Argument(
            metavar="REF",
            help="An item's id, a case number, a JIRA key, a Message-ID, or CONNECTOR:KIND:ID.",
        ),
    ],
    rows: Annotated[
        bool,
        typer.Option(
            "--rows", help="Also the rows behind each decision, and the cells on which they missed."
        ),
    ] = False,
    missed: Annotated[
        str,
        typer.Option(
            "--not",
            metavar="WHAT",
            help="Why not: notice, escalation, hand-off, assignment or deadline.",
        ),
    ] = "",
    at: Annotated[
        str,
        typer.Option(help="With --not: that day, or the hour from that date and time."),
    ] = "",
    to: Annotated[
        str, typer.Option(help="With --not: the person (e-mail address, name) or role.")
    ] = "",
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell what came in, which rule decided what, what was done; also what was not, and why."""
    from hub.core import inquiry  # noqa: PLC0415

    with opened_store(config) as session:
        if missed or rows:
            _look_up(session, ref, config, language, missed, at, to, as_json=as_json)
            return
        with session.read() as connection:
            told = inquiry.explain(connection, ref)
    if told is None:
        raise UnknownError(f"the hub has never seen anything called {ref!r}")
    if as_json:
        print_json(told)
        return
    _show(told, {})


def _look_up(
    session: Session,
    ref: str,
    config: Path,
    language: Tongue | None,
    missed: str,
    at: str,
    to: str,
    *,
    as_json: bool,
) -> None:
    """Answer what needs the handbook as well."""
    from hub.core.explain import Books, WhyNot, answered, explained  # noqa: PLC0415
    from hub.core.plan import read_rulebook  # noqa: PLC0415

    book, rules = read_rulebook(config)
    tongue: Language = "en" if (language or book.about.language) == "en" else "zh"
    answer: WhyNot | Explained
    with session.read() as connection:
        books = Books(connection, book, rules.host.expression_functions())
        try:
            if missed:
                answer = answered(connection, ref, missed, books, tongue, at=at, who=to)
            else:
                answer = explained(connection, ref, books, tongue)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    if as_json:
        print_json(answer)
    elif isinstance(answer, WhyNot):
        _show_causes(answer)
    else:
        because = {(each.step, each.decision): each.reasons for each in answer.because}
        _show(answer.chain, because)


def _show_causes(answer: WhyNot) -> None:
    out = console()
    for cause in answer.causes:
        place = " ".join(part for part in (cause.rule, cause.source, cause.clause) if part)
        out.print(f"- {cause.text}" + (f"  [{place}]" if place else ""), markup=False)
        _show_rows(out, cause.rows)


def _show_rows(out: Console, rows: Sequence[Row]) -> None:
    for row in rows:
        mark = "✓" if row.chosen else "✗" if row.misses else "·"
        out.print(f"        {mark} {row.source} {row.id}: {row.label}", markup=False)
        for miss in row.misses:
            told = f"            {miss.column}: {miss.wanted} ≠ {miss.seen}"
            out.print(told, markup=False, style="dim")


def _show_reasons(out: Console, reasons: Sequence[Reason]) -> None:
    for reason in reasons:
        if reason.table:
            given = _listed({name: value for name, value in reason.inputs.items() if value})
            out.print(f"      {reason.table} {reason.handbook}: {given}", markup=False)
        _show_rows(out, reason.rows)
        if reason.counted:
            out.print(f"        {' · '.join(reason.counted)}", markup=False, style="dim")
        if reason.doubt:
            out.print(f"        {reason.doubt}", markup=False, style="dim")


Reasons = Mapping[tuple[int, int], Sequence["Reason"]]
"""Why decisions were made, by the step and the decision."""


def _show(told: Explanation, because: Reasons) -> None:
    out = console()
    if told.item:
        out.print(f"[bold]item {told.item}[/]  {escape(_headline(told))}")
        width = max((len(link.part) for link in told.links), default=0)
        for link in told.links:
            gone = "  (gone)" if link.gone else ""
            out.print(f"  {link.part:<{width}}  {link.ref}{gone}", markup=False)
    else:
        out.print(f"[bold]{escape(told.asked)}[/]  belongs to no item")
    out.print()
    effects = {each.key: each for each in told.effects}
    for number, step in enumerate(told.steps):
        reasons = [because.get((number, place), ()) for place in range(len(step.decisions))]
        _show_step(out, step, effects, reasons)
    _show_rest(out, told)


def _headline(told: Explanation) -> str:
    names = ("subject", "state", "issue_type", "severity", "owner")
    return "  ·  ".join(str(told.fields[name]) for name in names if told.fields.get(name))


def _show_step(
    out: Console,
    step: Step,
    effects: dict[str, EffectState],
    because: Sequence[Sequence[Reason]],
) -> None:
    colour = "green" if step.outcome in _GOOD else "red" if step.outcome in _BAD else "dim"
    tries = f", attempt {step.attempt}" if step.attempt > 1 else ""
    made = effects.get(step.key)
    what = f"{made.effect} {made.part} →" if made else step.what
    head = f"{moment(step.at)}  {what} {step.ref}"
    out.print(f"{escape(head)}  [{colour}]{escape(step.outcome)}[/]{tries}")
    if step.what == "effect" and step.note:
        out.print(f"      {step.note}", markup=False)
    for decision, reasons in zip(step.decisions, because, strict=True):
        out.print(f"    → {_decided(decision, effects)}", markup=False)
        out.print(f"      because {_cause(decision.why)}", markup=False, style="dim")
        _show_reasons(out, reasons)
    for failure in step.failures:
        out.print(f"    ✗ {failure}", markup=False, style="red")


def _decided(decision: Decision, effects: dict[str, EffectState]) -> str:
    if decision.action == "set":
        return f"set {_listed(decision.fields)}"
    effect = effects.get(decision.key)
    if effect is not None:
        state = f"{effect.state}: {effect.cause}" if effect.cause else effect.state
        return f"{effect.effect} {effect.part} in {effect.connector} ({state})"
    return f"{decision.action} {decision.name}".rstrip()


def _cause(why: Why) -> str:
    rule = f"{why.plugin}, {why.rule}" if why.rule else why.plugin
    place = f" at {why.source}" if why.source else ""
    clause = f", clause {why.clause}" if why.clause else ""
    given = _listed(why.inputs)
    note = f": {why.note}" if why.note else ""
    return f"{rule}{place}{clause}{note}" + (f" ({given})" if given else "")


def _listed(fields: Fields) -> str:
    return ", ".join(f"{name} = {_short(value)}" for name, value in fields.items())


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _show_rest(out: Console, told: Explanation) -> None:
    waiting = [each for each in told.effects if each.state in {"wanted", "trying", "held"}]
    for effect in waiting:
        due = f", due {moment(effect.due_at)}" if effect.due_at else ""
        text = f"waits: {effect.effect} {effect.part} in {effect.connector} ({effect.state}{due})"
        out.print(text + (f": {effect.cause}" if effect.cause else ""), markup=False)
    for timer in told.timers:
        out.print(f"timer: {timer.name} at {moment(timer.due_at)}", markup=False)
    for letter in told.dead_letters:
        text = f"dead letter {letter.id} ({letter.state}): {letter.cause}"
        out.print(text, markup=False, style="red")
        if letter.remedy:
            out.print(f"    → {letter.remedy}", markup=False)
