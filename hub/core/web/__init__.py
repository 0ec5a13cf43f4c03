"""The hub's own HTTP: health, metrics, webhooks, API. It knows the engine by callables alone."""

from __future__ import annotations

from hub.core.web.app import build_app
from hub.core.web.doors import ConnectorState, Doors, Readiness
from hub.core.web.server import WebServer

__all__ = [
    "ConnectorState",
    "Doors",
    "Readiness",
    "WebServer",
    "build_app",
]
