"""The words of Bulk API 1.0: its documents as XML or JSON, records as XML, JSON or CSV."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from hub_crm.sandbox.bulk.jobs import JobError
from hub_crm.sandbox.bulk.searching import Found
from hub_crm.sandbox.bulk.tables import Dialect, record
from hub_crm.sandbox.soql.shape import plain

NAMESPACE: Final = "http://www.force.com/2009/06/asyncapi/dataload"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
MEDIA_TYPES: Final = {
    "CSV": "text/csv",
    "JSON": "application/json",
    "XML": "application/xml",
}


def document(tag: str, body: Mapping[str, Any] | Sequence[Any], *, as_json: bool) -> str:
    """Give a document: in XML a list repeats its element."""
    if as_json:
        return json.dumps(body, ensure_ascii=False)
    return f'{_HEAD}<{tag} xmlns="{NAMESPACE}">{_inner(body)}</{tag}>'


def _inner(body: Any) -> str:
    if isinstance(body, Mapping):
        return "".join(_elements(name, value) for name, value in body.items())
    return escape(_text(body))


def _elements(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_elements(name, one) for one in value)
    if value is None:
        return f'<{name} xmlns:xsi="{_INSTANCE}" xsi:nil="true"/>'
    return f"<{name}>{_inner(value)}</{name}>"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_document(content: bytes, *, as_json: bool) -> dict[str, Any]:
    """Read a flat document; JobError if it is none."""
    if as_json:
        try:
            body = json.loads(content)
        except ValueError as error:
            raise JobError("InvalidJob", f"Unable to parse Job: {error}") from None
        if not isinstance(body, dict):
            raise JobError("InvalidJob", "Unable to parse Job: an object is expected")
        return body
    return {_local(child): child.text for child in _parsed(content, "InvalidJob")}


def _parsed(content: bytes, code: str) -> ET.Element:
    # Documents that declare entities of their own are refused before they are read.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise JobError(code, "Unable to parse: a document type is not allowed")
    try:
        return ET.fromstring(content.strip())  # noqa: S314  # no entities, see above
    except ET.ParseError as error:
        raise JobError(code, f"Unable to parse: {error}") from None


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def read_records(content: bytes, kind: str) -> list[dict[str, Any]]:
    """Read the records of a batch; JobError if they are none."""
    if kind == "CSV":
        ending = "CRLF" if b"\r\n" in content else "LF"
        try:
            table = Dialect(ending=ending).read(content)
        except ValueError as error:
            raise JobError("InvalidBatch", str(error)) from None
        return [record(table.columns, row) for row in table.rows]
    if kind == "XML":
        return [_record(element) for element in _parsed(content, "InvalidBatch")]
    try:
        records = json.loads(content)
    except ValueError as error:
        raise JobError("InvalidBatch", f"Failed to parse JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise JobError("InvalidBatch", "Records are expected as a list of objects")
    return records


def _record(element: ET.Element) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for child in element:
        name = _local(child)
        if child.get(f"{{{_INSTANCE}}}nil") == "true":
            result[name] = None
        elif len(child):
            inner = child[0] if _local(child[0]) == "sObject" else child
            result[name] = _record(inner)
        elif name != "type":
            result[name] = child.text or ""
    return result


def write_records(found: Found, kind: str) -> str:
    """Give what a query found: as a table, or as records; JSON counts instants in milliseconds."""
    if kind == "CSV":
        return Dialect().write(found.columns, found.cells(0, len(found.rows)))
    if kind == "JSON":
        return json.dumps(found.records(counted), ensure_ascii=False)
    inner = "".join(
        f'<records xsi:type="sObject">{_inner(_flat(one))}</records>'
        for one in found.records(plain)
    )
    return f'{_HEAD}<queryResult xmlns="{NAMESPACE}" xmlns:xsi="{_INSTANCE}">{inner}</queryResult>'


def _flat(found: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: _flat(value) if isinstance(value, dict) else value
        for name, value in found.items()
        if name != "attributes"
    }
    return {"type": found["attributes"]["type"], **values} if "attributes" in found else values


def counted(value: Any) -> Any:
    """Give a value as it stands in JSON here: days and instants in milliseconds since 1970."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
    return plain(value)
