"""Records as SOAP has them: read from requests, written to answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from hub_crm.sandbox.soap.envelope import XSI, Raw, Typed, is_nil, local, write


def read_sobject(element: Element) -> dict[str, Any]:
    """Give a record of a request as REST would send it: its type in `attributes`."""
    kind = str(element.get(f"{{{XSI}}}type") or "").rpartition(":")[2]
    record: dict[str, Any] = {}
    empty: list[str] = []
    for field in element:
        name = local(field)
        if name == "type" and len(field) == 0:
            kind = (field.text or "").strip()
        elif name == "fieldsToNull":
            empty.append((field.text or "").strip())
        elif is_nil(field):
            record[name] = None
        elif len(field):
            record[name] = read_sobject(field)
        else:
            record[name] = field.text or ""
    record |= dict.fromkeys(empty)
    if not record.get("Id"):
        record.pop("Id", None)
    return {"attributes": {"type": kind}, **record}


def write_sobject(record: Mapping[str, Any]) -> Typed:
    """Give a record of a JSON answer as XML; the id comes first, empty if it was not asked."""
    inner = [write("sf:type", record["attributes"]["type"]), write("sf:Id", record.get("Id"))]
    inner += [
        _field(name, value) for name, value in record.items() if name not in {"attributes", "Id"}
    ]
    return Typed("sf:sObject", Raw("".join(inner)))


def _field(name: str, value: Any) -> str:
    if isinstance(value, Mapping) and "attributes" in value:
        return write(f"sf:{name}", write_sobject(value))
    if isinstance(value, Mapping) and "records" in value:
        return write(f"sf:{name}", Typed("QueryResult", query_result(value)))
    if isinstance(value, Mapping):
        parts = "".join(write(f"sf:{key}", value[key]) for key in sorted(value))
        return write(f"sf:{name}", Raw(parts))
    if isinstance(value, float | Decimal):
        return write(f"sf:{name}", format(Decimal(str(value)), "f"))
    return write(f"sf:{name}", value)


def query_result(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give a page of a query: its locator in place of an address."""
    place = str(body.get("nextRecordsUrl", ""))
    return {
        "done": body["done"],
        "queryLocator": place.rpartition("/")[2] or None,
        "records": [write_sobject(record) for record in body.get("records", ())],
        "size": body["totalSize"],
    }
