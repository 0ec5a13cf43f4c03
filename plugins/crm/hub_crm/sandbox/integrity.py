"""Whether a record may be saved as it is: references, unique values, rules, duplicates."""

from __future__ import annotations

from typing import Any

from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import DuplicateRule, FieldDef, ObjectDef
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError, CombinedError
from hub_crm.sandbox.write import Write

MOST_ABOVE = 500


def check_references(org: Records, definition: ObjectDef, old: Row | None, row: Row) -> None:
    """Refuse references to what is not there, is deleted, or is of another object."""
    for field in definition.references:
        value = row.get(field.name)
        if value is None or (old is not None and old.get(field.name) == value):
            continue
        _check_reference(org, field, value)
        if definition.name in field.references:
            _check_circle(org, definition, field, row)


def _check_reference(org: Records, field: FieldDef, value: str) -> None:
    target = org.object_of(value)
    if target is None or target.name not in field.references:
        message = f"{field.title}: id value of incorrect type: {value}"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, [field.name])
    row = org.tables[target.name].get(value)
    if row is None:
        raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row.get("IsDeleted"):
        raise ApiError(400, "ENTITY_IS_DELETED", "entity is deleted")
    if field.name == "OwnerId" and target.name == "User" and not row["IsActive"]:
        message = f"operation performed with inactive user [{value}] as owner"
        raise ApiError(400, "INACTIVE_OWNER_OR_USER", message)
    if field.name == "OwnerId" and target.name == "Group" and row["Type"] != "Queue":
        message = f"{field.title}: id value of incorrect type: {value}"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, [field.name])


def _check_circle(org: Records, definition: ObjectDef, field: FieldDef, row: Row) -> None:
    above: Any = row[field.name]
    for _ in range(MOST_ABOVE):
        if above == row["Id"]:
            message = (
                f"{field.title}: attempt to update record {row['Id']} would create a hierarchy "
                "that is circular"
            )
            raise ApiError(400, "CIRCULAR_DEPENDENCY", message, [field.name])
        parent = org.tables[definition.name].get(above) if above else None
        if parent is None:
            return
        above = parent[field.name]


def check_unique(org: Records, definition: ObjectDef, row: Row) -> None:
    """Refuse a value that must be unique and stands in another live record."""
    for field in definition.unique:
        value = row.get(field.name)
        if value is None:
            continue
        for other in org.having(definition.name, field.name, str(value)):
            if other["Id"] == row["Id"] or (field.case_sensitive and other[field.name] != value):
                continue
            if definition.name == "User" and field.name == "Username":
                message = (
                    "Duplicate Username.<br>The username already exists in this or another "
                    "Salesforce organization. Usernames must be unique across all Salesforce "
                    "organizations. To resolve, use a different username (it doesn't need to "
                    "match the user's email address)."
                )
                raise ApiError(400, "DUPLICATE_USERNAME", message, [field.name])
            message = (
                f"duplicate value found: {field.name} duplicates value on record with id: "
                f"{other['Id'][:15]}"
            )
            raise ApiError(400, "DUPLICATE_VALUE", message)


def check_rules(org: Records, definition: ObjectDef, old: Row | None, row: Row) -> None:
    """Refuse what the object's validation rules forbid; all that strike are told together."""
    if not definition.validations:
        return
    env = org.computing.env(definition, row, old)
    errors = [
        ApiError(
            400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message,
            [rule.field] if rule.field else [],
        )
        for rule in definition.validations
        if rule.when.value(env) is True
    ]  # fmt: skip
    if errors:
        raise CombinedError(errors) if len(errors) > 1 else errors[0]


def check_duplicates(org: Records, definition: ObjectDef, row: Row, write: Write) -> None:
    """Refuse a record that a duplicate rule finds already there, unless the call allows it."""
    for rule in definition.duplicates:
        if rule.action == "allow" and write.allow_duplicates:
            continue
        found = [other for other in org.rows(definition.name) if _same(rule, row, other)]
        if found:
            raise ApiError(
                400,
                "DUPLICATES_DETECTED",
                rule.message,
                details={"duplicateResult": _result(definition, rule, found)},
            )


def _same(rule: DuplicateRule, row: Row, other: Row) -> bool:
    if other["Id"] == row["Id"]:
        return False
    return all(
        row.get(name) is not None and _folded(row.get(name)) == _folded(other.get(name))
        for name in rule.fields
    )


def _folded(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _result(definition: ObjectDef, rule: DuplicateRule, found: list[Row]) -> dict[str, Any]:
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {"attributes": {"type": definition.name}, "Id": row["Id"]},
        }
        for row in found
    ]
    match = {
        "entityType": definition.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": records,
        "rule": rule.name,
        "size": len(records),
        "success": True,
    }
    return {
        "allowSave": rule.action == "allow",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": definition.name,
        "errorMessage": rule.message,
        "matchResults": [match],
    }
