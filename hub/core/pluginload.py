"""Finds one plugin by its enabled name, imports it, and checks it against the contract.

Installed plugins that are not enabled are known from their metadata and never imported.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import pluggy

from hub import HUB_API
from hub.errors import PluginContractError, PluginLoadError

GROUP: Final = "hub.plugins"
PREFIX: Final = "hub_"


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """What the metadata of a distribution says of a plugin."""

    name: str
    distribution: str
    version: str
    target: str


def installed_plugins() -> list[InstalledPlugin]:
    """List all installed plugins, sorted by name, from metadata alone."""
    return sorted(map(_described, entry_points(group=GROUP)), key=lambda each: each.name)


def load_plugin(name: str) -> tuple[object, InstalledPlugin]:
    """Import the plugin of this name.

    Raises:
        PluginLoadError: not installed, installed twice, or its import fails.
        PluginContractError: written for another version of the contract.
    """
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        raise PluginLoadError(not_installed(name))
    if len(found) > 1:
        sources = [_described(point) for point in found]
        raise PluginLoadError(installed_twice(name, sources))
    source = _described(found[0])
    try:
        plugin = found[0].load()
    except Exception as error:
        raise PluginLoadError(_import_failed(source, error)) from error
    _check_api(name, plugin, source)
    return plugin, source


def not_installed(name: str) -> str:
    """Say that a plugin is not installed, what is, and which was perhaps meant."""
    names = sorted({each.name for each in installed_plugins()})
    close = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"the plugin {name!r} is not installed; installed: {', '.join(names) or 'none'}{hint}"


def installed_twice(name: str, sources: list[InstalledPlugin]) -> str:
    """Say that several distributions bring a plugin of one name."""
    places = " and ".join(f"{each.distribution} {each.version}" for each in sources)
    return f"the plugin {name!r} is installed twice, by {places}; uninstall one of them"


def _described(point: EntryPoint) -> InstalledPlugin:
    distribution = point.dist
    return InstalledPlugin(
        point.name,
        distribution.name if distribution else "?",
        distribution.version if distribution else "?",
        point.value,
    )


def _import_failed(source: InstalledPlugin, error: Exception) -> str:
    place = _innermost(error)
    text = (
        f"the plugin {source.name!r} ({source.distribution} {source.version}, {source.target}) "
        f"can not be imported: {type(error).__name__}: {error}{place}"
    )
    if isinstance(error, ModuleNotFoundError) and error.name:
        text += f"; the module {error.name!r} is missing: reinstall {source.distribution}"
    return text


def _innermost(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_filename.startswith("<"):
        return ""
    return f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"


def _check_api(name: str, plugin: object, source: InstalledPlugin) -> None:
    if inspect.isclass(plugin):
        raise PluginContractError(
            f"the plugin {name!r} names the class {source.target}; name a module or an instance"
        )
    home = sys.modules.get(type(plugin).__module__)
    version = getattr(plugin, "HUB_API", getattr(home, "HUB_API", None))
    if version is None:
        raise PluginContractError(
            f"the plugin {name!r} ({source.distribution} {source.version}) declares no HUB_API; "
            f"this hub's contract is HUB_API = {HUB_API}"
        )
    if version != HUB_API:
        raise PluginContractError(
            f"the plugin {name!r} ({source.distribution} {source.version}) is written for "
            f"HUB_API {version!r}; this hub offers {HUB_API}: install a version that fits"
        )


def check_hooks(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Refuse hooks that do not exist, and functions named like hooks that are not marked."""
    known = [hook for hook in vars(manager.hook) if hook.startswith(PREFIX)]
    for attribute, options in _marked(manager, plugin):
        hook = str((options or {}).get("specname") or attribute)
        if options is None:
            raise PluginContractError(
                f"the plugin {name!r} has {attribute}, which lacks the mark @hookimpl"
            )
        if hook not in known:
            close = difflib.get_close_matches(hook, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"hooks: {', '.join(sorted(known))}"
            raise PluginContractError(
                f"the plugin {name!r} implements the unknown hook {hook!r}; {hint}"
            )
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginContractError(
                f"the plugin {name!r} wraps {hook!r}; wrappers are not called by this hub"
            )


def _marked(
    manager: pluggy.PluginManager, plugin: object
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Give what is marked as a hook, and what is named like a known hook without a mark."""
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            yield attribute, dict(options)
        elif attribute.startswith(PREFIX) and hasattr(manager.hook, attribute):
            yield attribute, None


def register(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """Register a plugin; arguments that a hook does not have are refused."""
    try:
        manager.register(plugin, name=name)
    except pluggy.PluginValidationError as error:
        raise PluginContractError(_wrong_signature(manager, name, plugin, error)) from None
    except ValueError as error:
        raise PluginLoadError(f"the plugin {name!r} is registered twice: {error}") from None


def _wrong_signature(
    manager: pluggy.PluginManager, name: str, plugin: object, error: Exception
) -> str:
    for attribute, options in _marked(manager, plugin):
        hook = str((options or {}).get("specname") or attribute)
        allowed = tuple(getattr(manager.hook, hook).spec.argnames)
        given = inspect.signature(getattr(plugin, attribute)).parameters
        extra = [argument for argument in given if argument not in allowed]
        if extra:
            takes = ", ".join(allowed) or "nothing"
            return (
                f"the plugin {name!r} implements {hook} with the unknown argument "
                f"{', '.join(map(repr, extra))}; {hook} takes: {takes}"
            )
    return f"the plugin {name!r} does not fit its hooks: {error}"
