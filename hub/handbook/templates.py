"""Message templates: `{field}` placeholders, in two languages, with visibility as a type.

A field that is unset shows a dash, or nothing if it is asked for as `{field?}`; a line that holds
nothing else is then left out. A line that begins with `{field!}` is left out where the field is
unset; the sign itself shows nothing.

A template gives public text only if it is declared public and every text it carries is public.
Values are inserted as they are: a customer who writes `{owner}` sees it again as `{owner}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from hub.errors import InvariantError
from hub.handbook.words import Visibility
from hub.models import InternalText, PublicText, Text

PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_GATE: Final = re.compile(r"\{([^{}]*)!\}")
EMPTY: Final = "—"
_OPTIONAL: Final = re.compile(r"\{[^{}]*\?\}")

Details: TypeAlias = Mapping[str, str | Text]
"""What a message says besides the item: words, or texts whose type says who may read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished message."""

    subject: str
    text: Text

    @property
    def public(self) -> PublicText:
        """Give the text for a customer; internal text is refused with InvariantError."""
        if not isinstance(self.text, PublicText):
            raise InvariantError("internal text on its way to a customer")
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One message in both languages."""

    id: str
    visibility: Visibility
    subjects: Mapping[str, str]
    texts: Mapping[str, str]
    clause: str = ""
    origin: str = "default"
    source: str = ""

    def asked(self, language: str) -> frozenset[str]:
        """Give the names that the message asks for in a language."""
        return _names(self.subjects.get(language, "")) | _names(self.texts[language])

    def render(self, language: str, values: Mapping[str, str], details: Details) -> Rendered:
        """Fill in; `values` are the item's fields as shown, `details` go before them."""
        words = {
            name: detail if isinstance(detail, str) else detail.text
            for name, detail in details.items()
        }
        given = {**values, **words}
        subject = " ".join(_fill(self.subjects.get(language, ""), given).split())
        return Rendered(
            subject=subject, text=self._typed(_fill(self.texts[language], given), details)
        )

    def _typed(self, text: str, details: Details) -> Text:
        internal = [name for name, value in details.items() if isinstance(value, InternalText)]
        if self.visibility == "public" and internal:
            raise InvariantError(f"{self.id}: internal text ({internal[0]}) in a public message")
        if self.visibility == "internal" or internal:
            return InternalText(text)
        return PublicText(text)


def placeholders(text: str) -> list[str]:
    """Give the names that a template's text asks for, in order."""
    found = (match.group(1) for match in PLACEHOLDER.finditer(text))
    return [name.rstrip("?!") for name in found if name is not None]


@cache
def _names(text: str) -> frozenset[str]:
    return frozenset(placeholders(text))


def stray_braces(text: str) -> list[str]:
    """Give the lines that hold a brace which belongs to no placeholder."""
    rest = ((line, PLACEHOLDER.sub("", line)) for line in text.splitlines())
    return [line.strip() for line, left in rest if "{" in left or "}" in left]


def _fill(text: str, values: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)[0]
        if name.endswith("!"):
            return ""
        value = values.get(name.removesuffix("?"), "").strip()
        return value or ("" if name.endswith("?") else EMPTY)

    def stays(line: str) -> bool:
        gate = _GATE.match(line)
        return gate is None or bool(values.get(gate.group(1), "").strip())

    filled: list[str] = []
    for line in filter(stays, text.splitlines()):
        found = PLACEHOLDER.sub(one, line).rstrip()
        if found or not _OPTIONAL.fullmatch(line.strip()):
            filled.append(found)
        elif filled and not filled[-1]:
            # What is left out takes one of the empty lines around it along.
            filled.pop()
    return "\n".join(filled).rstrip("\n")
