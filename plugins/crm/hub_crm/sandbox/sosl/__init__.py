"""SOSL: what is searched for, where, and which fields of what is found are given."""

from __future__ import annotations

from hub_crm.sandbox.sosl.parser import Search, parse
from hub_crm.sandbox.sosl.search import run

__all__ = ["Search", "parse", "run"]
