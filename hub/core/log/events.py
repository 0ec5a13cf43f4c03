"""Every event that the hub logs: its name, level, meaning and fields.

A name is `<noun>.<past verb>`. It stands here once; the reference page and the check that every
emitted name is registered are made from this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One registered event; `fields` are those it may carry."""

    name: str
    level: Level
    doc: str
    fields: tuple[str, ...]


def _registry(*entries: tuple[str, Level, str, str]) -> Mapping[str, LogEvent]:
    return {
        name: LogEvent(name, level, doc, tuple(fields.split()))
        for name, level, doc, fields in entries
    }


EVENTS: Final[Mapping[str, LogEvent]] = _registry(
    # The process.
    (
        "hub.starting",
        "info",
        "The process began; the configuration is read.",
        "version config store pid",
    ),
    ("hub.ready", "info", "Everything runs and changes are taken in.", "seconds connectors web"),
    ("hub.stopping", "info", "The process was asked to end and finishes what it holds.", "signal"),
    ("hub.stopped", "info", "The process ended in order.", "seconds held"),
    (
        "hub.reloaded",
        "info",
        "Configuration and handbook were read anew and hold.",
        "config handbook version",
    ),
    (
        "hub.reload_refused",
        "error",
        "What was read anew has defects; the last good one stays.",
        "error error_code problems",
    ),
    (
        "handbook.reckoned",
        "info",
        "Open cases that another handbook timed are reckoned anew; their journals tell what moved.",
        "count timed_by",
    ),
    (
        "calendar.unknown",
        "warning",
        "The public days of a year that is near are not known; due times in it are provisional.",
        "calendar year remedy",
    ),
    (
        "rota.ending",
        "warning",
        "On a night that is near nobody has duty in a line of the rota.",
        "line night remedy",
    ),
    (
        "worker.restarted",
        "warning",
        "A thread of the hub died and was started again.",
        "worker error error_code traceback",
    ),
    ("store.upgraded", "info", "The tables are those of this version now.", "revision before"),
    ("store.warned", "warning", "What an administrator should know of the database.", "warning"),
    (
        "store.failed",
        "error",
        "The store can not be written; the process ends.",
        "error error_code",
    ),
    (
        "library.logged",
        "warning",
        "A library logged a warning or an error.",
        "library severity message traceback",
    ),
    # Plugins.
    ("plugin.loaded", "info", "An enabled plugin was loaded.", "plugin distribution version hooks"),
    (
        "plugin.hook_failed",
        "error",
        "A plugin's hook raised or answered a wrong type; the others ran on.",
        "plugin hook item ref event_name error error_code traceback",
    ),
    # Connectors.
    ("connector.ready", "info", "A system answered for the first time.", "connector"),
    (
        "connector.unavailable",
        "warning",
        "A system stopped answering; said once until it recovers.",
        "connector error error_code operation retry_in",
    ),
    (
        "connector.limited",
        "warning",
        "A system asked for a pause; its work waits so long.",
        "connector error error_code operation retry_in",
    ),
    ("connector.recovered", "info", "A system answers again; said once.", "connector seconds"),
    (
        "connector.paused",
        "error",
        "A connector rests: its credentials are refused. It tries again every minute.",
        "connector error error_code operation retry_in",
    ),
    (
        "connector.poll_failed",
        "warning",
        "One read failed; it is tried again.",
        "connector error error_code operation retry_in",
    ),
    # In.
    (
        "inbox.received",
        "info",
        "Changes were read and stored with the cursor behind them.",
        "connector count",
    ),
    (
        "inbox.duplicate",
        "debug",
        "Changes were seen before and are not taken twice.",
        "connector count",
    ),
    (
        "inbox.unreadable",
        "warning",
        "A record was seen that can not be parsed; it is a dead letter.",
        "connector ref cause",
    ),
    (
        "round.doubted",
        "warning",
        "Most records that were read afresh seem gone: a right was withdrawn? None is believed.",
        "connector count of",
    ),
    (
        "webhook.received",
        "info",
        "A genuine webhook named records to fetch.",
        "connector count refs",
    ),
    (
        "webhook.refused",
        "warning",
        "A webhook was refused; nothing of it was believed.",
        "connector error error_code remote status",
    ),
    # Decisions.
    (
        "item.opened",
        "info",
        "A change opened an item.",
        "item ref connector outcome",
    ),
    (
        "item.changed",
        "info",
        "Fields of an item changed.",
        "item ref connector outcome",
    ),
    (
        "item.ignored",
        "info",
        "A change belongs to no item, and why.",
        "item ref connector outcome",
    ),
    (
        "item.joined",
        "info",
        "A change joined an item that was there before.",
        "item ref connector outcome",
    ),
    (
        "change.stale",
        "debug",
        "A change is older than what is known of its record.",
        "item ref connector outcome",
    ),
    (
        "change.echo",
        "debug",
        "A change is what the hub itself wrote.",
        "item ref connector outcome",
    ),
    (
        "decision.made",
        "info",
        "A rule decided something.",
        "item ref connector plugin action what rule source",
    ),
    (
        "conflict.found",
        "warning",
        "A field changed on two sides and no policy may settle it.",
        "item ref connector",
    ),
    # Out.
    (
        "outbox.wanted",
        "info",
        "An effect was decided and stored; `ref` is the change that caused it.",
        "item ref connector part kind key plugin rule source",
    ),
    (
        "outbox.delivered",
        "info",
        "An effect was made; its receipt is stored.",
        "item connector part kind key attempt ref seconds",
    ),
    (
        "outbox.retried",
        "warning",
        "An effect did not succeed and is tried again later.",
        "item connector part kind key attempt error error_code due_at",
    ),
    (
        "outbox.found",
        "info",
        "An effect had been made by an earlier try; found by its key.",
        "item connector part kind key attempt ref",
    ),
    (
        "outbox.uncertain",
        "warning",
        "Whether an effect was made can not be learned; a dead letter asks a person.",
        "item connector part kind key attempt ref",
    ),
    (
        "outbox.superseded",
        "info",
        "A waiting effect is no longer wanted.",
        "item connector part kind key attempt reason",
    ),
    (
        "outbox.held",
        "info",
        "An effect waits until the record that it concerns is made.",
        "item connector part kind key attempt reason",
    ),
    (
        "outbox.vetoed",
        "info",
        "A plugin vetoed an effect, and why.",
        "item connector part kind key attempt reason",
    ),
    (
        "outbox.refused",
        "warning",
        "A system refused an effect for good; a dead letter says what to do.",
        "item connector part kind key attempt error error_code",
    ),
    # Dead letters and timers.
    (
        "dead_letter.added",
        "error",
        "Something could not be done and waits for a person; `kind`: change, record, effect, hook.",
        "item connector ref kind cause remedy error_code",
    ),
    (
        "dead_letter.retried",
        "info",
        "A person had a dead letter tried again.",
        "dead_letter item ref",
    ),
    ("dead_letter.dropped", "info", "A person dropped a dead letter.", "dead_letter item ref"),
    ("report.mailed", "info", "A summary was compiled and is mailed.", "report period mails"),
    ("night.listed", "info", "The list of a night is mailed.", "night cases mails"),
    ("timer.due", "info", "A timer fell due.", "item name due_at late_seconds"),
    # The hub's own HTTP server.
    ("web.started", "info", "The HTTP server listens.", "host port"),
    (
        "web.failed",
        "error",
        "A request to the hub failed inside.",
        "path error error_code traceback",
    ),
    ("case.told", "info", "A person told something of a case.", "item what by"),
    (
        "handoff.requested",
        "info",
        "A hand-off was asked for by the API or the command line.",
        "item to method by",
    ),
    (
        "submission.taken",
        "info",
        "A case was handed in by the service form, the API or the command line, and is kept.",
        "ref channel files",
    ),
    (
        "form.refused",
        "warning",
        "The service form was not taken: from another site, too often, too large, not by a person.",
        "remote status reason",
    ),
    (
        "duplicate.settled",
        "info",
        "A person accepted or refused a likely duplicate.",
        "item of decision",
    ),
)
