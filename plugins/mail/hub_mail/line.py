"""One IMAP connection that is opened when needed and dropped when it fails."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from hub.errors import RetryableError, UnavailableError
from hub_mail.client import ImapClient
from hub_mail.settings import MailSettings

Result = TypeVar("Result")


class Line:
    """Runs work on a kept connection; a kept one that died is replaced once, without a word."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._client: ImapClient | None = None
        self._closed = False

    def run(self, work: Callable[[ImapClient], Result]) -> Result:
        """Do work that may be done twice; what it raises ends the connection."""
        with self._lock:
            if self._client is not None:
                try:
                    return work(self._client)
                except RetryableError:
                    self._drop()
                except BaseException:
                    self._drop()
                    raise
            if self._closed:
                raise UnavailableError("the connector is closed")
            self._client = ImapClient(self._settings)
            try:
                return work(self._client)
            except BaseException:
                self._drop()
                raise

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def close(self) -> None:
        """Cut the connection, also under a call that waits on it."""
        self._closed = True
        client = self._client
        if client is not None:
            client.close()
