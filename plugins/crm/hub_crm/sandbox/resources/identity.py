"""Who the user of a token is."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, ApiError, Call

_RESOURCES: Final = {
    "rest": "", "sobjects": "sobjects/", "search": "search/", "query": "query/",
    "recent": "recent/",
}  # fmt: skip


def userinfo(site: Site, call: Call) -> Answer:
    """Give the user of the token, as OpenID words it."""
    user = site.org.tables["User"][call.user_id]
    return Answer(
        200,
        {
            "sub": f"{call.origin}/id/{site.organization_id}/{user['Id']}",
            "user_id": user["Id"],
            "organization_id": site.organization_id,
            "preferred_username": user["Username"],
            "nickname": user["Alias"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "active": user["IsActive"],
            "user_type": "STANDARD",
            "language": user["LanguageLocaleKey"],
            "locale": user["LocaleSidKey"],
        },
    )


def identity(site: Site, call: Call) -> Answer:
    """Give the user at an identity address."""
    user = site.org.tables["User"].get(call.segments["user"])
    if user is None or call.segments["organization"] != site.organization_id:
        raise ApiError(404, "NOT_FOUND", "Bad_Id")
    return Answer(200, _identity(site, call, user))


def _identity(site: Site, call: Call, user: Row) -> dict[str, Any]:
    root = call.origin
    data = f"{root}/services/data/v{{version}}/"
    soap = f"{root}/services/Soap"
    photo = f"{root}/profilephoto/005"
    moment = user["LastModifiedDate"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": f"https://{root.partition('://')[2]}/id/{site.organization_id}/{user['Id']}",
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": site.organization_id,
        "username": user["Username"],
        "nick_name": user["CommunityNickname"],
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "photos": {"picture": f"{photo}/F", "thumbnail": f"{photo}/T"},
        "addr_street": user["Street"],
        "addr_city": user["City"],
        "addr_state": user["State"],
        "addr_country": user["Country"],
        "addr_zip": user["PostalCode"],
        "mobile_phone": user["MobilePhone"],
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": {
            "enterprise": f"{soap}/c/{{version}}/{site.organization_id}",
            "metadata": f"{soap}/m/{{version}}/{site.organization_id}",
            "partner": f"{soap}/u/{{version}}/{site.organization_id}",
            **{name: data + path for name, path in _RESOURCES.items()},
            "tooling_soap": f"{soap}/T/{{version}}/{site.organization_id}",
            "tooling_rest": f"{data}tooling/",
            "profile": f"{root}/{user['Id']}",
        },
        "active": user["IsActive"],
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": _offset(site, str(user["TimeZoneSidKey"])),
        "last_modified_date": moment,
        "is_app_installed": True,
    }


def _offset(site: Site, zone: str) -> int:
    try:
        offset = site.now().astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError):
        offset = None
    return int(offset.total_seconds() * 1000) if offset else 0
