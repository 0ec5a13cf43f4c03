"""What the organisation says of its objects, read once and kept until asked anew.

Field-level security can hide a field overnight: then `forget` has it read again, and what the
hub reads shrinks to what is there.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from hub_crm.client import SalesforceClient
from hub_crm.facts import ObjectFacts, read_object

OBJECTS: Final = ("Case", "CaseComment", "Contact", "Account", "User")


class Descriptions:
    """The descriptions of the objects that the hub reads."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._objects: Mapping[str, ObjectFacts] = {}

    def objects(self) -> Mapping[str, ObjectFacts]:
        """Give all objects, described."""
        with self._lock:
            if not self._objects:
                paths = [f"sobjects/{name}/describe" for name in OBJECTS]
                bodies, _ = self._client.batch("describe", paths)
                self._objects = {body["name"]: read_object(body) for body in bodies}
            return self._objects

    def forget(self) -> None:
        """Have everything described anew at the next question."""
        with self._lock:
            self._objects = {}

    def present(self, name: str, paths: Sequence[str]) -> list[str]:
        """Give those of the paths that the organisation has and lets us read."""
        return [path for path in paths if self._has(name, path.split("."))]

    def _has(self, name: str, parts: list[str]) -> bool:
        known = self.objects().get(name)
        if known is None:
            # An object that is not described here (a queue, say): taken as it is.
            return True
        if len(parts) == 1:
            return parts[0] in known.fields
        way = known.way(parts[0])
        if way is None:
            return False
        return len(way.targets) != 1 or self._has(way.targets[0], parts[1:])
