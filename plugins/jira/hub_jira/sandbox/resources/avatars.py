"""Pictures of users, projects and issue types. The pictures themselves are not kept."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.rights import managed
from hub_jira.sandbox.resources.users import named

_SYSTEM: Final = tuple(str(10_200 + number) for number in range(24))
_SIZES: Final = ("16x16", "24x24", "32x32", "48x48")


def _shown(call: Call, owner: str, avatar: str) -> dict[str, Any]:
    chosen = call.site.settings.avatars.get(owner, _SYSTEM[0])
    custom = avatar not in _SYSTEM
    base = f"{call.site.base_url}/secure/useravatar?avatarId={avatar}"
    result: dict[str, Any] = {
        "id": avatar,
        "isSystemAvatar": not custom,
        "isSelected": avatar == chosen,
        "isDeletable": custom,
        "urls": {size: f"{base}&size={size}" for size in _SIZES},
    }
    return {**result, "owner": owner.partition(":")[2]} if custom else result


def _all(call: Call, owner: str) -> Answer:
    made = call.site.settings.made_avatars.get(owner, [])
    return Answer(
        {
            "system": [_shown(call, owner, avatar) for avatar in _SYSTEM],
            "custom": [_shown(call, owner, avatar) for avatar in made],
        }
    )


def system(call: Call) -> Answer:
    """List the pictures that every site has."""
    call.logged_in()
    if call.path["kind"] not in {"project", "user", "issuetype"}:
        raise JiraError(404, f"The avatar type '{call.path['kind']}' does not exist.")
    shown = [_shown(call, f"{call.path['kind']}:", avatar) for avatar in _SYSTEM]
    return Answer({"system": [{**entry, "isSelected": False} for entry in shown]})


def _project(call: Call) -> str:
    return f"project:{managed(call, call.path['project']).id}"


def _user(call: Call) -> str:
    caller, user = call.logged_in(), named(call)
    if caller is not user and not caller.admin:
        raise JiraError(403, "You do not have permission to change the avatar of this user.")
    return f"user:{user.name}"


def of_project(call: Call) -> Answer:
    """List the pictures that a project may have."""
    project = call.site.project(call.path["project"], call.logged_in())
    return _all(call, f"project:{project.id}")


def of_user(call: Call) -> Answer:
    """List the pictures that a user may have."""
    call.logged_in()
    return _all(call, f"user:{named(call).name}")


def _cropping(call: Call) -> Answer:
    del call
    return Answer(
        {"cropperWidth": 120, "cropperOffsetX": 50, "cropperOffsetY": 50, "needsCropping": True},
        201,
    )


def upload_for_user(call: Call) -> Answer:
    """Take a picture in, to be cropped and confirmed."""
    _user(call)
    return _cropping(call)


def upload_for_project(call: Call) -> Answer:
    """Take a picture in, to be cropped and confirmed."""
    _project(call)
    return _cropping(call)


def _confirm(call: Call, owner: str) -> Answer:
    avatar = call.site.new_id()
    call.site.settings.made_avatars.setdefault(owner, []).append(avatar)
    return Answer(_shown(call, owner, avatar), 201)


def confirm_for_user(call: Call) -> Answer:
    """Confirm a picture."""
    return _confirm(call, _user(call))


def confirm_for_project(call: Call) -> Answer:
    """Confirm a picture."""
    return _confirm(call, _project(call))


def _choose(call: Call, owner: str) -> Answer:
    avatar = str(call.data.get("id"))
    if avatar not in _SYSTEM and avatar not in call.site.settings.made_avatars.get(owner, ()):
        raise JiraError(404, f"The avatar {avatar} does not exist.")
    call.site.settings.avatars[owner] = avatar
    return Answer(status=204)


def choose_for_user(call: Call) -> Answer:
    """Choose a user's picture."""
    return _choose(call, _user(call))


def choose_for_project(call: Call) -> Answer:
    """Choose a project's picture."""
    return _choose(call, _project(call))


def _delete(call: Call, owner: str) -> Answer:
    made = call.site.settings.made_avatars.get(owner, [])
    if call.path["id"] not in made:
        raise JiraError(404, f"The avatar {call.path['id']} does not exist.")
    made.remove(call.path["id"])
    if call.site.settings.avatars.get(owner) == call.path["id"]:
        del call.site.settings.avatars[owner]
    return Answer(status=204)


def delete_of_user(call: Call) -> Answer:
    """Delete a picture of the caller's, or of the user that the query names."""
    return _delete(call, _user(call))


def delete_of_project(call: Call) -> Answer:
    """Delete a project's picture."""
    return _delete(call, _project(call))


ROUTES = (
    Route("GET", "avatar/{kind}/system", system),
    Route("GET", "project/{project}/avatars", of_project),
    Route("PUT", "project/{project}/avatar", choose_for_project),
    Route("POST", "project/{project}/avatar", confirm_for_project, cloud=False),
    Route(
        "POST", "project/{project}/avatar/temporary", upload_for_project, cloud=False, plain=True
    ),
    Route("DELETE", "project/{project}/avatar/{id}", delete_of_project),
    Route("GET", "user/avatars", of_user, cloud=False),
    Route("PUT", "user/avatar", choose_for_user, cloud=False),
    Route("POST", "user/avatar", confirm_for_user, cloud=False),
    Route("POST", "user/avatar/temporary", upload_for_user, cloud=False, plain=True),
    Route("DELETE", "user/avatar/{id}", delete_of_user, cloud=False),
)
