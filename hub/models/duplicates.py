"""That two items may be one matter: a proposal, which only a person takes up or refuses."""

from __future__ import annotations

import msgspec

DUPLICATES = "duplicates"
"""The item's field that holds its proposals, each as the text of a `Proposal`."""

NOT_DUPLICATES = "not_duplicates"
"""The item's field that holds the ids of those that a person refused."""


class Proposal(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """An earlier item that this one may repeat, and what speaks for it.

    `score` is from 0 to 100, `thread` says that the mail cites that item, `words` are what both
    texts say. Its text form is `item|number|score|thread|words`.
    """

    item: str
    number: str = ""
    score: int
    thread: bool = False
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        thread = "thread" if self.thread else ""
        return f"{self.item}|{self.number}|{self.score}|{thread}|{', '.join(self.words)}"

    @classmethod
    def parse(cls, text: str) -> Proposal:
        """Read the text form; ValueError if it has not five parts."""
        item, number, score, thread, words = text.split("|", 4)
        told = tuple(word for word in words.split(", ") if word)
        return cls(item=item, number=number, score=int(score), thread=bool(thread), words=told)
