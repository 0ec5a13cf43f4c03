"""The connector: what the hub asks of Salesforce, handed to the part that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hub.connector import (
    Capabilities,
    ConnectorDefaults,
    Environment,
    FieldInfo,
    Finding,
    Outcome,
    Page,
)
from hub.errors import ConnectorError, RateLimitedError
from hub.models import Change, Delivery, Receipt, Ref, Unreadable
from hub_crm.beneath import TASK, Beneath, is_beneath
from hub_crm.checks import Checks
from hub_crm.client import SalesforceClient
from hub_crm.descriptions import Descriptions
from hub_crm.directory import Directory
from hub_crm.effects import MOST, Effects
from hub_crm.facts import FieldFacts
from hub_crm.finding import Finder
from hub_crm.mapping import OBJECT_OF, REFERENCES, Terms
from hub_crm.outward import READ_ONLY
from hub_crm.polling import Poller
from hub_crm.reading import Reader
from hub_crm.settings import CrmSettings

USAGE_PAUSE: Final = 300.0


class CrmConnector(ConnectorDefaults):
    """A connection to one Salesforce organisation. Nothing is sent before the first call."""

    def __init__(self, settings: CrmSettings, environment: Environment) -> None:
        clock = environment.clock
        self._settings = settings
        self._environment = environment
        self._client = SalesforceClient(settings)
        terms = Terms(
            connector=environment.name,
            case_map=settings.case_map,
            key_field=settings.key_field,
            domain_field=settings.account_domain_field,
            account_map=settings.account_fields,
        )
        descriptions = Descriptions(self._client)
        directory = Directory(self._client, clock.monotonic)
        self._reader = Reader(self._client, descriptions, directory, terms)
        self._poller = Poller(self._reader, settings, clock)
        self._effects = Effects(self._reader, settings.key_field, clock)
        self._finder = Finder(self._reader, settings.key_field, clock, settings.settle_seconds)
        self._beneath = Beneath(
            self._client,
            directory,
            environment.name,
            clock,
            environment.open_file,
            settings.settle_seconds,
        )
        self._paused_until = 0.0

    @property
    def capabilities(self) -> Capabilities:
        """Give what this connector can do.

        One worker: children of one account that are written at once lock one another out.
        """
        return Capabilities(
            kinds=frozenset(OBJECT_OF),
            references=frozenset(REFERENCES),
            reread=frozenset({"case"}),
            creates=frozenset({"case", TASK}),
            effects=frozenset({"create", "update", "comment", "edit_comment", "attach"}),
            bulk=MOST,
            workers=1,
            poll_seconds=self._settings.poll_seconds,
        )

    def check(self) -> Sequence[Finding]:
        """Look at reach, login, API version, objects, fields and rights."""
        return Checks(self._reader, self._settings).run()

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Give the kinds and their fields, in the hub's names."""
        objects = self._reader.descriptions.objects()
        case = objects["Case"].fields
        owner = FieldInfo(name="owner", type="person", required=False)
        fields = [
            _info(name, case[api]) for name, api in self._settings.case_map.items() if api in case
        ]
        fixed = [FieldInfo(name=name, type="string", writable=False) for name in READ_ONLY]
        plain = {
            "case_comment": ("public",),
            "contact": ("name", "email", "phone", "account"),
            "account": ("name", "owner", "domains", *self._settings.account_fields),
            "user": ("name", "email", "active"),
        }
        return {"case": [*fields, owner, *fixed]} | {
            kind: [FieldInfo(name=name, type="string", writable=False) for name in names]
            for kind, names in plain.items()
        }

    def poll(self, cursor: str | None) -> Page:
        """Read what changed behind the cursor; pause while the day's calls run out."""
        self._spare_calls()
        return self._poller.poll(cursor)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change | Unreadable]:
        """Read records as they are now."""
        seen_at = self._environment.clock.now()
        found: dict[Ref, Change | Unreadable] = {}
        for kind in OBJECT_OF:
            of_kind = [ref for ref in refs if ref.kind == kind]
            if of_kind:
                read = self._reader.fetch(kind, [ref.id for ref in of_kind], seen_at)
                found |= dict(zip(of_kind, read, strict=True))
        return [found[ref] for ref in refs if ref in found]

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make effects; an outcome for each. Tasks and files go one by one, behind the others."""
        outcomes: dict[int, Outcome] = {}
        plain = [place for place, each in enumerate(deliveries) if not is_beneath(each)]
        if plain:
            made = self._effects.apply([deliveries[place] for place in plain])
            outcomes |= dict(zip(plain, made, strict=True))
        for place, delivery in enumerate(deliveries):
            if place in outcomes:
                continue
            try:
                outcomes[place] = self._beneath.apply(delivery)
            except ConnectorError as error:
                outcomes[place] = error
        return [outcomes[place] for place in range(len(deliveries))]

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether an earlier try made this effect."""
        return (self._beneath if is_beneath(delivery) else self._finder).find(delivery)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _spare_calls(self) -> None:
        """Leave the last calls of the day to effects: reading can wait, people can not."""
        usage, now = self._client.usage, self._environment.clock.monotonic()
        if usage is None or usage[0] * 100 < usage[1] * self._settings.usage_percent:
            return
        if self._paused_until == 0.0:
            self._paused_until = now + USAGE_PAUSE
        if now >= self._paused_until:
            # One poll goes through to see whether the budget was renewed.
            self._paused_until = 0.0
            return
        raise RateLimitedError(
            f"{usage[0]} of the day's {usage[1]} calls are used",
            retry_after=self._paused_until - now,
            scope="api-requests",
            operation="poll",
        )


def _info(name: str, facts: FieldFacts) -> FieldInfo:
    return FieldInfo(
        name=name,
        type=facts.type,
        writable=facts.updateable,
        required=facts.required,
        values=facts.values if facts.restricted else (),
        length=facts.length,
    )
