"""The hub's own HTTP, over real connections, without an engine behind it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import jsonschema
import openapi_spec_validator
import pytest

from hub.core import log
from hub.core.web import (
    ConnectorState,
    Readiness,
    WebServer,
    build_app,
)
from hub.core.web.operations import OPERATIONS
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
from tests.core.house import TOKEN, WISH, House, serve


@pytest.fixture
def house() -> House:
    """Give the hub behind the doors."""
    return House()


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
        (client.post("/api/cases", json={"channel": "fax"}, headers=TOKEN), "/api/cases"),
        (client.get("/api/cases/AB-12", headers=TOKEN), "/api/cases/{reference}"),
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


def test_a_taken_port_is_a_precise_error(house: House) -> None:
    """The start says which port, and what to set."""
    server = WebServer(build_app(house.doors()), "127.0.0.1", 0)

    with pytest.raises(ConfigError, match=rf"can not listen on 127.0.0.1:{server.port}"):
        WebServer(build_app(house.doors()), "127.0.0.1", server.port)
    server.stop()
