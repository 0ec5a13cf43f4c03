"""The one door to Jira: the `jira` package, without its retries, with every error translated.

The package keeps session, login and certificates; requests go through its session with bodies of
our own, because its `create_issue` can not send issue properties and reads back by itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    HubError,
    RejectedError,
    UnavailableError,
)
from hub_jira.answers import classify, login_refused
from hub_jira.settings import JiraSettings

if TYPE_CHECKING:
    from jira import JIRA

Json = dict[str, Any]
_READS: Final = frozenset({"GET", "HEAD"})


class JiraClient:
    """Speaks to one Jira. Nothing is sent before the first call; threads may share it."""

    def __init__(self, settings: JiraSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._jira: JIRA | None = None
        self._closed = False
        self._flavour = settings.flavour
        token = settings.token.reveal()
        basic = base64.b64encode(f"{settings.email}:{token}".encode()).decode()
        self._secrets = tuple(secret for secret in (token, basic) if secret)

    @property
    def cloud(self) -> bool:
        """Say whether the site is Jira Cloud; asks it once if the settings do not say."""
        if self._flavour == "auto":
            kind = str(self.server_info().get("deploymentType", "Server"))
            self._flavour = "cloud" if kind == "Cloud" else "server"
        return self._flavour == "cloud"

    def server_info(self) -> Json:
        """Give the site's description; open to anonymous visitors."""
        return dict(self._call("GET", "rest/api/2/serverInfo", None, None))

    def myself(self) -> Json:
        """Give the user that the site takes us for."""
        return dict(self.get("myself"))

    def get(self, path: str, **params: Any) -> Any:
        """Read a resource of the REST API."""
        return self._call("GET", self._api(path), params, None)

    def post(self, path: str, body: Json, **params: Any) -> Any:
        """Create at, or ask, a resource."""
        return self._call("POST", self._api(path), params, body)

    def put(self, path: str, body: Json, **params: Any) -> Any:
        """Change a resource."""
        return self._call("PUT", self._api(path), params, body)

    def delete(self, path: str) -> None:
        """Delete a resource."""
        self._call("DELETE", self._api(path), None, None)

    def pages(self, path: str, items: str, **params: Any) -> Iterator[Json]:
        """Read all entries of a list that is paged by `startAt` and `total`."""
        start = 0
        while True:
            page = self.get(path, startAt=start, maxResults=100, **params)
            entries = page.get(items, [])
            yield from entries
            start += len(entries)
            if not entries or start >= int(page.get("total", 0)) or page.get("isLast"):
                return

    def close(self) -> None:
        """Close the session; a later call is refused."""
        with self._lock:
            jira, self._jira, self._closed = self._jira, None, True
        if jira is not None:
            jira.close()  # type: ignore[no-untyped-call]

    def redact(self, text: str) -> str:
        """Take secrets out of a text."""
        for secret in self._secrets:
            text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text

    def _api(self, path: str) -> str:
        return f"rest/api/{3 if self.cloud else 2}/{path}"

    def _session(self) -> requests.Session:
        with self._lock:
            if self._closed:
                raise UnavailableError("the connector is closed")
            if self._jira is None:
                self._jira = self._connect()
            return self._jira._session  # noqa: SLF001 - the package's only way to send a body

    def _connect(self) -> JIRA:
        from jira import JIRA  # noqa: PLC0415 - costs 0.15 s, paid by the first call alone

        settings = self._settings
        token = settings.token.reveal()
        jira = JIRA(
            server=settings.url,
            options={"verify": settings.ca_file or True},
            basic_auth=(settings.email, token) if settings.email else None,
            token_auth=None if settings.email else token,
            get_server_info=False,
            logging=False,
            max_retries=0,
            timeout=(settings.connect_timeout_seconds, settings.read_timeout_seconds),
        )
        jira._session.hooks["response"].append(_refuse_anonymous)  # noqa: SLF001
        return jira

    def _call(self, method: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Any:
        operation = f"{method} /{path}"
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            response = self._session().request(
                method,
                f"{self._settings.url}/{path}",
                params=dict(params or {}),
                data=data,
                allow_redirects=False,
            )
        except HubError as error:
            raise self._told(error, operation) from None
        except (requests.RequestException, _vendor_error()) as error:
            raise self._translated(error, operation, method) from None
        return self._read(response, operation)

    def _read(self, response: requests.Response, operation: str) -> Any:
        if response.is_redirect or 300 <= response.status_code < 400:
            raise classify(response.status_code, "", response.headers, operation)
        if not response.content:
            return {}
        try:
            return response.json()
        except ValueError:
            kind = response.headers.get("content-type", "no content type")
            raise UnavailableError(
                f"the answer is not JSON but {kind} (a login or maintenance page?)",
                operation=operation,
            ) from None

    def _told(self, error: HubError, operation: str) -> HubError:
        if isinstance(error, ConnectorError) and not error.operation:
            return type(error)(f"{error}", operation=operation)
        return error

    def _translated(self, error: Exception, operation: str, method: str) -> HubError:
        if not isinstance(error, requests.RequestException):
            response: requests.Response | None = getattr(error, "response", None)
            if response is None:
                return UnavailableError("an empty answer", operation=operation)
            text = self.redact(response.text)
            return classify(response.status_code, text, response.headers, operation)
        if isinstance(error, requests.ConnectTimeout):
            return UnavailableError("no connection in time", operation=operation)
        if isinstance(error, requests.Timeout):
            return DeadlineExceededError("no answer in time", operation=operation)
        if isinstance(error, requests.exceptions.SSLError):
            return UnavailableError(
                f"the certificate is not trusted: {self.redact(str(error))}", operation=operation
            )
        return self._broken(error, operation, method)

    def _broken(
        self, error: requests.RequestException, operation: str, method: str
    ) -> ConnectorError:
        if isinstance(error, ValueError):  # how requests names an address it can not use
            return RejectedError(self.redact(str(error)), operation=operation)
        cause = error.args[0] if error.args else None
        refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
        if refused or method in _READS:
            what = "can not be reached" if refused else "the connection broke"
            return UnavailableError(f"{what}: {self._settings.url}", operation=operation)
        return DeadlineExceededError(
            "the connection broke before the answer: whether it was done is unknown",
            operation=operation,
        )


def _vendor_error() -> type[Exception]:
    from jira import JIRAError  # noqa: PLC0415 - loaded by the session that failed

    return JIRAError


def _refuse_anonymous(response: requests.Response, *_args: Any, **_options: Any) -> None:
    if reason := login_refused(response.headers):
        response.close()  # or its connection would neither be used again nor closed
        raise AuthenticationError(reason)
