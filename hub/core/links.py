"""Signed links: who was called acknowledges by one, without a login, once.

A link holds for one notice to one person: it names the item, the person and the notice's key. Its
signature is made with a key derived from the API's token, so that another token ends all of them.
Opening a link changes nothing, for mail scanners open every link; the page has a button.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.models import ACKNOWLEDGE_HERE, Command, SendNotice
from hub.settings import Secret

PATH: Final = "/ack/"
_SIGNATURE: Final = 32


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

    def put(self, command: Command) -> Command:
        """Give a command as it is sent: with the link, where its notice has a place for one."""
        effect = command.effect
        if not isinstance(effect, SendNotice) or ACKNOWLEDGE_HERE not in effect.text.text:
            return command
        person = effect.to[0]
        way = f"hub ack {command.item_id} --by {person}"
        if self.public_url and self.token:
            signed = self.signed(Asked(command.item_id, person, command.key))
            way = f"{self.public_url.rstrip('/')}{PATH}{signed}"
        text = type(effect.text)(effect.text.text.replace(ACKNOWLEDGE_HERE, way))
        return replace(command, effect=replace(effect, text=text))
