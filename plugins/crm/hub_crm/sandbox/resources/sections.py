"""Parts of pages: sections of fields."""

from __future__ import annotations

from typing import Any, Final

from hub_crm.sandbox.describing import field_body
from hub_crm.sandbox.schema import FieldDef, ObjectDef

COLOR: Final = {"color": "2DB6E2", "context": "primary", "theme": "theme4"}


def section(definition: ObjectDef, fields: list[FieldDef]) -> dict[str, Any]:
    """Give a part of a page with fields, two in a row."""
    rows = [
        {"layoutItems": [item(definition, field) for field in fields[start : start + 2]],
         "numItems": 2}
        for start in range(0, len(fields), 2)
    ]  # fmt: skip
    return {
        "collapsed": False, "columns": 2, "heading": "Information", "layoutRows": rows,
        "layoutSectionId": None, "parentLayoutId": None, "rows": len(rows),
        "tabOrder": "TopToBottom", "useCollapsibleSection": False, "useHeading": False,
    }  # fmt: skip


def item(definition: ObjectDef, field: FieldDef) -> dict[str, Any]:
    """Give one field on a page."""
    component = {
        "details": field_body(definition, field), "displayLines": 1, "tabOrder": 1,
        "type": "Field", "value": field.name,
    }  # fmt: skip
    return {
        "editableForNew": field.createable,
        "editableForUpdate": field.updateable,
        "label": field.title,
        "layoutComponents": [component],
        "placeholder": False,
        "required": field.required,
    }
