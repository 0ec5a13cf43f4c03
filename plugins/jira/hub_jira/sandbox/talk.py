"""Comments: who may write them, who can read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from hub_jira.sandbox.edits import read_properties
from hub_jira.sandbox.issue import PUBLIC_PROPERTY, Comment, Issue
from hub_jira.sandbox.model import JiraError, Project, User
from hub_jira.sandbox.parsing import FieldError, InvalidDocumentError, Parser
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Happened, Site

NOT_VALID: Final = "Comment body is not valid!"
_NO_RIGHT: Final = "{}, you do not have the permission to comment on this issue."


class Talk:
    """Writes comments on behalf of one user, through one version of the API."""

    def __init__(self, site: Site, user: User | None, api: int) -> None:
        self._site = site
        self._user = user
        self._parser = Parser(site, api)

    def add(self, issue: Issue, body: Mapping[str, Any]) -> Comment:
        """Add a comment."""
        return self.enter(issue, self.draft(issue, body))

    def draft(self, issue: Issue, body: Mapping[str, Any]) -> Comment:
        """Make a comment that may be added, without adding it."""
        project = self._site.projects[issue.project]
        name = self._user.display_name if self._user else ""
        user = self._site.require(self._user, "ADD_COMMENTS", project, _NO_RIGHT.format(name), 400)
        now = self._site.now()
        return Comment(
            id=self._site.new_id(),
            author=user.account_id,
            update_author=user.account_id,
            body=self._body(body),
            created=now,
            updated=now,
            visibility=read_visibility(self._site, user, issue, body),
            properties=self._properties(issue, body, user),
        )

    def enter(self, issue: Issue, comment: Comment) -> Comment:
        """Add a comment that was made by `draft`; its writer then watches the issue."""
        issue.comments.append(comment)
        author, watches = comment.author, self._site.settings.watches_by_itself
        if author not in issue.watchers and watches(author):
            issue.watchers.append(author)
        self._site.owners[comment.id] = issue.id
        self._wrote("comment_created", issue, comment)
        return comment

    def edit(self, issue: Issue, comment: Comment, body: Mapping[str, Any]) -> Comment:
        """Replace a comment's text; what the request leaves out of visibility is lost."""
        user = self._may_change(issue, comment, "EDIT")
        edited = replace(
            comment,
            body=self._body(body),
            visibility=read_visibility(self._site, user, issue, body),
            properties=comment.properties | self._properties(issue, body, user),
            updated=self._site.now(),
            update_author=user.account_id,
        )
        self.exchange(issue, comment, edited)
        self._wrote("comment_updated", issue, edited)
        return edited

    def exchange(self, issue: Issue, old: Comment, new: Comment) -> None:
        """Put a new version in the place of a comment."""
        issue.comments[issue.comments.index(old)] = new
        self._site.keep(issue)

    def delete(self, issue: Issue, comment: Comment) -> None:
        """Delete a comment."""
        self._may_change(issue, comment, "DELETE")
        issue.comments.remove(comment)
        self._site.owners.pop(comment.id, None)
        self._wrote("comment_deleted", issue, comment)

    def _may_change(self, issue: Issue, comment: Comment, verb: str) -> User:
        own = self._user is not None and comment.author == self._user.account_id
        right = f"{verb}_OWN_COMMENTS" if own else f"{verb}_ALL_COMMENTS"
        project = self._site.projects[issue.project]
        message = f"You do not have the permission to {verb.lower()} this comment."
        return self._site.require(self._user, right, project, message, 400)

    def _body(self, body: Mapping[str, Any]) -> RichText:
        try:
            text = self._parser.rich(body.get("body"))
        except InvalidDocumentError:
            raise JiraError(400, errors={"comment": NOT_VALID}) from None
        except FieldError as error:
            told = str(error) if "too long" in str(error) else NOT_VALID
            raise JiraError(400, errors={"comment": told}) from None
        if text is None or not text.plain().strip():
            raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
        return text

    def _properties(self, issue: Issue, body: Mapping[str, Any], user: User) -> dict[str, Any]:
        found = read_properties(body)
        project = self._site.projects[issue.project]
        agent = self._site.may(user, "SERVICEDESK_AGENT", project)
        if project.type_key == "service_desk" and not agent:
            found.pop(PUBLIC_PROPERTY, None)  # who is no agent writes in public, whatever he asks
        return found

    def _wrote(self, event: str, issue: Issue, comment: Comment) -> None:
        now = self._site.now()
        issue.updated = now
        self._site.keep(issue)
        if self._user is not None:
            happened = Happened(event=event, user=self._user, issue=issue, comment=comment, at=now)
            self._site.tell(happened)


def read_visibility(
    site: Site, user: User, issue: Issue, body: Mapping[str, Any]
) -> dict[str, str] | None:
    """Read to whom a comment or a worklog is restricted; its writer must be among them."""
    raw = body.get("visibility")
    if not raw:
        return None
    kind = raw.get("type") if isinstance(raw, Mapping) else None
    name = str(raw.get("value") or raw.get("identifier") or "") if kind else ""
    if kind not in {"role", "group"}:
        raise JiraError(400, errors={"commentLevel": "The comment visibility type is invalid."})
    if not name:
        raise JiraError(400, errors={"commentLevel": f"The {kind} that may see it is missing."})
    limit = {"type": kind, "value": name, "identifier": str(raw.get("identifier") or name)}
    if not _belongs(site, user, site.projects[issue.project], limit):
        words = f"You are currently not a member of the {kind} '{name}'."
        raise JiraError(400, errors={"commentLevel": words})
    return limit


def readable(site: Site, user: User | None, issue: Issue, limit: Mapping[str, str] | None) -> bool:
    """Say whether someone may read what an issue restricts so: to a group or a role."""
    if not limit:
        return True
    if user is None:
        return False
    return _belongs(site, user, site.projects[issue.project], limit)


def _belongs(site: Site, user: User, project: Project, limit: Mapping[str, str]) -> bool:
    names = {limit["value"], limit["identifier"]}
    if limit["type"] == "group":
        groups = (x for x in site.schemes.groups.values() if names & {x.name, x.id})
        return any(group.name in user.groups for group in groups)
    roles = (x for x in site.schemes.roles.values() if names & {x.name, str(x.id)})
    return any(site.plays(user, role.id, project) for role in roles)
