"""The one door to Salesforce: the vendor library, its session, the login, errors translated.

The library is imported when first needed, for it costs 0.3 s. It is handed a session id and
never logs in itself: it would repeat a call after a login without the call's own headers, and
on a session that stays dead it would log in for ever. Here a call logs in again once at most.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    PreconditionFailedError,
    UnavailableError,
)
from hub.http import build_client
from hub_crm.failures import MOST_MESSAGE, failure, first_error
from hub_crm.settings import CrmSettings

if TYPE_CHECKING:
    import requests
    from simple_salesforce.api import Salesforce

_USAGE: Final = re.compile(r"api-usage=(\d+)/(\d+)")
_SEVERAL: Final = 300
_UNAUTHORIZED: Final = 401


@dataclass(frozen=True, slots=True)
class Reply:
    """A call's body, and the server's own time of it where it was told."""

    body: Any
    at: datetime | None = None


class SalesforceClient:
    """Calls to one organisation; may be used from several threads at once."""

    def __init__(self, settings: CrmSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._seen = threading.local()
        self._http: requests.Session | None = None
        self._salesforce: Salesforce | None = None
        self._generation = 0
        self._token = ""
        self._closed = False
        self.user_id = ""
        self.usage: tuple[int, int] | None = None

    def call(
        self,
        operation: str,
        path: str,
        *,
        method: str = "GET",
        params: dict[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Make one call under the version's path; after a dead session once more, logged in anew.

        Raises a `ConnectorError` for whatever goes wrong.
        """
        extra = {"headers": dict(headers or {})} | ({"json": json} if json is not None else {})
        for again in (False, True):
            salesforce, generation = self._connected()
            try:
                body = self._guarded(operation, salesforce, path, method, params, extra)
            except AuthenticationError:
                if again:
                    raise
                self._forget(generation)
                continue
            return Reply(body, self._server_time())
        raise AssertionError  # pragma: no cover  # the second round returns or raises

    def query(self, operation: str, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Give all rows of a query, page by page; with `deleted` the recycle bin's too."""
        resource = "queryAll" if deleted else "query"
        body = self.call(operation, f"{resource}/", params={"q": soql}).body
        rows: list[dict[str, Any]] = list(body["records"])
        while not body["done"]:
            locator = str(body["nextRecordsUrl"]).rsplit("/", 1)[-1]
            body = self.call(operation, f"{resource}/{locator}").body
            rows += body["records"]
        return rows

    def batch(self, operation: str, paths: list[str]) -> tuple[list[Any], datetime | None]:
        """Make up to 25 reads in one call; give their bodies, and the server's time."""
        version = f"v{self._settings.api_version}"
        requests = [{"method": "GET", "url": f"{version}/{path}"} for path in paths]
        reply = self.call(
            operation, "composite/batch", method="POST", json={"batchRequests": requests}
        )
        bodies = []
        for result in reply.body["results"]:
            if result["statusCode"] >= _SEVERAL:
                code, message, fields = first_error(result["result"])
                status = int(result["statusCode"])
                raise failure(code, message, fields=fields, operation=operation, status=status)
            bodies.append(result["result"])
        return bodies, reply.at

    def versions(self) -> list[str]:
        """Give the API versions that the organisation offers; needs no login."""
        try:
            with self._plain_http() as http:
                answer = http.get(f"{self._settings.url}/services/data")
                return [str(entry["version"]) for entry in answer.json()]
        except httpx.HTTPError as error:
            raise _unreached(error, "versions") from None
        except (ValueError, TypeError, KeyError):
            message = "the address does not answer as Salesforce does"
            raise UnavailableError(message, operation="versions") from None

    def login(self) -> str:
        """Log in now if need be; give the id of the user that the session belongs to."""
        self._connected()
        return self.user_id

    def close(self) -> None:
        """Let the connections go; later calls are refused."""
        with self._lock:
            self._closed = True
            http, self._http, self._salesforce = self._http, None, None
        if http is not None:
            http.close()

    def _connected(self) -> tuple[Salesforce, int]:
        with self._lock:
            if self._closed:
                raise UnavailableError("the connection is closed")
            if self._salesforce is None:
                self._salesforce = self._open(*self._log_in())
                self._generation += 1
            return self._salesforce, self._generation

    def _forget(self, generation: int) -> None:
        with self._lock:
            # Another thread may have logged in anew already: then its session is used.
            if generation == self._generation:
                self._salesforce = None

    def _open(self, token: str, instance_url: str) -> Salesforce:
        from simple_salesforce.api import Salesforce  # noqa: PLC0415  # costs 0.3 s, see above

        if self._http is None:
            self._http = _session(self._settings)
            self._http.hooks["response"].append(self._note)
        self._token = token
        return Salesforce(
            session_id=token,
            instance_url=instance_url,
            session=self._http,
            version=self._settings.api_version,
            parse_float=Decimal,
            object_pairs_hook=dict,
        )

    def _plain_http(self) -> httpx.Client:
        return build_client(self._settings.timeout_seconds, ca_file=self._settings.ca_file)

    def _log_in(self) -> tuple[str, str]:
        try:
            with self._plain_http() as http:
                answer = http.post(
                    f"{self._settings.url}/services/oauth2/token", data=self._credentials()
                )
        except httpx.HTTPError as error:
            raise _unreached(error, "login") from None
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code != 200 or not isinstance(body, dict) or "access_token" not in body:
            code, message, _ = first_error(body)
            raise failure(
                code,
                self._scrub(message),
                operation="login",
                status=answer.status_code if answer.status_code != 200 else 502,
                headers=answer.headers,
            )
        self.user_id = str(body.get("id", "")).rsplit("/", 1)[-1]
        return str(body["access_token"]), str(body.get("instance_url") or self._settings.url)

    def _credentials(self) -> dict[str, str]:
        settings = self._settings
        form = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.reveal(),
            "grant_type": "client_credentials",
        }
        if settings.password is not None:
            token = settings.security_token.reveal() if settings.security_token else ""
            form |= {
                "grant_type": "password",
                "username": settings.username,
                "password": settings.password.reveal() + token,
            }
        return form

    def _guarded(
        self,
        operation: str,
        salesforce: Salesforce,
        path: str,
        method: str,
        params: dict[str, str] | None,
        extra: dict[str, Any],
    ) -> Any:
        import requests  # noqa: PLC0415  # comes with the vendor library, see above
        from simple_salesforce.exceptions import SalesforceError  # noqa: PLC0415

        self._seen.headers = {}
        try:
            return salesforce.restful(path, params=params, method=method, **extra)
        except SalesforceError as error:
            raise self._translate(error.status, error.content, operation) from None
        except requests.Timeout as error:
            if isinstance(error, requests.ConnectTimeout):
                raise UnavailableError("no connection in time", operation=operation) from None
            raise DeadlineExceededError("no answer in time", operation=operation) from None
        except (requests.RequestException, ValueError) as error:
            # A ValueError is a body that is no JSON: a half answer, or a page of a proxy.
            raise UnavailableError(self._scrub(str(error)), operation=operation) from None

    def _translate(self, status: int, content: Any, operation: str) -> ConnectorError:
        if status == _SEVERAL:
            message = f"DUPLICATE_EXTERNAL_ID: several records have this key: {content}"
            return PreconditionFailedError(message[:MOST_MESSAGE], operation=operation)
        code, message, fields = first_error(content)
        if status == _UNAUTHORIZED:
            return AuthenticationError(self._scrub(f"{code}: {message}"), operation=operation)
        return failure(
            code,
            self._scrub(message),
            fields=fields,
            operation=operation,
            status=status,
            headers=self._seen.headers,
        )

    def _note(self, response: requests.Response, **_: Any) -> None:
        self._seen.headers = dict(response.headers)
        if usage := _USAGE.search(response.headers.get("Sforce-Limit-Info", "")):
            self.usage = int(usage.group(1)), int(usage.group(2))

    def _server_time(self) -> datetime | None:
        headers = {name.lower(): value for name, value in self._seen.headers.items()}
        try:
            return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None

    def _scrub(self, text: str) -> str:
        settings = self._settings
        secrets = [settings.client_secret, settings.password, settings.security_token]
        for value in [*(s.reveal() for s in secrets if s is not None), self._token]:
            if value:
                text = text.replace(value, "***")
        return text[:MOST_MESSAGE]


def soql(template: str, *values: Any) -> str:
    """Put values into a query, quoted as SOQL wants them."""
    from simple_salesforce.format import format_soql  # noqa: PLC0415  # costs 0.3 s, see above

    return str(format_soql(template, *values))


def external_path(field: str, value: str) -> str:
    """Give the path of a record by an external id."""
    return f"{field}/{quote(value, safe='')}"


def _unreached(error: httpx.HTTPError, operation: str) -> ConnectorError:
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return DeadlineExceededError("no answer in time", operation=operation)
    text = str(error) or type(error).__name__
    return UnavailableError(text[:MOST_MESSAGE], operation=operation)


def _session(settings: CrmSettings) -> requests.Session:
    import requests  # noqa: PLC0415  # comes with the vendor library, see above
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    class Adapter(HTTPAdapter):
        """Sets on each call what the library leaves out: timeouts, and whose certificates hold."""

        def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
            kwargs["timeout"] = (settings.connect_timeout_seconds, settings.timeout_seconds)
            if settings.ca_file:
                # The environment's REQUESTS_CA_BUNDLE would otherwise win over the session's.
                kwargs["verify"] = settings.ca_file
            return super().send(request, *args, **kwargs)

    session = requests.Session()
    session.mount("https://", Adapter(pool_maxsize=8))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
