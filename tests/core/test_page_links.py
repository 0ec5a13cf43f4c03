"""Links to pages: put into mails when they are sent, each for one case and one purpose."""

from __future__ import annotations

import pytest

from hub.core.links import Links
from hub.models import Command, InternalText, PublicText, SendNotice, SendReply, Why, link_here
from hub.settings import Secret

TOKEN = Secret("tell-nobody", "test")
TEXT = f"已解决。\n请打开 {link_here('confirm', '17')} 确认。\n谢谢"


def mail(text: str = TEXT) -> Command:
    """Make a mail to a customer."""
    effect = SendReply(to=("c@pku.edu.cn",), subject="Re: x", text=PublicText(text))
    return Command(key="k", item_id="ITEM", connector="mail", part="m", effect=effect, why=WHY)


WHY = Why(plugin="test")


def sent(links: Links, command: Command) -> str:
    """Give the text as it is sent."""
    effect = links.put(command).effect
    assert isinstance(effect, SendReply | SendNotice)
    assert isinstance(effect.text, PublicText | InternalText)
    return effect.text.text


def test_a_mail_gets_its_link_as_it_is_sent() -> None:
    """With purpose, case, round and a signature that holds for them alone."""
    links = Links("https://hub.example/", TOKEN)

    line = sent(links, mail()).splitlines()[1]

    url = line.removeprefix("请打开 ").removesuffix(" 确认。")
    base, purpose, item, round_, sign = url.rsplit("/", 4)
    assert ("https://hub.example/c", "confirm", "ITEM", "17") == (base, purpose, item, round_)
    assert links.holds("confirm", "ITEM", "17", sign)
    others = [("rate", "ITEM", "17"), ("confirm", "MITE", "17"), ("confirm", "ITEM", "18")]
    assert not any(links.holds(*other, sign) for other in others)
    assert not Links("https://hub.example", Secret("another", "test")).holds(
        "confirm", "ITEM", "17", sign
    )


@pytest.mark.parametrize("links", [Links("", TOKEN), Links("https://hub.example", None)])
def test_where_there_can_be_no_link_its_line_is_left_out(links: Links) -> None:
    """The rest of the mail says how to answer without it; and no signature holds."""
    assert "已解决。\n谢谢" == sent(links, mail())
    assert not Links("", None).holds("confirm", "ITEM", "17", "")


def test_what_has_no_place_for_a_link_is_sent_as_it_is() -> None:
    """The command itself, untouched."""
    command = mail("已解决。")

    assert Links("https://hub.example", TOKEN).put(command) is command
