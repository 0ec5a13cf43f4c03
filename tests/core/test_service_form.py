"""The service form over real connections: what it shows, what it takes, what it refuses."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from hub.core import log
from hub.core.web.allowance import HOUR, Allowance
from hub.errors import StoreError
from hub.handbook.shapes import Label
from hub.handbook.submissions import Fault
from tests.core.house import TAKEN, House, serve

FILLED = {
    "subject": "教师无法登录", "customer_name": "北方大学", "contact_name": "刘洋",
    "contact_email": "liu.yang@north-univ.example", "description": "提示 502",
    "nonce": "abcdefghijklmnopqrst",
}  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)

Send = Callable[..., httpx.Response]


@pytest.fixture
def house() -> House:
    """Give the hub behind the doors."""
    return House()


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the house and give a client to it."""
    yield from serve(house.doors())


@pytest.fixture
def send(client: httpx.Client) -> Send:
    """Give a function that sends the filled form, with changes."""

    def one(*files: tuple[str, bytes], **changes: str) -> httpx.Response:
        headers = {k.replace("_", "-"): changes.pop(k) for k in list(changes) if k in _HEADERS}
        told = [("files", (name, content, "text/x-whatever")) for name, content in files]
        # A part without a file's name keeps the body multipart, as browsers send it.
        told += [("files", ("", b"", "application/octet-stream"))]  # type: ignore[list-item]
        return client.post(
            "/service?lang=zh", data={**FILLED, **changes}, files=told, headers=headers
        )

    return one


_HEADERS = ("origin", "sec_fetch_site")


class _Page(HTMLParser):
    """What a browser would make of a page: its fields with their labels, and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labels: set[str] = set()
        self.ids: set[str] = set()
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in given)
        if "id" in given:
            self.ids.add(str(given["id"]))
        if tag == "label":
            self.labels.add(str(given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden":
            self.fields[str(given["name"])] = given


@pytest.mark.parametrize(("language", "title"), [("zh", "提交问题"), ("en", "Report a problem")])
def test_the_form_can_be_used_without_scripts_and_by_everybody(
    client: httpx.Client, language: str, title: str
) -> None:
    """Every field has its label, what describes it is there, and nothing runs."""
    answer = client.get("/service", headers={"Accept-Language": f"{language}-XX,de;q=0.5"})

    page = _Page(answer.text)
    assert title in answer.text
    assert set(page.fields) <= page.labels
    described = [str(f.get("aria-describedby") or "").split() for f in page.fields.values()]
    assert {name for names in described for name in names} <= page.ids
    assert page.scripts == 0
    assert page.fields["contact_email"]["type"] == "email"
    assert "required" in page.fields["description"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_is_sent_is_kept_and_its_reference_shown(
    house: House, client: httpx.Client, send: Send
) -> None:
    """With its files, under names that are safe; the page then shows the case's number."""
    answer = send(("../../屏幕/截图.png", PNG), ("日志\u202e.txt", "错误".encode()))

    assert answer.status_code == 303
    (wish,) = house.cases
    assert (wish.channel, wish.subject, wish.language) == ("platform", "教师无法登录", "zh")
    assert wish.key == "form:abcdefghijklmnopqrst"
    assert [file.name for file in wish.uploads()] == ["截图.png", "日志.txt"]
    page = client.get("/" + answer.headers["location"])
    assert page.status_code == 200
    assert str(TAKEN.case_number) in page.text
    assert client.get("/service/received/none").status_code == 404


def test_what_is_missing_is_asked_for_again_and_nothing_is_lost(house: House, send: Send) -> None:
    """The page names each field at fault, and holds what was written."""
    answer = send(contact_email="", description="")

    page = _Page(answer.text)
    assert answer.status_code == 422
    assert house.cases == []
    assert "请填写邮件" in answer.text
    assert 'href="#description"' in answer.text
    assert page.fields["contact_email"]["aria-invalid"] == "true"
    assert "contact_email-fault" in page.ids
    assert page.fields["subject"]["value"] == "教师无法登录"
    assert 'value="abcdefghijklmnopqrst"' in answer.text


def test_what_the_handbook_finds_wrong_is_shown_at_its_field(house: House) -> None:
    """Such as a file of a kind that is not taken."""
    fault = Fault("files", Label(zh="不接受", en="not taken"))
    doors = replace(house.doors(), faults=lambda _: [fault])

    for client in serve(doors):
        answer = client.post("/service?lang=en", data=FILLED)

        assert answer.status_code == 422
        assert 'id="files-fault">not taken' in answer.text


def test_what_a_stranger_writes_is_shown_as_they_wrote_it(send: Send) -> None:
    """Never as part of the page."""
    answer = send(subject='"><script>alert(1)</script>', contact_email="")

    page = _Page(answer.text)
    assert page.scripts == 0
    assert page.fields["subject"]["value"] == '"><script>alert(1)</script>'


def test_only_what_the_form_asks_for_is_taken(house: House, send: Send) -> None:
    """A crafted field does not make a case critical, or somebody else's."""
    send(severity="critical", owner="me@evil.example", by="zhang.min", key="x")

    (wish,) = house.cases
    assert (wish.severity, wish.by, wish.key) == ("", "", "form:abcdefghijklmnopqrst")


def test_a_filled_trap_is_told_and_not_swallowed(house: House, send: Send) -> None:
    """Somebody's browser may have filled it in: a case must not be lost by that."""
    with log.capture() as events:
        answer = send(website="http://spam.example")

    assert answer.status_code == 422
    assert house.cases == []
    assert "最后一栏应当留空" in answer.text
    assert [e["reason"] for e in events] == ["trap"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": "https://behind.a.proxy"}, 303),
        ({}, 303),
    ],
)
def test_another_site_can_not_send_the_form(
    send: Send, headers: dict[str, str], status: int
) -> None:
    """The browser says from where it comes."""
    assert send(**headers).status_code == status


def test_one_address_may_send_so_many_an_hour(house: House) -> None:
    """Whoever sends too many is told when to come back; reading the form costs nothing."""
    for client in serve(replace(house.doors(), form_per_hour=2)):
        statuses = [client.post("/service", data=FILLED).status_code for _ in range(3)]
        late = client.post("/service", data=FILLED)

        assert statuses == [303, 303, 429]
        assert int(late.headers["retry-after"]) > HOUR - 60
        assert client.get("/service").status_code == 200


def test_an_allowance_comes_back_and_forgets_the_oldest_addresses() -> None:
    """It is bounded in memory, however many addresses there are."""
    now = [0.0]
    allowance = Allowance(1, lambda: now[0])

    first = allowance.wait("a"), allowance.wait("a")
    now[0] = HOUR + 1
    later = allowance.wait("a")
    for number in range(10_001):
        allowance.wait(str(number))

    assert first == (0.0, HOUR)
    assert later == 0.0
    assert allowance.wait("a") == 0.0


def test_too_much_is_refused_before_it_is_read(house: House, client: httpx.Client) -> None:
    """Announced or not, too large or too many."""
    heads = {"Content-Type": "multipart/form-data; boundary=b"}
    many = [("files", (f"{n}.txt", b"x")) for n in range(8)]
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    endless = (part if n == 0 else b"x" * 2**20 for n in range(80))

    announced = http.client.HTTPConnection(client.base_url.host, client.base_url.port or 80)
    announced.putrequest("POST", "/service")
    for name, value in {**heads, "Content-Length": str(10**9)}.items():
        announced.putheader(name, value)
    announced.endheaders()

    assert announced.getresponse().status == 413
    announced.close()
    assert client.post("/service", data=FILLED, files=many).status_code == 413
    assert client.post("/service", headers=heads, content=endless).status_code == 413
    assert house.cases == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=b", b"no part", 400),
        ("application/x-www-form-urlencoded", b"\xff=%ff&nonce=" + b"%00" * 50, 422),
    ],
)
def test_nonsense_is_refused_with_a_page(
    client: httpx.Client, kind: str, body: bytes, status: int
) -> None:
    """A stranger's bytes never are a failure of the hub."""
    answer = client.post("/service", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_while_the_store_is_busy_the_form_stays_filled(house: House, client: httpx.Client) -> None:
    """Sent again it carries the same key, so that it is one case."""
    house.error = StoreError("locked")

    answer = client.post("/service?lang=en", data=FILLED)

    assert answer.status_code == 503
    assert "it will not be taken twice" in re.sub(r"\s+", " ", answer.text)
    assert 'value="abcdefghijklmnopqrst"' in answer.text
    assert "locked" not in answer.text


def test_without_a_form_in_the_handbook_there_is_none(house: House) -> None:
    """Who has another platform uses the API behind it."""
    doors = house.doors()
    intake = doors.handbook.intake.model_copy(update={"platform": None})

    changed: Any = replace(doors.handbook, intake=intake)
    for client in serve(replace(doors, handbook=changed)):
        assert client.get("/service").status_code == 404
