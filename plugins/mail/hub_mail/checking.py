"""Looks at reach and rights of a mailbox, with a remedy for each thing that is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.connector import Finding
from hub.errors import AuthenticationError, ConnectorError, NotFoundError
from hub_mail.client import ImapClient, SmtpClient
from hub_mail.settings import MailSettings

_LOGIN: Final = (
    "check user and password; QQ, 163 and 126 want an authorisation code instead of the password,"
    " and IMAP/SMTP switched on in the mailbox's settings"
)
_REACH: Final = "check host, port and tls, the firewall, and ca_file if the certificate is private"


def check(settings: MailSettings) -> list[Finding]:
    """Try IMAP and SMTP; never raises."""
    return [*_imap(settings), *_smtp(settings)]


def _imap(settings: MailSettings) -> list[Finding]:
    imap = settings.imap
    what = f"IMAP {imap.host} as {imap.user}"
    try:
        client = ImapClient(settings)
    except ConnectorError as error:
        return [_failed(what, error)]
    try:
        findings = [Finding(what=what, ok=True, detail="logged in")]
        folders = [("read from", imap.folder), ("copies to", imap.sent_folder)]
        for purpose, folder in folders:
            if folder:
                findings.append(_folder(client, purpose, folder))
        idle = "IDLE" in client.capabilities
        detail = "new mail is seen at once" if idle else "not offered: new mail is seen by polling"
        findings.append(Finding(what="IMAP IDLE", ok=True, detail=detail))
        return findings
    finally:
        client.close()


def _folder(client: ImapClient, purpose: str, folder: str) -> Finding:
    what = f"folder {folder} ({purpose})"
    try:
        box = client.examine(folder)
    except NotFoundError as error:
        remedy = "make the folder, or correct imap.folder / imap.sent_folder"
        return Finding(what=what, ok=False, detail=str(error), remedy=remedy)
    except ConnectorError as error:
        return _failed(what, error)
    return Finding(what=what, ok=True, detail=f"UIDVALIDITY {box.uid_validity}")


def _smtp(settings: MailSettings) -> list[Finding]:
    smtp = settings.smtp
    what = f"SMTP {smtp.host}" + (f" as {smtp.user}" if smtp.user else "")
    return [_tried(what, lambda: _greeted(settings))]


def _greeted(settings: MailSettings) -> str:
    client = SmtpClient(settings)
    try:
        limit = client.size_limit
    finally:
        client.close()
    return f"takes mails up to {limit} bytes" if limit else "states no size limit"


def _tried(what: str, work: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, ok=True, detail=work())
    except ConnectorError as error:
        return _failed(what, error)


def _failed(what: str, error: ConnectorError) -> Finding:
    remedy = _LOGIN if isinstance(error, AuthenticationError) else _REACH
    return Finding(what=what, ok=False, detail=str(error), remedy=remedy)
