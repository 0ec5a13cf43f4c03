"""Signed links: who was called, or asked, answers by one, without a login.

A link to acknowledge holds for one notice to one person: it names the item, the person and the
notice's key. A link to a page says for what it is, of which case, and of which round (a later
solution has another one). The signatures are made with keys derived from the API's token, so that
another token ends all of them. Opening a link changes nothing, for mail scanners open every link;
the page has a button.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.models import ACKNOWLEDGE_HERE, Command, SendNotice, SendReply, link_here
from hub.settings import Secret

PATH: Final = "/ack/"
PAGES: Final = "/c/"
_SIGNATURE: Final = 32
_SHORT: Final = 16
MARK: Final = link_here("")[0]
"""A text without it has no place for a link."""
_HERE: Final = re.compile(link_here("(confirm|rate|feedback)", r"(\d+)"))


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """What a link is for: the item, who acknowledges, the key of the notice that brought it."""

    item: str
    person: str
    key: str


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links; without an address of the hub or a token there are none."""

    public_url: str
    token: Secret | None

    def signed(self, asked: Asked) -> str:
        """Give the signed text that stands for a link's purpose."""
        body = msgspec.json.encode(asked)
        return base64.urlsafe_b64encode(self._signature(body) + body).decode().rstrip("=")

    def read(self, text: str) -> Asked | None:
        """Give what a link is for; None if it is not one of ours."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if not self.token or not hmac.compare_digest(signature, self._signature(body)):
                return None
            return msgspec.json.decode(body, type=Asked)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None

    def _signature(self, body: bytes) -> bytes:
        key = hmac.digest(self.token.reveal().encode() if self.token else b"", b"links", "sha256")
        return hmac.digest(key, body, "sha256")

    def page(self, purpose: str, item: str, round_: str) -> str:
        """Give the link to a page of a case."""
        sign = self._page_sign(purpose, item, round_)
        return f"{self.public_url.rstrip('/')}{PAGES}{purpose}/{item}/{round_}/{sign}"

    def holds(self, purpose: str, item: str, round_: str, sign: str) -> bool:
        """Say whether the signature of a link to a page is ours."""
        ours = self._page_sign(purpose, item, round_)
        return self.token is not None and hmac.compare_digest(ours.encode(), sign.encode())

    def _page_sign(self, purpose: str, item: str, round_: str) -> str:
        token = self.token.reveal().encode() if self.token else b""
        key = hmac.digest(token, b"pages", "sha256")
        digest = hmac.digest(key, f"{purpose}\n{item}\n{round_}".encode(), "sha256")[:_SHORT]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def put(self, command: Command) -> Command:
        """Give a command as it is sent: with the links, where its text has a place for them."""
        effect = command.effect
        if not isinstance(effect, SendNotice | SendReply) or MARK not in effect.text.text:
            return command
        text = effect.text.text
        if isinstance(effect, SendNotice) and ACKNOWLEDGE_HERE in text:
            text = text.replace(ACKNOWLEDGE_HERE, self._way(command, effect.to[0]))
        lines = [self._with_page(line, command.item_id) for line in text.split("\n")]
        kept = type(effect.text)("\n".join(line for line in lines if line is not None))
        return replace(command, effect=replace(effect, text=kept))

    def _way(self, command: Command, person: str) -> str:
        if not (self.public_url and self.token):
            return f"hub ack {command.item_id} --by {person}"
        signed = self.signed(Asked(command.item_id, person, command.key))
        return f"{self.public_url.rstrip('/')}{PATH}{signed}"

    def _with_page(self, line: str, item: str) -> str | None:
        """Give a line with its links; None, for it is left out, where there can be none."""
        if not _HERE.search(line):
            return line
        if not (self.public_url and self.token):
            return None
        return _HERE.sub(lambda found: self.page(found[1], item, found[2]), line)
