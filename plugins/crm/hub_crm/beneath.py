"""What is made beneath a case besides comments: tasks, and files with their bytes.

Neither has a field of ours, so the hub's key stands at the end of its description, as it stands
in comments; it is looked for among the records of the case.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO, Final

from hub.clock import Clock
from hub.errors import (
    AuthenticationError,
    InvalidPayloadError,
    InvariantError,
    PreconditionFailedError,
    RateLimitedError,
    RejectedError,
    RetryableError,
)
from hub.models import AttachFile, CreateRecord, Delivery, Fields, Receipt, Ref, UpdateRecord
from hub_crm.client import SalesforceClient, soql
from hub_crm.directory import Directory
from hub_crm.mapping import split_mark
from hub_crm.outward import with_mark

TASK: Final = "task"
FILE: Final = "file"
STATUS: Final = {True: "Completed", False: "Not Started"}
_NAMES: Final = {"subject": "Subject", "description": "Description"}
_SUBJECT: Final = 255
_SHOWN: Final = {True: "AllUsers", False: "InternalUsers"}


def is_beneath(delivery: Delivery) -> bool:
    """Say whether an effect concerns a task or a file."""
    effect, target = delivery.effect, delivery.target
    if isinstance(effect, CreateRecord):
        return effect.kind == TASK
    if isinstance(effect, UpdateRecord):
        return target is not None and target.kind == TASK
    return isinstance(effect, AttachFile)


class Beneath:
    """Makes tasks and files in one organisation, each in a call of its own."""

    def __init__(
        self,
        client: SalesforceClient,
        directory: Directory,
        name: str,
        clock: Clock,
        open_file: Callable[[str], BinaryIO],
        settle_seconds: float,
    ) -> None:
        self._client = client
        self._directory = directory
        self._name = name
        self._clock = clock
        self._open_file = open_file
        self._settle = timedelta(seconds=settle_seconds)

    def apply(self, delivery: Delivery) -> Receipt:
        """Make one effect; a `ConnectorError` says what went wrong."""
        effect, target = delivery.effect, delivery.target
        if target is None:
            raise InvariantError(f"an effect without a target: {delivery.key}")
        if isinstance(effect, CreateRecord):
            return self._add_task(effect.fields, target, delivery.key)
        if isinstance(effect, UpdateRecord):
            return self._change_task(effect.fields, target)
        if isinstance(effect, AttachFile):
            return self._attach(effect, target, delivery.key)
        raise InvariantError(f"{type(effect).__name__} is made elsewhere")

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether an earlier try made a task or a file; changing a task twice is harmless."""
        effect, target = delivery.effect, delivery.target
        if target is None or isinstance(effect, UpdateRecord):
            return None
        if isinstance(effect, AttachFile):
            found = self._find_file(effect, target, delivery.key)
        else:
            found = self._find_task(target, delivery.key)
        tried = delivery.tried_at
        recent = tried is not None and timedelta(0) <= self._clock.now() - tried < self._settle
        if found is None and recent:
            # The earlier call may still be at work over there, and would not be seen yet.
            message = "the earlier try may not have come to its end"
            raise RetryableError(message, operation="find")
        return found

    def _find_task(self, case: Ref, key: str) -> Receipt | None:
        query = soql("SELECT Id, Description FROM Task WHERE WhatId = {}", case.id)
        for row in self._client.query("find task", query):
            if split_mark(str(row["Description"] or ""))[1] == key:
                return self._receipt(TASK, str(row["Id"]), found=True)
        return None

    # Tasks.

    def _add_task(self, fields: Fields, case: Ref, key: str) -> Receipt:
        body = self._task_body(fields, key)
        if owner := str(fields.get("owner") or ""):
            self._directory.look_up([owner])
            body["OwnerId"] = self._directory.owner_id(owner)
        body["WhatId"] = case.id
        reply = self._client.call("create Task", "sobjects/Task", method="POST", json=body)
        return self._receipt(TASK, str(reply.body["id"]))

    def _change_task(self, fields: Fields, task: Ref) -> Receipt:
        place = f"sobjects/Task/{task.id}"
        before = self._client.call("read Task", place, params={"fields": "Description"}).body
        key = split_mark(str(before["Description"] or ""))[1]
        body = self._task_body(fields, key)
        self._client.call("update Task", place, method="PATCH", json=body)
        return self._receipt(TASK, task.id)

    def _task_body(self, fields: Fields, key: str) -> dict[str, Any]:
        known = {*_NAMES, "closed", "owner"}
        for name in fields:
            if name not in known:
                message = f"{name} is no field of a task"
                raise InvalidPayloadError(message, field=name, operation="map")
        body = {_NAMES[name]: str(fields[name] or "") for name in _NAMES if name in fields}
        if "Description" in body:
            body["Description"] = with_mark(body["Description"], key)
        if "Subject" in body:
            body["Subject"] = body["Subject"][:_SUBJECT]
        if "closed" in fields:
            body["Status"] = STATUS[fields["closed"] is True]
        return body

    # Files.

    def _attach(self, effect: AttachFile, case: Ref, key: str) -> Receipt:
        with self._open_file(effect.file.id) as stream:
            content: bytes = stream.read()
        body = {
            "Title": effect.file.name.rpartition(".")[0] or effect.file.name,
            "PathOnClient": effect.file.name,
            "VersionData": base64.b64encode(content).decode(),
            "FirstPublishLocationId": case.id,
            "Description": with_mark("", key).strip(),
        }
        reply = self._client.call(
            "create ContentVersion", "sobjects/ContentVersion", method="POST", json=body
        )
        version = str(reply.body["id"])
        try:
            return self._shown(version, self._document(version), effect, case)
        except (RateLimitedError, AuthenticationError) as error:
            # These two say that nothing was made, and the file was.
            message = f"written, and not yet read back: {error}"
            raise RetryableError(message, operation="read back") from None

    def _document(self, version: str) -> str:
        query = soql("SELECT ContentDocumentId FROM ContentVersion WHERE Id = {}", version)
        rows = self._client.query("read ContentVersion", query)
        if not rows:
            message = f"the file {version} was written and can not be read"
            raise PreconditionFailedError(message, operation="read back")
        return str(rows[0]["ContentDocumentId"])

    def _shown(
        self, version: str, document: str, effect: AttachFile, case: Ref, *, found: bool = False
    ) -> Receipt:
        """See to it that the file shows to whom it may, whatever the organisation made of it."""
        wanted = _SHOWN[effect.public]
        link = self._link(document, case)
        if link["Visibility"] != wanted:
            place = f"sobjects/ContentDocumentLink/{link['Id']}"
            self._client.call(
                "update ContentDocumentLink", place, method="PATCH", json={"Visibility": wanted}
            )
            link = self._link(document, case)
        if link["Visibility"] != wanted:
            message = f"the file {version} is shown to {link['Visibility']}, not to {wanted}"
            raise PreconditionFailedError(message, operation="read back")
        return self._receipt(FILE, version, found=found)

    def _link(self, document: str, case: Ref) -> dict[str, Any]:
        query = soql(
            "SELECT Id, Visibility FROM ContentDocumentLink "
            "WHERE LinkedEntityId = {} AND ContentDocumentId = {}",
            case.id,
            document,
        )
        rows = self._client.query("read ContentDocumentLink", query)
        if not rows:
            message = f"the file {document} is not linked with the case"
            raise RejectedError(message, operation="read back")
        return rows[0]

    def _find_file(self, effect: AttachFile, case: Ref, key: str) -> Receipt | None:
        links = soql(
            "SELECT ContentDocumentId FROM ContentDocumentLink WHERE LinkedEntityId = {}", case.id
        )
        documents = [str(x["ContentDocumentId"]) for x in self._client.query("find file", links)]
        if not documents:
            return None
        query = soql(
            "SELECT Id, ContentDocumentId, Description FROM ContentVersion "
            "WHERE ContentDocumentId IN {} AND IsLatest = true",
            documents,
        )
        for row in self._client.query("find file", query):
            if split_mark(str(row["Description"] or ""))[1] == key:
                document = str(row["ContentDocumentId"])
                return self._shown(str(row["Id"]), document, effect, case, found=True)
        return None

    def _receipt(self, kind: str, record: str, *, found: bool = False) -> Receipt:
        return Receipt(ref=Ref(self._name, kind, record), at=self._clock.now(), found=found)
