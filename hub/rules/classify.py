"""Classification: type, subtype and severity of a new case, from its words."""

from __future__ import annotations

from typing import Final

from hub.handbook import Answer, Handbook
from hub.hookspecs import hookimpl
from hub.models import Change, Classification, Context, Fields, Item

PLUGIN: Final = "rules.classify"


class ClassifyRules:
    """Answers by the handbook's two tables; what a person has set already is taken as given."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook

    @hookimpl
    def hub_classify_case(
        self,
        item: Item,
        change: Change,  # noqa: ARG002 - the item holds it all
        context: Context,  # noqa: ARG002
    ) -> Classification | None:
        """Settle type, subtype and severity."""
        names = ("customer_status", "channel", "subject", "issue_type", "subtype", "language")
        inputs: Fields = {name: item.fields.get(name) for name in names}
        inputs["text"] = f"{item.text('subject')}\n{item.text('description')}"
        fields: Fields = {}
        typed: Answer | None = None
        if not item.text("issue_type"):
            typed = self._handbook.tables["classification.type"].decide(inputs)
            if typed is not None:
                fields |= _outputs(typed, "issue_type", "subtype")
                inputs |= fields
        severe: Answer | None = None
        if not item.text("severity"):
            severe = self._handbook.tables["classification.severity"].decide(inputs)
            if severe is not None:
                fields |= _outputs(severe, "severity")
        return self._answer(fields, [a for a in (typed, severe) if a is not None], inputs)

    def _answer(
        self, fields: Fields, answers: list[Answer], inputs: Fields
    ) -> Classification | None:
        if not answers:
            return None
        reasons = []
        for answer in answers:
            words = answer.words(inputs)
            reasons.append(f"{answer.rule.id} ({answer.rule.source})" + (words and f": {words}"))
        why = self._handbook.why(
            PLUGIN, answers[0].rule, answers[0].inputs, note="; ".join(reasons)
        )
        return Classification(fields=fields, why=why)


def _outputs(answer: Answer, *names: str) -> Fields:
    return {name: answer.text(name) for name in names if answer.text(name)}
