"""Files of issues: who may add and remove them, what the issue's history says of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import Final

from hub_jira.sandbox.edits import Editor
from hub_jira.sandbox.issue import Attachment, ChangeItem, Issue
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.site import Happened

MOST_FILES: Final = 60
UNKNOWN: Final = "application/octet-stream"


def attach(
    editor: Editor, issue: Issue, files: Sequence[tuple[str, str, bytes]]
) -> list[Attachment]:
    """Add files, given as (name, type, content): all of them, or none."""
    site = editor.site
    project = site.projects[issue.project]
    message = "You do not have permission to create attachments for this issue."
    user = site.require(editor.user, "CREATE_ATTACHMENTS", project, message)
    if len(files) > MOST_FILES:
        raise JiraError(413, f"No more than {MOST_FILES} files can be attached at once.")
    for name, _, content in files:
        if len(content) > site.upload_limit:
            raise JiraError(
                413,
                f"The file {name} exceeds its maximum permitted size of {site.upload_limit} bytes.",
            )
    made = []
    for name, kind, content in files:
        entry = Attachment(
            id=site.new_id(),
            name=name.replace("\\", "/").rpartition("/")[2] or "file",
            kind=_type(name) if kind == UNKNOWN else kind,
            author=user.account_id,
            created=site.now(),
            content=content,
        )
        issue.attachments.append(entry)
        site.owners[entry.id] = issue.id
        made.append(entry)
    editor.record(issue, [_item(entry, added=True) for entry in made])
    return made


def _type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or UNKNOWN


def detach(editor: Editor, issue: Issue, entry: Attachment) -> None:
    """Remove a file."""
    site = editor.site
    own = editor.user is not None and entry.author == editor.user.account_id
    right = "DELETE_OWN_ATTACHMENTS" if own else "DELETE_ALL_ATTACHMENTS"
    message = f"You do not have permission to delete attachment with id: {entry.id}"
    user = site.require(editor.user, right, site.projects[issue.project], message)
    issue.attachments.remove(entry)
    del site.owners[entry.id]
    editor.record(issue, [_item(entry, added=False)])
    site.tell(Happened(event="attachment_deleted", user=user, issue=issue, at=site.now()))


def _item(entry: Attachment, *, added: bool) -> ChangeItem:
    ends = (None, None, entry.id, entry.name) if added else (entry.id, entry.name, None, None)
    old, old_text, new, new_text = ends
    return ChangeItem(
        field="Attachment",
        field_id="attachment",
        old=old,
        old_text=old_text,
        new=new,
        new_text=new_text,
    )
