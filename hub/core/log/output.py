"""Writes events: JSON lines for machines, aligned colours for people, through structlog.

What libraries log by the standard library is carried along as `library.logged`.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

import msgspec
import structlog

from hub.core.log.events import EVENTS
from hub.core.log.redaction import redacted
from hub.errors import HubError, InvariantError

Format = Literal["auto", "json", "console"]
EventDict = MutableMapping[str, Any]
Write = Callable[..., Any]
Listener = Callable[[str, Mapping[str, Any]], None]

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class _State:
    """Where events go now: nowhere until `configure`."""

    writers: dict[str, Write] | None = None
    listeners: tuple[Listener, ...] = ()


class _Sink:
    """Writes whole lines to a stream, one at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._lock = threading.Lock()
        self._stream: Any = getattr(stream, "buffer", stream)
        self._binary = hasattr(stream, "buffer")

    def msg(self, line: bytes) -> None:
        """Write one line; a reader that went away, or a full disk, must not end the hub."""
        with self._lock:
            try:
                self._stream.write(line + b"\n" if self._binary else line.decode() + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    debug = info = warning = error = msg


def configure(
    format: Format = "auto",  # noqa: A002 - the word of the configuration
    level: str = "info",
    stream: TextIO | None = None,
) -> None:
    """Start writing: `auto` is the console form on a terminal and JSON elsewhere."""
    out = stream or sys.stdout
    console = format == "console" or (format == "auto" and out.isatty())
    render = _console(colors=out.isatty()) if console else _json
    logger = structlog.wrap_logger(
        _Sink(out),
        processors=[_complete, render],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
    ).bind()
    _State.writers = {name: getattr(logger, name) for name in _LEVELS}
    root = logging.getLogger()
    root.handlers = [_FromLibraries()]
    root.setLevel(logging.WARNING)


def event(name: str, /, **fields: Any) -> None:
    """Log one event. An error of the hub brings its code along as `error_code`."""
    registered = EVENTS.get(name)
    if registered is None:
        if _State.writers is None:
            raise InvariantError(f"the log event {name!r} is not registered")
        _State.writers["warning"](name, unregistered=True, **fields)
        return
    if _State.writers is None and (strange := fields.keys() - set(registered.fields)):
        raise InvariantError(f"the log event {name!r} has no field {min(strange)!r}")
    if _State.listeners:
        for listener in _State.listeners:
            listener(name, fields)
    if _State.writers is not None:
        _State.writers[registered.level](name, **fields)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have a listener told of every event meanwhile, whatever the level (metrics, tests)."""
    _State.listeners = (*_State.listeners, listener)
    try:
        yield
    finally:
        _State.listeners = tuple(each for each in _State.listeners if each is not listener)


@contextmanager
def capture() -> Iterator[list[dict[str, Any]]]:
    """Collect the events that are logged meanwhile, as given (tests)."""
    collected: list[dict[str, Any]] = []

    def keep(name: str, fields: Mapping[str, Any]) -> None:
        collected.append({"event": name, **fields})

    with listening(keep):
        yield collected


def _complete(_logger: object, level: str, fields: EventDict) -> EventDict:
    """Put time, level and name first, and take secrets out."""
    name = fields.pop("event")
    error = fields.get("error")
    if isinstance(error, HubError):
        fields.setdefault("error_code", error.code)
    complete: EventDict = {"at": datetime.now(UTC), "level": level, "event": name}
    for key, value in fields.items():
        complete[key] = redacted(key, value)
    return complete


_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def _json(_logger: object, _level: str, fields: EventDict) -> bytes:
    return _encoder.encode(fields)


def _console(*, colors: bool) -> structlog.typing.Processor:
    pretty = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=22)

    def render(logger: Any, level: str, fields: EventDict) -> bytes:
        fields["timestamp"] = fields.pop("at").astimezone().strftime("%H:%M:%S.%f")[:-3]
        if trace := fields.pop("traceback", None):
            fields["exception"] = str(trace)
        return str(pretty(logger, level, fields)).encode()

    return render


class _FromLibraries(logging.Handler):
    """Carries warnings of libraries into the hub's log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of a library."""
        fields: dict[str, Any] = {
            "library": record.name,
            "severity": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = logging.Formatter().formatException(record.exc_info)
        event("library.logged", **fields)
