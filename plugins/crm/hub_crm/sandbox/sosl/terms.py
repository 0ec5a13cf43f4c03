"""Search terms: words, phrases, wildcards, joined by AND, OR and AND NOT.

A word matches a whole word of a text; Chinese, Japanese and Korean, which have no spaces, match
anywhere. A record fits if its fields together do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hub_crm.sandbox.wire import ApiError

Fits = Callable[[Sequence[str]], bool]
SHORTEST: Final = 2
MOST_NESTED: Final = 50
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<sign>[()])|"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>(?:\\.|[^\s()"\\])+))',
    re.DOTALL,
)
_UNESCAPED: Final = re.compile(r"[?&|!{}\[\]^~:'+-]")
_SPACE: Final = re.compile(r"\s")
_WIDE: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def refused(message: str) -> ApiError:
    """Give the error of a search that can not be understood."""
    return ApiError(400, "MALFORMED_SEARCH", message)


def understand(text: str) -> Fits:
    """Give the test of a record's texts, in lower case, for a search expression."""
    reader = _Terms(_tokens(text))
    fits = reader.either(0)
    reader.end()
    return fits


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refused(f"unexpected token: '{text[at:].strip()[:1]}'")
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind]))
        at = match.end()
    return found


class _Terms:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def _word(self, *words: str) -> bool:
        ahead = self._tokens[self._next : self._next + len(words)]
        if len(ahead) < len(words) or any(
            token.kind != "word" or token.text.upper() != word
            for token, word in zip(ahead, words, strict=True)
        ):
            return False
        self._next += len(words)
        return True

    def either(self, depth: int) -> Fits:
        parts = [self._every(depth)]
        while self._word("OR"):
            parts.append(self._every(depth))
        return (lambda texts: any(p(texts) for p in parts)) if len(parts) > 1 else parts[0]

    def _every(self, depth: int) -> Fits:
        parts = [self._one(depth)]
        while True:
            if self._word("AND", "NOT"):
                unwanted = self._one(depth)
                parts.append(lambda texts, unwanted=unwanted: not unwanted(texts))  # type: ignore[misc]
            elif self._word("AND") or self._starts():
                parts.append(self._one(depth))
            else:
                return lambda texts: all(p(texts) for p in parts)

    def _starts(self) -> bool:
        if self._next >= len(self._tokens):
            return False
        token = self._tokens[self._next]
        if token.kind == "word":
            return token.text.upper() != "OR"
        return token.text != ")" or token.kind == "phrase"

    def _one(self, depth: int) -> Fits:
        if self._next >= len(self._tokens) or depth > MOST_NESTED:
            raise refused("unexpected token: '<EOF>'")
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "phrase":
            return _phrase(token.text)
        if token.kind == "word":
            return _term(token.text)
        if token.text == ")":
            raise refused("unexpected token: ')'")
        inner = self.either(depth + 1)
        if self._next >= len(self._tokens) or self._tokens[self._next].text != ")":
            raise refused("unexpected token: '<EOF>'")
        self._next += 1
        return inner

    def end(self) -> None:
        if self._next < len(self._tokens):
            raise refused(f"unexpected token: '{self._tokens[self._next].text}'")


def _phrase(text: str) -> Fits:
    plain = " ".join(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL).lower().split())
    _check_length(plain)
    pattern = re.compile(_edge(plain[0], before=True) + re.escape(plain) + _edge(plain[-1]))
    return lambda texts: any(pattern.search(" ".join(text.split())) for text in texts)


def _term(text: str) -> Fits:
    if bad := _UNESCAPED.search(re.sub(r"\\.", "", text, flags=re.DOTALL)):
        raise refused(f"unexpected token: '{bad[0]}'")
    pieces, signs = [""], iter(text.lower())
    for sign in signs:
        if sign == "*":
            pieces.append("")
        else:
            pieces[-1] += next(signs, "") if sign == "\\" else sign
    _check_length("".join(pieces))
    first, last = pieces[0], pieces[-1]
    patterns = [re.escape(piece) for piece in pieces if piece]
    if first:
        patterns[0] = _edge(first[0], before=True) + patterns[0]
    if last:
        patterns[-1] += _edge(last[-1])
    found = _in_order([re.compile(pattern) for pattern in patterns])
    return lambda texts: any(found(text) for text in texts)


def _in_order(patterns: list[re.Pattern[str]]) -> Callable[[str], bool]:
    """Give a test that patterns follow one another within a run of signs without spaces.

    Each takes the first place behind the one before: enough, and never a look back.
    """
    head, *rest = patterns

    def fits(text: str) -> bool:
        for found in head.finditer(text):
            space = _SPACE.search(text, found.end())
            at, end = found.end(), space.start() if space else len(text)
            for pattern in rest:
                following = pattern.search(text, at, end)
                if following is None:
                    break
                at = following.end()
            else:
                return True
        return False

    return fits


def _edge(sign: str, *, before: bool = False) -> str:
    if _WIDE.match(sign) or not (sign.isalnum() or sign == "_"):
        return ""
    return r"(?<!\w)" if before else r"(?!\w)"


def _check_length(text: str) -> None:
    if len(text) < SHORTEST and not _WIDE.search(text):
        raise refused(f"search term must be longer than one character: {text}")
