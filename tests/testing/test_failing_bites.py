# ruff: noqa: D102 - each class says what it gets wrong
"""Connectors that class trouble wrongly, or tell secrets, fail the kit's test of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hub.connector import Capabilities, FieldInfo, Finding, Page
from hub.errors import RetryableError, UnavailableError
from hub.testing.conformance.failing import FailureTests, forbidden_imports
from hub.testing.memory import MemoryConnector

TOKEN = "tok-5f3b"


class RawErrors(MemoryConnector):
    """Lets the vendor's errors out, and whatever else."""

    def poll(self, cursor: str | None) -> Page:
        try:
            return super().poll(cursor)
        except Exception as error:
            raise KeyError("errorMessages") from error


class AllIsUnavailable(MemoryConnector):
    """Classes every trouble as the system being down."""

    def poll(self, cursor: str | None) -> Page:
        try:
            return super().poll(cursor)
        except Exception as error:
            raise UnavailableError(str(error)) from error


class TellsTheToken(MemoryConnector):
    """Shows its token to whoever prints it."""

    def __repr__(self) -> str:
        return f"TellsTheToken(token={TOKEN!r})"


class HoldsTheTokenOpenly(MemoryConnector):
    """Keeps its token as plain text."""

    token = TOKEN

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._headers = {"Authorization": f"Bearer {TOKEN}"}


class RaisingCheck(MemoryConnector):
    """Raises where it should report."""

    def check(self) -> Sequence[Finding]:
        self._refuse("check")
        return [Finding(what="login", ok=True)]


class MuteCheck(MemoryConnector):
    """Says what is wrong, not what to do."""

    def check(self) -> Sequence[Finding]:
        return [replace(finding, remedy="") for finding in super().check()]


class Fickle(MemoryConnector):
    """Declares kinds that it never had."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, kinds=frozenset({"issue"}))


class Undescribed(MemoryConnector):
    """Tells fields that it does not describe."""

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        return {"ticket": [FieldInfo(name="subject", type="text")]}


class ClosesOnce(MemoryConnector):
    """Falls over its own closing."""

    closed = False

    def close(self) -> None:
        if self.closed:
            raise UnavailableError("closed already")
        self.closed = True


class LosesItsPlace(MemoryConnector):
    """Moves on although the poll failed."""

    skipped = False

    def poll(self, cursor: str | None) -> Page:
        try:
            page = super().poll(cursor)
        except RetryableError:
            self.skipped = True
            raise
        return replace(page, changes=[]) if self.skipped else page


BROKEN = [
    (RawErrors, "garbage_is_classed", "ended in KeyError"),
    (RawErrors, "a_system_that_is_down_is_retryable", "ended in KeyError"),
    (AllIsUnavailable, "refused_credentials_are_an_authentication_error", "AuthenticationError"),
    (AllIsUnavailable, "what_is_forbidden_is_not_tried_again", "RejectedError"),
    (AllIsUnavailable, "no_answer_in_time_is_a_deadline_exceeded", "DeadlineExceededError"),
    (AllIsUnavailable, "a_pause_that_is_asked_for_is_told", "RateLimitedError"),
    (LosesItsPlace, "a_poll_after_trouble_goes_on", "poll did not tell of"),
    (TellsTheToken, "no_secret_is_shown", "shows a secret"),
    (HoldsTheTokenOpenly, "no_secret_is_shown", "_headers shows a secret"),
    (RaisingCheck, "check_never_raises", "check raised"),
    (MuteCheck, "check_never_raises", "lack a remedy"),
    (Fickle, "capabilities_are_constant_and_consistent", "not in capabilities.kinds"),
    (Undescribed, "describe_names_what_is_polled", "polled, but not described"),
    (ClosesOnce, "closing_twice_is_fine", "closed already"),
]
BEYOND = {
    # The same check as of a system that is down.
    "an_answer_cut_short_is_retryable",
    # Below, on a package made for it.
    "the_package_imports_the_contract_only",
}


@pytest.mark.parametrize(("broken", "test", "words"), BROKEN)
def test_a_broken_connector_fails_the_matching_test(
    bites: Callable[..., None], broken: type[MemoryConnector], test: str, words: str
) -> None:
    """The defect fails the test that is there for it, in words that name it."""
    bites(broken, test, words)


def test_every_test_of_this_part_is_failed_by_some_connector() -> None:
    """No test of the kit is there in vain."""
    proven = {test for _, test, _ in BROKEN} | BEYOND
    assert proven == {name[5:] for name in vars(FailureTests) if name.startswith("test_")}


def test_a_package_that_imports_the_engine_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scan names file, line and module, in submodules and inside functions too."""
    package = tmp_path / "hub_acme_scanned"
    package.mkdir()
    (package / "__init__.py").write_text("from hub import models\n")
    (package / "mapping.py").write_text(
        "import json\n\ndef go():\n    from hub.core import store\n"
    )
    (package / "client.py").write_text("from hub import core\nimport hub.cli.main\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = sorted(line.rpartition("/")[2] for line in forbidden_imports(package.name))
    expected = ["client.py:1: hub.core", "client.py:2: hub.cli.main", "mapping.py:4: hub.core"]
    assert expected == sorted({line for line in found if "store" not in line})
