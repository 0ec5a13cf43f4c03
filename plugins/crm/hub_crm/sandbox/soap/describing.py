"""Descriptions as SOAP has them: REST's, less what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_UNKNOWN: Final = frozenset(
    {"associateEntityType", "associateParentEntity", "extendedBy", "extendsInterfaces",
     "listviewable", "lookupLayoutable", "sobjectDescribeOption", "urls", "nameField"}
)  # fmt: skip
_REQUIRED: Final = frozenset(
    {"keyPrefix", "defaultImplementation", "implementedBy", "implementsInterfaces",
     "networkScopeFieldName"}
)  # fmt: skip


def summary(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give an object of the global list."""
    kept = {k: v for k, v in body.items() if k not in _UNKNOWN and k != "searchLayoutable"}
    return {**kept, "idEnabled": True}


def whole(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give one object described."""
    urls = body["urls"]
    return {
        **{
            k: v for k, v in body.items() if k not in _UNKNOWN and (v is not None or k in _REQUIRED)
        },
        "idEnabled": True,
        "childRelationships": [_present(each) for each in body["childRelationships"]],
        "fields": [_field(each) for each in body["fields"]],
        "recordTypeInfos": [
            {k: v for k, v in each.items() if k != "urls"} for each in body["recordTypeInfos"]
        ],
        "urlDetail": urls["uiDetailTemplate"],
        "urlEdit": urls["uiEditTemplate"],
        "urlNew": urls["uiNewRecord"],
    }


def _field(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_present(body),
        "picklistValues": [_present(each) for each in body["picklistValues"]],
    }


def _present(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}


def _belongs(key: str, value: Any) -> bool:
    return key not in _UNKNOWN and (value is not None or key in _REQUIRED)
