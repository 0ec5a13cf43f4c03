"""Comments: who may write them, who can read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub_jira.sandbox.issue import PUBLIC_PROPERTY, Comment, Issue
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.parsing import FieldError, Parser
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Happened, Site

_MAX_PROPERTY: Final = 32_768
_NO_RIGHT: Final = "{}, you do not have the permission to comment on this issue."


class Talk:
    """Writes comments on behalf of one user, through one version of the API."""

    def __init__(self, site: Site, user: User | None, api: int) -> None:
        self._site = site
        self._user = user
        self._parser = Parser(site, api)

    def add(self, issue: Issue, body: Mapping[str, Any]) -> Comment:
        """Add a comment."""
        project = self._site.projects[issue.project]
        name = self._user.display_name if self._user else ""
        user = self._site.require(self._user, "ADD_COMMENTS", project, _NO_RIGHT.format(name), 400)
        now = self._site.now()
        comment = Comment(
            id=self._site.new_id(),
            author=user.account_id,
            update_author=user.account_id,
            body=self._body(body),
            created=now,
            updated=now,
            visibility=_visibility(body),
            properties=self._properties(issue, body, user),
        )
        issue.comments.append(comment)
        self._wrote("comment_created", issue, comment, user)
        return comment

    def edit(self, issue: Issue, comment: Comment, body: Mapping[str, Any]) -> None:
        """Replace a comment's text; what the request leaves out of visibility is lost."""
        user = self._may_change(issue, comment, "EDIT")
        comment.body = self._body(body)
        comment.visibility = _visibility(body)
        comment.properties |= self._properties(issue, body, user)
        comment.updated = self._site.now()
        comment.update_author = user.account_id
        self._wrote("comment_updated", issue, comment, user)

    def delete(self, issue: Issue, comment: Comment) -> None:
        """Delete a comment."""
        user = self._may_change(issue, comment, "DELETE")
        issue.comments.remove(comment)
        self._wrote("comment_deleted", issue, comment, user)

    def _may_change(self, issue: Issue, comment: Comment, verb: str) -> User:
        own = self._user is not None and comment.author == self._user.account_id
        right = f"{verb}_OWN_COMMENTS" if own else f"{verb}_ALL_COMMENTS"
        project = self._site.projects[issue.project]
        message = f"You do not have the permission to {verb.lower()} this comment."
        return self._site.require(self._user, right, project, message, 400)

    def _body(self, body: Mapping[str, Any]) -> RichText:
        try:
            text = self._parser.rich(body.get("body"))
        except FieldError as error:
            raise JiraError(400, errors={"comment": str(error)}) from None
        if text is None or not text.plain().strip():
            raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
        return text

    def _properties(self, issue: Issue, body: Mapping[str, Any], user: User) -> dict[str, Any]:
        found = {str(x["key"]): x.get("value") for x in body.get("properties") or ()}
        for key, value in found.items():
            if len(str(value)) > _MAX_PROPERTY:
                raise JiraError(400, f"The property value for key '{key}' is too long.")
        project = self._site.projects[issue.project]
        agent = self._site.may(user, "SERVICEDESK_AGENT", project)
        if project.type_key == "service_desk" and not agent:
            found.pop(PUBLIC_PROPERTY, None)  # who is no agent writes in public, whatever he asks
        return found

    def _wrote(self, event: str, issue: Issue, comment: Comment, user: User) -> None:
        now = self._site.now()
        issue.updated = now
        self._site.keep(issue)
        self._site.tell(Happened(event=event, user=user, issue=issue, comment=comment, at=now))


def _visibility(body: Mapping[str, Any]) -> dict[str, str] | None:
    raw = body.get("visibility")
    if not raw:
        return None
    if raw.get("type") not in {"role", "group"}:
        raise JiraError(400, errors={"commentLevel": "The comment visibility type is invalid."})
    return {str(key): str(value) for key, value in raw.items() if value is not None}
