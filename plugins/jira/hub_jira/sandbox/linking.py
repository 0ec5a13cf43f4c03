"""Links between issues, and from issues to what is outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.issue import ChangeItem, Issue, Link, LinkType, RemoteLink
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError
from hub_jira.sandbox.site import Happened, Site

NO_LINK_RIGHT = "You do not have permission to link issues in this project."


def find_type(site: Site, value: Any) -> LinkType:
    """Give the link type that a request names, by id or name."""
    if not isinstance(value, Mapping):
        raise JiraError(400, INVALID_PAYLOAD)
    name = value.get("name")
    for entry in site.relations.types.values():
        if entry.id == str(value.get("id")) or (name is not None and entry.name == name):
            return entry
    shown = name if name is not None else value.get("id")
    raise JiraError(404, f"No issue link type with name '{shown}' found.")


def end(editor: Editor, value: Any) -> Issue:
    """Give the issue at one end of a link that is asked for."""
    if not isinstance(value, Mapping):
        raise JiraError(400, INVALID_PAYLOAD)
    return editor.site.issue(str(value.get("key") or value.get("id") or ""), editor.user)


def connect(editor: Editor, kind: LinkType, inward: Issue, outward: Issue) -> Link:
    """Link two issues; a link that is there already is given back."""
    site = editor.site
    project = site.projects[inward.project]
    user = site.require(editor.user, "LINK_ISSUES", project, NO_LINK_RIGHT, 404)
    if inward is outward:
        raise JiraError(400, "You cannot link an issue to itself.")
    for known in site.relations.links_of(inward.id):
        if (known.type, known.inward, known.outward) == (kind.id, inward.id, outward.id):
            return known
    link = Link(id=site.new_id(), type=kind.id, inward=inward.id, outward=outward.id)
    site.relations.connect(link)
    _note(editor, inward, outward, kind.outward, added=True)
    _note(editor, outward, inward, kind.inward, added=True)
    site.tell(Happened(event="issuelink_created", user=user, issue=inward, at=site.now()))
    return link


def cut(editor: Editor, link: Link) -> None:
    """Remove a link."""
    site = editor.site
    inward, outward = site.issues[link.inward], site.issues[link.outward]
    project = site.projects[inward.project]
    user = site.require(editor.user, "LINK_ISSUES", project, NO_LINK_RIGHT, 404)
    site.relations.cut(link)
    kind = site.relations.types[link.type]
    _note(editor, inward, outward, kind.outward, added=False)
    _note(editor, outward, inward, kind.inward, added=False)
    site.tell(Happened(event="issuelink_deleted", user=user, issue=inward, at=site.now()))


def _note(editor: Editor, issue: Issue, other: Issue, words: str, *, added: bool) -> None:
    text = f"This issue {words} {other.key}"
    item = (
        ChangeItem(field="Link", field_id="issuelinks", new=other.key, new_text=text)
        if added
        else ChangeItem(field="Link", field_id="issuelinks", old=other.key, old_text=text)
    )
    editor.record(issue, [item])


def set_remote(editor: Editor, issue: Issue, body: Mapping[str, Any]) -> tuple[RemoteLink, bool]:
    """Set the remote link with a global id, or a further one; say whether it is new."""
    known = _by_global_id(issue, body.get("globalId"))
    link = _remote(editor, issue, body, known.id if known else int(editor.site.new_id()))
    if known is None:
        issue.remote_links.append(link)
        item = ChangeItem(
            field="RemoteIssueLink",
            field_id="RemoteIssueLink",
            new=str(link.id),
            new_text=f'This issue links to "{link.target["title"]}"',
        )
        editor.record(issue, [item])
        return link, True
    issue.remote_links[issue.remote_links.index(known)] = link
    editor.record(issue, [])
    return link, False


def edit_remote(editor: Editor, issue: Issue, known: RemoteLink, body: Mapping[str, Any]) -> None:
    """Replace a remote link: what is left out becomes empty."""
    other = _by_global_id(issue, body.get("globalId"))
    if other is not None and other is not known:
        raise JiraError(400, errors={"globalId": "The global ID is used by another remote link."})
    link = _remote(editor, issue, body, known.id)
    issue.remote_links[issue.remote_links.index(known)] = link
    editor.record(issue, [])


def remove_remote(editor: Editor, issue: Issue, link: RemoteLink) -> None:
    """Remove a remote link."""
    _may_link(editor, issue)
    issue.remote_links.remove(link)
    item = ChangeItem(
        field="RemoteIssueLink",
        field_id="RemoteIssueLink",
        old=str(link.id),
        old_text=f'This issue links to "{link.target["title"]}"',
    )
    editor.record(issue, [item])


def _by_global_id(issue: Issue, wanted: Any) -> RemoteLink | None:
    if wanted is None:
        return None
    return next((x for x in issue.remote_links if x.global_id == wanted), None)


def _may_link(editor: Editor, issue: Issue) -> None:
    project = editor.site.projects[issue.project]
    editor.site.require(editor.user, "LINK_ISSUES", project, NO_LINK_RIGHT)


def _remote(editor: Editor, issue: Issue, body: Mapping[str, Any], identifier: int) -> RemoteLink:
    _may_link(editor, issue)
    target, application = body.get("object"), body.get("application")
    errors: dict[str, str] = {}
    if not isinstance(target, Mapping):
        raise JiraError(400, errors={"object": "'object' is required."})
    for name in ("title", "url"):
        if not isinstance(target.get(name), str) or not target[name]:
            errors[name] = f"'{name}' is required."
    global_id = body.get("globalId")
    if global_id is not None and not (isinstance(global_id, str) and len(global_id) <= 255):
        errors["globalId"] = "'globalId' should have a length between 1 and 255."
    if application is not None and not isinstance(application, Mapping):
        errors["application"] = "'application' must be an object."
    if errors:
        raise JiraError(400, errors=errors)
    relationship = body.get("relationship")
    return RemoteLink(
        id=identifier,
        global_id=global_id,
        relationship=None if relationship is None else str(relationship),
        application=dict(application or {}),
        target=dict(target),
    )
