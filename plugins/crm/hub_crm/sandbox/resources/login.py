"""Logging in: the OAuth token endpoint, who-am-I, revoking, and the older SOAP login."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any, Final
from urllib.parse import parse_qsl

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, ApiError, Call

_XML: Final = "text/xml;charset=UTF-8"


def token(site: Site, call: Call) -> Answer:
    """Give a token for credentials: client_credentials, password or refresh_token."""
    form = dict(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))
    form |= call.query
    client_id, secret = _client(call, form)
    known = site.credentials
    if client_id != known.client_id:
        return _refused("invalid_client_id", "client identifier invalid")
    if secret != known.client_secret:
        return _refused("invalid_client", "invalid client credentials")
    return _grant(site, call, form)


def _grant(site: Site, call: Call, form: Mapping[str, str]) -> Answer:
    grant = form.get("grant_type", "")
    if grant not in {"client_credentials", "password", "refresh_token"}:
        return _refused("unsupported_grant_type", "grant type not supported")
    given = form.get("username", ""), form.get("password", "")
    if grant == "password" and not _password_fits(site, *given):
        return _refused("invalid_grant", "authentication failure")
    if grant == "refresh_token" and form.get("refresh_token") != site.credentials.refresh_token:
        return _refused("invalid_grant", "expired access/refresh token")
    return Answer(200, _granted(site, call, site.integration_user))


def _client(call: Call, form: Mapping[str, str]) -> tuple[str, str]:
    header = call.headers.get("authorization", "")
    if header.lower().startswith("basic "):
        try:
            text = base64.b64decode(header[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        client_id, _, secret = text.partition(":")
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _password_fits(site: Site, username: str, password: str) -> bool:
    known = site.credentials
    return username == known.username and password == known.password + known.security_token


def _refused(error: str, description: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description})


def _granted(site: Site, call: Call, user_id: str) -> dict[str, Any]:
    access = site.sessions.open(user_id)
    identity_url = f"{call.origin}/id/{site.organization_id}/{user_id}"
    issued = str(int(site.now().timestamp() * 1000))
    return {
        "access_token": access,
        "signature": site.sessions.sign(identity_url + issued, site.credentials.client_secret),
        "scope": "api refresh_token",
        "instance_url": call.origin,
        "id": identity_url,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def revoke(site: Site, call: Call) -> Answer:
    """End a session by its token."""
    form = dict(parse_qsl(call.body.decode(errors="replace"))) | dict(call.query)
    if site.sessions.end(form.get("token", "")):
        return Answer(200)
    return _refused("unsupported_token_type", "this token type is not supported")


def who_am_i(site: Site, call: Call) -> Answer:
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
    data = f"{call.origin}/services/data/v{{version}}"
    return {
        "id": f"{call.origin}/id/{site.organization_id}/{user['Id']}",
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": site.organization_id,
        "username": user["Username"],
        "nick_name": user["Alias"],
        "display_name": user["Name"],
        "email": user["Email"],
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "active": user["IsActive"],
        "user_type": "STANDARD",
        "urls": {
            "rest": f"{data}/",
            "sobjects": f"{data}/sobjects/",
            "query": f"{data}/query/",
            "partner": f"{call.origin}/services/Soap/u/{{version}}/{site.organization_id[:15]}",
        },
    }


def soap(site: Site, call: Call) -> Answer:
    """Answer the SOAP login; no other SOAP call is spoken."""
    text = call.body.decode(errors="replace")
    username, password = _element(text, "username"), _element(text, "password")
    if username is None or password is None:
        return _fault("UNKNOWN_EXCEPTION", "only login is understood here")
    if not _password_fits(site, username, password):
        return _fault(
            "INVALID_LOGIN", "Invalid username, password, security token; or user locked out."
        )
    user = site.org.tables["User"][site.integration_user]
    place = f"{call.origin}/services/Soap/u/{call.segments['version']}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result>'
        f"<metadataServerUrl>{place.replace('/u/', '/m/')}</metadataServerUrl>"
        "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{place}/{site.organization_id}</serverUrl>"
        f"<sessionId>{site.sessions.open(user['Id'])}</sessionId><userId>{user['Id']}</userId>"
        f"<userInfo><organizationId>{site.organization_id}</organizationId>"
        f"<userEmail>{escape(user['Email'])}</userEmail><userId>{user['Id']}</userId>"
        f"<userName>{escape(user['Username'])}</userName></userInfo>"
        "</result></loginResponse></soapenv:Body></soapenv:Envelope>"
    )
    return Answer(200, body, media_type=_XML)


def _element(text: str, name: str) -> str | None:
    found = re.search(rf"<(?:\w+:)?{name}>(.*?)</(?:\w+:)?{name}>", text, re.DOTALL)
    return unescape(found.group(1)) if found else None


def _fault(code: str, message: str) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        f"<detail><sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Answer(500, body, media_type=_XML)
