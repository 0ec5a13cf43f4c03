"""Finds out what a query's values mean: ids, instants, issues, numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import dates, functions
from hub_jira.sandbox.jql.asker import Asker
from hub_jira.sandbox.jql.kinds import SetField
from hub_jira.sandbox.jql.lexer import NO_VALUE, JqlError
from hub_jira.sandbox.jql.syntax import (
    Clause,
    Empty,
    FieldName,
    Function,
    Operand,
    Several,
    Single,
    Value,
)
from hub_jira.sandbox.site import Site


def check_usage(clause: Clause) -> None:
    """Refuse a list where a single value belongs, and a single value where a list does."""
    operator, operand = clause.operator, clause.operand
    if operand is None:
        return
    shown = operator.lower()
    if operator.endswith("IN"):
        if not isinstance(operand, Several) and not _is_list(operand):
            raise JqlError(
                f"Operator '{shown}' does not support the non-list value '{operand}' for field "
                f"'{clause.field}'."
            )
    elif isinstance(operand, Several) or _is_list(operand):
        raise JqlError(
            f"Operator '{shown}' does not support the list value '{operand}' for field "
            f"'{clause.field}'."
        )
    if operator in {"IS", "IS NOT"} and not isinstance(operand, Empty):
        raise JqlError(f"The operator '{shown}' only supports 'EMPTY' or 'NULL'.")
    if operator in {"<", "<=", ">", ">="} and isinstance(operand, Empty):
        raise JqlError(
            f"Operator '{shown}' does not support the empty value 'EMPTY' for field "
            f"'{clause.field}'."
        )


def _is_list(operand: Operand) -> bool:
    if not isinstance(operand, Function):
        return False
    if not functions.known(operand):
        raise JqlError(f"Unable to find JQL function '{operand}'.")
    if operand.name.lower() in {name.lower() for name in dates.NAMES}:
        return False
    return functions.find(operand)[1].several


class Operands:
    """Reads values on behalf of who asks."""

    def __init__(self, site: Site, asker: Asker) -> None:
        self._site = site
        self._asker = asker

    def moment(self, operand: Single, what: str) -> datetime:
        """Read a date; `what` says for which field or predicate."""
        asker = self._asker
        if isinstance(operand, Empty):
            raise JqlError(f"The {what} does not support searching for EMPTY values.")
        if isinstance(operand, Value):
            found = dates.instant(operand.text, asker.zone, asker.now)
            if found is None:
                raise JqlError(
                    f"Date value '{operand.text}' for {what} is invalid. {dates.FORMATS_TOLD}"
                )
            return found
        found = dates.function(operand.name, operand.arguments, asker.zone, asker.now)
        if found is not None:
            return found
        if not functions.known(operand):
            raise JqlError(f"Unable to find JQL function '{operand}'.")
        raise JqlError(
            f"A date for the {what} provided by the function '{operand.name}' is not valid."
        )

    def members(self, spec: SetField, operand: Single, field: FieldName) -> set[str | None]:
        """Read a choice: the ids that it stands for; None stands for nothing."""
        if isinstance(operand, Empty):
            return {None}
        if isinstance(operand, Function):
            kinds, site = spec.functions, self._site
            return set(functions.values(operand, kinds, str(field), site, self._asker))
        found = spec.resolve(operand.text, self._asker.user)
        if found is None:
            what = "A value with ID" if operand.number else "The value"
            raise JqlError(f"{what} '{operand.text}' {NO_VALUE} '{field}'.")
        return set(found)

    def issues(self, operand: Single, field: FieldName) -> dict[str, Issue]:
        """Read an issue by key or id, or what a function gives: issues by id."""
        site = self._site
        if isinstance(operand, Empty):
            raise JqlError(f"The field '{field}' does not support searching for EMPTY values.")
        if isinstance(operand, Function):
            found = functions.values(operand, ("issue",), str(field), site, self._asker)
            return {key: site.issues[key] for key in found if key in site.issues}
        issue = site.find_issue(operand.text)
        if issue is None or not self._asker.sees(site, issue.project):
            kind = "ID" if operand.number else "key"
            raise JqlError(
                f"An issue with {kind} '{operand.text}' does not exist for field '{field}'."
            )
        return {issue.id: issue}

    def number(self, operand: Single, field: FieldName) -> float:
        """Read a number."""
        if isinstance(operand, Value):
            try:
                return float(operand.text)
            except ValueError:
                pass
        raise JqlError(f"Value '{_bare(operand)}' for field '{field}' is not a valid number.")

    def people(self, operand: Operand, word: str) -> set[str]:
        """Read users, by account id."""
        found: set[str] = set()
        for single in operand.flat() if isinstance(operand, Several) else (operand,):
            if isinstance(single, Function):
                found |= functions.values(single, ("user",), word, self._site, self._asker)
                continue
            user = None if isinstance(single, Empty) else self._site.find_user(single.text)
            if user is None:
                raise JqlError(
                    f"The user '{_bare(single)}' does not exist and cannot be used in the '{word}' "
                    "predicate."
                )
            found.add(user.account_id)
        return found


def _bare(operand: Any) -> str:
    return operand.text if isinstance(operand, Value) else str(operand)
