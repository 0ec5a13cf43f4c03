"""The Salesforce emulator under jsforce, unchanged: what it asks and loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hub_crm.sandbox import SalesforceSandbox

from hub.sandbox import SandboxOptions

BIG = 5500


@pytest.fixture
def at() -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """Give where a fresh organisation is, with what client libraries' own tests use."""
    sandbox = SalesforceSandbox(SandboxOptions(profile="conformance"))
    yield {"salesforce": sandbox.start()}
    sandbox.stop()


def test_jsforce_asks_for_records_in_all_its_ways(node: Any, at: Any) -> None:
    """Pages, streams, finds, children, parents, the recycle bin, plans, searches, refusals."""
    told = node("salesforce/queries.mjs", at)

    assert told == {
        "pages": [BIG, 2000, BIG, BIG],
        "fetched": 5000,
        "streamed": {"seen": BIG, "total": BIG},
        "found": ["Stranger 12", "Stranger 11", "Stranger 10"],
        "either": ["Stranger 3", "Stranger 4"],
        "unlike": 4,
        "updated": [20, True],
        "children": [1, "Two"],
        "upward": [["One", True, "Hub Integration"], ["Two", True, "Hub Integration"]],
        "gone": 20,
        "bin": 20,
        "plan": "TableScan",
        "search": [["Contact", "刘洋"], ["Contact", "杨帆"]],
        "groups": 0,
        "refused": ["MALFORMED_QUERY", "INVALID_FIELD", "INVALID_QUERY_LOCATOR"],
        "deleted": ["string", "string"],
        "changed": True,
    }


def test_jsforce_loads_in_bulk_by_both_apis(node: Any, at: Any) -> None:
    """Inserts, updates, upserts, deletions, queries and files; dead sessions in both tongues."""
    told = node("salesforce/bulk.mjs", at)

    missing = "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert told == {
        "one": [200, False, None, [missing]],
        "changed": True,
        "extent": [BIG, "string"],
        "viaQuery": 200,
        "away": 200,
        "upserts": [True, True],
        "wrong": "InvalidJob",
        "two": [200, [["", missing]]],
        "file": 100,
        "nothing": [[], [], []],
        "found": [200, "Hub Integration"],
        "big": BIG,
        "removed": "false",
        "again": ["false", "true"],
        "destroyed": 100,
        "aborted": "Aborted",
        "misread": "INVALID_FIELD",
        "refreshed": 1,
        "later": True,
        "dead": ["InvalidSessionId", "INVALID_SESSION_ID"],
    }
