"""Tells the story on the terminal, for somebody who has never seen the hub."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from hub.cli.story.play import Play
from hub.cli.story.verdict import Check, Tally
from hub.core.app import App
from hub.testing.stage import Stage

_STYLES: Final = {"customer": "yellow", "crm": "cyan", "jira": "magenta", "mail": "green"}
_PLACES: Final = {"customer": "customer", "crm": "Salesforce", "jira": "JIRA", "mail": "mail"}


class Teller:
    """Prints what happens; says nothing when `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(quiet=quiet, highlight=False)
        self._began = time.monotonic()

    def scene(self, stage: Stage, app: App, config: Path) -> None:
        """Show where everything is."""
        facts = stage.facts
        table = Table.grid(padding=(0, 2))
        mail = facts["mail"]
        for name, where in (
            ("Salesforce", facts["salesforce"]["http_url"]),
            ("JIRA", facts["jira_cloud"]["url"]),
            ("IMAP / SMTP", f"{mail['imap_host']}:{mail['imap_port']} / {mail['smtp_port']}"),
            ("the hub", app.web.url if app.web else ""),
            ("its configuration", str(config)),
        ):
            table.add_row(f"[bold]{name}[/]", escape(str(where)))
        title = "Handbook Hub · three emulated systems on this machine"
        self._console.print(Panel(table, title=title, expand=False))

    def act(self, title: str) -> None:
        """Begin a part of the story."""
        self._console.print(f"\n[bold]{escape(title)}[/]")

    def tell(self, where: str, what: str) -> None:
        """Tell what happened where."""
        seconds = time.monotonic() - self._began
        line = Table.grid(padding=(0, 2))
        line.add_column(width=9, justify="right", style="dim")
        line.add_column(width=10, style=_STYLES[where])
        line.add_column(overflow="fold")
        line.add_row(f"{seconds:.1f} s", _PLACES[where], escape(what))
        self._console.print(line)

    def end(self, play: Play, checks: Sequence[Check], counted: Tally) -> None:
        """Show what the systems hold, and the verdict."""
        table = Table(title="\nWhat the CRM holds now", title_justify="left")
        for column in ("number", "subject", "type", "priority", "handler", "status", "JIRA"):
            table.add_column(column)
        for case in play.cases():
            names = ("CaseNumber", "Subject", "Type", "Priority", "Owner", "Status", "Jira_Key__c")
            table.add_row(*(escape(str(case[name] or "")) for name in names))
        self._console.print(table)
        for check in checks:
            if not check.ok:
                found = f"[dim]{escape(check.found)}[/]"
                self._console.print(f"[red]✗[/] {escape(check.what)}  {found}")
        good = sum(check.ok for check in checks)
        self._console.print(
            f"{counted.cases} cases · {counted.jira_issues} issue · "
            f"{counted.mails_out} mails sent · {counted.comments_mirrored} comments carried over · "
            f"[bold]{good} of {len(checks)} demands of the story are met[/]"
        )

    def look_around(self, number: str, stage: Stage, app: App, config: Path) -> None:
        """Say what there is to look at while the demo stays up; `number` is the story's case."""
        web = app.web.url if app.web else ""
        control, hub = stage.facts["control"]["url"], _program()
        self._console.print("\nLook around; Ctrl-C ends it:")
        for command, what in (
            (f"curl {control}/records/salesforce", "what the CRM holds"),
            (f"curl {control}/records/jira_cloud", "what JIRA holds"),
            (f"curl {control}/records/mail", "every mailbox, the customers' too"),
            (f"{hub} status --config {config}", "how the store stands"),
            (f"{hub} why {number} --config {config}", "why a case is as it is, rule by rule"),
            (f"{hub} dead list --config {config}", "what could not be done"),
            (f"curl {web}/readyz", "whether the hub is ready"),
            (f"less {config.parent}/hub.log", "every decision and effect, as JSON lines"),
        ):
            self._console.print(f"  {what}\n    [bold]{escape(command)}[/]", soft_wrap=True)


def _program() -> str:
    """Give how this program is called from here: its folder need not be on the PATH."""
    typed = Path(sys.argv[0])
    return str(typed) if typed.name == "hub" and shutil.which("hub") != str(typed) else "hub"
