"""Components of metadata as XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub_crm.sandbox.soap.envelope import Raw, write


def component(told: Mapping[str, Any]) -> str:
    """Give a component as XML: its full name first, as the description has it."""
    inner = write("fullName", told["fullName"]) if "fullName" in told else ""
    for key in sorted(told):
        value = told[key]
        if key == "fullName":
            continue
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            inner += write(key, Raw(component(part)) if isinstance(part, Mapping) else part)
    return inner
