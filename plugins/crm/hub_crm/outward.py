"""The hub's fields and texts as Salesforce takes them, refused here where it would refuse. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from hub.errors import InvalidPayloadError
from hub.models import Fields, Value
from hub_crm.facts import FieldFacts
from hub_crm.ids import normal_id
from hub_crm.mapping import Terms

READ_ONLY: Final = {
    "case_number": "CaseNumber", "closed": "IsClosed", "account_manager": "Account.Owner.Email",
}  # fmt: skip


def with_mark(text: str, key: str) -> str:
    """Give a comment's body: the text, and the key on a last line of its own."""
    return f"{text.rstrip()}\n\n[hub:{quote(key, safe='-_.:~')}]"


def to_record(fields: Fields, terms: Terms, facts: Mapping[str, FieldFacts]) -> dict[str, Any]:
    """Give a case's fields for Salesforce, `owner` left out; refuse what it would refuse."""
    record: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "owner":
            continue
        if name in READ_ONLY:
            message = f"{name} is kept by Salesforce itself and can not be set"
            raise InvalidPayloadError(message, field=READ_ONLY[name], operation="map")
        api = terms.case_map.get(name)
        if api is None:
            raise InvalidPayloadError(f"{name} is no field of a case", field=name, operation="map")
        if api not in facts:
            message = (
                f"Case has no field {api} for {name}, or the hub's user may not see it: make it in "
                "Setup, Object Manager, Case, Fields & Relationships, "
                "or name another in case_fields"
            )
            raise InvalidPayloadError(message, field=api, operation="map")
        record[api] = _outward(value, facts[api])
    return record


def _outward(value: Value, facts: FieldFacts) -> Any:
    if isinstance(value, list):
        if facts.type != "multipicklist":
            message = f"{facts.name} takes one value, not a list"
            raise InvalidPayloadError(message, field=facts.name, operation="map")
        return ";".join(value)
    if facts.type == "reference" and isinstance(value, str) and value:
        record_id = normal_id(value)
        if record_id is None:
            message = f"{value!r} is no Salesforce id"
            raise InvalidPayloadError(message, field=facts.name, operation="map")
        return record_id
    if isinstance(value, str):
        check_length(value, facts)
    return value if value != "" else None


def check_length(text: str, facts: FieldFacts) -> None:
    """Refuse a text that is too long for its field: it is never cut."""
    if facts.length and len(text) > facts.length:
        message = f"{len(text)} characters, {facts.name} takes {facts.length}"
    elif facts.length and facts.byte_length and len(text.encode()) > facts.byte_length:
        message = f"{len(text.encode())} bytes, {facts.name} takes {facts.byte_length}"
    else:
        return
    raise InvalidPayloadError(message, field=facts.name, operation="map")
