"""Routing: which role handles a case, which person in it, and who else is told."""

from __future__ import annotations

from typing import Final

from hub.handbook import Handbook, Provision
from hub.hookspecs import hookimpl
from hub.models import Context, Fields, Item, Route

PLUGIN: Final = "rules.routing"


class RoutingRules:
    """Answers by the handbook's routing table; what it does not cover goes to the desk."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook

    @hookimpl
    def hub_route_case(self, item: Item, context: Context) -> Route | None:  # noqa: ARG002
        """Say who handles a case next."""
        handbook = self._handbook
        answer = handbook.tables["routing"].decide(item.fields)
        inputs = handbook.tables["routing"].seen(item.fields)
        if answer is None:
            return self._route(item, handbook.people.desk, (), "nobody_receives", inputs)
        notify = answer.listed("notify")
        chosen = self._chosen_by_person(item)
        if chosen:
            person = handbook.people.persons[chosen]
            role = answer.text("role")
            role = role if role in person.roles else person.roles[0]
            inputs["owner"] = chosen
            return self._route(item, role, notify, "keep_chosen_handler", inputs, chosen)
        return self._route(item, answer.text("role"), notify, answer.rule, inputs)

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
        role: str,
        notify: tuple[str, ...],
        row: Provision | str,
        inputs: Fields,
        owner: str = "",
    ) -> Route:
        handbook = self._handbook
        person = owner or handbook.person_for(role, item)
        if not person:
            role, row = handbook.people.desk, "nobody_receives"
            person = handbook.person_for(role, item)
        fields: Fields = {"state": "routed"} if item.text("state") in ("", "new") else {}
        why = handbook.why(PLUGIN, row, inputs)
        return Route(role=role, owner=person, notify=notify, fields=fields, why=why)
