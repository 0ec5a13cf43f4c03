"""The emulator and connectors to it, for all tests of the CRM unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
import requests
from hub_crm.connector import CrmConnector
from hub_crm.sandbox import SalesforceSandbox
from hub_crm.settings import CrmSettings
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from hub.connector import Environment, Outcome
from hub.models import Change, Delivery, Effect, Receipt, Ref
from hub.sandbox import SandboxOptions
from hub.settings import Secret
from hub.testing import FrozenClock
from hub.testing.clock import EPOCH

Access: TypeAlias = Mapping[str, Any]


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[SalesforceSandbox, FrozenClock]]:
    """Give one running emulator and its clock: to start it costs more than to furnish it."""
    clock = FrozenClock()
    sandbox = SalesforceSandbox(SandboxOptions(clock=clock))
    sandbox.start()
    yield sandbox, clock
    sandbox.stop()


@pytest.fixture
def clock(running: tuple[SalesforceSandbox, FrozenClock]) -> FrozenClock:
    """Give the clock that both sides share, set to the beginning."""
    running[1].jump(EPOCH)
    return running[1]


@pytest.fixture
def sandbox(
    running: tuple[SalesforceSandbox, FrozenClock], clock: FrozenClock
) -> SalesforceSandbox:
    """Give an emulator with a fresh organisation."""
    running[0].access = running[0].reset()  # type: ignore[attr-defined]
    return running[0]


@pytest.fixture
def access(sandbox: SalesforceSandbox) -> Access:
    """Give where the emulator is and how to log in."""
    return sandbox.access  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def settings(access: Access) -> CrmSettings:
    """Give settings for the emulator."""
    return CrmSettings(
        url=access["url"],
        client_id=access["client_id"],
        client_secret=Secret(access["client_secret"]),
        ca_file=access["ca_file"],
        account_fields={"service_until": "Service_Until__c", "contract_no": "Contract_No__c"},
        timeout_seconds=10,
    )


@pytest.fixture
def connect(settings: CrmSettings, clock: FrozenClock) -> Iterator[Callable[..., CrmConnector]]:
    """Give a maker of connectors; its arguments change the settings."""
    made: list[CrmConnector] = []

    def make(**changes: Any) -> CrmConnector:
        changed = CrmSettings.model_validate({**dict(settings), **changes})
        environment = Environment(name="crm", clock=clock, open_file=lambda x: BytesIO(FILES[x]))
        made.append(CrmConnector(changed, environment))
        return made[-1]

    yield make
    for connector in made:
        connector.close()


@pytest.fixture
def connector(connect: Callable[..., CrmConnector]) -> CrmConnector:
    """Give a connector to the emulator."""
    return connect()


@pytest.fixture
def http(access: Access) -> Iterator[requests.Session]:
    """Give a plain HTTP session that trusts the emulator and is logged in."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = access["ca_file"]
        session.headers["Authorization"] = f"Bearer {access['access_token']}"
        yield session


@pytest.fixture
def data(access: Access) -> str:
    """Give the address of the versioned resources."""
    return f"{access['url']}/services/data/v59.0"


@pytest.fixture
def read() -> Callable[..., tuple[list[Change], str]]:
    """Give a reader that polls to the end and gives (changes, cursor)."""

    def to_the_end(connector: CrmConnector, cursor: str | None = None) -> tuple[list[Change], str]:
        changes: list[Change] = []
        while True:
            page = connector.poll(cursor)
            changes += [change for change in page.changes if isinstance(change, Change)]
            cursor = page.cursor
            if not page.more:
                return changes, cursor

    return to_the_end


@pytest.fixture
def deliver() -> Callable[..., Outcome]:
    """Give a maker of one effect, called with connector, effect, key and target."""

    def one(
        connector: CrmConnector, effect: Effect, key: str = "key-1", target: Ref | None = None
    ) -> Outcome:
        delivery = Delivery(key=key, item_id="ITEM", effect=effect, target=target)
        outcomes: Sequence[Outcome] = connector.apply([delivery])
        return outcomes[0]

    return one


@pytest.fixture
def made(deliver: Callable[..., Outcome]) -> Callable[..., Receipt]:
    """Give a maker of one effect that must succeed."""

    def one(*args: Any, **kwargs: Any) -> Receipt:
        outcome = deliver(*args, **kwargs)
        assert isinstance(outcome, Receipt), outcome
        return outcome

    return one


FILES = {"file-1": "日志\n".encode()}
"""What the hub keeps, by id."""


class ToSandbox(HTTPAdapter):
    """Leads every call of the vendor library to the emulator, and trusts it."""

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send to the emulator's host."""
        split = urlsplit(request.url)
        request.url = split._replace(netloc=urlsplit(self._access["url"]).netloc).geturl()
        request.headers["Host"] = urlsplit(self._access["url"]).netloc
        kwargs["verify"] = self._access["ca_file"]
        return super().send(request, *args, **kwargs)


@pytest.fixture
def vendor(access: Access) -> requests.Session:
    """Give a session for the vendor library."""
    session = requests.Session()
    session.mount("https://", ToSandbox(access))
    return session


@pytest.fixture
def salesforce(access: Access, vendor: requests.Session) -> Any:
    """Give the vendor's client, logged in."""
    return Salesforce(session_id=access["access_token"], instance_url=access["url"], session=vendor)


@pytest.fixture
def errors() -> Callable[[requests.Response], list[str]]:
    """Give a reader of the codes of a refusal."""
    return lambda answer: [entry["errorCode"] for entry in answer.json()]
