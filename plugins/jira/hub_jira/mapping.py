"""Issues and comments of Jira as the hub's changes, and texts as Jira takes them. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from hub.models import Change, Fields, InternalText, PublicText, Ref, Text, Unreadable, Value
from hub_jira import adf, wiki

Json = Mapping[str, Any]

KEY_PROPERTY: Final = "hub.cmd"
TEXT_PROPERTY: Final = "hub.text"
PUBLIC_PROPERTY: Final = "sd.public.comment"
LONGEST_SUMMARY: Final = 254
READ_ONLY: Final = frozenset({"key", "status_category", "url"})
ISSUE_FIELDS: Final = (
    "summary", "description", "status", "resolution", "priority", "issuetype", "assignee",
    "reporter", "labels", "project", "created", "updated",
)  # fmt: skip
_SAFE_KEY: Final = re.compile(r"[A-Za-z0-9._:=+/-]{1,120}")


def parse_moment(text: str) -> datetime:
    """Read Jira's date (`2026-01-05T14:03:07.123+0800`) as an instant in UTC."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


def fold_summary(text: str) -> str:
    """Make a summary of one line that Jira takes."""
    line = " ".join(adf.clean(text).split())
    return line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1].rstrip() + "…"


def label_of(prefix: str, key: str) -> str:
    """Make the label that carries an idempotency key."""
    if _SAFE_KEY.fullmatch(key):
        return prefix + key
    return f"{prefix}~{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def encode_label(text: str) -> str:
    """Make a label of any text: labels hold no space."""
    return "_".join(adf.clean(text).split())[:255]


def comment_id(issue: str, comment: str) -> str:
    """Make the id of a comment's record: Jira finds a comment only under its issue."""
    return f"{issue}-{comment}"


def split_comment_id(record: str) -> tuple[str, str]:
    """Give (issue, comment) of a comment's record id; ValueError if it is none."""
    issue, dash, comment = record.partition("-")
    if not (dash and issue.isdigit() and comment.isdigit()):
        raise ValueError(f"not the id of a comment (issue-comment): {record!r}")
    return issue, comment


def properties_of(raw: Json) -> dict[str, Any]:
    """Give the entity properties in an answer, whichever of its two forms Jira chose."""
    found = raw.get("properties") or {}
    if isinstance(found, Mapping):
        return dict(found)
    return {str(entry["key"]): entry.get("value") for entry in found}


def key_of(raw: Json) -> str:
    """Give the idempotency key in an answer's properties; empty if there is none."""
    value = properties_of(raw).get(KEY_PROPERTY)
    return str(value.get("id", "")) if isinstance(value, Mapping) else ""


def is_public(raw: Json, *, portal: bool) -> bool:
    """Say whether customers can read a comment; what is not known for sure is internal.

    Without a portal nobody decided that a comment is public: Jira's flag is then a mere default.
    """
    if not portal or raw.get("visibility"):
        return False
    if "jsdPublic" in raw:
        return raw["jsdPublic"] is True
    flag = properties_of(raw).get(PUBLIC_PROPERTY)
    return isinstance(flag, Mapping) and flag.get("internal") is False


def has_portal(issue: Json) -> bool:
    """Say whether an issue stands in a service project, whose customers see a portal."""
    project = (issue.get("fields") or {}).get("project") or {}
    return project.get("projectTypeKey") == "service_desk"


def digest(value: object) -> str:
    """Give a short hash of a value's content."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapper:
    """Turns answers of one Jira into changes of one connector.

    `extra` are the configured fields: the hub's name → Jira's id; `rich` those of them that hold
    markup. `accounts` are the people whose
    address Jira hides: account → e-mail address.
    """

    connector: str
    url: str
    cloud: bool
    key_label_prefix: str
    extra: Mapping[str, str] = field(default_factory=dict)
    rich: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def issue_fields(self) -> list[str]:
        """Give the fields to ask for, by Jira's ids."""
        return [*ISSUE_FIELDS, *self.extra.values()]

    def body(self, text: str) -> Any:
        """Give a text in the form that this Jira takes."""
        return adf.from_text(text) if self.cloud else wiki.from_text(text)

    def text(self, body: Any) -> str:
        """Read a text in the form that this Jira gives."""
        return wiki.to_text(body) if isinstance(body, str) else adf.to_text(body)

    def measure(self, text: str) -> int:
        """Give the length of a text as Jira counts it: after conversion."""
        return adf.measure(adf.from_text(text)) if self.cloud else len(wiki.from_text(text))

    def person(self, user: Json | None) -> str | None:
        """Name a user by e-mail address; `account:<id>` where Jira hides it."""
        if not user:
            return None
        account = str(user.get("accountId") or user.get("name") or user.get("key") or "")
        address = self.accounts.get(account) or str(user.get("emailAddress") or "").lower()
        return address or f"account:{account}"

    def issue_ref(self, issue: str) -> Ref:
        """Give an issue's address."""
        return Ref(self.connector, "issue", issue)

    def comment_ref(self, issue: str, comment: str) -> Ref:
        """Give a comment's address."""
        return Ref(self.connector, "comment", comment_id(issue, comment))

    def issue_data(self, raw: Json) -> Fields:
        """Give an issue's fields in the hub's names."""
        data = raw["fields"]
        status = data["status"]
        result: Fields = {
            "key": raw["key"],
            "summary": self._summary(raw),
            "description": self.text(data.get("description")),
            "status": status["name"],
            "status_category": status["statusCategory"]["key"],
            "resolution": _name(data.get("resolution")),
            "priority": _name(data.get("priority")),
            "issuetype": _name(data.get("issuetype")),
            "assignee": self.person(data.get("assignee")),
            "reporter": self.person(data.get("reporter")),
            "labels": [x for x in data.get("labels") or [] if not self._is_key_label(x)],
            "project": data["project"]["key"],
            "url": f"{self.url}/browse/{raw['key']}",
        }
        for name, identifier in self.extra.items():
            value = data.get(identifier)
            result[name] = self.text(value) if name in self.rich else self.value(value)
        return result

    def value(self, raw: Any) -> Value:
        """Give a custom field's value as the hub holds values."""
        if raw is None or isinstance(raw, str | int | float | bool):
            return raw
        if isinstance(raw, list):
            return [str(self.value(entry)) for entry in raw]
        if raw.get("type") == "doc":
            return adf.to_text(raw)
        if "accountId" in raw or "emailAddress" in raw:
            return self.person(raw)
        plain = next((raw[name] for name in ("value", "name", "key") if name in raw), None)
        return json.dumps(raw, ensure_ascii=False, sort_keys=True) if plain is None else str(plain)

    def issue_key(self, raw: Json) -> str:
        """Give the idempotency key that an issue carries."""
        if key := key_of(raw):
            return key
        labels = (x for x in raw["fields"].get("labels") or [] if self._is_key_label(x))
        label = str(next(labels, "")).removeprefix(self.key_label_prefix)
        return "" if label.startswith("~") else label

    def issue_change(self, raw: Json, seen_at: datetime) -> Change:
        """Make the change that an issue's answer tells."""
        fields = self.issue_data(raw)
        at = parse_moment(raw["fields"]["updated"])
        return Change(
            ref=self.issue_ref(str(raw["id"])),
            version=f"{at.isoformat(timespec='milliseconds')}-{digest(fields)}",
            seen_at=seen_at,
            at=at,
            fields=fields,
            aliases=(f"jira-key:{raw['key']}",),
            key=self.issue_key(raw),
        )

    def comment_change(self, issue: str, raw: Json, seen_at: datetime, *, portal: bool) -> Change:
        """Make the change that a comment's answer tells."""
        words = self.text(raw["body"])
        text: Text = PublicText(words) if is_public(raw, portal=portal) else InternalText(words)
        author = raw.get("author") or {}
        at = parse_moment(raw["updated"])
        fields: Fields = {
            "author": self.person(author),
            "author_name": author.get("displayName"),
            "created": parse_moment(raw["created"]).isoformat(timespec="milliseconds"),
        }
        return Change(
            ref=self.comment_ref(issue, str(raw["id"])),
            version=f"{at.isoformat(timespec='milliseconds')}-"
            + digest([words, isinstance(text, PublicText)]),
            seen_at=seen_at,
            at=at,
            parent=self.issue_ref(issue),
            fields=fields,
            text=text,
            key=key_of(raw),
            actor=self.person(raw.get("updateAuthor") or author) or "",
        )

    def gone(self, ref: Ref, seen_at: datetime) -> Change:
        """Make the change that says a record is no longer there."""
        parent = None
        if ref.kind == "comment":
            parent = self.issue_ref(split_comment_id(ref.id)[0])
        return Change(ref=ref, version="gone", seen_at=seen_at, parent=parent, gone=True)

    def unreadable(self, ref: Ref, raw: Any, error: Exception) -> Unreadable:
        """Keep an answer that can not be understood, with what is wrong with it."""
        return Unreadable(
            ref=ref,
            version=f"unreadable-{digest(raw)}",
            cause=f"Jira's answer is not as expected: {type(error).__name__}: {error}",
            excerpt=json.dumps(raw, ensure_ascii=False)[:4000],
            remedy="look at the record in Jira; report it with this excerpt",
        )

    def _is_key_label(self, label: str) -> bool:
        return label.startswith(self.key_label_prefix)

    def _summary(self, raw: Json) -> str:
        """Give the whole summary: one that had to be folded is kept in a property.

        Without it the hub would take its own cut for a change made in Jira.
        """
        shown = str(raw["fields"].get("summary") or "")
        kept = properties_of(raw).get(TEXT_PROPERTY)
        whole = str(kept.get("summary", "")) if isinstance(kept, Mapping) else ""
        return whole if whole and fold_summary(whole) == shown else shown


def _name(value: Json | None) -> str | None:
    return str(value["name"]) if value else None
