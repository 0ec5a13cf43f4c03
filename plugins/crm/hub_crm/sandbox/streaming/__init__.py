"""Streaming by CometD: topics, generic channels, change events, with replay."""

from __future__ import annotations

from hub_crm.sandbox.streaming.bayeux import Bayeux
from hub_crm.sandbox.streaming.edge import serve

__all__ = ["Bayeux", "serve"]
