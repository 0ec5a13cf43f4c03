"""What users have set for themselves: preferences by key, their language, their names."""

from __future__ import annotations

import re
from typing import Final

from hub_jira.sandbox import auth
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.users import full
from hub_jira.sandbox.settings import PREFERENCES

_LOCALE: Final = re.compile(r"[a-z]{2}_[A-Z]{2}")


def _key(call: Call) -> str:
    key = call.query.get("key", "")
    if not key:
        raise JiraError(404, "The key of the preference must be given.")
    return key


def _own(call: Call) -> dict[str, str]:
    return call.site.settings.preferences.setdefault(call.logged_in().account_id, {})


def read(call: Call) -> Answer:
    """Read a preference of the caller's: the one they set, or the site's."""
    key = _key(call)
    value = _own(call).get(key, PREFERENCES.get(key))
    if value is None:
        raise JiraError(404, f"The preference '{key}' was not found.")
    return Answer(value)


def put(call: Call) -> Answer:
    """Set a preference of the caller's."""
    own, key = _own(call), _key(call)
    if not isinstance(call.body, str):
        raise JiraError(404, "The value of the preference must be a JSON string.")
    own[key] = call.body
    return Answer(status=204)


def delete(call: Call) -> Answer:
    """Take a preference back; the site's then holds again."""
    own, key = _own(call), _key(call)
    if key not in own:
        raise JiraError(404, f"The preference '{key}' was not found.")
    del own[key]
    return Answer(status=204)


def locale(call: Call) -> Answer:
    """Tell the caller's language."""
    return Answer({"locale": call.logged_in().locale})


def set_locale(call: Call) -> Answer:
    """Set the caller's language."""
    wanted = str(call.data.get("locale") or "")
    user = call.logged_in()
    if not _LOCALE.fullmatch(wanted):
        raise JiraError(400, f"'{wanted}' is no locale.")
    user.locale = wanted
    return Answer(status=204)


def update_myself(call: Call) -> Answer:
    """Change the caller's own name and address; their password must come along."""
    user, data = call.logged_in(), call.data
    if not auth.same(user.secret, str(data.get("password") or "")):
        raise JiraError(400, errors={"password": "The password is not correct."})
    user.display_name = str(data.get("displayName") or user.display_name)
    user.email = str(data.get("emailAddress") or user.email)
    return Answer(full(call, user))


def own_password(call: Call) -> Answer:
    """Give the caller another password, if they know the present one."""
    user, data = call.logged_in(), call.data
    if not auth.same(user.secret, str(data.get("currentPassword") or "")):
        raise JiraError(400, errors={"currentPassword": "The password is not correct."})
    wanted = str(data.get("password") or "")
    if not wanted:
        raise JiraError(400, errors={"password": "You must specify a password."})
    user.secret = wanted
    return Answer(status=204)


ROUTES = (
    Route("GET", "mypreferences", read),
    Route("PUT", "mypreferences", put),
    Route("DELETE", "mypreferences", delete),
    Route("GET", "mypreferences/locale", locale, server=False),
    Route("PUT", "mypreferences/locale", set_locale, server=False),
    Route("PUT", "myself", update_myself, cloud=False),
    Route("PUT", "myself/password", own_password, cloud=False),
)
