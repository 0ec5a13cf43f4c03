"""A running emulator of Jira, a connector to it through the real `jira` package, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from hub_jira.connector import JiraConnector
from hub_jira.sandbox import JiraSandbox
from hub_jira.settings import JiraSettings

from hub.clock import Clock, SystemClock
from hub.connector import Environment
from hub.models import (
    AddComment,
    Change,
    CreateRecord,
    Delivery,
    Effect,
    Fields,
    Receipt,
    Ref,
    Text,
)
from hub.sandbox import Fault, SandboxOptions
from hub.settings import Secret
from hub.testing import FrozenClock


class Jira:
    """One emulated site with one connector to it."""

    def __init__(self, flavour: str, clock: Clock) -> None:
        self.clock = clock
        options = SandboxOptions(clock=clock)
        make = JiraSandbox.cloud if flavour == "cloud" else JiraSandbox.server
        self.sandbox = make(options)
        self.facts = self.sandbox.start()
        self._connectors: list[JiraConnector] = []
        self.connector = self.connect()

    @property
    def cloud(self) -> bool:
        """Say which face it has."""
        return self.sandbox.site.cloud

    def settings(self, **changes: Any) -> JiraSettings:
        """Give settings that fit, with some changed."""
        facts = self.facts
        if self.cloud:
            login = {"email": facts["email"], "token": Secret(facts["api_token"])}
        else:
            login = {"token": Secret(facts["token"])}
        plain: dict[str, Any] = {
            "url": facts["url"],
            "project": facts["project"],
            "search_lag_seconds": 0,
            "read_timeout_seconds": 5.0,
        }
        return JiraSettings(**{**plain, **login, **changes})

    def connect(self, **changes: Any) -> JiraConnector:
        """Make a connector; it is closed with the site."""
        environment = Environment(name="rnd", clock=self.clock)
        self._connectors.append(JiraConnector(self.settings(**changes), environment))
        return self._connectors[-1]

    def act(self, action: str, **arguments: Any) -> Mapping[str, Any]:
        """Do what a person does."""
        return self.sandbox.act(action, arguments)

    def issue(self, summary: str = "崩溃", **fields: Any) -> Ref:
        """Have a person make an issue."""
        return Ref("rnd", "issue", str(self.act("create_issue", summary=summary, **fields)["id"]))

    def issues(self) -> list[dict[str, Any]]:
        """Give the site's issues."""
        return self.sandbox.records()["issues"]

    def comments(self) -> list[dict[str, Any]]:
        """Give the site's comments."""
        return self.sandbox.records()["comments"]

    def fault(self, kind: str, operation: str = "*", times: int | None = 1, **more: Any) -> None:
        """Play a fault."""
        self.sandbox.faults.add(Fault(kind=kind, operation=operation, times=times, arguments=more))

    def delivery(self, effect: Effect, key: str = "key-1", target: Ref | None = None) -> Delivery:
        """Make a delivery that is tried now for the first time."""
        return Delivery(
            key=key,
            item_id="K7M2Q9X4T3BDF5GH",
            effect=effect,
            target=target,
            tried_at=self.clock.now(),
        )

    def outcome(self, effect: Effect, key: str = "key-1", target: Ref | None = None) -> Any:
        """Apply an effect; give its receipt or error."""
        return self.connector.apply([self.delivery(effect, key, target)])[0]

    def done(self, effect: Effect, key: str = "key-1", target: Ref | None = None) -> Receipt:
        """Apply an effect that must succeed."""
        outcome = self.outcome(effect, key, target)
        assert isinstance(outcome, Receipt), outcome
        return outcome

    def create(self, key: str = "key-1", **fields: Any) -> Receipt:
        """Have the hub make an issue."""
        made: Fields = {"summary": "由中枢创建", **fields}
        return self.done(CreateRecord("issue", made), key)

    def comment(self, text: Text, target: Ref, key: str = "comment-1") -> Any:
        """Have the hub comment."""
        return self.outcome(AddComment(text), key, target)

    def poll(
        self, cursor: str | None = None, connector: JiraConnector | None = None
    ) -> tuple[list[Change], str]:
        """Poll to the end."""
        changes: list[Change] = []
        while True:
            page = (connector or self.connector).poll(cursor)
            changes += [change for change in page.changes if isinstance(change, Change)]
            cursor = page.cursor
            if not page.more:
                return changes, cursor

    def close(self) -> None:
        """Stop."""
        for connector in self._connectors:
            connector.close()
        self.sandbox.stop()


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """Give an HTTP client; loading its certificates takes long, so all tests share it."""
    with httpx.Client() as client:
        yield client


@pytest.fixture(params=["cloud", "server"])
def jira(request: pytest.FixtureRequest) -> Iterator[Jira]:
    """Give each of Jira's two faces."""
    site = Jira(request.param, SystemClock())
    yield site
    site.close()


@pytest.fixture
def cloud() -> Iterator[Jira]:
    """Give a Jira Cloud."""
    site = Jira("cloud", SystemClock())
    yield site
    site.close()


@pytest.fixture
def server() -> Iterator[Jira]:
    """Give a Jira Data Center."""
    site = Jira("server", SystemClock())
    yield site
    site.close()


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that the test moves."""
    return FrozenClock()


@pytest.fixture
def frozen(clock: FrozenClock) -> Iterator[Jira]:
    """Give a Jira Cloud that lives in the test's own time."""
    site = Jira("cloud", clock)
    yield site
    site.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Jira]]:
    """Give a maker of further sites; they are stopped at the end."""
    sites: list[Jira] = []

    def make(flavour: str = "cloud", clock: Clock | None = None) -> Jira:
        sites.append(Jira(flavour, clock or SystemClock()))
        return sites[-1]

    yield make
    for site in sites:
        site.close()
