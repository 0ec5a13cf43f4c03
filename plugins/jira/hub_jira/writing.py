"""Makes the hub's effects in Jira, each findable by its key, and reads back what it wrote."""

from __future__ import annotations

from typing import Any, Final

from hub.clock import Clock
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    HubError,
    InvalidPayloadError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    RetryableError,
)
from hub.models import (
    AddComment,
    CreateRecord,
    Delivery,
    EditComment,
    Fields,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    Text,
    UpdateRecord,
    Value,
)
from hub.models.fieldmaps import normal
from hub_jira import jql
from hub_jira.client import JiraClient
from hub_jira.directory import Directory
from hub_jira.mapping import (
    KEY_PROPERTY,
    PUBLIC_PROPERTY,
    READ_ONLY,
    TEXT_PROPERTY,
    encode_label,
    fold_summary,
    is_public,
    key_of,
    label_of,
    properties_of,
    split_comment_id,
)
from hub_jira.reading import Reader
from hub_jira.settings import JiraSettings
from hub_jira.transitions import Mover

Json = dict[str, Any]
_BY_TRANSITION: Final = ("status", "resolution")
_NAMED: Final = frozenset({"priority", "issuetype"})
_USERS: Final = frozenset({"assignee", "reporter"})


class Writer:
    """Performs deliveries, one at a time."""

    def __init__(
        self,
        client: JiraClient,
        settings: JiraSettings,
        directory: Directory,
        reader: Reader,
        clock: Clock,
    ) -> None:
        self._client = client
        self._settings = settings
        self._directory = directory
        self._reader = reader
        self._clock = clock
        self._mover = Mover(client, settings)

    def perform(self, delivery: Delivery) -> Receipt:
        """Make one effect."""
        match delivery.effect:
            case CreateRecord(kind="issue", fields=fields):
                return self._create(delivery, fields)
            case UpdateRecord(fields=fields):
                return self._update(_target(delivery, "issue"), fields)
            case AddComment(text=text):
                return self._comment(delivery, _target(delivery, "issue"), text)
            case EditComment(text=text):
                return self._edit(_target(delivery, "comment"), text)
            case _:
                name = type(delivery.effect).__name__
                raise RejectedError(f"Jira makes no such thing: {name}")

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look for what an earlier try made; updates are looked at by making them again."""
        match delivery.effect:
            case CreateRecord():
                return self._find_issue(delivery)
            case AddComment(text=text):
                return self._find_comment(delivery, _target(delivery, "issue"), text)
            case _:
                return None

    def _create(self, delivery: Delivery, fields: Fields) -> Receipt:
        label = label_of(self._settings.key_label_prefix, delivery.key)
        wanted = {name: value for name, value in fields.items() if name not in _BY_TRANSITION}
        body = self._payload(wanted)
        body["fields"].setdefault("project", {"key": self._settings.project})
        body["fields"].setdefault("issuetype", {"name": self._settings.issue_type})
        body["fields"]["labels"] = [*body["fields"].get("labels", []), label]
        mark = {"id": delivery.key, "item": delivery.item_id}
        body.setdefault("properties", []).append({"key": KEY_PROPERTY, "value": mark})
        made = self._client.post("issue", body)
        remark = self._first_status(str(made["id"]), fields)
        return self._receipt(str(made["id"]), str(made["key"]), note=remark)

    def _first_status(self, issue: str, fields: Fields) -> str:
        """Move a new issue on; that it exists is true whether or not this works."""
        status = fields.get("status")
        if not status:
            return ""
        try:
            raw = self._client.get(f"issue/{issue}", fields="status,resolution")
            return self._mover.move(raw, str(status), fields.get("resolution"))
        except ConnectorError as error:
            return f"made, but not brought to {status!r}: {error}"

    def _receipt(self, issue: str, key: str, *, found: bool = False, note: str = "") -> Receipt:
        try:
            change = self._reader.mapper.issue_change(self._reader.issue(issue), self._clock.now())
        except (HubError, KeyError, TypeError, ValueError) as error:
            # The write is done: a failed reading back is no failed write.
            note = f"{note}; could not be read back: {error}".removeprefix("; ")
            ref = self._reader.mapper.issue_ref(issue)
            return Receipt(ref=ref, aliases=(f"jira-key:{key}",), found=found, note=note)
        return Receipt(
            ref=change.ref,
            version=change.version,
            at=change.at,
            fields=change.fields,
            aliases=change.aliases,
            found=found,
            note=note,
        )

    def _find_issue(self, delivery: Delivery) -> Receipt | None:
        label = label_of(self._settings.key_label_prefix, delivery.key)
        page = self._reader.search(jql.labelled(label))
        made = [raw for raw in page.issues if self._carries(str(raw["id"]), delivery.key, label)]
        if made:
            first = min(made, key=lambda raw: int(raw["id"]))
            more = f"made {len(made)} times: {', '.join(raw['key'] for raw in made)}"
            note = more if len(made) > 1 else ""
            return self._receipt(str(first["id"]), str(first["key"]), found=True, note=note)
        self._wait_for_index(delivery)
        return None

    def _carries(self, issue: str, key: str, label: str) -> bool:
        """Read the issue itself: what the search knows of it may be old."""
        try:
            raw = self._reader.issue(issue)
        except NotFoundError:
            return False
        return key_of(raw) == key or label in (raw["fields"].get("labels") or [])

    def _wait_for_index(self, delivery: Delivery) -> None:
        if delivery.tried_at is None:
            return
        passed = (self._clock.now() - delivery.tried_at).total_seconds()
        left = self._settings.search_lag_seconds - passed
        if left > 0:
            raise RetryableError(
                f"whether {delivery.key} was made is not known for {left:.0f} s more: "
                "Jira's search may lag behind"
            )

    def _update(self, target: Ref, fields: Fields) -> Receipt:
        raw = self._reader.issue(target.id)
        current = self._reader.mapper.issue_data(raw)
        changed = {
            name: value
            for name, value in fields.items()
            if name not in _BY_TRANSITION and normal(current.get(name)) != normal(value)
        }
        if changed:
            self._client.put(f"issue/{target.id}", self._edit_payload(changed, raw))
        note = ""
        status = fields.get("status")
        if status:
            note = self._mover.move(raw, str(status), fields.get("resolution"))
        elif "resolution" in fields and normal(current["resolution"]) != normal(
            fields["resolution"]
        ):
            note = "the resolution was not set: only a transition can set it"
        return self._receipt(target.id, str(raw["key"]), note=note)

    def _edit_payload(self, changed: Fields, raw: Json) -> Json:
        """Make the body of an edit; labels are added and removed one by one, others stay."""
        labels = changed.pop("labels", None) if "labels" in changed else None
        body = self._payload(changed)
        if labels is None:
            return body
        have = set(raw["fields"].get("labels") or [])
        keys = {x for x in have if x.startswith(self._settings.key_label_prefix)}
        want = set(_labels(labels)) | keys
        verbs = [{"add": x} for x in sorted(want - have)]
        verbs += [{"remove": x} for x in sorted(have - want)]
        return {**body, "update": {"labels": verbs}}

    def _payload(self, fields: Fields) -> Json:
        result: Json = {}
        properties: list[Json] = []
        for name, value in fields.items():
            if name in READ_ONLY:
                raise InvalidPayloadError(f"{name} can not be written", field=name)
            if name in self._directory.shapes():
                shape = self._directory.shapes()[name]
                result[shape.id] = self._directory.written(shape, value, name)
            else:
                result[name] = self._standard(name, value)
        if "summary" in fields:
            summary = str(fields["summary"] or "")
            whole = summary if result["summary"] != summary else ""
            if whole:
                note = {"key": TEXT_PROPERTY, "value": {"summary": whole}}
                properties.append(note)
        return {"fields": result, **({"properties": properties} if properties else {})}

    def _standard(self, name: str, value: Value) -> Any:
        if name == "summary":
            return fold_summary(str(value or ""))
        if name == "description":
            self._fits(str(value or ""), name)
            return self._reader.mapper.body(str(value)) if value else None
        if name == "labels":
            return _labels(value)
        if name == "project":
            return {"key": str(value)}
        if name in _NAMED:
            return {"name": str(value)} if value else None
        if name in _USERS:
            return self._directory.user(value, name)
        raise InvalidPayloadError(
            f"no field of an issue is called {name!r}; name it in the setting `fields`", field=name
        )

    def _fits(self, text: str, name: str) -> None:
        size = self._reader.mapper.measure(text)
        if size > self._settings.text_limit:
            raise InvalidPayloadError(
                f"the text has {size} characters in Jira's form, and the limit is "
                f"{self._settings.text_limit}",
                field=name,
            )

    def _comment(self, delivery: Delivery, target: Ref, text: Text) -> Receipt:
        self._fits(text.text, "comment")
        mark = {"id": delivery.key, "item": delivery.item_id}
        body = {
            "body": self._reader.mapper.body(text.text),
            "properties": [
                {"key": PUBLIC_PROPERTY, "value": {"internal": isinstance(text, InternalText)}},
                {"key": KEY_PROPERTY, "value": mark},
            ],
        }
        made = self._client.post(f"issue/{target.id}/comment", body)
        return self._comment_receipt(target.id, str(made["id"]), text)

    def _find_comment(self, delivery: Delivery, target: Ref, text: Text) -> Receipt | None:
        """Look among the issue's own comments: that list, unlike the search, never lags."""
        for raw in self._reader.comments(target.id):
            if key_of(raw) == delivery.key:
                return self._comment_receipt(target.id, str(raw["id"]), text, found=True)
        return None

    def _comment_receipt(
        self, issue: str, comment: str, text: Text, *, found: bool = False
    ) -> Receipt:
        path = f"issue/{issue}/comment/{comment}"
        try:
            raw = self._client.get(path, expand="properties")
            portal = self._reader.portal(issue)
        except (NotFoundError, RateLimitedError, AuthenticationError) as error:
            # It was made a moment ago, so that none of these may pass for a refusal of it:
            # the next try finds it by its key, or learns that it went.
            raise RetryableError(f"the comment can not be read back: {error}") from None
        note = self._guard(path, raw, text, portal=portal)
        change = self._reader.mapper.comment_change(issue, raw, self._clock.now(), portal=portal)
        return Receipt(
            ref=change.ref,
            version=change.version,
            at=change.at,
            fields=change.fields,
            found=found,
            note=note,
        )

    def _guard(self, path: str, raw: Json, text: Text, *, portal: bool) -> str:
        """Take an internal comment back that customers can read: Jira may ignore our flag."""
        if not portal:
            return ""
        public = is_public(raw, portal=True)
        if isinstance(text, PublicText):
            return "" if public else "Jira keeps this comment internal"
        if not public:
            return ""
        try:
            self._client.delete(path)
            outcome = "it was deleted at once"
        except ConnectorError as error:
            outcome = f"IT IS STILL THERE, delete it by hand: {error}"
        raise RejectedError(
            f"an internal comment came out public in Jira ({path}); {outcome}. "
            "Give the hub's user the right to write internal comments (Service project agent)"
        )

    def _edit(self, target: Ref, text: Text) -> Receipt:
        self._fits(text.text, "comment")
        issue, comment = split_comment_id(target.id)
        path = f"issue/{issue}/comment/{comment}"
        raw = self._client.get(path, expand="properties")
        properties = properties_of(raw)
        properties[PUBLIC_PROPERTY] = {"internal": isinstance(text, InternalText)}
        body: Json = {
            "body": self._reader.mapper.body(text.text),
            "properties": [{"key": key, "value": value} for key, value in properties.items()],
        }
        if raw.get("visibility"):
            body["visibility"] = raw["visibility"]
        self._client.put(path, body)
        return self._comment_receipt(issue, comment, text)


def _target(delivery: Delivery, kind: str) -> Ref:
    if delivery.target is None or delivery.target.kind != kind:
        raise RejectedError(f"the effect needs an {kind} to work on, not {delivery.target}")
    return delivery.target


def _labels(value: Value) -> list[str]:
    entries = value if isinstance(value, list) else str(value or "").split(",")
    return [label for entry in entries if (label := encode_label(str(entry)))]
