"""The hub's own HTTP, over real connections, without an engine behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx
import jsonschema
import msgspec
import openapi_spec_validator
import pytest

from hub.connector import WebhookRequest
from hub.core import log
from hub.core.desk import HandOff, Told
from hub.core.inquiry import ItemView, Letter, LinkState
from hub.core.metrics import Metrics
from hub.core.web import (
    ConnectorState,
    Doors,
    Readiness,
    WebServer,
    build_app,
)
from hub.core.web.operations import OPERATIONS, Letters
from hub.errors import (
    AuthenticationError,
    ConfigError,
    HubError,
    InvalidPayloadError,
    RateLimitedError,
    StoreError,
    UnavailableError,
    UnknownError,
)
from hub.settings import Secret
from hub.testing.clock import EPOCH

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
)


@dataclass
class House:
    """A hub of values: what the doors answer, and what came in."""

    readiness: Readiness = field(default_factory=lambda: Readiness(store=True))
    alive: bool = True
    error: HubError | None = None
    webhooks: list[tuple[str, WebhookRequest]] = field(default_factory=list)
    wishes: list[tuple[str, HandOff | Told]] = field(default_factory=list)

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

    def doors(self) -> Doors:
        """Give the doors of this house."""
        return Doors(
            readiness=lambda: self.readiness,
            alive=lambda: self.alive,
            metrics=Metrics().exposition,
            receive=self.receive,
            item=self.item,
            dead=self.dead,
            hand_off=self.wish,
            tell=self.wish,
            link=lambda _: None,
            token=Secret("tell-nobody", "test"),
        )


@pytest.fixture
def house() -> House:
    """Give the hub behind the doors."""
    return House()


def serve(doors: Doors) -> Iterator[httpx.Client]:
    """Serve doors on a free port."""
    server = WebServer(build_app(doors), "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client
    server.stop()


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the house and give a client to it."""
    yield from serve(house.doors())


def test_a_hub_whose_loops_turn_is_alive(house: House, client: httpx.Client) -> None:
    """`/livez` fails as soon as the loops stand still, so that the process is replaced."""
    assert client.get("/livez").status_code == 200
    house.alive = False
    assert client.get("/livez").status_code == 503


def test_readiness_shows_each_connector(house: House, client: httpx.Client) -> None:
    """An unavailable peer is shown, and is no reason to be unready: its work waits."""
    down = ConnectorState(state="unavailable", detail="no route")
    house.readiness = Readiness(store=True, connectors={"crm": down})

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["connectors"]["crm"]["detail"] == "no route"


@pytest.mark.parametrize(
    "readiness",
    [
        Readiness(store=False),
        Readiness(store=True, workers=False),
        Readiness(store=True, connectors={"crm": ConnectorState(state="starting")}),
    ],
)
def test_a_hub_without_store_or_still_starting_is_not_ready(
    house: House, client: httpx.Client, readiness: Readiness
) -> None:
    """503 keeps traffic away, and says what is missing."""
    house.readiness = readiness

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["ready"] is False


def test_metrics_are_in_prometheus_form(client: httpx.Client) -> None:
    """Text, with types."""
    answer = client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE hub_effects_total counter" in answer.text


def test_a_webhook_reaches_its_connector_raw(house: House, client: httpx.Client) -> None:
    """The body is handed on byte for byte, since signatures are made over it."""
    answer = client.post("/webhooks/rnd?x=1", content=b'{ "a" :1}', headers={"X-Sign": "s"})

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
    ((connector, request),) = house.webhooks
    assert (connector, request.body, request.query) == ("rnd", b'{ "a" :1}', {"x": "1"})
    assert request.headers["x-sign"] == "s"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AuthenticationError("signature differs by tell-nobody"), 401),
        (InvalidPayloadError("no issue in it"), 400),
        (UnavailableError("later"), 503),
        (StoreError("disk full"), 503),
    ],
)
def test_a_webhook_is_refused_by_the_kind_of_error(
    house: House, client: httpx.Client, error: HubError, status: int
) -> None:
    """The sender learns whether to send again, and nothing of the hub's insides."""
    house.error = error

    with log.capture() as events:
        answer = client.post("/webhooks/rnd", content=b"{}")

    assert answer.status_code == status
    assert str(error) not in answer.text
    assert [("webhook.refused", status)] == [(e["event"], e["status"]) for e in events]


def test_a_webhook_that_nobody_takes_is_404_with_the_reason(
    house: House, client: httpx.Client
) -> None:
    """Who set it up at the sender finds out there that it leads nowhere."""
    house.error = UnknownError("crm takes no webhooks as it is configured: it is polled")

    answer = client.post("/webhooks/crm", content=b"{}")

    assert (answer.status_code, answer.json()["error"]) == (404, str(house.error))


def test_what_is_not_there_is_answered_in_json_too(client: httpx.Client) -> None:
    """Wrong paths lead to the reference, wrong methods to the right one."""
    nothing = client.get("/nothing")
    wrong = client.get("/webhooks/rnd")
    guarded = client.delete("/api/dead", headers=TOKEN)

    assert (nothing.status_code, "/openapi.json" in nothing.json()["error"]) == (404, True)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert "must be POST" in wrong.json()["error"]
    assert (guarded.status_code, guarded.json()["error"]) == (405, "the method must be GET, HEAD")


def test_the_hub_serves_its_own_reference(client: httpx.Client) -> None:
    """A valid OpenAPI document that tells of each operation, and asks for no token."""
    told = client.get("/openapi.json").json()

    openapi_spec_validator.validate(told)
    paths = {(m.upper(), path) for path, methods in told["paths"].items() for m in methods}
    assert paths == {(each.method, each.path) for each in OPERATIONS}
    assert told["paths"]["/api/dead"]["get"]["security"] == [{"token": []}]


def test_what_is_answered_is_what_the_reference_says(house: House, client: httpx.Client) -> None:
    """Each answer's status is one that is told of, and its body is of the schema told of."""
    told = client.get("/openapi.json").json()
    asked = [
        (client.get("/livez"), "/livez"),
        (client.get("/readyz"), "/readyz"),
        (client.post("/webhooks/rnd", content=b"{}"), "/webhooks/{connector}"),
        (client.get("/api/items/2345", headers=TOKEN), "/api/items/{id}"),
        (client.get("/api/items/9", headers=TOKEN), "/api/items/{id}"),
        (client.get("/api/items/9"), "/api/items/{id}"),
        (
            client.post("/api/items/2345/handoff", json=WISH, headers=TOKEN),
            "/api/items/{id}/handoff",
        ),
        (client.post("/api/items/2345/handoff", json={}, headers=TOKEN), "/api/items/{id}/handoff"),
        (client.get("/api/dead", headers=TOKEN), "/api/dead"),
    ]

    for answer, path in asked:
        operation = told["paths"][path][answer.request.method.lower()]
        content = operation["responses"][str(answer.status_code)]["content"]
        schema = {**content["application/json"]["schema"], "components": told["components"]}
        jsonschema.validate(answer.json(), schema)


def test_a_sender_is_told_when_to_come_back(house: House, client: httpx.Client) -> None:
    """A pause that the system asked for is passed on."""
    house.error = RateLimitedError("slow", retry_after=17)

    assert client.post("/webhooks/rnd").headers["retry-after"] == "17"


def test_a_body_beyond_the_bound_is_refused(house: House, client: httpx.Client) -> None:
    """Announced or not, nobody fills the hub's memory."""
    large = b"x" * (5 * 1024 * 1024)

    assert client.post("/webhooks/rnd", content=large).status_code == 413
    assert client.post("/webhooks/rnd", content=iter([large])).status_code == 413
    assert house.webhooks == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic tell-nobody"},
        {"Authorization": "Bearer"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/dead"),
        ("GET", "/api/items/2345"),
        ("POST", "/api/items/2345/handoff"),
        ("GET", "/api/x"),
    ],
)
def test_the_api_is_for_bearers_of_the_token(
    client: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    """Everything under /api is 401 otherwise, also what does not exist."""
    answer = client.request(method, path, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_without_a_configured_token_nobody_passes(house: House) -> None:
    """An empty token does not open the door to an empty header."""
    for client in serve(replace(house.doors(), token=None)):
        for header in ("Bearer", "bearer x"):
            assert client.get("/api/dead", headers={"Authorization": header}).status_code == 401


def test_an_item_and_the_dead_letters_can_be_read(client: httpx.Client) -> None:
    """The API shows what the command line shows."""
    item = client.get("/api/items/2345", headers=TOKEN).content
    letters = client.get("/api/dead", headers=TOKEN).content

    assert msgspec.json.decode(item, type=ItemView) == ITEM
    assert msgspec.json.decode(letters, type=Letters) == Letters([LETTER])
    assert client.get("/api/items/9", headers=TOKEN).status_code == 404


def test_a_hand_off_is_taken_with_its_key(house: House, client: httpx.Client) -> None:
    """202: it goes the way of every change, and asking again with the same key is harmless."""
    answer = client.post(
        "/api/items/2345/handoff", json=WISH, headers={**TOKEN, "Idempotency-Key": "k1"}
    )

    assert answer.status_code == 202
    ((item, wish),) = house.wishes
    assert isinstance(wish, HandOff)
    assert (item, wish.to, wish.by, wish.key) == ("2345", "rnd@x.cn", "api", "k1")


def test_the_key_of_a_hand_off_may_stand_in_its_body(house: House, client: httpx.Client) -> None:
    """What the body may hold is heeded."""
    client.post("/api/items/2345/handoff", json={**WISH, "key": "k2"}, headers=TOKEN)

    assert ["k2"] == [wish.key for _, wish in house.wishes]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not a hand-off"),
        (b"{}", "missing required field `to`"),
        (b'{"to":"a","method":"","result":"x"}', "$.method"),
        (b'{"to":"a","method":"m","result":"x","nxt":1}', "unknown field `nxt`"),
    ],
)
def test_a_hand_off_without_what_the_handbook_demands_is_refused(
    house: House, client: httpx.Client, body: bytes, said: str
) -> None:
    """The answer names the field."""
    answer = client.post("/api/items/2345/handoff", content=body, headers=TOKEN)

    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert house.wishes == []


def test_a_hand_off_of_an_unknown_item_is_404(client: httpx.Client) -> None:
    """The answer names the item."""
    answer = client.post("/api/items/777/handoff", json=WISH, headers=TOKEN)

    assert (answer.status_code, answer.json()["error"]) == (404, "no item '777'")


def test_a_failure_inside_is_logged_and_does_not_end_the_server(
    house: House, client: httpx.Client
) -> None:
    """The caller gets no insides; the next request is served."""
    house.error = HubError("inside")

    with log.capture() as events:
        assert client.get("/api/dead", headers=TOKEN).status_code == 500

    assert [event["event"] for event in events] == ["web.failed"]
    house.error = None
    assert client.get("/api/dead", headers=TOKEN).status_code == 200


def test_a_taken_port_is_a_precise_error(house: House) -> None:
    """The start says which port, and what to set."""
    server = WebServer(build_app(house.doors()), "127.0.0.1", 0)

    with pytest.raises(ConfigError, match=rf"can not listen on 127.0.0.1:{server.port}"):
        WebServer(build_app(house.doors()), "127.0.0.1", server.port)
    server.stop()
