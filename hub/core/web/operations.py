"""Every operation of the hub's own HTTP: routes and reference are made from this list alone."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.desk import DuplicateVerdict, HandOff, Told
from hub.core.explain import Explained, WhyNot
from hub.core.inquiry import ItemView, Letter
from hub.core.submissions import NewCase, Taken
from hub.core.web.operation import Answer, Operation


class Liveness(msgspec.Struct, frozen=True):
    """Whether the working loops turn."""

    alive: bool


class ConnectorReadiness(msgspec.Struct, frozen=True):
    """How a connector is: `state` is starting, ready, unavailable, limited or unauthorised."""

    state: str
    detail: str = ""
    since: str = ""


class ReadinessView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hub takes part: store and workers hold, and every connector has started."""

    ready: bool
    store: bool
    workers: bool
    connectors: dict[str, ConnectorReadiness]


class Accepted(msgspec.Struct, frozen=True):
    """A webhook was taken: so many records are fetched."""

    accepted: int


class ToldAccepted(msgspec.Struct, frozen=True):
    """It was taken; what follows, the handbook decides: see the item, or why."""

    accepted: bool
    item: str


class HandOffAccepted(msgspec.Struct, frozen=True):
    """A hand-off was taken; whether it is made, the handbook decides: see the item, or why."""

    accepted: bool
    item: str


class DuplicateSettled(msgspec.Struct, frozen=True):
    """The word was taken: of this case, on that one."""

    item: str
    of: str


class Letters(msgspec.Struct, frozen=True):
    """The open dead letters, oldest first."""

    dead_letters: list[Letter]


_LATER: Final = Answer(meaning="The store or a system is busy: try again after `Retry-After`.")
_FAILED: Final = Answer(meaning="The hub failed; its log says how.")
_STRANGER: Final = Answer(meaning="The bearer token is missing or wrong.")
_LARGE: Final = Answer(meaning="The body is larger than 4 MiB.")
_PAGE: Final = Answer(meaning="A page in HTML that says how it stands.", type=None)
_NO_LINK: Final = Answer(meaning="The link is none of ours, or no longer; in HTML.", type=None)
_NO_ITEM: Final = Answer(meaning="There is no such item.")

_NO_FORM: Final = Answer(meaning="The handbook describes no form.", type=None)
_ONCE: Final = {"Idempotency-Key": "Makes asking again harmless; goes before `key` in the body."}


def _taken(accepted: type[msgspec.Struct], misread: str) -> dict[int, Answer]:
    """Give the answers of what is asked of an item, and done by the rules afterwards."""
    return {
        202: Answer(meaning="It was taken.", type=accepted),
        400: Answer(meaning=misread),
        401: _STRANGER,
        404: _NO_ITEM,
        413: _LARGE,
        500: _FAILED,
        503: _LATER,
    }


OPERATIONS: Final = (
    Operation(
        id="livez",
        method="GET",
        path="/livez",
        summary="Whether the process works; if not, it is to be restarted.",
        answers={
            200: Answer(meaning="All loops turn.", type=Liveness),
            503: Answer(meaning="A loop stands still.", type=Liveness),
        },
    ),
    Operation(
        id="readyz",
        method="GET",
        path="/readyz",
        summary="Whether the hub takes part. A system that is down does not make it unready: "
        "its work waits.",
        answers={
            200: Answer(meaning="It does.", type=ReadinessView),
            503: Answer(meaning="It does not, and why.", type=ReadinessView),
        },
    ),
    Operation(
        id="metrics",
        method="GET",
        path="/metrics",
        summary="All metrics, in Prometheus' text format.",
        answers={200: Answer(meaning="The metrics, as text.", type=None)},
    ),
    Operation(
        id="openapi",
        method="GET",
        path="/openapi.json",
        summary="This reference, as an OpenAPI 3.1 document.",
        answers={200: Answer(meaning="The document, in JSON.", type=None)},
    ),
    Operation(
        id="webhook",
        method="POST",
        path="/webhooks/{connector}",
        summary="Takes a system's webhook. Its signature is verified; its content is never "
        "believed: what it names is read afresh.",
        raw=True,
        answers={
            202: Answer(meaning="It is genuine; its records are read.", type=Accepted),
            400: Answer(meaning="It can not be understood."),
            401: Answer(meaning="It is not genuine."),
            404: Answer(meaning="There is no such connector, or it takes no webhooks."),
            413: _LARGE,
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="page",
        method="GET",
        path="/c/{purpose}/{item}/{round}/{sign}",
        summary="The page behind a signed link of a mail: to confirm a solution, to rate, to give "
        "feedback. Looking at it changes nothing.",
        answers={
            200: Answer(meaning="The page, as HTML.", type=None),
            404: Answer(meaning="The link is not valid."),
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="page_answer",
        method="POST",
        path="/c/{purpose}/{item}/{round}/{sign}",
        summary="Takes what the form of such a page says.",
        raw=True,
        answers={
            200: Answer(meaning="It was taken, or the page again; as HTML.", type=None),
            400: Answer(meaning="It is no form."),
            404: Answer(meaning="The link is not valid."),
            413: _LARGE,
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="item",
        method="GET",
        path="/api/items/{id}",
        summary="An item by its id, a case number, a JIRA key or a record's address: its fields, "
        "its records, what waits, its dead letters.",
        token=True,
        answers={
            200: Answer(meaning="The item.", type=ItemView),
            401: _STRANGER,
            404: _NO_ITEM,
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="why",
        method="GET",
        path="/api/items/{id}/why",
        summary="The chain of cause and effect, with the rule, its file and line, and the rows "
        "that did not match, cell by cell.",
        token=True,
        query={"language": "`zh` or `en`; by default the handbook's own."},
        answers={
            200: Answer(meaning="The chain, and the rows behind its decisions.", type=Explained),
            401: _STRANGER,
            404: _NO_ITEM,
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="why_not",
        method="GET",
        path="/api/items/{id}/why-not",
        summary="Why something did not happen: by the item and the handbook as they were then.",
        token=True,
        query={
            "what": "`notice`, `escalation`, `hand-off`, `assignment` or `deadline`.",
            "at": "A date (that day) or a date and time (the hour from then); by default all time.",
            "to": "The person (e-mail address, name) or role that was not told or not chosen.",
            "language": "`zh` or `en`; by default the handbook's own.",
        },
        answers={
            200: Answer(meaning="The causes, each with its place in the handbook.", type=WhyNot),
            400: Answer(meaning="The question is not understood."),
            401: _STRANGER,
            404: _NO_ITEM,
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="hand_off",
        method="POST",
        path="/api/items/{id}/handoff",
        summary="Asks for a hand-off. The handbook decides whether it is made.",
        token=True,
        body=HandOff,
        headers=_ONCE,
        answers=_taken(HandOffAccepted, "It is no hand-off; the field at fault is named."),
    ),
    Operation(
        id="tell",
        method="POST",
        path="/api/items/{id}/told",
        summary="Tells something of a case: an agreed date, that the customer could not be "
        "reached, what they said of the solution, how content they are, an account manager's "
        "feedback.",
        token=True,
        body=Told,
        headers=_ONCE,
        answers=_taken(ToldAccepted, "It can not be understood; the field at fault is named."),
    ),
    Operation(
        id="ask_acknowledgement",
        method="GET",
        path="/ack/{link}",
        summary="The page behind the link of a duty call. It changes nothing, for mail scanners "
        "open every link: it has a button.",
        answers={200: _PAGE, 404: _NO_LINK, 500: _FAILED, 503: _LATER},
    ),
    Operation(
        id="take_acknowledgement",
        method="POST",
        path="/ack/{link}",
        summary="Acknowledges for the person whom the link was sent to; a second time changes "
        "nothing.",
        answers={200: _PAGE, 404: _NO_LINK, 500: _FAILED, 503: _LATER},
    ),
    Operation(
        id="duplicate",
        method="POST",
        path="/api/items/{id}/duplicate",
        summary="Settles a likely duplicate: accepted, the case is closed in favour of the one it "
        "repeats, which takes in what it says; refused, it is not proposed again.",
        token=True,
        body=DuplicateVerdict,
        headers=_ONCE,
        answers=_taken(
            DuplicateSettled, "It is no word on a duplicate; the field at fault is named."
        ),
    ),
    Operation(
        id="new_case",
        method="POST",
        path="/api/cases",
        summary="Opens a case: what came by hotline, fax or front desk, or from another platform. "
        "Attachments are of the sizes and kinds that the handbook's form takes.",
        token=True,
        body=NewCase,
        headers=_ONCE,
        answers={
            202: Answer(meaning="It is kept; its case is made.", type=Taken),
            400: Answer(meaning="It is no case; the field at fault is named."),
            401: _STRANGER,
            413: Answer(meaning="It is larger than the handbook's form takes."),
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="submission",
        method="GET",
        path="/api/cases/{reference}",
        summary="How a case stands that was handed in, by its reference.",
        token=True,
        answers={
            200: Answer(meaning="Its item and number, once it has them.", type=Taken),
            401: _STRANGER,
            404: Answer(meaning="There is no such reference."),
            500: _FAILED,
            503: _LATER,
        },
    ),
    Operation(
        id="form",
        method="GET",
        path="/service",
        summary="The form of the user service platform, in Chinese or English (`?lang=`).",
        answers={200: Answer(meaning="The form, as HTML.", type=None), 404: _NO_FORM},
    ),
    Operation(
        id="send_form",
        method="POST",
        path="/service",
        summary="Takes the filled form, as multipart or urlencoded. What is accepted is in the "
        "store before this answers; the same form sent twice is one case.",
        raw=True,
        answers={
            303: Answer(meaning="It is kept; the page told shows its reference.", type=None),
            400: Answer(meaning="It can not be read.", type=None),
            403: Answer(meaning="Another site sent it.", type=None),
            404: _NO_FORM,
            413: Answer(meaning="Its files are too large or too many.", type=None),
            415: Answer(meaning="It is no form.", type=None),
            422: Answer(meaning="The form again, with what is wrong in it.", type=None),
            429: Answer(meaning="This address sent too many: wait `Retry-After`.", type=None),
            503: Answer(meaning="The store is busy: the form again, as it was.", type=None),
        },
    ),
    Operation(
        id="form_received",
        method="GET",
        path="/service/received/{reference}",
        summary="What became of a form: its reference, then its case's number.",
        answers={
            200: Answer(meaning="The page, as HTML.", type=None),
            404: Answer(meaning="There is no such reference, or no form.", type=None),
        },
    ),
    Operation(
        id="dead",
        method="GET",
        path="/api/dead",
        summary="What could not be done and waits for a person.",
        token=True,
        answers={
            200: Answer(meaning="The open dead letters.", type=Letters),
            401: _STRANGER,
            500: _FAILED,
            503: _LATER,
        },
    ),
)
"""Each becomes a route and a part of the reference."""
