"""Files: a version makes its document and the link to its first place; a blob knows its size."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Final

from hub_crm.sandbox.records import Records
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import NEWEST, ApiError
from hub_crm.sandbox.write import Write

_TYPES: Final = {
    "txt": "TEXT", "pdf": "PDF", "png": "PNG", "jpg": "JPG", "jpeg": "JPEG", "gif": "GIF",
    "csv": "CSV", "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X",
    "zip": "ZIP", "html": "HTML", "xml": "XML", "log": "UNKNOWN",
}  # fmt: skip


def version(org: Records, old: Row | None, row: Row, write: Write) -> None:
    """Complete a version before it is stored: size, checksum, kind, number, document."""
    if old is not None:
        return
    if row["VersionData"] is None and row["ContentUrl"] is None:
        message = "Required fields are missing: [VersionData]"
        raise ApiError(400, "REQUIRED_FIELD_MISSING", message, ["VersionData"])
    if row["PathOnClient"] is None and row["VersionData"] is not None:
        message = "Required fields are missing: [PathOnClient]"
        raise ApiError(400, "REQUIRED_FIELD_MISSING", message, ["PathOnClient"])
    data: bytes = row["VersionData"] or b""
    path = PurePosixPath((row["PathOnClient"] or "").replace("\\", "/"))
    row["Title"] = row["Title"] or path.stem or row["ContentUrl"]
    extension = path.suffix[1:].lower()
    place = f"/services/data/v{NEWEST}.0/sobjects/ContentVersion/{row['Id']}/VersionData"
    row |= {
        "ContentSize": len(data),
        "Checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "FileExtension": extension or None,
        "FileType": _TYPES.get(extension, "UNKNOWN") if row["ContentUrl"] is None else "LINK",
        "ContentModifiedDate": org.now(),
        "ContentModifiedById": write.user_id,
        "IsLatest": True,
        "VersionDataUrl": place,
        "PositiveRatingCount": 0, "NegativeRatingCount": 0, "RatingCount": 0,
        "FeaturedContentBoost": 0,
    }  # fmt: skip
    if row["ContentDocumentId"] is None:
        row["ContentDocumentId"] = _document(org, row, write)
        row["VersionNumber"] = "1"
        return
    before = list(org.having("ContentVersion", "ContentDocumentId", row["ContentDocumentId"]))
    row["VersionNumber"] = str(len(before) + 1)
    for older in before:
        if older["IsLatest"]:
            org.amend("ContentVersion", older, {"IsLatest": False}, write)


def _document(org: Records, row: Row, write: Write) -> str:
    values = {
        "Title": row["Title"], "OwnerId": row["OwnerId"] or write.user_id,
        "Description": row["Description"],
    }  # fmt: skip
    return str(org.put("ContentDocument", values, write)["Id"])


def version_saved(org: Records, old: Row | None, row: Row, write: Write) -> None:
    """Let the document show its newest version, and link a new one to its place and owner."""
    document = org.row(row["ContentDocumentId"])
    if document is None or not row["IsLatest"]:
        return
    shown = {
        "LatestPublishedVersionId": row["Id"],
        **{f: row[f] for f in ("Title", "ContentSize", "FileType", "FileExtension",
                               "ContentModifiedDate", "Description")},
    }  # fmt: skip
    org.amend("ContentDocument", document, shown, write)
    if old is None and row["VersionNumber"] == "1":
        links = {str(row["OwnerId"] or write.user_id): "I"}
        if row["FirstPublishLocationId"] is not None:
            links[row["FirstPublishLocationId"]] = "V"
        for entity, share in links.items():
            values = {"LinkedEntityId": entity, "ContentDocumentId": document["Id"],
                      "ShareType": share, "Visibility": "AllUsers"}  # fmt: skip
            org.put("ContentDocumentLink", values, write)


def link(org: Records, old: Row | None, row: Row, _write: Write) -> None:
    """Refuse a second link of a document to the same record."""
    if old is not None:
        return
    linked = org.having("ContentDocumentLink", "ContentDocumentId", row["ContentDocumentId"])
    if any(other["LinkedEntityId"] == row["LinkedEntityId"] for other in linked):
        message = (
            f"Document with ID: {row['ContentDocumentId']} is already linked with the entity with "
            f"ID: {row['LinkedEntityId']}"
        )
        raise ApiError(400, "DUPLICATE_VALUE", message)


def attachment(_org: Records, old: Row | None, row: Row, _write: Write) -> None:
    """Note the size of an attachment's body."""
    if isinstance(row["Body"], bytes):
        row["BodyLength"] = len(row["Body"])
    elif old is None:
        row["BodyLength"] = 0
