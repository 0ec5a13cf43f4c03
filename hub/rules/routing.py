"""Routing: which role handles a case, which person in it, and who else is told."""

from __future__ import annotations

from typing import Final

from hub.handbook import Answer, Handbook, Provision
from hub.handbook.timing import instant_of
from hub.hookspecs import hookimpl
from hub.models import Context, Fields, Item, Route

PLUGIN: Final = "rules.routing"


class RoutingRules:
    """Answers by the handbook's routing table; what it does not cover goes to the desk."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook

    @hookimpl
    def hub_route_case(self, item: Item, context: Context) -> Route | None:
        """Say who handles a case next."""
        handbook = self._handbook
        table = handbook.tables["routing"]
        given = {**item.fields, **handbook.occasion(context.now)}
        answer, inputs = table.decide(given), table.seen(given)
        role = _role(answer)
        if answer is None or not role:
            return self._route(item, context, handbook.people.desk, (), "nobody_receives", inputs)
        notify = answer.listed("notify")
        chosen = self._chosen_by_person(item)
        if chosen:
            person = handbook.people.persons[chosen]
            role = role if role in person.roles else person.roles[0]
            inputs["owner"] = chosen
            return self._answer(item, role, chosen, notify, "keep_chosen_handler", inputs, context)
        inputs["rows"] = [rule.id for rule in answer.rules]
        return self._route(item, context, role, notify, answer.rule, inputs)

    def _chosen_by_person(self, item: Item) -> str:
        """Give the handler whom a person has already assigned in the CRM; empty if none.

        A case entered by the desk belongs to the desk at first: that is no choice.
        """
        owner = item.text("owner").lower()
        people = self._handbook.people
        if item.text("state") not in ("", "new") or owner not in people.persons:
            return ""
        return "" if people.holds(owner, people.desk) else owner

    def _route(
        self,
        item: Item,
        context: Context,
        role: str,
        notify: tuple[str, ...],
        row: Provision | str,
        inputs: Fields,
    ) -> Route:
        picked = self._handbook.pick(role, item, context)
        inputs = {**inputs, **picked.inputs}
        row = picked.row if picked.fell_back else row
        return self._answer(item, picked.role, picked.person, notify, row, inputs, context)

    def _answer(
        self,
        item: Item,
        role: str,
        person: str,
        notify: tuple[str, ...],
        row: Provision | str,
        inputs: Fields,
        context: Context,
    ) -> Route:
        fields: Fields = {"state": "routed"} if item.text("state") in ("", "new") else {}
        received = instant_of(item.text("received_at")) or context.now
        if not self._handbook.occasion(min(received, context.now))["working_time"]:
            fields["after_hours"] = True
        why = self._handbook.why(PLUGIN, row, inputs)
        return Route(role=role, owner=person, notify=notify, fields=fields, why=why)


def _role(answer: Answer | None) -> str:
    """Give the role of the first row that names one: a row that is collected may only tell."""
    roles = answer.listed("role") if answer else ()
    return roles[0] if roles else ""
