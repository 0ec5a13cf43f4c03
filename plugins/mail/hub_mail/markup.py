"""HTML to text: what a reader sees, and nothing that is hidden from him.

The scanner is our own and linear: html.parser takes minutes over markup that is made to be slow.
"""

from __future__ import annotations

import re
from html import unescape
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
_RAW: Final = frozenset({"script", "style", "title"})
_TAG: Final = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})((?:[^<>"']++|"[^"]{0,2000}+"|'[^']{0,2000}+')*+)>"""
)
_LOOSE_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})([^<>]*+)>")
_STYLE: Final = re.compile(r"""\bstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)""", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"(?:^|\s)hidden(?:[\s=/]|$)", re.IGNORECASE)


class _Reader:
    """Collects visible text, with `> ` before quoted lines."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._hidden = 0
        self._quoting = 0
        self._verbatim = 0

    def start(self, tag: str, attributes: str) -> None:
        """Take in a start tag."""
        if tag == "br":
            self._break()
            return
        if tag in _BLOCKS:
            self._block()
        if tag in _VOID:
            return
        hides = tag in _DROPPED or _hides(attributes)
        self._open.append((tag, hides))
        self._hidden += hides
        self._quoting += tag == "blockquote"
        self._verbatim += tag == "pre"
        if tag == "li":
            self._say("- ")
        if tag in {"td", "th"} and self._line:
            self._say(" ")

    def end(self, tag: str) -> None:
        """Take in an end tag; one that was never opened is passed over."""
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

    def data(self, data: str) -> None:
        """Take in text."""
        if self._hidden:
            return
        if self._verbatim:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break()
                self._say(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._say(words if self._line else words.lstrip(" "))

    def _say(self, words: str) -> None:
        if self._hidden or not words:
            return
        if not self._line and self._quoting:
            self._line.append("> " * min(self._quoting, 9))
        self._line.append(words)

    def _break(self) -> None:
        if not self._hidden:
            self._done.append("".join(self._line))
            self._line = []

    def _block(self) -> None:
        if any(words.strip() for words in self._line):
            self._break()

    def lines(self) -> list[str]:
        """Give all lines."""
        return [*self._done, "".join(self._line)]


def _hides(attributes: str) -> bool:
    style = _STYLE.search(attributes)
    if style is not None and _HIDING.search(unescape(style[1].strip("\"'"))):
        return True
    return _HIDDEN.search(_STYLE.sub("", attributes)) is not None


def _scan(html: str, reader: _Reader) -> None:
    """Go through the markup once."""
    position = 0
    while (opening := html.find("<", position)) >= 0:
        reader.data(unescape(html[position:opening]))
        position = _markup(html, opening, reader)
        if position < 0:
            return
    reader.data(unescape(html[position:]))


def _markup(html: str, at: int, reader: _Reader) -> int:
    """Take in what begins at a `<`; give where it ends, -1 if it never does."""
    if html.startswith("<!--", at):
        return _behind(html, "-->", at)
    if html.startswith(("<!", "<?"), at):
        return _behind(html, ">", at)
    tag = _TAG.match(html, at) or _LOOSE_TAG.match(html, at)
    if tag is None:
        reader.data("<")
        return at + 1
    name = tag[2].lower()
    if tag[1]:
        reader.end(name)
    elif name in _RAW:
        closing = re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE).search(html, tag.end())
        return closing.end() if closing else -1
    else:
        reader.start(name, tag[3])
    return tag.end()


def _behind(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return found + len(mark) if found >= 0 else -1


def to_text(html: str) -> str:
    """Give the visible text of an HTML body."""
    reader = _Reader()
    _scan(html[:MAX_HTML], reader)
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in reader.lines())
    return scrub(re.sub(r"\n{3,}", "\n\n", text)).strip()
