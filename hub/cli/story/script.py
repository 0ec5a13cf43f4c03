"""The mails of the story, as data: who writes, and what must become of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from hub.settings import Settings, load_yaml, parse_settings


class Expectation(Settings):
    """The case that a mail must become; what is None may be anything."""

    customer: str
    type: str
    severity: str | None = None
    owner: str


class CustomerMail(Settings):
    """One mail of the story."""

    id: str
    sender: str = Field(alias="from")
    subject: str
    text: str
    charset: str = "utf-8"
    message_id: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    copies: int = 1
    expect: Expectation | None = None
    nothing: bool = False

    @property
    def address(self) -> str:
        """Give the sender's address."""
        return self.sender.rpartition("<")[2].rstrip(">")

    def arguments(self) -> dict[str, object]:
        """Give what the mail emulator's `deliver` takes."""
        arguments: dict[str, object] = {
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
            "charset": self.charset,
            "headers": self.headers,
        }
        return {**arguments, "message_id": self.message_id} if self.message_id else arguments


class Script(Settings):
    """All mails of the story."""

    mails: list[CustomerMail]

    @property
    def cases(self) -> list[CustomerMail]:
        """Give the mails that must become cases."""
        return [mail for mail in self.mails if mail.expect is not None]


def load_script(folder: Path) -> Script:
    """Read the story's mails; ConfigError with the line if they are wrong."""
    return parse_settings(Script, load_yaml(folder / "mails.yaml"))
