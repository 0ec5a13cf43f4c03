"""Plain text to Jira's wiki markup and back (Data Center, API v2). Pure.

What the hub writes shows in Jira as it was written, and comes back exactly: signs that would be
markup are escaped. What people write with markup comes back without its most common marks.
"""

from __future__ import annotations

import re
from typing import Final

from hub_jira.adf import clean

_SPECIAL: Final = r"{}\[\]*_^~!|?+#-"
_ESCAPE: Final = re.compile(
    r"\\"  # a backslash has no escape of its own: two of them break the line
    r"|&(?=#92;|amp;)"
    r"|[{}\[\]*_^~!|]"
    r"|\?(?=\?)"
    r"|(?:(?<=\s)|^)[+-](?=\S)"
    r"|^[#-](?=[#\s-])"
    r"|^(?=(?:h[1-6]|bq)\.)",
    re.MULTILINE,
)
_ENTITY: Final = {"\\": "&#92;", "&": "&amp;"}
_MARKUP: Final = re.compile(
    r"\\(?P<escaped>[" + _SPECIAL + r"])"
    r"|\\(?=(?:h[1-6]|bq)\.)"
    r"|(?P<newline>\\\\(?:\n|[ \t]?))"
    r"|&(?P<entity>#92|amp(?=;(?:#92;|amp;)));"
    r"|\{(?:code|noformat|quote|panel|color)(?::[^}\n]{0,500}+)?\}\n?"
    r"|\[(?P<label>[^|\]\[\n]+)\|(?P<target>[^\]\[|\n]+)(?:\|[^\]\n]*)?\]"
    r"|\[(?P<link>~?[^\]\[|\s]+)\]"
    r"|(?P<heading>^(?:h[1-6]|bq)\.[ \t]+)",
    re.MULTILINE,
)
_LINKS: Final = ("http://", "https://", "mailto:", "~")


def from_text(text: str) -> str:
    """Make wiki markup that shows exactly this text."""
    return _ESCAPE.sub(_escape, clean(text))


def _escape(match: re.Match[str]) -> str:
    sign = match.group()
    return _ENTITY.get(sign) or "\\" + sign


def to_text(markup: str | None) -> str:
    """Make plain text of wiki markup."""
    return _MARKUP.sub(_unmark, clean(markup or ""))


def _unmark(match: re.Match[str]) -> str:
    if escaped := match["escaped"]:
        return escaped
    if match["newline"] is not None:
        return "\n"
    if entity := match["entity"]:
        return "\\" if entity == "#92" else "&"
    if label := match["label"]:
        target = match["target"]
        return label if target in {label, f"mailto:{label}"} else f"{label} ({target})"
    if link := match["link"]:
        return link if link.startswith(_LINKS) else match.group()
    return ""
