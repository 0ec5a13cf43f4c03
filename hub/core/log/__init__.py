"""The hub's log: registered events with fields, one line each, on standard output.

`event` is the one door. Names and their fields are registered in `events`, so that the log can
be documented and searched; the level belongs to the name. Before `configure` nothing is written,
and what is not registered is an error; in a running hub it is written, an unknown name marked.
"""

from __future__ import annotations

from hub.core.log.events import EVENTS, LogEvent
from hub.core.log.output import capture, configure, event, listening
from hub.core.log.redaction import redacted

__all__ = ["EVENTS", "LogEvent", "capture", "configure", "event", "listening", "redacted"]
