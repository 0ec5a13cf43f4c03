"""An emulator of Salesforce's REST API for one service organisation, over https and http.

A typed model of objects in memory stands under plain resources; SOQL is a real grammar.
Actions of `act` are listed in this unit's README.
"""

from __future__ import annotations

from hub_crm.sandbox.server import SalesforceSandbox

__all__ = ["SalesforceSandbox"]
