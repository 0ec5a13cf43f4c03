"""The mail connector's settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from hub.settings import SecretRef, SecretSettings, Settings


class Tls(StrEnum):
    """How a connection is made safe."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Uncertain(StrEnum):
    """What to do with a mail of which nobody can say whether it was sent."""

    HOLD = "hold"
    RESEND = "resend"


class Start(StrEnum):
    """Where reading begins on the first day."""

    NOW = "now"
    ALL = "all"


class ImapSettings(SecretSettings):
    """The mailbox that is read.

    `sent_folder` keeps copies of what was sent (empty: none are kept); with `save_sent: false`
    the provider itself puts them there, as many do.

    Args:
        host: the IMAP server.
        port: 0 takes the usual one: 993 with `tls`, 143 otherwise.
        tls: `tls`, `starttls`, or `none` (on one's own machine only).
        user, password: the login.
        folder: the folder that is read.
        sent_folder: where copies of what was sent are kept; empty: none are.
        save_sent: false if the provider puts them there by itself.
        client_name: what the server is told (RFC 2971); some providers demand it.
        idle_renew_seconds: how long one IDLE may last.
    """

    host: str
    port: int = 0
    tls: Tls = Tls.TLS
    user: str
    password: SecretRef
    folder: str = "INBOX"
    sent_folder: str = ""
    save_sent: bool = True
    client_name: str = "handbook-hub"
    idle_renew_seconds: float = Field(240.0, gt=0, le=1700)


class SmtpSettings(SecretSettings):
    """The server that sends; without a user nobody logs in.

    Args:
        host: the SMTP server.
        port: 0 takes the usual one: 465 with `tls`, 587 with `starttls`, 25 otherwise.
        tls: `tls`, `starttls`, or `none` (on one's own machine only).
        user, password: the login.
    """

    host: str
    port: int = 0
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password: SecretRef | None = None


class Limits(Settings):
    """Caps; 0 is none.

    Args:
        sends_per_hour: mails in all.
        automatic_per_recipient_per_hour: automatic mails to one address.
    """

    sends_per_hour: int = Field(0, ge=0)
    automatic_per_recipient_per_hour: int = Field(30, ge=0)


class MailSettings(SecretSettings):
    """A service mailbox.

    Args:
        address, display_name: what customers write to, and the name they see.
        own_addresses: further addresses of ours; mails from them are never answered.
        copy_to: an own address that gets a blind copy of each mail sent, read by the same
            mailbox: the proof that a mail went out when the server's answer was lost.
        lookup_seconds: how long after sending a copy may take to appear.
        uncertain: what follows if it can not be known: `hold` (shown as perhaps sent) or `resend`.
        authserv_id: the name of our border server in Authentication-Results.
        page_size: most mails that are read at once.
        max_mail_bytes: of a larger mail the attachments are left on the server.
        ca_file: certificates to trust instead of the system's.
        timeout_seconds: longest wait for a server.
        start: what is read when the hub is new to the folder: mails from `now` on, or `all`.
    """

    address: str
    display_name: str = ""
    own_addresses: tuple[str, ...] = ()
    copy_to: str = ""
    imap: ImapSettings
    smtp: SmtpSettings
    ca_file: Path | None = None
    max_mail_bytes: int = Field(25 * 1024 * 1024, gt=0)
    limits: Limits = Limits(sends_per_hour=0, automatic_per_recipient_per_hour=30)
    authserv_id: str = ""
    uncertain: Uncertain = Uncertain.HOLD
    lookup_seconds: float = Field(30.0, ge=0)
    timeout_seconds: float = Field(30.0, gt=0)
    page_size: int = Field(50, ge=1, le=500)
    start: Start = Start.NOW

    @field_validator("address", "copy_to")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and (value.count("@") != 1 or any(sign in value for sign in " <>\r\n,;")):
            raise ValueError(f"{value!r} is no mail address")
        return value.strip().lower()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.address:
            raise ValueError("address is empty")
        if self.smtp.user and self.smtp.password is None:
            raise ValueError("smtp.user has no smtp.password")
        if self.ca_file is not None and not self.ca_file.is_file():
            raise ValueError(f"ca_file {self.ca_file} is no file")
        return self

    @property
    def domain(self) -> str:
        """Give the domain of the service's address."""
        return self.address.rpartition("@")[2]

    @property
    def ours(self) -> frozenset[str]:
        """Give all addresses of ours, in lower case."""
        own = {self.address, *(one.strip().lower() for one in self.own_addresses)}
        return frozenset(own | ({self.copy_to} if self.copy_to else set()))
