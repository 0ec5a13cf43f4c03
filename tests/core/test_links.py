"""Signed links: made when a notice is sent, opened without harm, good for one acknowledgement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from hub.core.desk import Told
from hub.core.links import Asked, Links
from hub.models import ACKNOWLEDGE_HERE, Command, InternalText, SendNotice, Want, Why
from hub.settings import Secret
from tests.core.house import ITEM, House, serve
from tests.core.test_web import house

__all__ = ["house"]

LINKS = Links("https://hub.vendor.example", Secret("tell-nobody", "test"))
WANG = "wang.lei@vendor.example"
ASKED = Asked("2345", WANG, "key7")


@pytest.fixture
def client(house: House) -> Iterator[httpx.Client]:
    """Serve the doors with these links."""
    yield from serve(changed(house.doors(), link=LINKS.read))


def notice(text: str = f"to take it use {ACKNOWLEDGE_HERE} at once") -> Command:
    """Give a notice as a rule wants it."""
    effect = SendNotice(to=(WANG,), subject="call", text=InternalText(text))
    why = Why(plugin="test")
    return Command(
        key="key7", item_id="2345", connector="mail", part="mail:x", effect=effect, why=why
    )


def said(command: Command) -> str:
    """Give the text of a notice."""
    assert isinstance(command.effect, SendNotice)
    return command.effect.text.text


def test_the_notice_that_is_sent_carries_a_link_for_its_reader() -> None:
    """The command itself, which the store keeps, does not."""
    command = notice()

    sent = said(LINKS.put(command))

    link = sent.split(" ")[4]
    assert link.startswith("https://hub.vendor.example/ack/")
    assert LINKS.read(link.rpartition("/")[2]) == ASKED
    assert ACKNOWLEDGE_HERE in said(command)
    assert "hub.vendor" not in said(command)


def test_the_same_notice_always_carries_the_same_link() -> None:
    """A mail that is tried again after a lost answer is the same mail."""
    assert LINKS.put(notice()) == LINKS.put(notice())


@pytest.mark.parametrize("links", [Links("", Secret("t", "test")), Links("https://hub", None)])
def test_without_address_or_token_the_command_is_named_instead(links: Links) -> None:
    """There is always a way that works."""
    assert said(links.put(notice())) == f"to take it use hub ack 2345 --by {WANG} at once"


def test_other_notices_are_left_alone() -> None:
    """Only where a rule asks for a link is there one."""
    command = notice("nothing to do")

    assert LINKS.put(command) is command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "äöü",
        "../../etc/passwd",
        "AAAA" * 40,
        LINKS.signed(ASKED)[:-2],
        LINKS.signed(ASKED)[1:],
        Links("https://hub.vendor.example", Secret("another", "test")).signed(ASKED),
    ],
)
def test_a_link_that_is_none_of_ours_is_nothing(
    house: House, client: httpx.Client, text: str
) -> None:
    """Cut, bent, made with another token, or made up: nothing is told, nothing is revealed."""
    assert LINKS.read(text) is None
    if text and "/" not in text:
        assert client.post(f"/ack/{text}").status_code == 404
    assert house.wishes == []


def test_opening_the_link_changes_nothing(house: House, client: httpx.Client) -> None:
    """Mail scanners open every link; what they see is a page with a button."""
    answer = client.get(f"/ack/{LINKS.signed(ASKED)}")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert '<form method="post">' in answer.text
    assert "您是否接手问题 2345？" in answer.text
    assert "Do you take case 2345?" in answer.text
    assert house.wishes == []


def test_the_button_acknowledges_for_the_reader_once(house: House, client: httpx.Client) -> None:
    """Pressed twice it is the same request, which the store takes once."""
    for _ in range(2):
        assert client.post(f"/ack/{LINKS.signed(ASKED)}").status_code == 200

    told = Told(what="acknowledged", by=WANG, key="link-key7")
    assert house.wishes == [("2345", told), ("2345", told)]


def test_who_comes_too_late_learns_who_has_it(house: House) -> None:
    """On opening and on pressing."""
    fields = {**ITEM.fields, "case_number": "00001042", "acknowledged_by": "zhou@vendor.example"}
    doors = replace_item(house, fields)

    for page in serve(doors):
        opened = page.get(f"/ack/{LINKS.signed(ASKED)}").text
        pressed = page.post(f"/ack/{LINKS.signed(ASKED)}").text

    assert "问题 00001042 已由 zhou@vendor.example 接手" in opened
    assert "<form" not in opened
    assert "Case 00001042 was taken by zhou@vendor.example." in pressed


def replace_item(house: House, fields: dict[str, Any]) -> Any:
    """Give the doors of a house with another item."""
    item = replace(ITEM, fields=fields)
    return changed(house.doors(), item=lambda _: item, link=LINKS.read)


def test_the_dispatcher_puts_the_link_in(make_hub: Any, scripted: Any, seen: Any) -> None:
    """What the system gets has it; outbox and journal never do."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        if event.name != "item_opened":
            return None
        effect = notice().effect
        return [Want(connector="mail", part="mail:x", effect=effect, why=Why(plugin="test"))]

    hub = make_hub(rules=scripted(react=react), mail=True)
    hub.dispatchers["mail"].links = LINKS
    hub.put(seen("case:1"))

    hub.run()

    (sent,) = hub.systems["mail"].sent
    (entry,) = hub.effects("mail")
    assert "https://hub.vendor.example/ack/" in sent.text.text
    assert ACKNOWLEDGE_HERE in said(entry.command)
