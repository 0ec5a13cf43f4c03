"""What the rules need a handbook to name: states, fields, messages and provisions.

The rules address these by id; what they say, whom they concern and whether they are the
department's own or a default is the handbook's. The checker demands that all are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Visibility: TypeAlias = Literal["public", "internal", "kept"]
DetailKind: TypeAlias = Literal["public", "internal", "text"]

STATES: Final = (
    "new", "routed", "in_progress", "waiting_customer", "waiting_rnd",
    "resolved", "closed", "reopened", "suspended",
)  # fmt: skip

FIELDS: Final = (
    "state", "subject", "description", "issue_type", "subtype", "severity", "channel", "language",
    "customer_name", "contact_name", "contact_email", "contact_phone", "customer_status",
    "contact_fax", "product_version", "missing", "asked", "duplicates", "not_duplicates",
    "duplicate_of",
    "contact", "account", "account_manager", "role", "owner", "case_number", "jira_key",
    "handling_method", "handling_result", "handling_advice", "open_items", "next_handler",
    "solution", "solved_at", "customer_answer", "satisfaction", "manager_feedback", "unreached",
    "received_at", "closed_at", "close_reason", "desk_reason", "notify", "thread",
    "participants", "answered", "hand_offs", "hand_off_to", "undeliverable",
    "rnd_status", "rnd_status_category", "rnd_resolution", "rnd_advice",
    "contract_no", "promises", "clocks", "pauses", "agreed_until", "provisional", "breaches",
    "alarms", "escalations", "timed_by", "engineer", "product", "after_hours", "call", "called",
    "acknowledged_by", "acknowledged_at", "handlers",
)  # fmt: skip

DERIVED: Final = ("tag", "item_id", "next_step", "confirm_link", "rating_link")
"""What every message can name besides the item's fields; all of it public."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a message is for: how public it is, whether it has a subject, what it can name.

    A detail of kind `text` is a typed text: where a customer reads the message it must be public.
    """

    visibility: Visibility
    subject: bool = True
    details: Mapping[str, DetailKind] = field(default_factory=dict)


def _internal(subject: bool, *details: str) -> Purpose:
    kinds: dict[str, DetailKind] = dict.fromkeys(details, "internal")
    return Purpose("internal", subject, kinds)


ESCALATED: Final = ("target", "share", "limit", "since", "rung", "ladder")

ENDED: Final[Mapping[str, DetailKind]] = {"silent": "public", "reopen": "public"}
"""How long we wait for the customer's word, and how long a closed case can be reopened."""

PURPOSES: Final[Mapping[str, Purpose]] = {
    "acknowledgement": Purpose("public", True, {"questions": "public"}),
    "after_hours_acknowledgement": Purpose(
        "public",
        True,
        {"emergency_phone": "public", "answer_by": "public", "questions": "public"},
    ),
    "questions": Purpose("public", False, {"lines": "public"}),
    "reply_to_customer": Purpose("public", True, {"text": "text", "author": "public"}),
    "resolved": Purpose("public", True, ENDED),
    "closed": Purpose("public", True, ENDED),
    "closed_silent": Purpose("public", True, ENDED),
    "closed_duplicate": Purpose("public", True, ENDED),
    "suspended": Purpose("public"),
    "notice_unsettled": _internal(True),
    "notice_low_rating": _internal(True, "rating", "remark"),
    "notice_feedback": _internal(True, "feedback_link"),
    "notice_unreachable": _internal(True, "tries"),
    "rating_record": _internal(False, "rating", "remark"),
    "feedback_record": _internal(False, "text", "author"),
    "page_confirm": Purpose("public"),
    "page_rate": Purpose("public"),
    "page_done": Purpose("public"),
    "page_settled": Purpose("public"),
    "page_feedback": _internal(True),
    "notice_handler": _internal(True),
    "notice_account_manager": _internal(True),
    "notice_desk": _internal(True),
    "notice_role": _internal(True),
    "notice_customer_mail": _internal(True, "text", "author"),
    "notice_hand_off": _internal(True, "from_role", "to_role", "to_person"),
    "notice_returned": _internal(True, "outcome"),
    "notice_missing_fields": _internal(True, "missing"),
    "task_missing_fields": _internal(True, "missing"),
    "submission_record": _internal(False, "lines", "by"),
    "duplicates_proposed": _internal(False, "cases"),
    "duplicate_joined": _internal(False, "number", "subject", "description", "by"),
    "duplicate_closed": _internal(False, "number", "by", "reason"),
    "notice_record_gone": _internal(True, "record"),
    "notice_conflict": _internal(True, "field", "ours", "theirs"),
    "notice_bounced": _internal(True, "recipient", "status"),
    "notice_escalation": _internal(True, *ESCALATED),
    "notice_call": _internal(True, "person", "step", "wait", "following", "called", "acknowledge"),
    "notice_taken": _internal(True, "person", "called", "said"),
    "call_record": _internal(False, "person", "called", "said"),
    "night_list_case": _internal(False, "called"),
    "notice_night_list": _internal(True, "since", "until", "count", "list"),
    "notice_review": _internal(True, "after"),
    "escalation_record": _internal(False, *ESCALATED),
    "hand_off_record": _internal(False, "from_role", "to_role", "to_person"),
    "hand_off_refused": _internal(False, "to_role", "reason"),
    "returned_from_rnd": _internal(False, "outcome"),
    "issue": _internal(True),
    "issue_again": _internal(False),
    "record_gone": _internal(False, "record"),
    "staff_mail": _internal(False, "text", "author"),
    "customer_mail": Purpose("kept", False, {"text": "text", "author": "public"}),
    "mirrored_comment": Purpose("kept", False, {"text": "text", "author": "public"}),
}

INTAKE_PROVISIONS: Final = (
    "mail_opens_case", "match_customer", "ignore_automatic", "ignore_staff", "join_by_sender",
    "stranger_opens_case", "reopen_window", "crm_case_opens", "closed_when_first_seen",
    "comment_joins", "bounce_marks", "unlinked_rnd", "nothing_follows", "record_case",
    "record_mail", "reopen_by_mail", "waiting_ends", "record_gone", "missing_fields",
    "submitted", "attach_files", "ask_once", "answer_completes", "completed",
    "duplicate_accepted", "duplicate_refused",
)  # fmt: skip
ROUTING_PROVISIONS: Final = (
    "keep_chosen_handler", "nobody_receives", "in_turn", "nobody_available",
)  # fmt: skip
AFTER_HOURS_PROVISIONS: Final = (
    "after_hours_taken", "nobody_called", "nobody_on_duty", "call_acknowledged", "call_quiet",
    "call_unanswered", "acknowledged",
)  # fmt: skip
OCCASION: Final = ("working_time", "day", "weekday", "hour", "night")
"""What the calendar says of an instant, as columns of routing and after-hours tables."""
HANDOFF_PROVISIONS: Final = (
    "four_items", "allowed_paths", "unknown_handler", "hand_off_pending", "requested",
    "rnd_reached", "rnd_advice", "mirror_once", "mirror_mail", "customer_answer",
)  # fmt: skip
ENDING_PROVISIONS: Final = ("confirmed", "nothing_to_confirm", "rated")
TARGET_PROVISIONS: Final = ("nothing_promised", "reckoned", "quiet", "alarms")
