"""The log: registered names, JSON lines, and no secret in any of them."""

from __future__ import annotations

import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from hub.core import log
from hub.core.log import output
from hub.errors import InvariantError, RateLimitedError
from hub.models import Ref
from hub.settings import Secret


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Configure JSON lines into a buffer, and leave the log as it was."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    buffer = io.StringIO()
    log.configure("json", "info", buffer)
    yield buffer
    output._State.writers = None
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read what was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(stream: io.StringIO) -> None:
    """Time, level and name come first; fields keep their types; Chinese stays readable."""
    log.event("item.opened", item="2345ABCD", ref=Ref("crm", "case", "5"), cause="新问题")

    (line,) = lines(stream)
    assert list(line)[:3] == ["at", "level", "event"]
    assert line["at"].endswith("Z")
    assert (line["level"], line["event"], line["item"]) == ("info", "item.opened", "2345ABCD")
    assert line["ref"] == {"connector": "crm", "kind": "case", "id": "5"} or line["ref"] == (
        "crm:case:5"
    )
    assert "新问题" in stream.getvalue()


def test_an_unregistered_name_is_refused_before_the_hub_runs() -> None:
    """Tests and start-up find a name that nobody documented."""
    with pytest.raises(InvariantError, match=r"'hub.invented' is not registered"):
        log.event("hub.invented")


def test_an_unregistered_field_is_refused_before_the_hub_runs() -> None:
    """Tests find a field that the reference page does not tell of."""
    with pytest.raises(InvariantError, match=r"'item.opened' has no field 'colour'"):
        log.event("item.opened", item="1", colour="red")


def test_an_unregistered_name_in_a_running_hub_is_written_and_marked(stream: io.StringIO) -> None:
    """A slip in a name never ends a daemon."""
    log.event("hub.invented", item="1")

    assert lines(stream)[0]["unregistered"] is True


def test_events_below_the_level_are_not_written(stream: io.StringIO) -> None:
    """The level belongs to the name, not to the caller."""
    log.event("change.echo", item="1")

    assert lines(stream) == []


def test_an_error_of_the_hub_is_logged_with_its_code(stream: io.StringIO) -> None:
    """Codes can be searched for; messages change."""
    log.event("connector.poll_failed", error=RateLimitedError("slow down", retry_after=3))

    (line,) = lines(stream)
    assert line["error_code"] == "HUB-S-011"
    assert line["error"] == "RateLimitedError: slow down"


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "401 for https://hub:tell-nobody@db/x"},
        {"error": "sent Authorization: Bearer tell-nobody-of-it"},
        {"headers": {"Authorization": "Basic tell-nobody", "Cookie": "a=tell-nobody"}},
        {"error": "GET /x?access_token=tell-nobody&x=1"},
        {"error": ValueError('{"password": "tell-nobody"}')},
        {"message": "Set-Cookie: JSESSIONID=tell-nobody; Path=/"},
        {"token": "tell-nobody"},
        {"remedy": Secret("tell-nobody", "env X")},
        {"problems": ["password=tell-nobody", {"api_key": "tell-nobody"}]},
        {"traceback": "  File x\n    login(password='tell-nobody')"},
    ],
)
def test_a_secret_never_reaches_the_log(stream: io.StringIO, fields: dict[str, Any]) -> None:
    """By field name, in headers, in URLs, in texts and tracebacks, and as a Secret object."""
    log.event("store.failed", **fields)

    assert "tell-nobody" not in stream.getvalue()
    assert "***" in stream.getvalue()


@pytest.mark.parametrize("text", ["crm:case:5", "token expired", "a=b", "no password given"])
def test_what_is_no_secret_stays(stream: io.StringIO, text: str) -> None:
    """Redaction does not eat the explanation."""
    log.event("store.failed", error=text)

    assert text == lines(stream)[0]["error"]


def test_what_libraries_log_is_carried_along(stream: io.StringIO) -> None:
    """One stream, one form, and the library's secrets go through the same filter."""
    logging.getLogger("vendor").warning("retry %s", "https://a:tell-nobody@b")

    (line,) = lines(stream)
    assert (line["event"], line["library"]) == ("library.logged", "vendor")
    assert line["message"] == "retry https://a:***@b"


def test_the_console_form_is_for_people() -> None:
    """Name and fields on one line, a traceback below."""
    buffer = io.StringIO()
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    log.configure("console", "info", buffer)
    log.event("store.failed", error="broken", traceback="Traceback (most recent call last)")
    output._State.writers = None
    logging.getLogger().handlers, logging.getLogger().level = handlers, level

    first, *rest = buffer.getvalue().splitlines()
    assert "store.failed" in first
    assert "error=broken" in first
    assert "Traceback (most recent call last)" in rest


def test_a_closed_reader_does_not_end_the_hub(stream: io.StringIO) -> None:
    """A log whose pipe is gone is no reason to stop."""
    stream.close()

    log.event("store.failed", error="broken")


def test_events_can_be_collected() -> None:
    """Tests look at what was logged without reading a stream."""
    with log.capture() as collected:
        log.event("hub.ready", seconds=1.5)
    log.event("hub.ready", seconds=2.5)

    assert collected == [{"event": "hub.ready", "seconds": 1.5}]


def test_every_registered_event_is_named_and_described_alike() -> None:
    """`noun.past_verb`, a whole sentence, and fields that are names."""
    for name, registered in log.EVENTS.items():
        assert name == registered.name
        assert name.replace(".", "").replace("_", "").isalpha(), name
        assert name.count(".") == 1
        assert registered.doc.endswith("."), name
        assert all(field.isidentifier() for field in registered.fields), name


def test_a_line_that_can_not_be_written_does_not_end_the_hub() -> None:
    """The disk below the log is full, or its reader went away: the hub has other things to do."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            """Refuse."""
            raise OSError(errno.ENOSPC, "no space left on device")

    output._Sink(Full()).msg(b"{}")
