"""Text search as JQL's `~` does it: all words, in any order; phrases in quotes; `*` and `?`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TERM: Final = re.compile(r'"([^"]*)"|(\S+)')
_IDEOGRAPHS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def matcher(query: str) -> Callable[[str], bool]:
    """Make the test that a text must pass."""
    tests = [_phrase(phrase) if phrase else _word(word) for phrase, word in _TERM.findall(query)]

    def found(text: str) -> bool:
        low = text.lower()
        return bool(tests) and all(test(low) for test in tests)

    return found


def _phrase(phrase: str) -> Callable[[str], bool]:
    pattern = re.compile(rf"(?<!\w){re.escape(phrase.lower())}(?!\w)")
    if _IDEOGRAPHS.search(phrase):
        return lambda text: phrase.lower() in text
    return lambda text: pattern.search(text) is not None


def _word(word: str) -> Callable[[str], bool]:
    low = word.lower()
    if _IDEOGRAPHS.search(low):  # their words are not parted by spaces
        bare = low.strip("*?")
        return lambda text: bare in text
    parts = [re.escape(x).replace(r"\*", r"\w*").replace(r"\?", r"\w") for x in _parts(low)]
    patterns = [re.compile(rf"(?<!\w){part}(?!\w)") for part in parts]
    return lambda text: all(pattern.search(text) for pattern in patterns)


def _parts(word: str) -> list[str]:
    return re.findall(r"[\w*?]+", word)
