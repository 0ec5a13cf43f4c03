"""Lengths: what the systems take, so that a long mail is shortened and never refused.

Texts are shortened where they are decided on, not where they are sent: what the hub remembers of
a record is then what the record holds, and nothing that was cut is ever carried back.
"""

from __future__ import annotations

from typing import Final

from hub.models import Text

SUBJECT: Final = 240
"""Characters; Salesforce takes 255, and answers have `Re:` and the case's tag besides."""
NAME: Final = 80
"""Characters; as the CRM takes of who wrote."""
DESCRIPTION: Final = 20_000
"""Characters; Salesforce takes 32,000."""
ISSUE: Final = 30_000
"""Characters of an issue or its comment; JIRA takes 32,767 of its own markup."""
CASE_COMMENT: Final = 3_800
"""Bytes; a Salesforce comment takes 4,000, with the hub's mark."""

_NOTE: Final = {
    "zh": "\n\n……（过长，其余从略，全文见原文）",
    "en": "\n\n… (too long: the rest stands in the original)",
}


def one_line(text: str) -> str:
    """Give a subject that every system takes."""
    return text if len(text) <= SUBJECT else text[: SUBJECT - 1].rstrip() + "…"


def shortened(text: str, characters: int, language: str) -> str:
    """Give a text of at most so many characters; if it was cut, it says so."""
    if len(text) <= characters:
        return text
    note = _NOTE.get(language, _NOTE["en"])
    return text[: characters - len(note)].rstrip() + note


def case_comment(text: Text, language: str) -> Text:
    """Give a comment that the CRM takes, as public or internal as it was."""
    octets = text.text.encode("utf-8", "replace")
    if len(octets) <= CASE_COMMENT:
        return text
    note = _NOTE.get(language, _NOTE["en"])
    kept = octets[: CASE_COMMENT - len(note.encode())].decode("utf-8", "ignore").rstrip() + note
    return type(text)(kept)
