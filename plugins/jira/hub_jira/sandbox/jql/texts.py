"""Text search as JQL's `~` does it.

Words in any order, all of them unless OR stands between; phrases in quotes; `*` and `?`; `-`, `!`
and NOT exclude. Words are taken as they are: there is no stemming.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hub_jira.sandbox.jql.lexer import JqlError

Found = Callable[[str], bool]
_TERM: Final = re.compile(r'([+\-!]?)(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+))')
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_IDEOGRAPHS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_JOINS: Final = {"AND": "and", "&&": "and", "OR": "or", "||": "or"}
_NEGATIONS: Final = frozenset({"NOT"})


def matcher(query: str, field: str) -> Found:
    """Make the test that a text must pass; `JqlError` if the query can not be read."""
    if not query.strip():
        raise JqlError(f"The field '{field}' does not support searching for an empty string.")
    alternatives: list[list[Found]] = [[]]
    negated = joined = False
    for sign, phrase, word in _TERM.findall(query):
        bare = not sign and word
        if bare in _JOINS:
            if negated or joined or not alternatives[-1]:
                raise _unreadable(query, field)
            joined = True
            if _JOINS[bare] == "or":
                alternatives.append([])
            continue
        if bare in _NEGATIONS:
            negated = True
            continue
        test = _phrase(_plain(phrase)) if phrase or not word else _word(word, field)
        alternatives[-1].append(_not(test) if negated or sign in {"-", "!"} else test)
        negated = joined = False
    if negated or joined or query.count('"') - query.count('\\"') & 1 or not all(alternatives):
        raise _unreadable(query, field)
    return _any_of_all(alternatives)


def _any_of_all(alternatives: list[list[Found]]) -> Found:
    def found(text: str) -> bool:
        low = text.lower()
        return any(all(test(low) for test in tests) for tests in alternatives)

    return found


def _unreadable(query: str, field: str) -> JqlError:
    return JqlError(f"Unable to parse the text '{query}' for field '{field}'.")


def _not(test: Found) -> Found:
    return lambda text: not test(text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text).lower()


def _phrase(phrase: str) -> Found:
    if _IDEOGRAPHS.search(phrase):
        return lambda text: phrase in text
    words = re.findall(r"\w+", phrase)
    pattern = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)")
    return lambda text: pattern.search(text) is not None


def _word(word: str, field: str) -> Found:
    if word[0] in "*?":
        raise JqlError(
            f"The text query '{word}' for field '{field}' is not allowed to start with '{word[0]}'."
        )
    low = word.lower()
    if _IDEOGRAPHS.search(low):  # their words are not parted by spaces
        bare = _plain(low).strip("*?")
        return lambda text: bare in text
    parts = [re.escape(x).replace(r"\*", r"\w*").replace(r"\?", r"\w") for x in _parts(low)]
    patterns = [re.compile(rf"(?<!\w){part}(?!\w)") for part in parts]
    return lambda text: all(pattern.search(text) for pattern in patterns)


def _parts(word: str) -> list[str]:
    return re.findall(r"[\w*?]+", _ESCAPED.sub(" ", word))
