"""What the journal keeps: one entry for each change and each effect, as JSON."""

from __future__ import annotations

import msgspec

from hub.models import Fields, Why


class Decision(msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True):
    """One decision: who made it, what it does, and why.

    `action` is `set`, `want`, `timer`, `cancel` or `note`; `key` names the wanted effect.
    """

    plugin: str
    action: str
    why: Why
    name: str = ""
    key: str = ""
    fields: Fields = {}


class ChangeEntry(
    msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True, tag="change"
):
    """What followed from a change; `handbook` is the fingerprint of that which was in force."""

    change: str
    version: str
    outcome: str
    handbook: str = ""
    events: list[str] = []
    decisions: list[Decision] = []
    failures: list[str] = []


class EffectEntry(
    msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True, tag="effect"
):
    """What became of an effect."""

    key: str
    connector: str
    part: str
    outcome: str
    ref: str = ""
    attempt: int = 0
    cause: str = ""
    note: str = ""


decode_entry = msgspec.json.Decoder(ChangeEntry | EffectEntry).decode
