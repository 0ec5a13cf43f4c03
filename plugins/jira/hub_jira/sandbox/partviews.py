"""Shows what stands in issues as Jira's JSON: comments, files, worklogs, links, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub_jira.sandbox import durations
from hub_jira.sandbox.catalogue import field_name, schema
from hub_jira.sandbox.issue import (
    Attachment,
    Comment,
    History,
    Issue,
    LinkType,
    RemoteLink,
    Worklog,
)
from hub_jira.sandbox.model import Project, Transition
from hub_jira.sandbox.planningviews import planned
from hub_jira.sandbox.rendering import html
from hub_jira.sandbox.talk import readable
from hub_jira.sandbox.views import Json, View


@dataclass(frozen=True, slots=True)
class PartView(View):
    """Shows parts of issues to one reader."""

    def comment(self, issue: Issue, comment: Comment, expand: Iterable[str] = ()) -> Json:
        """Show a comment; `expand` adds its `properties` and its `renderedBody`."""
        result: Json = {
            "self": f"{self.root}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": self.rich(comment.body),
            "updateAuthor": self.user(comment.update_author),
            "created": self.moment(comment.created),
            "updated": self.moment(comment.updated),
        }
        if self.site.cloud:
            result["jsdPublic"] = comment.public
        if "renderedBody" in expand:
            result["renderedBody"] = html(comment.body)
        if comment.visibility:
            result["visibility"] = comment.visibility
        if "properties" in expand:
            entries = comment.properties.items()
            result["properties"] = [{"key": key, "value": value} for key, value in entries]
        return result

    def comments(self, issue: Issue, expand: Iterable[str] = ()) -> Json:
        """Show the comments that stand in an issue's own answer: only a part on Cloud."""
        seen = [x for x in issue.comments if readable(self.site, self.reader, issue, x.visibility)]
        shown = seen[-20:] if self.site.cloud else seen
        return {
            "comments": [self.comment(issue, comment, expand) for comment in shown],
            "self": f"{self.root}/issue/{issue.id}/comment",
            "maxResults": len(shown),
            "total": len(seen),
            "startAt": 0,
        }

    def history(self, entry: History) -> Json:
        """Show an entry of the changelog."""
        items = [
            {
                "field": item.field,
                "fieldtype": item.kind,
                "fieldId": item.field_id,
                "from": item.old,
                "fromString": item.old_text,
                "to": item.new,
                "toString": item.new_text,
            }
            for item in entry.items
        ]
        author = self.user(entry.author)
        created = self.moment(entry.created)
        return {"id": entry.id, "author": author, "created": created, "items": items}

    def transition(self, transition: Transition, issue: Issue, *, fields: bool) -> Json:
        """Show a transition, with the fields of its screen if they are asked for."""
        result: Json = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(transition.to),
            "hasScreen": bool(transition.screen),
            "isGlobal": not transition.sources,
            "isInitial": False,
            "isAvailable": self.site.meets(transition, issue, self.reader),
            "isConditional": transition.conditional,
            "isLooped": False,
        }
        if fields:
            result["fields"] = {
                name: self.field_meta(name, required=required)
                for name, required in transition.screen.items()
            }
        return result

    def field_meta(
        self,
        name: str,
        *,
        required: bool,
        operations: Iterable[str] = ("set",),
        of: Project | None = None,
    ) -> Json:
        """Show what a screen says of a field: type, and the values it allows in a project."""
        custom = self.site.custom_fields.get(name)
        result: Json = {
            "required": required,
            "schema": schema(name, custom),
            "name": field_name(name, custom),
            "key": name,
            "hasDefaultValue": name in {"priority", "reporter"},
            "operations": list(operations),
        }
        allowed: dict[str, Callable[[], list[Any]]] = {
            "resolution": lambda: [self.resolution(x) for x in self.site.resolutions],
            "priority": lambda: [self.priority(x) for x in self.site.priorities],
        }
        if of is not None and name in {"components", "versions", "fixVersions"}:
            result["allowedValues"] = planned(self, name, of)
        elif name in allowed:
            result["allowedValues"] = allowed[name]()
        if custom and custom.options:
            result["allowedValues"] = [{"value": option} for option in custom.options]
        return result

    def attachment(self, entry: Attachment, *, metadata: bool = False) -> Json:
        """Show a file; its own resource (`metadata`) has a number for its id."""
        base = self.site.base_url
        link = f"{base}/secure/attachment/{entry.id}/{quote(entry.name)}"
        shown: Json = {
            "self": f"{self.root}/attachment/{entry.id}",
            "id": int(entry.id) if metadata and self.site.cloud else entry.id,
            "filename": entry.name,
            "author": self.user(entry.author),
            "created": self.moment(entry.created),
            "size": len(entry.content),
            "mimeType": entry.kind,
            "content": f"{self.root}/attachment/content/{entry.id}" if self.site.cloud else link,
        }
        if metadata:
            shown["properties"] = {}
        return shown

    def worklog(self, issue: Issue, worklog: Worklog, *, properties: bool = False) -> Json:
        """Show a worklog."""
        result: Json = {
            "self": f"{self.root}/issue/{issue.id}/worklog/{worklog.id}",
            "id": worklog.id,
            "issueId": issue.id,
            "author": self.user(worklog.author),
            "updateAuthor": self.user(worklog.update_author),
            "created": self.moment(worklog.created),
            "updated": self.moment(worklog.updated),
            "started": self.moment(worklog.started),
            "timeSpent": durations.shown(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
        }
        if worklog.comment is not None:
            result["comment"] = self.rich(worklog.comment)
        if worklog.visibility:
            result["visibility"] = worklog.visibility
        if properties:
            entries = worklog.properties.items()
            result["properties"] = [{"key": key, "value": value} for key, value in entries]
        return result

    def worklogs(self, issue: Issue) -> Json:
        """Show the worklogs that stand in an issue's own answer: a part of them."""
        shown = [x for x in issue.worklogs if readable(self.site, self.reader, issue, x.visibility)]
        return {
            "startAt": 0,
            "maxResults": 20,
            "total": len(shown),
            "worklogs": [self.worklog(issue, worklog) for worklog in shown[:20]],
        }

    def remote_link(self, issue: Issue, link: RemoteLink) -> Json:
        """Show a remote link."""
        result: Json = {
            "id": link.id,
            "self": f"{self.root}/issue/{issue.id}/remotelink/{link.id}",
            "application": link.application,
            "object": {"status": {"icon": {}}, "icon": {}, **link.target},
        }
        if link.global_id is not None:
            result["globalId"] = link.global_id
        if link.relationship is not None:
            result["relationship"] = link.relationship
        return result

    def link_type(self, kind: LinkType) -> Json:
        """Show a link type."""
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.root}/issueLinkType/{kind.id}",
        }

    def votes(self, issue: Issue) -> Json:
        """Show how many vote for an issue."""
        own = self.reader is not None and self.reader.account_id in issue.voters
        link = f"{self.root}/issue/{issue.key}/votes"
        return {"self": link, "votes": len(issue.voters), "hasVoted": own}

    def watches(self, issue: Issue) -> Json:
        """Show how many watch an issue."""
        own = self.reader is not None and self.reader.account_id in issue.watchers
        link = f"{self.root}/issue/{issue.key}/watchers"
        return {"self": link, "watchCount": len(issue.watchers), "isWatching": own}

    def time_tracking(self, issue: Issue) -> Json:
        """Show estimates and time spent, those that there are."""
        amounts = {
            "originalEstimate": issue.original_estimate,
            "remainingEstimate": issue.remaining_estimate,
            "timeSpent": issue.time_spent or None,
        }
        given = {name: amount for name, amount in amounts.items() if amount is not None}
        words = {name: durations.shown(amount) for name, amount in given.items()}
        return words | {f"{name}Seconds": amount for name, amount in given.items()}

    def progress(self, *issues: Issue) -> Json:
        """Show how much of the work on some issues is done."""
        spent = sum(issue.time_spent for issue in issues)
        total = spent + sum(issue.remaining_estimate or 0 for issue in issues)
        result = {"progress": spent, "total": total}
        return {**result, "percent": spent * 100 // total} if total else result
