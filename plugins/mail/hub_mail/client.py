"""The one door to imaplib and smtplib: connections with time-outs, failures classed.

Whoever holds a client uses it from one thread at a time; `close` may come from any.
"""

from __future__ import annotations

import contextlib
import imaplib
import io
import re
import select
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Final

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    RejectedError,
    UnavailableError,
)
from hub_mail import answers, folders
from hub_mail.answers import Box, Listed
from hub_mail.compose import Outgoing
from hub_mail.settings import MailSettings, Tls

_CODE: Final = re.compile(r"\[([A-Z-]+)")
_NEWS: Final = re.compile(rb"\* \d+ (?:EXISTS|RECENT|EXPUNGE)", re.IGNORECASE)
_LOGIN_CODES: Final = frozenset(
    {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED"}
)
_TICK: Final = 0.25


@contextlib.contextmanager
def translated(
    operation: str, *, late: type[ConnectorError] = DeadlineExceededError
) -> Iterator[None]:
    """Class what the libraries and the network raise into the hub's errors.

    `late` is the class of a time-out: whoever knows that nothing was done says so by it.
    """
    try:
        yield
    except ConnectorError:
        raise
    except smtplib.SMTPAuthenticationError as error:
        text = _smtp_text(error.smtp_error)
        if error.smtp_code < 500:
            raise UnavailableError(f"{error.smtp_code} {text}", operation=operation) from None
        raise AuthenticationError(f"{error.smtp_code} {text}", operation=operation) from None
    except smtplib.SMTPResponseException as error:
        raise smtp_error(error.smtp_code, error.smtp_error, operation) from None
    except imaplib.IMAP4.abort as error:
        raise UnavailableError(str(error) or "connection lost", operation=operation) from None
    except imaplib.IMAP4.error as error:
        raise RejectedError(str(error), operation=operation) from None
    except TimeoutError:
        raise late("no answer in time", operation=operation) from None
    except (smtplib.SMTPException, OSError, EOFError, ValueError) as error:
        text = str(error) or type(error).__name__
        raise UnavailableError(text, operation=operation) from None


def smtp_error(code: int, text: bytes | str, operation: str) -> ConnectorError:
    """Class an SMTP reply."""
    message = f"{code} {_smtp_text(text)}"
    if code in {530, 535}:
        return AuthenticationError(message, operation=operation)
    kind = RejectedError if code >= 500 else UnavailableError
    return kind(message, operation=operation)


def _smtp_text(text: bytes | str) -> str:
    raw = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return " ".join(raw.split())[:500]


def _context(settings: MailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)


class ImapClient:
    """One IMAP connection, logged in."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        imap = settings.imap
        with translated(f"IMAP connect {imap.host}"):
            try:
                self._connection = _connect(settings)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise UnavailableError(str(error), operation="IMAP connect") from None
        try:
            self._log_in()
        except BaseException:
            self.close()
            raise

    def _log_in(self) -> None:
        imap = self._settings.imap
        with translated("IMAP LOGIN"):
            if imap.tls is Tls.STARTTLS:
                self._connection.starttls(ssl_context=_context(self._settings))
            try:
                self._connection.login(imap.user, imap.password.reveal())
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise _refusal(str(error), "IMAP LOGIN", AuthenticationError) from None
            _, data = self._connection.capability()
            self.capabilities = frozenset(
                word.decode("ascii", "replace").upper() for word in (data[-1] or b"").split()
            )
            if "ID" in self.capabilities:
                name = imap.client_name.replace('"', "").replace("\\", "")
                self._connection.xatom("ID", f'("name" "{name}" "version" "1")')

    def examine(self, folder: str) -> Box:
        """Select a folder read-only: no flag changes by what we do."""
        name = folders.quoted(folder)
        with translated("IMAP EXAMINE"):
            status, data = self._connection.select(name, readonly=True)
            if status != "OK":
                raise _refusal(answers.text(data), f"IMAP EXAMINE {folder}", NotFoundError)
            numbers = [self._connection.response(key)[1][-1] for key in ("UIDVALIDITY", "UIDNEXT")]
        validity, following = (int(number) if number else 0 for number in numbers)
        return Box(validity, following)

    def listing(self, low: int, high: int | None) -> list[Listed]:
        """Give the mails of a UID range (None: to the end), in order of UID."""
        found = self._fetch(f"{low}:{high or '*'}", "(UID RFC822.SIZE INTERNALDATE)")
        mails = [answers.listed(head, low, high) for head, _ in found]
        return sorted((one for one in mails if one is not None), key=lambda one: one.uid)

    def contents(self, uids: Sequence[int], section: str = "") -> dict[int, bytes]:
        """Give a section of mails (the whole, if empty) without marking them seen.

        A mail that went meanwhile is missing in the answer.
        """
        found = {}
        numbers = ",".join(str(uid) for uid in uids)
        for head, literals in self._fetch(numbers, f"(UID BODY.PEEK[{section}])"):
            uid = answers.UID.search(head)
            if uid and b"BODY[" in head.upper():
                found[int(uid[1])] = literals[0] if literals else b""
        return found

    def part(self, uid: int, section: str, limit: int) -> bytes:
        """Give at most `limit` bytes of one section of a mail."""
        answers = self._fetch(str(uid), f"(UID BODY.PEEK[{section}]<0.{limit}>)")
        return next((literals[0] for _, literals in answers if literals), b"")

    def structure(self, uid: int) -> bytes:
        """Give the answer that holds a mail's BODYSTRUCTURE."""
        with translated("IMAP FETCH"):
            status, data = self._connection.uid("FETCH", str(uid), "(UID BODYSTRUCTURE)")
            _insist(status, data, "IMAP FETCH")
        return b"".join(answers.flat(one) for one in data)

    def _fetch(self, numbers: str, items: str) -> list[tuple[bytes, list[bytes]]]:
        with translated("IMAP FETCH"):
            status, data = self._connection.uid("FETCH", numbers, items)
            _insist(status, data, "IMAP FETCH")
        return list(answers.messages(data))

    def search_id(self, folder: str, message_id: str) -> list[int]:
        """Give the UIDs of mails in a folder that carry a Message-ID; newest first."""
        self.examine(folder)
        with translated("IMAP SEARCH"):
            status, data = self._connection.uid(
                "SEARCH", "HEADER", "Message-ID", f'"<{message_id}>"'
            )
            _insist(status, data, "IMAP SEARCH")
        return sorted((int(n) for n in (data[-1] or b"").split() if n.isdigit()), reverse=True)

    def append(self, folder: str, raw: bytes, moment: datetime) -> None:
        """Put a copy into a folder, marked as seen."""
        with translated("IMAP APPEND"):
            status, data = self._connection.append(
                folders.quoted(folder), "(\\Seen)", imaplib.Time2Internaldate(moment), raw
            )
            if status != "OK":
                raise _refusal(answers.text(data), f"IMAP APPEND {folder}", RejectedError)

    def idle(self, seconds: float, stop: Event) -> bool:
        """Wait by IDLE until the folder has news (True), time is over, or a stop is asked for."""
        with translated("IMAP IDLE"):
            connection = self._connection
            tag = connection._new_tag()  # noqa: SLF001 - imaplib has no IDLE
            connection.send(tag + b" IDLE\r\n")
            if not connection.readline().startswith(b"+"):
                raise UnavailableError("IDLE was refused", operation="IMAP IDLE")
            news = self._listen(seconds, stop)
            if stop.is_set():
                self.close()
                return news
            connection.send(b"DONE\r\n")
            while line := connection.readline():
                if line.startswith(tag):
                    return news
                news = news or _NEWS.match(line) is not None
            raise UnavailableError("connection lost", operation="IMAP IDLE")

    def _listen(self, seconds: float, stop: Event) -> bool:
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            if not self._readable(min(left, _TICK)):
                continue
            line = self._connection.readline()
            if not line or line.upper().startswith(b"* BYE"):
                raise UnavailableError("connection lost", operation="IMAP IDLE")
            if _NEWS.match(line):
                return True
        return False

    def _readable(self, seconds: float) -> bool:
        """Wait for bytes, also those that the buffers of file and TLS hold already."""
        sock = self._connection.socket()
        timeout = sock.gettimeout()
        sock.setblocking(False)
        try:
            buffered = self._connection.file
            if isinstance(buffered, io.BufferedReader) and buffered.peek(1):
                return True
        except ssl.SSLWantReadError:
            pass
        finally:
            sock.settimeout(timeout)
        return bool(select.select([sock], [], [], seconds)[0])

    def close(self) -> None:
        """Let go of the connection; a call that waits on it ends with an error."""
        with contextlib.suppress(OSError, ValueError):
            self._connection.socket().shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError, ValueError, imaplib.IMAP4.error):
            self._connection.shutdown()


def _connect(settings: MailSettings) -> imaplib.IMAP4:
    imap, seconds = settings.imap, settings.timeout_seconds
    if imap.tls is Tls.TLS:
        context = _context(settings)
        return imaplib.IMAP4_SSL(imap.host, imap.port or 993, ssl_context=context, timeout=seconds)
    return imaplib.IMAP4(imap.host, imap.port or 143, timeout=seconds)


def _insist(status: str, data: Sequence[object], operation: str) -> None:
    if status != "OK":
        raise _refusal(answers.text(data), operation, UnavailableError)


def _refusal(text: str, operation: str, otherwise: type[ConnectorError]) -> ConnectorError:
    """Class a NO by its response code; 163's `Unsafe Login` wants an ID or an app password."""
    code = _CODE.search(text)
    name = code[1] if code else ""
    kind = otherwise
    if name in {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"}:
        kind = UnavailableError
    elif name in _LOGIN_CODES or "unsafe login" in text.lower():
        kind = AuthenticationError
    return kind(text, operation=operation)


@dataclass(slots=True)
class Handed:
    """How a server took a mail: who is served, who is put off, who is refused, in its words."""

    accepted: list[str] = field(default_factory=list)
    put_off: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class SmtpClient:
    """One SMTP connection, logged in if there is a login."""

    def __init__(self, settings: MailSettings) -> None:
        smtp, seconds = settings.smtp, settings.timeout_seconds
        with translated(f"SMTP connect {smtp.host}", late=UnavailableError):
            if smtp.tls is Tls.TLS:
                self._connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    smtp.host, smtp.port or 465, timeout=seconds, context=_context(settings)
                )
            else:
                port = smtp.port or (587 if smtp.tls is Tls.STARTTLS else 25)
                self._connection = smtplib.SMTP(smtp.host, port, timeout=seconds)
        try:
            with translated("SMTP login", late=UnavailableError):
                self._greet(settings)
        except BaseException:
            self._connection.close()
            raise

    def _greet(self, settings: MailSettings) -> None:
        smtp = settings.smtp
        self._connection.ehlo_or_helo_if_needed()
        if smtp.tls is Tls.STARTTLS:
            self._connection.starttls(context=_context(settings))
            self._connection.ehlo()
        if smtp.user and smtp.password is not None:
            self._connection.login(smtp.user, smtp.password.reveal())

    @property
    def size_limit(self) -> int:
        """Give the largest mail the server takes; 0 if it does not say."""
        stated = self._connection.esmtp_features.get("size", "").strip()
        return int(stated) if stated.isdigit() else 0

    def hand_over(
        self, mail: Outgoing, sender: str, recipients: Sequence[str], *, proof: str = ""
    ) -> Handed:
        """Send a mail; lost after the final dot, its fate is unknown (`DeadlineExceededError`).

        `proof` gets a blind copy in the same transaction, if anybody else is accepted.
        """
        with translated("SMTP send", late=UnavailableError):
            handed = self._envelope(mail, sender, recipients)
            if handed.accepted:
                if proof and proof not in recipients:
                    self._connection.rcpt(proof)
                self._data(mail.raw)
            else:
                self._connection.rset()
        return handed

    def _envelope(self, mail: Outgoing, sender: str, recipients: Sequence[str]) -> Handed:
        if mail.needs_utf8 and not self._connection.has_extn("smtputf8"):
            raise InvalidPayloadError("the server takes ASCII addresses only", field="to")
        if 0 < self.size_limit < len(mail.raw):
            raise InvalidPayloadError(f"larger than {self.size_limit} bytes", field="text")
        options = [f"SIZE={len(mail.raw)}"] if self.size_limit else []
        options += ["SMTPUTF8", "BODY=8BITMIME"] if mail.needs_utf8 else []
        code, text = self._connection.mail(sender, options)
        if code != 250:
            raise smtp_error(code, text, "SMTP MAIL")
        handed = Handed()
        for recipient in recipients:
            code, text = self._connection.rcpt(recipient)
            if code == 421:
                raise smtp_error(code, text, "SMTP RCPT")
            if code in {250, 251}:
                handed.accepted.append(recipient)
            else:
                answer = f"{code} {_smtp_text(text)}"
                (handed.put_off if code < 500 else handed.refused)[recipient] = answer
        return handed

    def _data(self, raw: bytes) -> None:
        connection = self._connection
        code, text = connection.docmd("DATA")
        if code != 354:
            raise smtp_error(code, text, "SMTP DATA")
        stuffed = re.sub(rb"(?m)^\.", b"..", raw)
        connection.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
        try:
            connection.send(b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPServerDisconnected):
            raise DeadlineExceededError(
                "the line was lost after the final dot: perhaps sent", operation="SMTP DATA"
            ) from None
        if code != 250:
            raise smtp_error(code, text, "SMTP DATA")

    def close(self) -> None:
        """Take leave, without insisting."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._connection.quit()
        self._connection.close()
