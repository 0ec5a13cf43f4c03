"""The plugin host: loads what the configuration enables, and nothing else, and fences it.

Entry points of the group `hub.plugins` are resolved here by name; pluggy would import every
installed plugin and let the first of two of one name win in silence. Pluggy checks signatures
and orders the implementations once; calls then go straight to the functions, each on its own,
so that one that raises is named and the others run on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

import msgspec
import pluggy

from hub import hookspecs
from hub.core.pluginload import (
    InstalledPlugin,
    check_hooks,
    installed_plugins,
    load_plugin,
    register,
)
from hub.errors import PluginContractError, PluginError, PluginLoadError
from hub.hookspecs import ConnectorType
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
    from hub.sandbox import Sandbox, SandboxOptions

T = TypeVar("T")

ANSWERS: Final[Mapping[str, tuple[type, ...]]] = {
    "hub_connector_type": (ConnectorType,),
    "hub_sandboxes": (Sequence,),
    "hub_open_item": (Opening, Ignored),
    "hub_classify_case": (Classification,),
    "hub_route_case": (Route,),
    "hub_targets": (Targets,),
    "hub_react": (Sequence,),
    "hub_before_effect": (str,),
    "hub_after_effect": (),
    "hub_expression_functions": (Mapping,),
}
"""What each hook may answer besides None; a house test holds it against the specifications."""

_ACTIONS: Final[tuple[type, ...]] = Action.__args__


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFailure:
    """An implementation that raised, or answered what the hook does not allow."""

    plugin: str
    hook: str
    error: Exception
    traceback_text: str


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """The first answer to a question, who gave it, and who failed before."""

    value: T | None = None
    plugin: str = ""
    failures: tuple[HookFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One line of `hub plugins`."""

    name: str
    distribution: str
    version: str
    enabled: bool
    builtin: bool
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Implementation:
    """One plugin's function for one hook; `arguments` is None where it takes them all."""

    plugin: str
    call: Callable[..., Any]
    arguments: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    plugin: object
    source: InstalledPlugin | None = None


_EMPTY: Final[tuple[_Implementation, ...]] = ()


@dataclass(frozen=True, slots=True)
class PluginHost:
    """All enabled plugins, ready to be asked. Immutable: a reload makes another host."""

    _enabled: tuple[_Loaded, ...]
    _builtins: tuple[_Loaded, ...]
    _hooks: Mapping[str, tuple[_Implementation, ...]] = field(repr=False)

    @classmethod
    def load(
        cls, enabled: Sequence[str], builtins: Sequence[tuple[str, object]] = ()
    ) -> PluginHost:
        """Load the enabled plugins by name and add the built-in ones, which answer last.

        Raises:
            PluginLoadError: not installed, installed twice, enabled twice, or not importable.
            PluginContractError: written for another contract, or its hooks do not fit.
        """
        loaded: list[_Loaded] = []
        errors: list[PluginError] = []
        for name in dict.fromkeys(enabled):
            try:
                if list(enabled).count(name) > 1:
                    raise PluginLoadError(f"the plugin {name!r} is enabled twice")
                plugin, source = load_plugin(name)
                loaded.append(_Loaded(name, plugin, source))
            except PluginError as error:
                errors.append(error)
        if errors:
            raise _joined(errors)
        return cls._assemble(loaded, [_Loaded(name, plugin) for name, plugin in builtins])

    @classmethod
    def of(cls, *plugins: tuple[str, object]) -> PluginHost:
        """Make a host of given objects, without entry points (tests, the simulator)."""
        return cls._assemble([_Loaded(name, plugin) for name, plugin in plugins], [])

    @classmethod
    def _assemble(cls, enabled: Sequence[_Loaded], builtins: Sequence[_Loaded]) -> Self:
        manager = pluggy.PluginManager(hookspecs.NAME)
        manager.add_hookspecs(hookspecs)
        errors: list[PluginError] = []
        # Pluggy calls what was registered last first, so that the registration runs backwards.
        for each in reversed((*enabled, *builtins)):
            try:
                check_hooks(manager, each.name, each.plugin)
                register(manager, each.name, each.plugin)
            except PluginError as error:
                errors.append(error)
        if errors:
            raise _joined(errors[::-1])
        return cls(tuple(enabled), tuple(builtins), _table(manager))

    def replace_builtins(self, builtins: Sequence[tuple[str, object]]) -> PluginHost:
        """Give a host with the same enabled plugins and other built-in ones (a new handbook)."""
        return self._assemble(self._enabled, [_Loaded(name, plugin) for name, plugin in builtins])

    def first(self, hook: str, **arguments: Any) -> Answer[Any]:
        """Ask one after the other until one answers; who fails is noted and passed over."""
        failures: list[HookFailure] = []
        for each in self._hooks.get(hook, _EMPTY):
            value = _ask(hook, each, arguments, failures)
            if value is not None:
                return Answer(value, each.plugin, tuple(failures))
        return Answer(None, "", tuple(failures))

    def all(self, hook: str, **arguments: Any) -> tuple[list[tuple[str, Any]], list[HookFailure]]:
        """Ask all; give (plugin, answer) of those that answered, and the failures of the others."""
        failures: list[HookFailure] = []
        answers = [
            (each.plugin, value)
            for each in self._hooks.get(hook, _EMPTY)
            if (value := _ask(hook, each, arguments, failures)) is not None
        ]
        return answers, failures

    def open_item(self, change: Change, context: Context) -> Answer[Opening | Ignored]:
        """Ask `hub_open_item`."""
        return self.first("hub_open_item", change=change, context=context)

    def classify_case(self, item: Item, change: Change, context: Context) -> Answer[Classification]:
        """Ask `hub_classify_case`."""
        return self.first("hub_classify_case", item=item, change=change, context=context)

    def route_case(self, item: Item, context: Context) -> Answer[Route]:
        """Ask `hub_route_case`."""
        return self.first("hub_route_case", item=item, context=context)

    def targets(self, item: Item, context: Context) -> Answer[Targets]:
        """Ask `hub_targets`."""
        return self.first("hub_targets", item=item, context=context)

    def react(
        self, item: Item, event: Event, context: Context
    ) -> tuple[list[tuple[str, Sequence[Action]]], list[HookFailure]]:
        """Collect all actions of `hub_react`, by plugin."""
        return self.all("hub_react", item=item, event=event, context=context)

    def react_alone(
        self, plugin: str, item: Item, event: Event, context: Context
    ) -> tuple[list[tuple[str, Sequence[Action]]], list[HookFailure]]:
        """Ask `hub_react` of one plugin (the retry of a dead letter)."""
        failures: list[HookFailure] = []
        arguments = {"item": item, "event": event, "context": context}
        answers = [
            (each.plugin, value)
            for each in self._hooks.get("hub_react", _EMPTY)
            if each.plugin == plugin
            and (value := _ask("hub_react", each, arguments, failures)) is not None
        ]
        return answers, failures

    def before_effect(self, command: Command) -> Answer[str]:
        """Ask `hub_before_effect` for a veto."""
        return self.first("hub_before_effect", command=command)

    def after_effect(self, command: Command, receipt: Receipt) -> list[HookFailure]:
        """Tell `hub_after_effect`; give who failed."""
        return self.all("hub_after_effect", command=command, receipt=receipt)[1]

    def implements(self, hook: str) -> bool:
        """Say whether anybody implements a hook."""
        return hook in self._hooks

    def is_enabled(self, plugin: str) -> bool:
        """Say whether a plugin of this name is enabled."""
        return any(each.name == plugin for each in self._enabled)

    @property
    def enabled(self) -> tuple[str, ...]:
        """Give the names of the enabled plugins, in the order of the configuration."""
        return tuple(each.name for each in self._enabled)

    def connector_type(self, plugin: str) -> ConnectorType:
        """Ask one plugin for its connector type.

        Raises:
            PluginContractError: it is not enabled, has none, or fails to say.
        """
        for each in self._hooks.get("hub_connector_type", _EMPTY):
            if each.plugin != plugin:
                continue
            failures: list[HookFailure] = []
            value = _ask("hub_connector_type", each, {}, failures)
            _raise_for(failures)
            if isinstance(value, ConnectorType):
                return value
        raise PluginContractError(f"the plugin {plugin!r} brings no connector")

    def connector_plugins(self) -> list[str]:
        """Give the names of the plugins that bring a connector."""
        return sorted(each.plugin for each in self._hooks.get("hub_connector_type", _EMPTY))

    def sandboxes(self, options: SandboxOptions) -> list[Sandbox]:
        """Collect the emulators of all enabled units; a unit that fails is an error here."""
        answers, failures = self.all("hub_sandboxes", options=options)
        _raise_for(failures)
        return [sandbox for _, some in answers for sandbox in some]

    def expression_functions(self) -> dict[str, Callable[..., Any]]:
        """Collect functions for expressions; one name given twice is refused."""
        answers, failures = self.all("hub_expression_functions")
        _raise_for(failures)
        result: dict[str, Callable[..., Any]] = {}
        owner: dict[str, str] = {}
        for plugin, functions in answers:
            for name, function in functions.items():
                if name in result:
                    raise PluginContractError(
                        f"the plugins {owner[name]!r} and {plugin!r} both bring "
                        f"the expression function {name!r}"
                    )
                result[name], owner[name] = function, plugin
        return result

    def hooks_of(self, plugin: str) -> tuple[str, ...]:
        """Give the names of the hooks that a plugin implements."""
        return tuple(
            sorted(
                hook
                for hook, implementations in self._hooks.items()
                if any(each.plugin == plugin for each in implementations)
            )
        )

    def listing(self) -> list[PluginRow]:
        """List enabled, built-in, and installed plugins; the last from their metadata alone."""
        rows = [
            PluginRow(
                each.name,
                each.source.distribution if each.source else "",
                each.source.version if each.source else "",
                enabled=True,
                builtin=each in self._builtins,
                hooks=self.hooks_of(each.name),
            )
            for each in (*self._enabled, *self._builtins)
        ]
        rows += [
            PluginRow(
                other.name, other.distribution, other.version,
                enabled=False, builtin=False, hooks=(),
            )
            for other in installed_plugins()
            if not self.is_enabled(other.name)
        ]  # fmt: skip
        return rows


def _table(manager: pluggy.PluginManager) -> dict[str, tuple[_Implementation, ...]]:
    """Lay out, once, which functions a hook calls, in what order and with which arguments."""
    table: dict[str, tuple[_Implementation, ...]] = {}
    for hook in ANSWERS:
        caller = getattr(manager.hook, hook)
        every = tuple(caller.spec.argnames)
        implementations = tuple(
            _Implementation(
                one.plugin_name,
                one.function,
                None if set(one.argnames) == set(every) else tuple(one.argnames),
            )
            for one in reversed(caller.get_hookimpls())
        )
        if implementations:
            table[hook] = implementations
    return table


def _ask(
    hook: str, each: _Implementation, arguments: Mapping[str, Any], failures: list[HookFailure]
) -> Any:
    try:
        if each.arguments is None:
            value = each.call(**arguments)
        else:
            value = each.call(**{name: arguments[name] for name in each.arguments})
        if value is not None:
            _check_answer(hook, each.plugin, value)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is fenced here
        text = "".join(traceback.format_exception(error))
        failures.append(
            HookFailure(plugin=each.plugin, hook=hook, error=error, traceback_text=text)
        )
        return None
    return value


def _check_answer(hook: str, plugin: str, value: object) -> None:
    allowed = ANSWERS[hook]
    several = allowed == (Sequence,)
    # A list is what most answer; to ask the abstract class of it costs as much as some rules.
    fits = (several and type(value) is list) or isinstance(value, allowed)
    if not fits or (several and isinstance(value, str)):
        raise PluginContractError(
            f"the plugin {plugin!r} answered {hook} with {type(value).__name__}; "
            f"allowed: {', '.join([kind.__name__ for kind in allowed] + ['None'])}"
        )
    if hook == "hub_react":
        for action in value:  # type: ignore[attr-defined]
            if not isinstance(action, _ACTIONS):
                raise PluginContractError(
                    f"the plugin {plugin!r} answered {hook} with an action of type "
                    f"{type(action).__name__}; allowed: "
                    f"{', '.join(kind.__name__ for kind in _ACTIONS)}"
                )


def _raise_for(failures: Sequence[HookFailure]) -> None:
    for failure in failures:
        if isinstance(failure.error, PluginError):
            raise failure.error
        raise PluginContractError(
            f"the plugin {failure.plugin!r} failed in {failure.hook}: "
            f"{type(failure.error).__name__}: {failure.error}"
        ) from failure.error


def _joined(errors: Sequence[PluginError]) -> PluginError:
    """Make one error of several, of the first one's type, telling all."""
    if len(errors) == 1:
        return errors[0]
    return type(errors[0])("\n".join(str(error) for error in errors))
