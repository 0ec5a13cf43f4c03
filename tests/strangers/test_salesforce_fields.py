"""The Salesforce emulator's objects have the fields that jsforce's types know of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hub_crm.sandbox.catalogue import standard_objects
from hub_crm.sandbox.schema import FieldType

TYPES: Final = Path(__file__).parent / "node/node_modules/jsforce/lib/types/standard-schema.d.ts"
OBJECTS: Final = (
    "Account", "Asset", "Attachment", "BusinessHours", "Case", "CaseComment", "Contact",
    "ContentDocument", "ContentDocumentLink", "ContentVersion", "Contract", "EmailMessage",
    "Entitlement", "Event", "Group", "Lead", "Note", "Opportunity", "Order", "OrderItem",
    "Pricebook2", "PricebookEntry", "Product2", "ServiceContract", "Solution", "Task", "User",
)  # fmt: skip
KINDS: Final = {
    "boolean": {FieldType.BOOLEAN},
    "number": {FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT},
    "DateString": {FieldType.DATE, FieldType.DATETIME},
    "Address": {FieldType.ADDRESS},
    "BlobString": {FieldType.BASE64},
}


@pytest.fixture(scope="module")
def known(node: Any) -> Mapping[str, Mapping[str, str]]:
    """Give the types of fields that jsforce knows, by object and field."""
    del node  # where the clients are not installed, there is nothing to compare with
    text = TYPES.read_text(encoding="utf-8")
    return {
        name: dict(re.findall(r"^\s+(\w+): (\w+)", body, re.MULTILINE))
        for name, body in re.findall(r"type Fields\$(\w+) = \{(.*?)\n\}", text, re.DOTALL)
    }


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_all_fields_that_are_known_of_it(
    known: Mapping[str, Mapping[str, str]], name: str
) -> None:
    """None is missing, and each is of a type that fits."""
    ours = standard_objects()[name].fields
    misfits = {
        field: ours[field].type
        for field, kind in known[name].items()
        if field in ours and kind in KINDS and ours[field].type not in KINDS[kind]
    }

    assert [] == [field for field in known[name] if field not in ours]
    assert {} == misfits
