"""Files of issues: upload, look at, download whole or in part, delete."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import quote

from hub_jira.sandbox import attaching
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.issue import Attachment
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.finding import the_attachment, the_issue

_LIFE: Final = 600
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def upload(call: Call) -> Answer:
    """Attach files: the parts named `file` of a multipart body."""
    issue = the_issue(call)
    if call.uploads is None:
        raise JiraError(415, "Unsupported Media Type")
    files = [(x.name, x.kind, x.content) for x in call.uploads if x.field == "file"]
    if not files:
        raise JiraError(400, "No file was sent: its part of the body must be named 'file'.")
    made = attaching.attach(call.editor, issue, files)
    return Answer([call.view.attachment(entry) for entry in made])


def settings(call: Call) -> Answer:
    """Tell whether files may be attached, and how large."""
    return Answer({"enabled": True, "uploadLimit": call.site.upload_limit})


def read(call: Call) -> Answer:
    """Look at a file's particulars."""
    _, entry = the_attachment(call)
    return Answer(call.view.attachment(entry, metadata=True))


def content(call: Call) -> Answer:
    """Download from Cloud: a signed address, or with `redirect=false` the file itself."""
    _, entry = the_attachment(call)
    if not call.flag("redirect", default=True):
        return _served(call, entry)
    until = int(call.site.now().timestamp()) + _LIFE
    token = _signature(call, entry.id, until)
    link = f"{call.site.base_url}/media/file/{entry.id}/binary?until={until}&token={token}"
    return Answer(status=303, headers={"location": link})


def media(call: Call) -> Answer:
    """Download by a signed address, without a login."""
    until, wanted = call.query.get("until", ""), call.path["id"]
    owner = call.site.issues.get(call.site.owners.get(wanted, ""))
    entries = owner.attachments if owner else []
    entry = next((x for x in entries if x.id == wanted), None)
    fresh = until.isascii() and until.isdigit() and int(until) >= call.site.now().timestamp()
    if entry is None or not fresh:
        raise JiraError(403, "The link has expired.")
    if not hmac.compare_digest(_signature(call, wanted, int(until)), call.query.get("token", "")):
        raise JiraError(403, "The link is not valid.")
    return _served(call, entry)


def _signature(call: Call, attachment: str, until: int) -> str:
    words = f"{attachment} {until}".encode()
    return hmac.new(call.site.signing_key, words, hashlib.sha256).hexdigest()


def download(call: Call) -> Answer:
    """Download as a browser does."""
    _, entry = the_attachment(call)
    return _served(call, entry)


def _served(call: Call, entry: Attachment) -> Answer:
    size = len(entry.content)
    headers = {
        "content-type": entry.kind,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(entry.name)}",
        "accept-ranges": "bytes",
    }
    wanted = call.headers.get("range", "")
    if not wanted:
        return Answer(entry.content, 200, headers)
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not (match[1] or match[2]):
        raise JiraError(400, f"The range '{wanted}' is malformed.")
    first, last = _ends(match[1], match[2], size)
    if first > last:
        unmet = {"content-range": f"bytes */{size}"}
        raise JiraError(416, "The range can not be satisfied.", headers=unmet)
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Answer(entry.content[first : last + 1], 206, headers)


def _ends(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def delete(call: Call) -> Answer:
    """Delete a file."""
    issue, entry = the_attachment(call)
    attaching.detach(call.editor, issue, entry)
    return Answer(status=204)


ROUTES = (
    Route("POST", "issue/{issue}/attachments", upload),
    Route("GET", "attachment/meta", settings),
    Route("GET", "attachment/content/{id}", content, server=False),
    Route("GET", "attachment/{id}", read),
    Route("DELETE", "attachment/{id}", delete),
    Route("GET", "/secure/attachment/{id}/{name}", download),
    Route("GET", "/media/file/{id}/binary", media, server=False),
)
