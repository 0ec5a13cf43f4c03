"""The pictures of projects, issue types and priorities, as Cloud takes and shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hub_jira.sandbox import pictures
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.avatars import SYSTEM, all_of, choosable, shown
from hub_jira.sandbox.resources.rights import administrator, managed
from hub_jira.sandbox.settings import Picture
from hub_jira.sandbox.site import Site

_OWNERS: Final[Mapping[str, Callable[[Site], Mapping[str, object]]]] = {
    "project": lambda site: site.projects,
    "issuetype": lambda site: site.issue_types,
    "priority": lambda site: site.priorities,
}
_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}


def _owner(call: Call) -> str:
    kind, wanted = _kind(call), call.path["owner"]
    if wanted not in _OWNERS[kind](call.site):
        raise JiraError(404, f"There is no {kind} with the id {wanted}.")
    if kind == "project":
        call.site.project(wanted, call.user)
    return f"{kind}:{wanted}"


def _kind(call: Call) -> str:
    kind = call.path["kind"]
    if kind not in _OWNERS:
        raise JiraError(404, f"The avatar type '{kind}' does not exist.")
    return kind


def listing(call: Call) -> Answer:
    """List the pictures that a project, an issue type or a priority may have.

    One that is not there may have what all may have: it is told apart by nothing.
    """
    owner = f"{_kind(call)}:{call.path['owner']}"
    return all_of(call, owner if choosable(call, owner) else f"{_kind(call)}:")


def load(call: Call) -> Answer:
    """Take a picture in."""
    owner = _managed_owner(call)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not pictures.is_picture(kind, call.body or b""):
        raise JiraError(400, "The avatar must be a JPEG, GIF or PNG image.")
    settings = call.site.settings
    made = call.site.new_id()
    settings.made_avatars.setdefault(owner, []).append(made)
    settings.pictures[made] = Picture(kind=kind, content=call.body)
    return Answer(shown(call, owner, made), 201)


def delete(call: Call) -> Answer:
    """Delete a picture that was taken in."""
    owner, wanted = _managed_owner(call), call.path["id"]
    settings = call.site.settings
    if wanted not in settings.made_avatars.get(owner, ()):
        raise JiraError(404, f"The avatar {wanted} does not exist.")
    settings.made_avatars[owner].remove(wanted)
    settings.pictures.pop(wanted, None)
    if settings.avatars.get(owner) == wanted:
        del settings.avatars[owner]
    return Answer(status=204)


def _managed_owner(call: Call) -> str:
    call.logged_in()
    owner = _owner(call)
    if call.path["kind"] == "project":
        managed(call, call.path["owner"])
    else:
        administrator(call)
    return owner


def by_number(call: Call) -> Answer:
    """Show a picture."""
    _kind(call)
    wanted = call.path["id"]
    if wanted not in SYSTEM and not any(
        wanted in made and choosable(call, owner)
        for owner, made in call.site.settings.made_avatars.items()
    ):
        raise JiraError(404, f"The avatar {wanted} does not exist.")
    return _drawn(call, wanted)


def of_type(call: Call) -> Answer:
    """Show the picture that a kind of thing has by default."""
    _kind(call)
    return _drawn(call, SYSTEM[0])


def of_owner(call: Call) -> Answer:
    """Show the picture of a project, an issue type or a priority."""
    return _drawn(call, call.site.settings.avatars.get(_owner(call), SYSTEM[0]))


def _drawn(call: Call, wanted: str) -> Answer:
    size, form = call.query.get("size", "large"), call.query.get("format")
    if size not in pictures.PIXELS or form not in {None, *_TYPES}:
        raise JiraError(404, f"There is no picture of the size '{size}' and format '{form}'.")
    kept = call.site.settings.pictures.get(wanted)
    if kept is not None:
        return Answer(kept.content, headers={"content-type": kept.kind})
    draw = pictures.png if form == "png" else pictures.svg
    content = draw(int(wanted), pictures.PIXELS[size])
    return Answer(content, headers={"content-type": _TYPES[form or "svg"]})


_OF_OWNER: Final = "universal_avatar/type/{kind}/owner/{owner}"
_VIEW: Final = "universal_avatar/view/type/{kind}"
ROUTES = (
    Route("GET", _OF_OWNER, listing, server=False),
    Route("POST", _OF_OWNER, load, server=False, plain=True),
    Route("DELETE", f"{_OF_OWNER}/avatar/{{id}}", delete, server=False),
    Route("GET", _VIEW, of_type, server=False),
    Route("GET", f"{_VIEW}/avatar/{{id}}", by_number, server=False),
    Route("GET", f"{_VIEW}/owner/{{owner}}", of_owner, server=False),
)
