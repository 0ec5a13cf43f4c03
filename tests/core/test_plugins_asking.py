"""How the host asks: order, isolation, types of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hub import hookspecs
from hub.core.plugins import ANSWERS, PluginHost
from hub.errors import PluginContractError
from hub.hookspecs import ConnectorType, hookimpl
from hub.models import Action, Command, Context, CreateRecord, Event, Item, Note, Receipt, Why
from hub.sandbox import SandboxOptions
from hub.settings import Settings

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ITEM = Item(id="2345", kind="case", fields={}, opened_at=NOW)
WHY = Why(plugin="test")
COMMAND = Command(
    key="k", item_id="2345", connector="crm", part="case", effect=CreateRecord("case"), why=WHY
)


class Vetoes:
    """Answers `hub_before_effect` with a fixed text or error."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    @hookimpl
    def hub_before_effect(self) -> str | None:
        """Answer, raise, or decline."""
        self.asked += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class Reacts:
    """Answers `hub_react` with what it was made with."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @hookimpl
    def hub_react(self, event: Event, item: Item) -> Sequence[Action] | None:
        """Give the prepared answer, or raise it."""
        assert event.name == "item_opened"
        assert item == ITEM
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def react(host: PluginHost) -> Any:
    """Ask all for a reaction."""
    return host.react(ITEM, Event(name="item_opened"), Context(now=NOW))


def test_the_first_answer_wins_in_the_order_of_the_configuration() -> None:
    """Who is enabled earlier is asked earlier, and later ones are not asked at all."""
    last = Vetoes("late")

    answer = PluginHost.of(("a", Vetoes(None)), ("b", Vetoes("no")), ("c", last)).before_effect(
        COMMAND
    )

    assert (answer.value, answer.plugin) == ("no", "b")
    assert last.asked == 0


def test_built_in_rules_answer_last() -> None:
    """A plugin overrides the handbook's own rules; `replace_builtins` exchanges only those."""
    host = PluginHost.of(("a", Vetoes(None))).replace_builtins([("rules", Vetoes("rule 1"))])

    assert host.before_effect(COMMAND).value == "rule 1"
    assert host.replace_builtins([("rules", Vetoes("rule 2"))]).before_effect(COMMAND).value == (
        "rule 2"
    )
    assert PluginHost.of(("a", Vetoes("mine"))).replace_builtins(
        [("rules", Vetoes("rule 1"))]
    ).before_effect(COMMAND).value == ("mine")


def test_a_question_passes_over_a_plugin_that_raises_and_names_it() -> None:
    """The failure carries plugin, hook, error and traceback."""
    answer = PluginHost.of(("bad", Vetoes(KeyError("x"))), ("good", Vetoes("no"))).before_effect(
        COMMAND
    )

    assert answer.value == "no"
    (failure,) = answer.failures
    assert (failure.plugin, failure.hook) == ("bad", "hub_before_effect")
    assert "KeyError: 'x'" in failure.traceback_text
    assert "hub_before_effect" in failure.traceback_text


def test_reactions_are_isolated_from_one_another() -> None:
    """One that raises stops neither those before nor those after it."""
    note = Note("seen", WHY)

    answers, failures = react(
        PluginHost.of(
            ("a", Reacts([note])), ("b", Reacts(ValueError("broken"))), ("c", Reacts([note]))
        )
    )

    assert [("a", [note]), ("c", [note])] == answers
    assert [failure.plugin for failure in failures] == ["b"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(3)])
def test_a_wish_to_end_the_process_is_not_swallowed(stop: BaseException) -> None:
    """Fencing is for errors, not for Ctrl-C."""
    with pytest.raises(type(stop)):
        PluginHost.of(("a", Vetoes(stop))).before_effect(COMMAND)


@pytest.mark.parametrize("wrong", ["text", 7, [1], {"a": 1}])
def test_an_answer_of_a_wrong_type_is_a_failure_of_that_plugin(wrong: object) -> None:
    """What the engine gets has the type that the hook promises."""
    answers, failures = react(PluginHost.of(("bad", Reacts(wrong))))

    assert answers == []
    assert isinstance(failures[0].error, PluginContractError)
    assert "'bad' answered hub_react" in str(failures[0].error)


def test_a_note_of_effects_fails_alone() -> None:
    """`hub_after_effect` changes nothing when it fails; the failure is given back."""

    def fail(command: Command) -> None:
        raise RuntimeError(command.key)

    plugin = SimpleNamespace(hub_after_effect=hookimpl(fail))

    failures = PluginHost.of(("metrics", plugin)).after_effect(COMMAND, Receipt())

    assert [failure.plugin for failure in failures] == ["metrics"]


def test_a_connector_type_is_asked_of_the_named_plugin_alone() -> None:
    """Two units bring connectors; each is found by its own name."""
    first = ConnectorType(settings=Settings, build=lambda _settings, _environment: None)  # type: ignore[arg-type,return-value]
    second = ConnectorType(settings=Settings, build=lambda _settings, _environment: None)  # type: ignore[arg-type,return-value]
    host = PluginHost.of(
        ("a", SimpleNamespace(hub_connector_type=hookimpl(lambda: first))),
        ("b", SimpleNamespace(hub_connector_type=hookimpl(lambda: second))),
        ("c", Vetoes(None)),
    )

    assert second is host.connector_type("b")
    assert host.connector_plugins() == ["a", "b"]
    with pytest.raises(PluginContractError, match="'c' brings no connector"):
        host.connector_type("c")


def test_the_emulators_of_all_units_are_collected_and_a_failing_unit_is_named() -> None:
    """`hub sandbox` starts everything or says who could not."""

    class Brings:
        def __init__(self, *names: str) -> None:
            self.names = names

        @hookimpl
        def hub_sandboxes(self, options: SandboxOptions) -> Sequence[Any]:
            if not self.names:
                raise OSError(f"no data in {options.profile}")
            return self.names

    host = PluginHost.of(("jira", Brings("cloud", "server")), ("mail", Brings("imap")))

    assert host.sandboxes(SandboxOptions()) == ["cloud", "server", "imap"]
    with pytest.raises(PluginContractError, match=r"'crm' failed in hub_sandboxes: .*no data"):
        PluginHost.of(("crm", Brings())).sandboxes(SandboxOptions())


def test_an_expression_function_brought_twice_is_refused() -> None:
    """A name in the handbook means one thing."""

    class Brings:
        @hookimpl
        def hub_expression_functions(self) -> Mapping[str, Any]:
            return {"is_vip": bool}

    def host(*names: str) -> PluginHost:
        return PluginHost.of(*((name, Brings()) for name in names))

    assert {"is_vip": bool} == host("a").expression_functions()
    with pytest.raises(PluginContractError, match=r"'a' and 'b' both bring .* 'is_vip'"):
        host("a", "b").expression_functions()


def test_every_hook_says_what_it_may_answer() -> None:
    """The table of answers covers the specifications exactly."""
    specified = {name for name in vars(hookspecs) if name.startswith("hub_")}

    assert specified == set(ANSWERS)
