"""Accounts: made, changed and deleted by the administrator."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

import msgspec

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import INVALID_PAYLOAD, JiraError, User
from hub_jira.sandbox.resources.rights import administrator
from hub_jira.sandbox.resources.users import full, named

_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_FORMER: Final = "Former user"


def create(call: Call) -> Answer:
    """Create a user: by address on Cloud, by name on Server."""
    administrator(call)
    data = call.data
    email = str(data.get("emailAddress") or "")
    name = str(data.get("name") or email)
    errors: dict[str, str] = {}
    if not _ADDRESS.fullmatch(email):
        errors["emailAddress"] = "You must specify a valid email address."
    if not name:
        errors["username"] = "You must specify a username."
    if any(user.name.lower() == name.lower() for user in call.site.users.values()):
        errors["username"] = "A user with that username already exists."
    if errors:
        raise JiraError(400, errors=errors)
    shown = str(data.get("displayName") or email.partition("@")[0])
    user = User(
        account_id=_account(call, name),
        name=name,
        display_name=shown,
        email=email,
        secret=str(data.get("password") or ""),
        groups=("jira-users", "jira-software-users"),
    )
    call.site.users[user.account_id] = user
    return Answer(full(call, user), 201)


def _account(call: Call, name: str) -> str:
    number = call.site.new_id()
    if not call.site.cloud:
        return number
    return uuid5(NAMESPACE_URL, f"sandbox/user/{name}/{number}").hex[:24]


def update(call: Call) -> Answer:
    """Change a user's names and address."""
    administrator(call)
    user, data = named(call), call.data
    if "name" in data:
        wanted = str(data["name"])
        if any(x.name == wanted and x is not user for x in call.site.users.values()):
            text = "A user with that username already exists."
            raise JiraError(400, errors={"username": text})
        user.name = wanted
    user.display_name = str(data.get("displayName") or user.display_name)
    user.email = str(data.get("emailAddress") or user.email)
    if isinstance(data.get("active"), bool):
        user.active = data["active"]
    return Answer(full(call, user))


def save_form(call: Call) -> Answer:
    """Take the form in which an administrator edits a user: who is not ticked is not active."""
    administrator(call)
    form = _form(call.body or b"")
    user = call.site.login(form.get("editName", ""))
    if user is None:
        raise JiraError(404, f"The user named '{form.get('editName')}' does not exist")
    user.display_name = form.get("fullName") or user.display_name
    user.email = form.get("email") or user.email
    user.active = form.get("active") == "true"
    return Answer(b"", 200, {"X-Atlassian-Dialog-Control": "DONE", "content-type": "text/html"})


def _form(body: bytes) -> dict[str, str]:
    """Read a form; the library `jira` sends its fields as JSON, whatever it says they are."""
    if not body.startswith(b"{"):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        return msgspec.json.decode(body, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise JiraError(400, INVALID_PAYLOAD) from None


def password(call: Call) -> Answer:
    """Give a user another password."""
    caller, user = call.logged_in(), named(call)
    if caller is not user and not caller.admin:
        raise JiraError(403, "You do not have permission to change the password of this user.")
    user.secret = str(call.data.get("password") or "")
    return Answer(status=204)


def delete(call: Call) -> Answer:
    """Delete a user; on Cloud those who have left traces stay as somebody without a name."""
    administrator(call)
    user = named(call)
    if not _has_left_traces(call, user):
        del call.site.users[user.account_id]
        return Answer(status=204)
    if not call.site.cloud:
        raise JiraError(400, f"Cannot delete user '{user.name}' because issues were reported by, "
                        "assigned to or commented on by this person.")  # fmt: skip
    user.active, user.email_hidden, user.display_name = False, True, _FORMER
    user.secret = user.bearer = ""
    user.groups = ()
    return Answer(status=204)


def _has_left_traces(call: Call, user: User) -> bool:
    account = user.account_id
    site = call.site
    led: list[Any] = [*site.projects.values(), *site.planning.components.values()]
    owned: list[Any] = [*site.planning.filters.values(), *site.settings.dashboards.values()]
    return (
        any(entry.lead == account for entry in led)
        or any(entry.owner == account for entry in owned)
        or any(
            account in {issue.creator, issue.reporter, issue.assignee}
            or any(account in {x.author, x.update_author} for x in issue.comments)
            or any(account == entry.author for entry in issue.histories)
            for issue in site.issues.values()
        )
    )


ROUTES = (
    Route("POST", "user", create),
    Route("PUT", "user", update, cloud=False),
    Route("PUT", "user/password", password, cloud=False),
    Route("DELETE", "user", delete),
    Route("POST", "/secure/admin/user/EditUser.jspa", save_form, cloud=False, plain=True),
)
