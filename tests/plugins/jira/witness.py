"""Looks on at every answer of every emulated Jira Cloud in this process, and judges it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from hub_jira.sandbox import JiraSandbox
from hub_jira.sandbox.departures import DEPARTURES, excused
from hub_jira.sandbox.site import Site

from tests.plugins.jira.description import Description

VERSION: Final = re.compile(r"^/rest/api/(?:2|3|latest)/")


class Witness:
    """Judges answers against Atlassian's description; what departs from it is a defect."""

    def __init__(self) -> None:
        self._description = Description()
        self._defects: list[str] = []
        self.answers = 0

    def look_on(self) -> None:
        """Look on at all emulators that start from now on."""
        JiraSandbox.edges.append(self._edge)

    def look_away(self) -> None:
        """Undo `look_on`."""
        JiraSandbox.edges.remove(self._edge)

    def take(self) -> list[str]:
        """Give the defects seen since the last time."""
        taken, self._defects[:] = list(self._defects), []
        return taken

    def _edge(self, site: Site, app: Any) -> Any:
        if not site.cloud:
            return app

        async def judged(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            sent: list[MutableMapping[str, Any]] = []

            async def relay(message: MutableMapping[str, Any]) -> None:
                sent.append(message)
                if len(sent) > 1 and not message.get("more_body"):
                    self._judge(scope, sent)  # before the client knows, and the test goes on
                await send(message)

            await app(scope, receive, relay)

        return judged

    def _judge(self, scope: MutableMapping[str, Any], sent: list[MutableMapping[str, Any]]) -> None:
        self.answers += 1
        status = sent[0]["status"]
        kind = dict(sent[0]["headers"]).get(b"content-type", b"").decode()
        body = b"".join(message.get("body", b"") for message in sent[1:])
        if "html" in kind and status != 404:
            return  # the fault `html`: a proxy's page, not an answer of Jira's
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path = VERSION.sub("/rest/api/3/", scope["raw_path"].decode())
        found = list(self.defects(method, path, status, kind, body))
        self._defects += [f"{method} {scope['path']} {status}: {text}" for text in found]

    def defects(self, method: str, path: str, status: int, kind: str, body: bytes) -> Iterator[str]:
        """Give where an answer departs from the description and is not excused."""
        operation = self._description.named(method, path)
        name = operation or f"{method} {path}"
        if operation is None:
            lost = status == 404 and "html" in kind
            if not (lost or status == 405 or excused("operation", name, status, DEPARTURES)):
                yield "the operation is not described, and no departure is listed"
            return
        answers = self._description.operations[operation]
        if str(status) not in answers:
            if not excused("status", operation, status, DEPARTURES):
                yield f"the status is not described; there are {', '.join(sorted(answers))}"
            schema: Any = None
        else:
            schema = answers[str(status)]
        if not excused("body", operation, status, DEPARTURES):
            yield from self._body_defects(status, schema, kind, body)

    def _body_defects(self, status: int, schema: Any, kind: str, body: bytes) -> Iterator[str]:
        if not schema and status >= 400:
            schema = {"$ref": "#/components/schemas/ErrorCollection"}
        if "json" not in kind:
            if schema:
                yield f"a JSON body is described, not {kind or 'none'}"
        elif status == 204 and body:
            yield "a 204 has no body"
        else:
            yield from self._description.defects(json.loads(body), schema or {})
