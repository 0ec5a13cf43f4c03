"""`hub case`: record a case that came by hotline, fax or front desk; settle a likely duplicate."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json

if TYPE_CHECKING:
    from hub.core.submissions import NewCase, Taken

KeyOption = Annotated[str, typer.Option(help="Makes asking again with the same key harmless.")]
ByOption = Annotated[str, typer.Option(help="Who does this; by default who runs the command.")]


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Record a case, and settle a likely duplicate.", no_args_is_help=True)
    line = (
        "hub case new --channel hotline --customer 北方大学 --contact 刘洋 --phone 010-62001102 "
        '--subject "cannot log in" --attach screen.png'
    )
    group.command("new", epilog=example(line))(new)
    settle = "hub case duplicate 00001043 --of 00001042 --accept"
    group.command("duplicate", epilog=example(settle))(duplicate)
    program.add_typer(group, name="case", epilog=example(line))


def new(
    channel: Annotated[
        str, typer.Option(help="How it came: hotline, fax, front_desk, or another of the handbook.")
    ],
    subject: Annotated[str, typer.Option(help="What it is about, in one line.")] = "",
    description: Annotated[
        str, typer.Option(help="What was said; - reads it from standard input.")
    ] = "",
    customer: Annotated[str, typer.Option(help="The customer, as the CRM names it.")] = "",
    contact: Annotated[str, typer.Option(help="Who called or came.")] = "",
    email: Annotated[str, typer.Option(help="Their mail address.")] = "",
    phone: Annotated[str, typer.Option(help="Their telephone.")] = "",
    fax: Annotated[str, typer.Option(help="Their fax.")] = "",
    product_version: Annotated[str, typer.Option(help="The product's version.")] = "",
    issue_type: Annotated[
        str, typer.Option("--type", help="The type; without, the handbook finds it.")
    ] = "",
    severity: Annotated[str, typer.Option(help="The severity; as above.")] = "",
    attach: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A file; may be given several times."),
    ] = None,
    received_at: Annotated[
        str, typer.Option(help="When it came, if earlier: 2026-03-02T09:10+08:00.")
    ] = "",
    by: ByOption = "",
    key: KeyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Record a case; the running hub makes it in the CRM and goes on by the handbook's rules."""
    from hub.core.submissions import FileIn, NewCase  # noqa: PLC0415

    if description == "-":
        description = typer.get_text_stream("stdin").read()
    wish = NewCase(
        channel=channel,
        subject=subject,
        description=description,
        customer_name=customer,
        contact_name=contact,
        contact_email=email,
        contact_phone=phone,
        contact_fax=fax,
        product_version=product_version,
        issue_type=issue_type,
        severity=severity,
        attachments=[FileIn(name=path.name, content=path.read_bytes()) for path in attach or ()],
        received_at=_instant(received_at),
        by=by or getpass.getuser(),
        key=key and f"command:{key}",
    )
    taken = _taken(config, wish)
    if as_json:
        print_json(taken)
        return
    console().print(f"taken as {taken.reference}; `hub why {taken.reference}` tells what follows")


def _taken(config: Path, wish: NewCase) -> Taken:
    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core.config import load_config, load_host  # noqa: PLC0415
    from hub.core.submissions import Submissions  # noqa: PLC0415
    from hub.handbook import load_handbook  # noqa: PLC0415

    loaded = load_config(config)
    # No connector is made: who records a call need not hold the systems' secrets.
    functions = load_host(loaded).expression_functions()
    handbook = load_handbook(loaded.handbook, functions=functions)
    with opened_store(config) as session:
        clock = SystemClock()
        return Submissions(session, clock, RandomIds(clock), handbook).take(wish)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{text!r} is no instant with its zone, such as 2026-03-02T09:10+08:00"
        raise typer.BadParameter(message, param_hint="--received-at")
    return moment


def duplicate(
    item: Annotated[
        str, typer.Argument(help="The case that may repeat another: its id, number or JIRA key.")
    ],
    of: Annotated[str, typer.Option(help="The earlier case, by any of its names.")],
    accept: Annotated[
        bool | None,
        typer.Option(
            "--accept/--refuse", help="Close it in favour of the earlier one, or keep both apart."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    by: ByOption = "",
    key: KeyOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say whether a case repeats an earlier one; the hub never joins cases by itself."""
    if accept is None:
        raise typer.BadParameter("say --accept or --refuse")
    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core.desk import Desk, DuplicateVerdict  # noqa: PLC0415

    verdict = DuplicateVerdict(
        of=of,
        decision="accept" if accept else "refuse",
        by=by or getpass.getuser(),
        reason=reason,
        key=key,
    )
    with opened_store(config) as session:
        clock = SystemClock()
        desk = Desk(session, clock, RandomIds(clock))
        found, other = desk.settle_duplicate(item, verdict)
    if as_json:
        print_json({"ok": True, "item": found, "of": other, "decision": verdict.decision})
        return
    told = "closed in favour of" if accept else "no duplicate of"
    console().print(f"{found} is {told} {other}; `hub why {found}` tells what follows")
