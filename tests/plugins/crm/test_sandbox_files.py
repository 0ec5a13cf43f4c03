"""The emulator's files: versions and their documents, attachments, bytes in and out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

PNG = bytes(range(256)) * 40
Codes = Callable[[requests.Response], list[str]]


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_version_makes_its_document_and_links(salesforce: Salesforce) -> None:
    """Size, checksum and kind are the system's; the document shows the newest version."""
    case = salesforce.Case.create({"Subject": "x"})["id"]
    made = salesforce.ContentVersion.create(
        {"PathOnClient": "屏幕/截图.png", "VersionData": _encoded(PNG),
         "FirstPublishLocationId": case}
    )  # fmt: skip
    version = salesforce.ContentVersion.get(made["id"])
    document = version["ContentDocumentId"]
    newer = salesforce.ContentVersion.create(
        {"Title": "二", "PathOnClient": "b.txt", "VersionData": _encoded(b"two"),
         "ContentDocumentId": document}
    )["id"]  # fmt: skip
    query = f"SELECT ShareType FROM ContentDocumentLink WHERE LinkedEntityId = '{case}'"

    assert (version["Title"], version["FileType"], version["FileExtension"]) == (
        "截图", "PNG", "png",
    )  # fmt: skip
    assert version["ContentSize"] == len(PNG)
    assert version["Checksum"] == hashlib.md5(PNG).hexdigest()  # noqa: S324  # the system's sum
    assert version["VersionData"].endswith(f"/{made['id']}/VersionData")
    shown = salesforce.ContentDocument.get(document)
    assert (shown["LatestPublishedVersionId"], shown["Title"]) == (newer, "二")
    assert salesforce.ContentVersion.get(made["id"])["IsLatest"] is False
    assert [row["ShareType"] for row in salesforce.query(query)["records"]] == ["V"]


def test_bytes_come_out_as_they_went_in(http: requests.Session, data: str) -> None:
    """As base64 in JSON, or as they are in a multipart body; of files and attachments."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    told = {"PathOnClient": "a.bin", "Title": "多部分"}
    parts: dict[str, Any] = {
        "entity_content": (None, json.dumps(told), "application/json"),
        "VersionData": ("a.bin", PNG, "application/octet-stream"),
    }
    version = http.post(f"{data}/sobjects/ContentVersion", files=parts).json()["id"]
    body = {"ParentId": case, "Name": "b.bin", "Body": _encoded(PNG)}
    attachment = http.post(f"{data}/sobjects/Attachment", json=body).json()["id"]

    file = http.get(f"{data}/sobjects/ContentVersion/{version}/VersionData")
    attached = http.get(f"{data}/sobjects/Attachment/{attachment}/Body")

    assert (file.content, attached.content) == (PNG, PNG)
    assert file.headers["content-type"] == "application/octetstream"
    assert http.get(f"{data}/sobjects/Attachment/{attachment}").json()["BodyLength"] == len(PNG)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"PathOnClient": "a"}, "REQUIRED_FIELD_MISSING"),
        ({"VersionData": "YQ=="}, "REQUIRED_FIELD_MISSING"),
        ({"PathOnClient": "a", "VersionData": "no base64!"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ],
)
def test_a_version_needs_its_bytes_and_a_name(
    errors: Codes, http: requests.Session, data: str, fields: dict[str, str], code: str
) -> None:
    """Readable ones."""
    answer = http.post(f"{data}/sobjects/ContentVersion", json=fields)

    assert errors(answer) == [code]


def test_a_document_is_linked_to_a_record_once(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """A second link of the two is a duplicate."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    body = {"PathOnClient": "a", "VersionData": "YQ=="}
    version = http.post(f"{data}/sobjects/ContentVersion", json=body).json()["id"]
    document = http.get(f"{data}/sobjects/ContentVersion/{version}").json()["ContentDocumentId"]
    link = {"ContentDocumentId": document, "LinkedEntityId": case, "ShareType": "V"}

    first, second = (http.post(f"{data}/sobjects/ContentDocumentLink", json=link) for _ in "ab")

    assert first.status_code == 201
    assert errors(second) == ["DUPLICATE_VALUE"]


def test_a_multipart_body_that_is_broken_is_refused(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """With 400."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    answer = http.post(f"{data}/sobjects/ContentVersion", data=b"--y\r\nno", headers=headers)

    assert answer.status_code == 400


def test_a_query_gives_the_address_of_the_bytes(salesforce: Salesforce) -> None:
    """Not the bytes."""
    body = {"PathOnClient": "a", "VersionData": "YQ=="}
    made = salesforce.ContentVersion.create(body)["id"]

    told = salesforce.query(f"SELECT VersionData FROM ContentVersion WHERE Id = '{made}'")

    assert told["records"][0]["VersionData"].endswith(f"/ContentVersion/{made}/VersionData")
