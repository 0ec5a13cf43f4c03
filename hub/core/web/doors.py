"""What the HTTP app asks of the hub behind it, as plain callables, and the values that pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.connector import WebhookRequest
from hub.core.desk import DuplicateVerdict, HandOff, Told
from hub.core.explain import Explained, WhyNot
from hub.core.inquiry import ItemView, Letter
from hub.core.links import Asked
from hub.core.pages import Link, Page
from hub.core.submissions import NewCase, Taken
from hub.handbook import Handbook
from hub.handbook.submissions import Fault
from hub.settings import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """How one connector is (see `Health`), why, and since when."""

    state: str
    detail: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether the hub takes part, and what keeps it from doing so.

    An unavailable peer does not make the hub unready: its work waits in the store.
    """

    store: bool
    workers: bool = True
    connectors: Mapping[str, ConnectorState] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Say whether store, workers and at least the start of every connector hold."""
        started = all(each.state != "starting" for each in self.connectors.values())
        return self.store and self.workers and started


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The callables behind the HTTP app. Each may block: they are called from a thread pool.

    Args:
        readiness: how the hub is.
        alive: whether the working loops still turn.
        metrics: the metrics' text.
        receive: hands a webhook to a connector, gives how many records are fetched.
        item: one item with its links and what waits; None if there is none.
        why: explains an item, in a language or the handbook's own.
        why_not: says why something did not happen: item, what, when, to whom, language.
        dead: the open dead letters.
        hand_off: takes a wish to hand off an item; UnknownError if there is no such item.
        tell: takes what somebody tells of an item; UnknownError if there is no such item.
        link: says what a signed link is for; None if it is none of ours.
        duplicate: takes a person's word on a likely duplicate, gives the ids of both cases.
        new_case: keeps a submission; InvalidPayloadError names the field at fault.
        faults: gives what makes a submission unusable.
        submission: how a submission stands, by its reference; None if there is none.
        handbook: the handbook in force, for the form that it describes.
        monotonic: seconds that never run back.
        form_per_hour: how often one address may send the form; 0 for no limit.
        show, answer: a page behind a signed link, and what its form says; UnknownError if the link
            is not ours.
        token: the API's bearer token; without it the API refuses everybody.
    """

    readiness: Callable[[], Readiness]
    alive: Callable[[], bool]
    metrics: Callable[[], bytes]
    receive: Callable[[str, WebhookRequest], int]
    item: Callable[[str], ItemView | None]
    why: Callable[[str, str], Explained]
    why_not: Callable[[str, str, str, str, str], WhyNot]
    dead: Callable[[], list[Letter]]
    hand_off: Callable[[str, HandOff], None]
    tell: Callable[[str, Told], None]
    link: Callable[[str], Asked | None]
    duplicate: Callable[[str, DuplicateVerdict], tuple[str, str]]
    new_case: Callable[[NewCase], Taken]
    faults: Callable[[NewCase], list[Fault]]
    submission: Callable[[str], Taken | None]
    handbook: Handbook
    monotonic: Callable[[], float] = time.monotonic
    form_per_hour: int = 30
    show: Callable[[Link], Page]
    answer: Callable[[Link, Mapping[str, str]], Page]
    token: Secret | None = None
