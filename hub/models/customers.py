"""Whose an item is, as a key under which a customer's open items are found."""

from __future__ import annotations

from typing import Final

from hub.models.records import Fields

CLOSED: Final = "closed"
CUSTOMER_FIELDS: Final = ("account", "contact_email", "contact_phone", "state")
"""What the key is made of: a change of one of these can make it another."""


def customer_key(fields: Fields) -> str:
    """Give the key of the customer for whom an item is open; empty if closed, or nobody's.

    The account of the CRM goes before an address of one person, and that before a telephone.
    """
    if fields.get("state") == CLOSED:
        return ""
    for kind, name in (("account", "account"), ("email", "contact_email")):
        if value := str(fields.get(name) or "").strip():
            return f"{kind}:{value.lower() if kind == 'email' else value}"
    digits = "".join(sign for sign in str(fields.get("contact_phone") or "") if sign.isdigit())
    return f"phone:{digits}" if digits else ""
