"""Checks of the message templates: what they may name, and who may read it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from hub.errors import Problem
from hub.handbook.places import Checker
from hub.handbook.templates import Template, placeholders, stray_braces
from hub.handbook.words import DERIVED, PURPOSES, Purpose


def check_messages(checker: Checker) -> Iterator[Problem]:
    """Give the problems of all templates."""
    templates = checker.handbook.messages.templates
    for name in PURPOSES:
        if name not in templates:
            yield checker.problem("messages", f"the message {name} is missing", "write it")
    for template in templates.values():
        purpose = PURPOSES.get(template.id)
        if purpose is None:
            close = difflib.get_close_matches(template.id, list(PURPOSES), 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(PURPOSES)}"
            yield checker.at(template, f"nothing sends the message {template.id}", hint)
        else:
            yield from _check_template(checker, template, purpose)


def _check_template(checker: Checker, template: Template, purpose: Purpose) -> Iterator[Problem]:
    if template.visibility != purpose.visibility:
        what = f"{template.id} is declared {template.visibility}"
        yield checker.at(template, what, f"it must be {purpose.visibility}")
    for language in ("zh", "en"):
        if not template.texts.get(language):
            yield checker.at(template, f"{template.id} has no text in {language}")
        if purpose.subject and not template.subjects.get(language):
            yield checker.at(template, f"{template.id} has no subject in {language}")
    for language, text in [*template.subjects.items(), *template.texts.items()]:
        for name in dict.fromkeys(placeholders(text)):
            yield from _check_name(checker, template, purpose, f"{template.id} ({language})", name)
        for line in stray_braces(text):
            what = f"{template.id} ({language}) has a brace without its other in {line!r}"
            yield checker.at(template, what, "write {field}; a brace itself is written {{ or }}")
    yield from _check_text(checker, template, purpose)


def _check_name(
    checker: Checker, template: Template, purpose: Purpose, place: str, name: str
) -> Iterator[Problem]:
    known = [*purpose.details, *DERIVED, *checker.fields]
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {{{close[0]}}}?" if close else "see the fields of intake.yaml"
        yield checker.at(template, f"{place} names {{{name}}}, which does not exist", hint)
    elif (
        template.visibility != "internal"
        and name not in purpose.details
        and not checker.handbook.messages.is_public(name)
    ):
        what = f"{place} would show the customer {{{name}}}, which is internal"
        yield checker.at(template, what, "take it out, or make the field public in intake.yaml")


def _check_text(checker: Checker, template: Template, purpose: Purpose) -> Iterator[Problem]:
    """A message that exists to carry a text must carry it, and never in its subject."""
    carried = [name for name, kind in purpose.details.items() if kind == "text"]
    for name in carried:
        for language, text in template.texts.items():
            if text and name not in placeholders(text):
                yield checker.at(template, f"{template.id} ({language}) leaves out {{{name}}}")
        for language, subject in template.subjects.items():
            if name in placeholders(subject):
                what = f"{template.id} ({language}) has {{{name}}} in its subject"
                yield checker.at(template, what, "a text belongs into the text")
