"""Delivery status notifications: asking for them (RFC 3461), and writing them (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

_PARAMETER: Final = re.compile(
    r"\s+(?P<name>RET|ENVID|NOTIFY|ORCPT|AUTH)=(?P<value>\S*)", re.IGNORECASE
)
_VALID: Final = {
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(r"[!-~]{1,100}"),
    "NOTIFY": re.compile(
        r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.IGNORECASE
    ),
    "ORCPT": re.compile(r"[A-Za-z0-9-]+;\S+"),
    "AUTH": re.compile(r"\S+"),
}
_ENCODED: Final = re.compile(r"\+([0-9A-F]{2})")
_STATUS: Final = {"delivered": "2.1.5", "failed": "5.1.1", "delayed": "4.4.1"}
_SUBJECTS: Final = {
    "delivered": "Successful Mail Delivery Report",
    "failed": "Undelivered Mail Returned to Sender",
    "delayed": "Delayed Mail (still being retried)",
}


def split(argument: str, names: frozenset[str]) -> tuple[str, dict[str, str]]:
    """Take the named parameters off a command's argument; ValueError if one is malformed."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(argument):
        name, value = match["name"].upper(), match["value"]
        if name not in names or name in found or not _VALID[name].fullmatch(value):
            raise ValueError(f"{name} is not as it must be")
        found[name] = value
    return _PARAMETER.sub("", argument), found


def _decoded(xtext: str) -> str:
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), xtext)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a mail at one recipient; `action` is delivered, failed or delayed."""

    recipient: str
    action: str
    status: str = ""
    diagnostic: str = ""
    envelope_id: str = ""
    original_recipient: str = ""
    full: bool = False

    @classmethod
    def wished(
        cls, recipient: str, action: str, mail: dict[str, str], rcpt: dict[str, str]
    ) -> Report | None:
        """Give the report that the parameters of MAIL and RCPT ask for, if any."""
        notify = rcpt.get("NOTIFY", "FAILURE,DELAY").upper().split(",")
        wanted = {"delivered": "SUCCESS", "failed": "FAILURE", "delayed": "DELAY"}[action]
        if wanted not in notify:
            return None
        return cls(
            recipient=recipient,
            action=action,
            envelope_id=_decoded(mail.get("ENVID", "")),
            original_recipient=_decoded(rcpt.get("ORCPT", "")),
            full=mail.get("RET", "").upper() == "FULL",
        )

    def write(self, original: bytes, sender: str, *, now: datetime, own_id: str) -> bytes:
        """Write the notification to a mail's sender, returning the mail or its header."""
        boundary = "sandbox-dsn-boundary"
        domain = self.recipient.rpartition("@")[2]
        head = [
            "Return-Path: <>",
            f"From: Mail Delivery System <MAILER-DAEMON@{domain}>",
            f"To: {sender}",
            f"Subject: {_SUBJECTS[self.action]}",
            f"Date: {format_datetime(now)}",
            f"Message-ID: {own_id}",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
        ]
        mark = f"--{boundary}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in self._parts(original, domain))
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body + mark + b"--\r\n"

    def _parts(self, original: bytes, domain: str) -> list[bytes]:
        text = {
            "delivered": f"Your message was delivered to {self.recipient}.",
            "failed": f"Your message to {self.recipient} could not be delivered.",
            "delayed": f"Your message to {self.recipient} is delayed; it is tried again.",
        }[self.action]
        returned = b"Content-Type: message/rfc822\r\n\r\n" + original
        if not self.full:
            header = original.split(b"\r\n\r\n", 1)[0]
            returned = b"Content-Type: text/rfc822-headers\r\n\r\n" + header + b"\r\n\r\n"
        notice = f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{text}\r\n"
        fields = self._fields(domain)
        status = "Content-Type: message/delivery-status\r\n\r\n" + fields
        return [notice.encode(), status.encode(), returned]

    def _fields(self, domain: str) -> str:
        status = self.status or _STATUS[self.action]
        diagnostic = self.diagnostic or {"failed": f"550 {status} User unknown"}.get(self.action)
        about_mail = {
            "Original-Envelope-Id": self.envelope_id,
            "Reporting-MTA": f"dns; {domain}",
        }
        about_recipient = {
            "Original-Recipient": self.original_recipient.replace(";", "; ", 1),
            "Final-Recipient": f"rfc822; {self.recipient}",
            "Action": self.action,
            "Status": status,
            "Diagnostic-Code": f"smtp; {diagnostic}" if diagnostic else "",
        }
        return "\r\n".join(
            "".join(f"{name}: {value}\r\n" for name, value in group.items() if value)
            for group in (about_mail, about_recipient)
        )
