"""Every hook, typed and documented: the one place that lists how a plugin can take part.

Questions stop at the first answer; the handbook's own rules answer last, so that a plugin can
override them. Reactions are all collected, and isolated from one another: one that raises is
named, kept as a dead letter, and the others run on. Hooks decide; they never talk to a system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pluggy

from hub.connector import Connector, Environment
from hub.models import (
    Action,
    Change,
    Classification,
    Command,
    Context,
    Event,
    Ignored,
    Item,
    Opening,
    Receipt,
    Route,
    Targets,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hub.sandbox import Sandbox, SandboxOptions

NAME: Final = "hub"
hookspec: Final = pluggy.HookspecMarker(NAME)
hookimpl: Final = pluggy.HookimplMarker(NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorType:
    """How a plugin makes connectors: its settings' type and a factory.

    The settings are parsed from the instance's section in `hub.yaml`, less the key `plugin`.
    """

    settings: type[BaseModel]
    build: Callable[[Any, Environment], Connector]


@hookspec(firstresult=True)
def hub_connector_type() -> ConnectorType:  # type: ignore[empty-body]
    """Give the connector type of this plugin; asked of the plugin that an instance names."""


@hookspec
def hub_sandboxes(options: SandboxOptions) -> Sequence[Sandbox]:  # type: ignore[empty-body]
    """Give the emulators of this unit's systems, not yet started (`hub sandbox`)."""


@hookspec(firstresult=True)
def hub_open_item(change: Change, context: Context) -> Opening | Ignored | None:
    """Say what an unlinked record's change is: a new item, part of one, or nothing.

    Asked for each change of a record that no item has. `context.related` are the items that the
    change mentions. None from every plugin: the change is ignored, with that as its cause.
    """


@hookspec(firstresult=True)
def hub_classify_case(item: Item, change: Change, context: Context) -> Classification | None:
    """Settle type, severity and what else the handbook derives from a new case's content."""


@hookspec(firstresult=True)
def hub_route_case(item: Item, context: Context) -> Route | None:
    """Say who handles a case next: asked for a new case and after a `Reroute`.

    `context.workload` tells how much everybody has to do; for a new case no other process gives
    anybody one meanwhile.
    """


@hookspec(firstresult=True)
def hub_targets(item: Item, context: Context) -> Targets | None:
    """Say by when what is promised for an item: response, progress, resolution, and the like.

    Asked for a new item, whenever its fields change and when one of its timers falls due. What
    is answered stands in the item's field `promises`; clocks, pauses, due times and reminders
    follow from it. None from every plugin: what was promised before stays.
    """


@hookspec
def hub_react(item: Item, event: Event, context: Context) -> Sequence[Action] | None:
    """Answer an event upon an item with actions: fields, effects, timers, notes.

    Actions that set fields raise `fields_changed` in turn, until nothing changes any more.
    """


@hookspec(firstresult=True)
def hub_before_effect(command: Command) -> str | None:
    """Veto an effect about to be made, by giving the reason; None lets it pass."""


@hookspec
def hub_after_effect(command: Command, receipt: Receipt) -> None:
    """Take note of an effect that was made (for metrics, mirrors; its failure changes nothing)."""


@hookspec
def hub_expression_functions() -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
    """Give functions for the handbook's expressions, by name; they must be pure."""
