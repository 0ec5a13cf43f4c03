"""Checks of `intake.yaml`: fields, what is required, the platform's form, likely duplicates."""

from __future__ import annotations

from collections.abc import Iterator

from hub.errors import Problem
from hub.handbook.places import Checker
from hub.handbook.shapes import PlatformShape
from hub.handbook.submissions import FORM_FIELDS
from hub.handbook.uploads import MEDIA_TYPES
from hub.handbook.words import FIELDS


def check_intake(checker: Checker) -> Iterator[Problem]:
    """Give the problems of what comes in."""
    intake = checker.handbook.intake
    missing = [name for name in FIELDS if name not in checker.fields]
    if missing:
        what = f"fields are missing: {', '.join(missing)}"
        yield checker.problem("intake.yaml", what, "the rules keep them on every item")
    for name in ("type", "severity"):
        if name not in intake.classification:
            what = f"classification.{name} is missing"
            yield checker.problem("intake.yaml", what, "give the table that settles it")
    yield from _check_required(checker)
    if intake.platform is not None:
        yield from _check_platform(checker, intake.platform)


def _check_required(checker: Checker) -> Iterator[Problem]:
    for rule in checker.handbook.tables["required"].rules:
        needs, asks = _listed(rule.then.get("needs")), _listed(rule.then.get("asks"))
        if not needs and not asks:
            yield checker.at(rule, f"row {rule.id} requires nothing", "name fields under needs")
        for name in asks:
            field = checker.fields.get(name)
            if field is not None and field.visibility != "public":
                what = f"row {rule.id} would ask the customer for {name}, which is internal"
                yield checker.at(rule, what, "put it under needs, or make the field public")
            elif field is not None and field.values:
                what = f"row {rule.id} asks for {name}, which an answer in words can not fill"
                yield checker.at(rule, what, "put it under needs: a person settles it")


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return value
    return [str(value)] if value else []


def _check_platform(checker: Checker, form: PlatformShape) -> Iterator[Problem]:
    channels = [row.id for row in checker.handbook.intake.channels]
    yield from checker.known("channel", channels, form, "platform.channel", [form.channel])
    yield from checker.known("field of a form", FORM_FIELDS, form, "platform.asks", form.asks)
    endings = form.files.endings
    yield from checker.known("ending", MEDIA_TYPES, form, "platform.files.endings", endings)
    answer = checker.handbook.tables["required"].decide({"channel": form.channel})
    for name in answer.listed("needs") if answer else ():
        if name not in (*form.asks, "subject", "description"):
            what = f"platform.asks leaves out {name}, which {form.channel} needs"
            yield checker.at(form, what, "ask for it, or take it out of required")
