"""A hub of values behind the HTTP app: what its doors answer, and what came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from hub.connector import WebhookRequest
from hub.core.desk import DuplicateVerdict, HandOff, Told
from hub.core.inquiry import ItemView, Letter, LinkState
from hub.core.metrics import Metrics
from hub.core.pages import Link, Page
from hub.core.submissions import NewCase, Taken
from hub.core.web import Doors, Readiness, WebServer, build_app
from hub.errors import HubError, UnknownError
from hub.handbook import load_handbook
from hub.models import Proposal
from hub.settings import Secret
from hub.testing.clock import EPOCH

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
TAKEN = Taken(reference="AB-12", item="2345", case_number="00001001")
TOKEN = {"Authorization": "Bearer tell-nobody"}
WISH = {"to": "rnd@x.cn", "method": "checked the log", "result": "it is a defect"}

LETTER = Letter(
    id=1,
    kind="record",
    connector="mail",
    ref="mail:mail:1",
    item="",
    code="HUB-S-034",
    cause="no mail",
    remedy="look at it",
    at=EPOCH,
    state="open",
)
ITEM = ItemView(
    id="2345",
    kind="case",
    fields={"state": "new"},
    opened_at=EPOCH,
    links=[LinkState(part="case", ref="crm:case:1", gone=False)],
    waiting=[],
    dead_letters=[LETTER],
    duplicates=[Proposal(item="2344", number="00001000", score=80, words=("登录",))],
)


@dataclass
class House:
    """A hub of values: what the doors answer, and what came in."""

    readiness: Readiness = field(default_factory=lambda: Readiness(store=True))
    alive: bool = True
    error: HubError | None = None
    webhooks: list[tuple[str, WebhookRequest]] = field(default_factory=list)
    wishes: list[tuple[str, object]] = field(default_factory=list)
    cases: list[NewCase] = field(default_factory=list)

    def receive(self, connector: str, request: WebhookRequest) -> int:
        """Take a webhook, or refuse it with the prepared error."""
        if self.error:
            raise self.error
        self.webhooks.append((connector, request))
        return 2

    def item(self, item: str) -> ItemView | None:
        """Know one item."""
        return ITEM if item == ITEM.id else None

    def dead(self) -> list[Letter]:
        """Give one dead letter, or fail."""
        if self.error:
            raise self.error
        return [LETTER]

    def wish(self, item: str, wish: HandOff | Told) -> None:
        """Take a wish or a word for the one item."""
        if item != "2345":
            raise UnknownError(f"no item {item!r}")
        self.wishes.append((item, wish))

    def duplicate(self, item: str, verdict: DuplicateVerdict) -> tuple[str, str]:
        """Take a word on the one item."""
        if item != "2345":
            raise UnknownError(f"no item {item!r}")
        self.wishes.append((item, verdict))
        return item, verdict.of

    def new_case(self, wish: NewCase) -> Taken:
        """Take a case, or refuse it with the prepared error."""
        if self.error:
            raise self.error
        self.cases.append(wish)
        return TAKEN

    def show(self, link: Link) -> Page:
        """Know no link."""
        raise UnknownError(f"no link {link.sign}")

    def doors(self) -> Doors:
        """Give the doors of this house."""
        return Doors(
            readiness=lambda: self.readiness,
            alive=lambda: self.alive,
            metrics=Metrics().exposition,
            receive=self.receive,
            item=self.item,
            why=lambda *asked: pytest.fail(str(asked)),
            why_not=lambda *asked: pytest.fail(str(asked)),
            dead=self.dead,
            hand_off=self.wish,
            tell=self.wish,
            link=lambda _: None,
            duplicate=self.duplicate,
            new_case=self.new_case,
            faults=lambda _: [],
            submission=lambda reference: TAKEN if reference == TAKEN.reference else None,
            handbook=load_handbook(SHIPPED),
            show=self.show,
            answer=lambda link, _form: self.show(link),
            token=Secret("tell-nobody", "test"),
        )


def serve(doors: Doors) -> Iterator[httpx.Client]:
    """Serve doors on a free port."""
    server = WebServer(build_app(doors), "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client
    server.stop()
