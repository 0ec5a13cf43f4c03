"""Logging in and out by SOAP, who one is, and passwords."""

from __future__ import annotations

import re
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.resources.login import by_password
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap.envelope import Request, local, text
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError, Call

SHORTEST: Final = 8
WITHOUT_LOGIN: Final = 65.0
"""The first version of the API that has no SOAP login."""


def login(site: Site, http: Call, request: Request) -> dict[str, Any]:
    """Open a session for a name and password, the security token behind it."""
    version = http.segments["version"]
    if float(version) >= WITHOUT_LOGIN:
        message = (
            f"The SOAP Login operation is not available in the API version specified ({version})."
            " Refer to the documentation for supported versions."
        )
        raise ApiError(500, "INVALID_OPERATION", message)
    username, password = text(request.body, "username"), text(request.body, "password")
    scope = request.header("LoginScopeHeader", "organizationId")
    user = by_password(site, username or "", password or "")
    if user is None or (scope and normal_id(scope) != site.organization_id):
        message = "Invalid username, password, security token; or user locked out."
        raise ApiError(500, "INVALID_LOGIN", message)
    place = f"{http.origin}/services/Soap/{{}}/{version}/{site.organization_id}"
    session = site.sessions.open(str(user["Id"]))
    return {
        "metadataServerUrl": place.format("m"),
        "passwordExpired": False,
        "sandbox": bool(_organization(site)["IsSandbox"]),
        "serverUrl": place.format(http.segments["flavour"]),
        "sessionId": session,
        "userId": user["Id"],
        "userInfo": _info(site, user, site.sessions.seconds_left(session)),
    }


def _organization(site: Site) -> Row:
    return site.org.tables["Organization"][site.organization_id]


def _info(site: Site, user: Row, seconds: int) -> dict[str, Any]:
    organization = _organization(site)
    return {
        "accessibilityMode": False,
        "chatterExternal": False,
        "currencySymbol": "¥",
        "orgAttachmentFileSizeLimit": 26214400,
        "orgDefaultCurrencyIsoCode": "CNY",
        "orgDefaultCurrencyLocale": "zh_CN",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": organization["Id"],
        "organizationMultiCurrency": False,
        "organizationName": organization["Name"],
        "profileId": user["ProfileId"],
        "roleId": user["UserRoleId"],
        "sessionSecondsValid": seconds,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": user["Email"],
        "userFullName": user["Name"],
        "userId": user["Id"],
        "userLanguage": user["LanguageLocaleKey"],
        "userLocale": user["LocaleSidKey"],
        "userName": user["Username"],
        "userTimeZone": user["TimeZoneSidKey"],
        "userType": user["UserType"],
        "userUiSkin": "Theme3",
    }


def user_info(site: Site, http: Call, _request: Request) -> dict[str, Any]:
    """Give the user of the session."""
    user = site.org.tables["User"][http.user_id]
    return _info(site, user, site.sessions.seconds_left(http.token))


def logout(site: Site, http: Call, _request: Request) -> None:
    """End the session."""
    site.sessions.end(http.token)


def invalidate(site: Site, _http: Call, request: Request) -> list[Any]:
    """End sessions by their ids."""
    ids = [(e.text or "") for e in request.body if local(e).lower() == "sessionids"]
    return [{"errors": [], "success": site.sessions.end(i)} for i in ids]


def set_password(site: Site, _http: Call, request: Request) -> dict[str, Any]:
    """Set a user's password."""
    user, password = _user(site, request), text(request.body, "password") or ""
    if len(password) < SHORTEST or not re.search(r"\d", password) or password.isdigit():
        message = "Your password must have letters and numbers, at least 8 characters"
        raise ApiError(500, "INVALID_NEW_PASSWORD", message)
    site.sessions.passwords[str(user["Id"])] = password
    return {}


def reset_password(site: Site, _http: Call, request: Request) -> dict[str, Any]:
    """Give a user a new password."""
    user = _user(site, request)
    password = f"Sandbox{site.org.next_number('password'):05d}"
    site.sessions.passwords[str(user["Id"])] = password
    return {"password": password}


def change_own_password(site: Site, http: Call, request: Request) -> dict[str, Any]:
    """Change the password of the session's own user, who knows the old one."""
    user = site.org.tables["User"][http.user_id]
    old, new = text(request.body, "oldPassword") or "", text(request.body, "newPassword") or ""
    if by_password(site, str(user["Username"]), old) is None or len(new) < SHORTEST:
        message = "Your old password is invalid, or the new one is too short"
        raise ApiError(500, "INVALID_OLD_PASSWORD", message)
    site.sessions.passwords[http.user_id] = new
    return {}


def _user(site: Site, request: Request) -> Row:
    user = site.org.row(text(request.body, "userId"))
    if user is None or not str(user["Id"]).startswith("005"):
        raise ApiError(500, "INVALID_ID_FIELD", "The user id is not valid")
    return user
