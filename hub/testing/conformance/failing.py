"""What goes wrong must be classed by what has to happen next; and what the package must not do."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from hub.connector import Connector, FieldInfo, Finding
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    RateLimitedError,
    RejectedError,
    RetryableError,
)
from hub.models import SendNotice, SendReply
from hub.testing.conformance.ground import Ground, must
from hub.testing.conformance.peer import Peer, Trouble
from hub.testing.conformance.writing import KEY

FORBIDDEN: Final = ("hub.core", "hub.cli", "hub.rules", "hub.handbook", "hub.testing")


class FailureTests(Ground):
    """Errors, secrets, the package's manners."""

    def test_refused_credentials_are_an_authentication_error(self, peer: Peer) -> None:
        """Refused credentials (401) pause the connector: AuthenticationError."""
        self.check_trouble(peer, "unauthorised", (AuthenticationError,))

    def test_what_is_forbidden_is_not_tried_again(self, peer: Peer) -> None:
        """A refused right (403) is AuthenticationError or RejectedError, never retryable."""
        self.check_trouble(peer, "forbidden", (AuthenticationError, RejectedError))

    def test_a_system_that_is_down_is_retryable(self, peer: Peer) -> None:
        """The system's own faults (5xx) are retryable."""
        self.check_trouble(peer, "unavailable", (RetryableError,))

    def test_no_answer_in_time_is_a_deadline_exceeded(self, peer: Peer) -> None:
        """Silence ends in DeadlineExceededError: whether the effect was made is unknown."""
        self.check_trouble(peer, "silent", (DeadlineExceededError,))

    def test_an_answer_cut_short_is_retryable(self, peer: Peer) -> None:
        """A connection that closes within the answer is retryable."""
        self.check_trouble(peer, "cut", (RetryableError,))

    def test_garbage_is_classed(self, peer: Peer) -> None:
        """An answer that is no answer is a ConnectorError, not a KeyError or a JSON error."""
        self.check_trouble(peer, "garbage", (ConnectorError,))

    def test_a_pause_that_is_asked_for_is_told(self, peer: Peer) -> None:
        """Too many calls (429) is RateLimitedError with the seconds that the system named."""
        errors = self.check_trouble(peer, "limited", (RateLimitedError,))
        for error in errors:
            pause = getattr(error, "retry_after", None)
            must(
                pause == peer.pause_seconds,
                f"the system asked for {peer.pause_seconds} s, retry_after says {pause}",
            )

    def check_trouble(
        self, peer: Peer, kind: Trouble, expected: tuple[type[ConnectorError], ...]
    ) -> Sequence[Exception]:
        """Poll and apply under trouble; both must end in an expected error."""
        connector = peer.connector()
        errors = [self.error_under(peer, kind, lambda: connector.poll(None))]
        if self.creation is not None:
            delivery = self.delivery(peer, self.creation, KEY)
            errors.append(self.error_under(peer, kind, lambda: connector.apply([delivery])))
        names = " or ".join(error.__name__ for error in expected)
        for call, error in zip(("poll", "apply"), errors, strict=False):
            must(
                isinstance(error, expected),
                f"{call} under {kind!r} must end in {names}, and ended in "
                f"{type(error).__name__}: {error}",
            )
            self.check_no_secret(peer, f"the error of {call}", str(error) + repr(error))
        return errors

    def test_a_poll_after_trouble_goes_on(self, peer: Peer) -> None:
        """After a failed poll the same instance reads on from the same cursor, without loss."""
        connector = peer.connector()
        cursor = self.beginning(peer, connector)
        record = peer.create("while it was down")
        peer.settle()
        self.error_under(peer, "unavailable", lambda: connector.poll(cursor))
        self.last(self.rounds(connector, cursor)[0], self.ref(record))

    def test_check_never_raises(self, peer: Peer) -> None:
        """Check says what is wrong and what to do about it, and raises nothing."""
        good = peer.connector().check()
        must(good and all(isinstance(line, Finding) for line in good), f"check gave {good!r}")
        bad = [line.what for line in good if not line.ok]
        must(not bad, f"the system is well, yet check complains of {bad}")
        for kind in ("unauthorised", "unavailable"):
            if not peer.trouble(kind):
                continue
            try:
                findings = peer.connector().check()
            except Exception as error:  # noqa: BLE001 - that it raises at all is the defect
                must(holds=False, words=f"check raised under {kind!r}: {error!r}")
            finally:
                peer.heal()
            failed = [line for line in findings if not line.ok]
            must(failed, f"check found nothing wrong under {kind!r}")
            mute = [line.what for line in failed if not line.remedy]
            must(not mute, f"these findings lack a remedy: {mute}")
            self.check_no_secret(peer, "check", repr(findings))

    def test_describe_names_what_is_polled(self, peer: Peer) -> None:
        """Every field that poll tells is described, under a kind that the connector declares."""
        connector = peer.connector()
        described = connector.describe()
        strangers = sorted(set(described) - connector.capabilities.kinds)
        must(not strangers, f"described, but not in capabilities.kinds: {strangers}")
        for kind, fields in described.items():
            must(all(isinstance(info, FieldInfo) for info in fields), f"{kind}: not FieldInfo")
        peer.create("described")
        peer.settle()
        for change in self.rounds(connector, None)[0]:
            known = {info.name for info in described.get(change.ref.kind, ())}
            unknown = sorted(set(change.fields) - known) if known else []
            must(not unknown, f"{change.ref.kind}: polled, but not described: {unknown}")

    def test_capabilities_are_constant_and_consistent(self, peer: Peer) -> None:
        """What the connector says of itself does not vary, and its parts fit together."""
        connector = peer.connector()
        said = connector.capabilities
        must(said == connector.capabilities, "capabilities changed between two looks")
        must(self.kind in said.kinds, f"{self.kind!r} is not in capabilities.kinds {said.kinds}")
        must(said.reread <= said.kinds, f"reread, but not in kinds: {said.reread - said.kinds}")
        must(said.bulk >= 1, f"bulk must be at least 1: {said.bulk}")
        must(said.workers >= 1, f"workers must be at least 1: {said.workers}")
        known = {"create", "update", "comment", "edit_comment", "attach", "reply", "notice"}
        must(said.effects <= known, f"unknown effects: {sorted(said.effects - known)}")
        must(not said.creates or "create" in said.effects, "creates without the effect `create`")
        if isinstance(self.creation, SendReply | SendNotice):
            tag = "reply" if isinstance(self.creation, SendReply) else "notice"
            must(tag in said.effects, f"the class names a {tag}, effects lack it")

    def test_closing_twice_is_fine(self, peer: Peer) -> None:
        """Close may be called twice, used or unused."""
        unused, used = peer.connector(), peer.connector()
        self.rounds(used, None)
        for connector in (unused, used):
            connector.close()
            connector.close()

    def test_no_secret_is_shown(self, peer: Peer) -> None:
        """Neither the connector's repr nor that of what it holds shows a password or token."""
        connector = peer.connector()
        self.rounds(connector, None)
        self.check_no_secret(peer, "repr(connector)", repr(connector) + str(connector))
        for name, value in _attributes(connector):
            self.check_no_secret(peer, f"repr of the connector's {name}", repr(value))

    def check_no_secret(self, peer: Peer, where: str, text: str) -> None:
        """Fail if one of the peer's secrets stands in a text (which is not repeated)."""
        shown = any(secret in text for secret in peer.secrets if secret)
        must(not shown, f"{where} shows a secret: keep it in hub.settings.Secret")

    def test_the_package_imports_the_contract_only(self, peer: Peer) -> None:
        """No module of the connector's package imports the engine, the CLI, or the rules."""
        package = self.package or _package_of(peer.connector())
        offences = list(forbidden_imports(package))
        must(not offences, "a plugin may import the contract only:\n" + "\n".join(offences))


def forbidden_imports(package: str) -> Iterator[str]:
    """Give every import of the hub's inner parts in a package, as `file:line: name`."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        pytest.fail(f"the package {package!r} can not be found", pytrace=False)
    origin = Path(spec.origin)
    sources = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            for name in _imported(node):
                if any(name == inner or name.startswith(f"{inner}.") for inner in FORBIDDEN):
                    yield f"{source}:{getattr(node, 'lineno', 0)}: {name}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _package_of(connector: Connector) -> str:
    return type(connector).__module__.partition(".")[0]


def _attributes(connector: Connector) -> list[tuple[str, object]]:
    slots = [name for cls in type(connector).__mro__ for name in getattr(cls, "__slots__", ())]
    held = {name: getattr(connector, name, None) for name in slots}
    return [*held.items(), *getattr(connector, "__dict__", {}).items()]
