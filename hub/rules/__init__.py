"""The handbook's rules of intake and handling, as plugins on the contract alone.

One module per subject; none knows another. They are pure: what they know is the item, the event,
the context and the handbook, and what they answer are values. Each action cites the provision of
the handbook that it follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.handbook import Handbook
from hub.rules.after_hours import AfterHoursRules
from hub.rules.answers import AnswerRules
from hub.rules.classify import ClassifyRules
from hub.rules.closing import ClosingRules
from hub.rules.completeness import CompletenessRules
from hub.rules.duplicates import DuplicateRules
from hub.rules.escalation import EscalationRules
from hub.rules.feedback import FeedbackRules
from hub.rules.handoff import HandOffRules
from hub.rules.intake import IntakeRules
from hub.rules.mirror import MirrorRules
from hub.rules.notices import NoticeRules
from hub.rules.reach import ReachRules
from hub.rules.recording import RecordingRules
from hub.rules.routing import RoutingRules
from hub.rules.targets import TargetRules


def builtin_rules(handbook: Handbook) -> Sequence[tuple[str, object]]:
    """Give the built-in plugins that carry out a handbook, by name."""
    return (
        ("rules.intake", IntakeRules(handbook)),
        ("rules.classify", ClassifyRules(handbook)),
        ("rules.routing", RoutingRules(handbook)),
        ("rules.after_hours", AfterHoursRules(handbook)),
        ("rules.targets", TargetRules(handbook)),
        ("rules.escalation", EscalationRules(handbook)),
        ("rules.recording", RecordingRules(handbook)),
        ("rules.notices", NoticeRules(handbook)),
        ("rules.completeness", CompletenessRules(handbook)),
        ("rules.duplicates", DuplicateRules(handbook)),
        ("rules.handoff", HandOffRules(handbook)),
        ("rules.mirror", MirrorRules(handbook)),
        ("rules.answers", AnswerRules(handbook)),
        ("rules.closing", ClosingRules(handbook)),
        ("rules.reach", ReachRules(handbook)),
        ("rules.feedback", FeedbackRules(handbook)),
    )


__all__ = ["builtin_rules"]
