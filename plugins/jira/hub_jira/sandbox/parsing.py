"""Reads the values that clients send for fields, and refuses what Jira would refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from hub_jira.sandbox import adfschema
from hub_jira.sandbox.model import CustomField, JiraError, Named, Project, User
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Site

LONGEST_SUMMARY: Final = 255
NO_DOCUMENT: Final = (
    "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
)


class FieldError(Exception):
    """One field's value is refused; the text is Jira's."""


class InvalidDocumentError(JiraError):
    """A document is not as the format has it; Jira says no more than this."""

    def __init__(self) -> None:
        super().__init__(400, "INVALID_INPUT")


class Parser:
    """Reads values for one site and one version of the API."""

    def __init__(self, site: Site, api: int) -> None:
        self._site = site
        self._api = api

    def summary(self, value: Any) -> str:
        """Read a summary."""
        if not isinstance(value, str) or not value.strip():
            raise FieldError("You must specify a summary of the issue.")
        if "\n" in value or "\r" in value:
            raise FieldError("The summary is invalid because it contains newline characters.")
        if len(value.strip()) >= LONGEST_SUMMARY:
            raise FieldError("Summary must be less than 255 characters.")
        return value.strip()

    def rich(self, value: Any) -> RichText | None:
        """Read a description or another rich text; None empties it."""
        if value is None or value == "":
            return None
        try:
            text = self._document(value) if self._api == 3 else self._markup(value)
            length = len(text.as_markup())
        except RecursionError:
            raise InvalidDocumentError from None
        if length > self._site.text_limit:
            raise FieldError(
                "The entered text is too long. It exceeds the allowed limit of "
                f"{self._site.text_limit:,} characters."
            )
        return text

    def _document(self, value: Any) -> RichText:
        if not adfschema.is_document(value):
            raise FieldError(NO_DOCUMENT)
        if next(adfschema.defects(value), None) is not None:
            raise InvalidDocumentError
        return RichText(document=value)

    def _markup(self, value: Any) -> RichText:
        if not isinstance(value, str):
            raise FieldError("Operation value must be a string")
        return RichText(markup=value)

    def labels(self, value: Any) -> list[str]:
        """Read labels."""
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            raise FieldError("data was not an array of strings")
        for label in value:
            if any(sign.isspace() for sign in label):
                raise FieldError(f"The label '{label}' contains spaces which is invalid.")
            if len(label) > 255:
                raise FieldError(f"The label '{label}' exceeds the maximum length of 255.")
        return sorted(dict.fromkeys(label for label in value if label))

    def choice(self, table: Mapping[str, Named], value: Any, what: str) -> str:
        """Read a reference to a status, priority and the like, by id or name."""
        if not isinstance(value, Mapping):
            raise FieldError(f"Could not find valid 'id' or 'name' in {what} object.")
        if "id" in value:
            if str(value["id"]) in table:
                return str(value["id"])
            raise FieldError(f"The {what} selected is invalid.")
        name = str(value.get("name", ""))
        found = next((x.id for x in table.values() if x.name.lower() == name.lower()), None)
        if found is None:
            raise FieldError(f"The {what} selected is invalid.")
        return found

    def user(self, value: Any, project: Project | None = None) -> str | None:
        """Read a reference to a user; None for nobody."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise FieldError("data was not an object")
        if self._site.cloud:
            return self._cloud_user(value, project)
        name = value.get("name", value.get("key"))
        if name is None or name == "":
            return None
        user = next((u for u in self._site.users.values() if u.name == name), None)
        if user is None or not user.active:
            raise FieldError(f"User '{name}' does not exist.")
        return self._assignable(user, project)

    def _cloud_user(self, value: Mapping[str, Any], project: Project | None) -> str | None:
        if "accountId" not in value and "id" not in value:
            if "name" in value or "key" in value:
                raise FieldError(
                    "'accountId' must be the only user identifying query parameter in GDPR "
                    "strict mode."
                )
            raise FieldError("expected Object containing an accountId property")
        account = value.get("accountId", value.get("id"))
        if account is None:
            return None
        user = self._site.users.get(str(account))
        if user is None or not user.active or user.account_type == "customer":
            raise FieldError("Specify a valid value for assignee")
        return self._assignable(user, project)

    def _assignable(self, user: User, project: Project | None) -> str:
        if project and not self._site.may(user, "ASSIGNABLE_USER", project):
            raise FieldError(f"User '{user.display_name}' cannot be assigned issues.")
        return user.account_id

    def due(self, value: Any) -> date | None:
        """Read a date without a time."""
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise FieldError("Error parsing date string: " + str(value)) from None

    def custom(self, field: CustomField, value: Any) -> Any:
        """Read a custom field's value."""
        if value is None:
            return None
        if field.custom.endswith(":textarea"):
            return self.rich(value)
        if field.custom.endswith(":gh-sprint"):
            return self._sprint(value)
        if field.type == "array" and isinstance(value, list):
            return [self._custom_single(field.items, field, entry) for entry in value]
        return self._custom_single(field.type, field, value)

    def _sprint(self, value: Any) -> list[int]:
        sprints = self._site.planning.sprints
        sent = value if isinstance(value, list) else [value]
        numbers = [int(x) for x in sent if isinstance(x, int | str) and str(x).isdecimal()]
        if len(numbers) < len(sent) or any(number not in sprints for number in numbers):
            raise FieldError("Number value expected as the Sprint id.")
        return numbers

    def _custom_single(self, kind: str, field: CustomField, value: Any) -> Any:
        shown = value.get("value") if isinstance(value, Mapping) else value
        checks: dict[str, tuple[Callable[[Any], bool], str]] = {
            "number": (lambda x: isinstance(x, int | float), "Operation value must be a number"),
            "string": (lambda x: isinstance(x, str), "Operation value must be a string"),
            "option": (
                lambda x: isinstance(x, Mapping) and x.get("value") in field.options,
                f"Option value '{shown}' is not valid",
            ),
        }
        accepts, message = checks.get(kind, (lambda _: True, ""))
        if not accepts(value):
            raise FieldError(message)
        if kind == "user":
            return self.user(value)
        return {"value": value["value"]} if kind == "option" else value


def refuse(errors: dict[str, str]) -> None:
    """Refuse a whole request if any field was refused."""
    if errors:
        raise JiraError(400, errors=errors)
