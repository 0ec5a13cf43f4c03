"""What an event means for the clocks of targets."""

from __future__ import annotations

from hub.handbook import Handbook
from hub.models import Change, Event, Item

_SETTLED = ("resolved", "closed")
_TOUCHES = ("item_opened", "fields_changed", "comment_added", "comment_changed")


def signals_of(handbook: Handbook, item: Item, event: Event) -> set[str]:
    """Give the signals (see `hub.handbook.targetshapes.Signal`) that an event carries."""
    found: set[str] = set()
    if event.name == "item_opened":
        found |= {"opened", "handed"}
        if handbook.targets.manager.asked_in(f"{item.text('subject')}\n{item.text('description')}"):
            found.add("manager_asked")
    elif event.name == "fields_changed":
        found |= _of_fields(item, event)
    elif event.name == "mail_received" and by_customer(handbook, event):
        found.add("customer_wrote")
        if event.change and handbook.targets.manager.asked_in(said(event.change)):
            found.add("manager_asked")
    if event.name in _TOUCHES:
        found |= _of_origin(handbook, event)
    return found


def said(change: Change) -> str:
    """Give the text of a change; empty if it has none."""
    return change.text.text if change.text is not None else ""


def _of_fields(item: Item, event: Event) -> set[str]:
    before = event.before
    found: set[str] = set()
    if "answered" in before:
        found.add("answered")
    if "handling_method" in before and item.text("handling_method").strip():
        found.add("planned")
    if "rnd_status" in before or "rnd_status_category" in before:
        found.add("rnd_moved")
    if {"owner", "role"} & set(before):
        found.add("handed")
    if "state" in before:
        state = item.text("state")
        if before["state"] in _SETTLED and state not in _SETTLED:
            found.add("reopened")
        if state in ("routed", "waiting_rnd"):
            found.add("handed")
    return found


def _of_origin(handbook: Handbook, event: Event) -> set[str]:
    """Say what follows from who caused it: a person in the CRM, in JIRA, or by command."""
    change = event.change
    if change is None or change.key:
        return set()
    if change.ref.connector == handbook.rnd:
        return {"updated", "rnd_moved"}
    asked = change.ref.kind == "request" and event.name == "fields_changed"
    return {"updated"} if change.ref.connector == handbook.cases or asked else set()


def by_customer(handbook: Handbook, event: Event) -> bool:
    """Say whether a mail is a customer's own words: no automatic one, and no colleague's."""
    change = event.change
    if change is None or change.text is None or change.fields.get("auto"):
        return False
    return not handbook.is_staff(str(change.fields.get("from_email") or ""))
