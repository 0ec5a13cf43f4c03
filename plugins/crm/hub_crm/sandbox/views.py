"""Objects whose records are made when somebody asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub_crm.sandbox.activities import ACTIVITIES, gather
from hub_crm.sandbox.mirror import MIRRORED, mirror

if TYPE_CHECKING:
    from hub_crm.sandbox.records import Records

VIEWS: Final = MIRRORED | ACTIVITIES


def refresh(org: Records, name: str) -> None:
    """Let an object that is a view hold what is the case now; others stay as they are."""
    if name in MIRRORED:
        mirror(org)
    elif name in ACTIVITIES:
        gather(org, name)
