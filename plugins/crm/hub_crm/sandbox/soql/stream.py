"""The tokens of one text, taken one after the other."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.soql.lexer import Kind, Token, malformed, tokens
from hub_crm.sandbox.wire import ApiError

RESERVED: Final = frozenset(
    {"AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
     "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR", "ORDER", "SELECT", "USING", "WHERE",
     "WITH"}
)  # fmt: skip
AFTER_ALIAS: Final = RESERVED | {"FOR", "ALL", "UPDATE", "RETURNING"}


class Stream:
    """A cursor over tokens; whatever does not fit is MALFORMED_QUERY at its place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens(text)
        self._next = 0

    @property
    def token(self) -> Token:
        """Give the next token without taking it."""
        return self._tokens[self._next]

    def fail(self, token: Token | None = None) -> ApiError:
        """Give the error that a token stands where it can not."""
        token = token or self.token
        shown = "<EOF>" if token.kind is Kind.END else token.text
        return malformed(self.text, token.at, f"unexpected token: '{shown}'")

    def take(self) -> Token:
        """Take the next token; the end is given again and again."""
        token = self.token
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def sees(self, *words: str) -> bool:
        """Tell whether these words come next."""
        if self.token.word != words[0]:
            return False
        # The end has no word, so that nothing is looked for behind it.
        return len(words) == 1 or all(
            self._tokens[self._next + ahead].word == word for ahead, word in enumerate(words)
        )

    def word(self, *words: str) -> bool:
        """Take these words if they come next."""
        if not self.sees(*words):
            return False
        self._next += len(words)
        return True

    def need_word(self, *words: str) -> None:
        """Take these words, which must come next."""
        for word in words:
            if not self.word(word):
                raise self.fail()

    def sees_sign(self, sign: str, ahead: int = 0) -> bool:
        """Tell whether a sign comes next, or so many tokens later."""
        token = self._tokens[min(self._next + ahead, len(self._tokens) - 1)]
        return token.kind is Kind.SIGN and token.text == sign

    def sign(self, sign: str) -> bool:
        """Take a sign if it comes next."""
        if not self.sees_sign(sign):
            return False
        self._next += 1
        return True

    def need_sign(self, sign: str) -> None:
        """Take a sign, which must come next."""
        if not self.sign(sign):
            raise self.fail()

    def name(self) -> Token:
        """Take a name that is no word of the language."""
        token = self.token
        if not token.word or token.word in RESERVED:
            raise self.fail()
        return self.take()

    def alias(self) -> Token | None:
        """Take a name that may follow here, if one does."""
        token = self.token
        if not token.word or token.word in AFTER_ALIAS:
            return None
        return self.take()

    def alias_before(self, *words: str) -> Token | None:
        """Take a name that may follow here, if a comma or one of the words comes behind it."""
        after = self._tokens[min(self._next + 1, len(self._tokens) - 1)]
        if after.text != "," and after.text.upper() not in words:
            return None
        return self.alias()

    def integer(self) -> int:
        """Take a whole number without a sign."""
        token = self.token
        if token.kind is not Kind.NUMBER or not token.text.isdigit() or len(token.text) > 18:
            raise self.fail()
        return int(self.take().text)

    def end(self) -> None:
        """Expect the end of the text."""
        if self.token.kind is not Kind.END:
            raise self.fail()
