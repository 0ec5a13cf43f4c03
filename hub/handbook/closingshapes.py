"""The shape of `closing.yaml`: how a case ends, and what is asked afterwards."""

from __future__ import annotations

from pydantic import Field

from hub.handbook.shapes import Label, NamedRow, TableShape
from hub.handbook.targetshapes import LengthText, has_word
from hub.settings import Settings


class ClosingShape(NamedRow):
    """When and how a case is closed, and until when the customer may reopen it."""

    silent: LengthText
    reopen: LengthText
    rnd_status: str
    rnd_reopened: str = ""
    unsettled: tuple[str, ...] = Field(min_length=1)


class UnreachableShape(NamedRow):
    """After how many tries within how long a customer is taken for out of reach, and what then."""

    tries: int = Field(ge=1, le=20)
    within: LengthText
    state: str
    words: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()

    def told_in(self, text: str) -> bool:
        """Say whether a comment tells of a try."""
        return bool(self.words) and bool(has_word(self.words, text))


class SatisfactionShape(NamedRow):
    """The question how content the customer was, and who hears of a low answer."""

    low: int = Field(ge=0, le=5)
    tell: tuple[str, ...] = ()


class FeedbackShape(NamedRow):
    """Whose feedback is gathered, when it is asked for, and how one that is given begins."""

    role: str
    severities: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class PageLabels(Settings):
    """The buttons and fields of the pages behind links."""

    confirmed: Label
    objected: Label
    rated: Label
    feedback: Label
    remark: Label


class EndingShape(Settings):
    """`closing.yaml`."""

    closing: ClosingShape
    answers: TableShape
    unreachable: UnreachableShape
    satisfaction: SatisfactionShape
    feedback: FeedbackShape
    labels: PageLabels
    provisions: tuple[NamedRow, ...]
