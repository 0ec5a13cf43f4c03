"""Handbook Hub: keeps CRM, JIRA and mail in step and executes the service handbook.

The modules directly in this package are the contract: all that a plugin may import.
`hub.core` and `hub.cli` are private to the hub.
"""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"

HUB_API: Final = 1
"""Major version of the plugin contract; a plugin module declares the one it was written for."""
