"""HTML to text: what a reader sees, and nothing that is hidden from him."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

from hub_mail.charsets import scrub

MAX_HTML: Final = 1_000_000
_DROPPED: Final = frozenset({"head", "script", "style", "title", "template", "object", "svg"})
_BLOCKS: Final = frozenset(
    {
        "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section",
        "table", "tr", "ul",
    }
)  # fmt: skip
_VOID: Final = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    }
)  # fmt: skip
_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?:font-size|max-height|opacity)\s*:\s*0(?:\.0+)?(?:px|pt|em|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(
    r"<!--.*?-->|<(script|style)\b[^>]*>.*?</\1\s*>|<![^>]*>|<\?[^>]*>", re.IGNORECASE | re.DOTALL
)
_OPENING: Final = re.compile(r"<(?=[!?]|/?[^a-zA-Z/])")


class _Reader(HTMLParser):
    """Collects visible text, with `> ` before quoted lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._open: list[tuple[str, bool]] = []
        self._hidden = 0
        self._quoting = 0
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break()
            return
        if tag in _BLOCKS:
            self._block()
        if tag in _VOID:
            return
        values = dict(attrs)
        hides = tag in _DROPPED or "hidden" in values or bool(_HIDING.search(_style(values)))
        self._open.append((tag, hides))
        self._hidden += hides
        self._quoting += tag == "blockquote"
        self._verbatim += tag == "pre"
        if tag == "li":
            self._say("- ")
        if tag in {"td", "th"} and self.lines[-1]:
            self._say(" ")

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._open) - 1, max(len(self._open) - 50, -1), -1):
            if self._open[index][0] == tag:
                for name, hides in self._open[index:]:
                    self._hidden -= hides
                    self._verbatim -= name == "pre"
                    if name in _BLOCKS:
                        self._block()
                    self._quoting -= name == "blockquote"
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._verbatim:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break()
                self._say(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._say(words if self.lines[-1] else words.lstrip(" "))

    def _say(self, words: str) -> None:
        if self._hidden or not words:
            return
        if not self.lines[-1] and self._quoting:
            self.lines[-1] = "> " * self._quoting
        self.lines[-1] += words

    def _break(self) -> None:
        if not self._hidden:
            self.lines.append("")

    def _block(self) -> None:
        if self.lines[-1].strip():
            self._break()


def _style(values: dict[str, str | None]) -> str:
    return values.get("style") or ""


def to_text(html: str) -> str:
    """Give the visible text of an HTML body; markup that can not be read is stripped away."""
    html = _NOISE.sub(" ", html[:MAX_HTML])
    html = _OPENING.sub("&lt;", html)
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
        lines = reader.lines
    except (AssertionError, ValueError, RecursionError):
        lines = unescape(re.sub(r"<[^>]*>", " ", html)).splitlines()
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in lines)
    return scrub(re.sub(r"\n{3,}", "\n\n", text)).strip()
