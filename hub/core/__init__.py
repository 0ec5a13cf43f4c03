"""The engine: private. Plugins and rules import the contract in `hub`, never this package."""

from __future__ import annotations
