"""Pictures of users, projects and issue types: which there are, and which are chosen."""

from __future__ import annotations

from typing import Any, Final

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.rights import managed
from hub_jira.sandbox.resources.users import named

SYSTEM: Final = tuple(str(10_200 + number) for number in range(24))
_SIZES: Final = {"16x16": "xsmall", "24x24": "small", "32x32": "medium", "48x48": "large"}


def shown(call: Call, owner: str, avatar: str) -> dict[str, Any]:
    """Show a picture of an owner, such as `project:10000`."""
    chosen = call.site.settings.avatars.get(owner, SYSTEM[0])
    custom = avatar not in SYSTEM
    kind, _, identifier = owner.partition(":")
    base = f"{call.site.base_url}/secure/useravatar?avatarId={avatar}&size="
    sizes = {size: f"{base}{size}" for size in _SIZES}
    if call.site.cloud and kind != "user":
        base = f"{call.view.root}/universal_avatar/view/type/{kind}/avatar/{avatar}?size="
        sizes = {size: f"{base}{name}" for size, name in _SIZES.items()}
    result: dict[str, Any] = {
        "id": avatar,
        "isSystemAvatar": not custom,
        "isSelected": avatar == chosen,
        "isDeletable": custom,
        "urls": sizes,
    }
    return {**result, "owner": identifier} if custom else result


def choosable(call: Call, owner: str) -> bool:
    """Say whether the caller sees an owner's pictures: all but those of projects they do not."""
    kind, _, identifier = owner.partition(":")
    project = call.site.projects.get(identifier) if kind == "project" else None
    return project is None or call.site.may(call.user, "BROWSE_PROJECTS", project)


def all_of(call: Call, owner: str) -> Answer:
    """List the pictures that an owner may have."""
    made = call.site.settings.made_avatars.get(owner, [])
    return Answer(
        {
            "system": [shown(call, owner, avatar) for avatar in SYSTEM],
            "custom": [shown(call, owner, avatar) for avatar in made],
        }
    )


def system(call: Call) -> Answer:
    """List the pictures that every site has."""
    call.logged_in()
    if call.path["kind"] not in {"project", "user", "issuetype", "priority"}:
        if call.site.cloud:
            return Answer({"system": []})
        raise JiraError(404, f"The avatar type '{call.path['kind']}' does not exist.")
    entries = [shown(call, f"{call.path['kind']}:", avatar) for avatar in SYSTEM]
    return Answer({"system": [{**entry, "isSelected": False} for entry in entries]})


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
    return all_of(call, f"project:{project.id}")


def of_user(call: Call) -> Answer:
    """List the pictures that a user may have."""
    call.logged_in()
    return all_of(call, f"user:{named(call).name}")


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
    return Answer(shown(call, owner, avatar), 201)


def confirm_for_user(call: Call) -> Answer:
    """Confirm a picture."""
    return _confirm(call, _user(call))


def confirm_for_project(call: Call) -> Answer:
    """Confirm a picture."""
    return _confirm(call, _project(call))


def _choose(call: Call, owner: str) -> Answer:
    avatar = str(call.data.get("id"))
    if avatar not in SYSTEM and avatar not in call.site.settings.made_avatars.get(owner, ()):
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
