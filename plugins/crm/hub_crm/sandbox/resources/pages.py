"""What the pages of the system are made of: tabs, themes, layouts, list views."""

from __future__ import annotations

from typing import Any, Final

from hub_crm.ids import make_id, normal_id
from hub_crm.sandbox.describing import MASTER, record_types
from hub_crm.sandbox.resources.actions import action_items
from hub_crm.sandbox.resources.sections import COLOR, item, section
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import Answer, ApiError, Call

_TABBED: Final = ("Account", "Contact", "Case", "Lead", "Opportunity", "Contract", "Product2")


def tabs(site: Site, call: Call) -> Answer:
    """Give the tabs that the user sees."""
    custom = [name for name in site.org.objects if name.endswith("__c")]
    return Answer(200, [_tab(call, site.org.objects[n]) for n in (*_TABBED, *custom)])


def _tab(call: Call, definition: ObjectDef) -> dict[str, Any]:
    icon = f"{call.origin}/img/icon/{definition.name.lower()}"
    return {
        "colors": [COLOR],
        "custom": definition.custom,
        "iconUrl": f"{icon}32.png",
        "icons": [_icon(f"{icon}_120.png", 120)],
        "label": definition.plural,
        "miniIconUrl": f"{icon}16.png",
        "name": definition.name if definition.custom else f"standard-{definition.name}",
        "sobjectName": definition.name,
        "url": f"{call.origin}/{definition.prefix}/o",
    }


def _icon(url: str, size: int) -> dict[str, Any]:
    return {
        "contentType": "image/png", "height": size, "theme": "theme4", "url": url, "width": size,
    }  # fmt: skip


def theme(site: Site, call: Call) -> Answer:
    """Give the colours and icons of objects."""
    items = [
        {
            "colors": [COLOR],
            "icons": [_icon(f"{call.origin}/img/icon/{name.lower()}_120.png", 120)],
            "name": name,
        }
        for name in sorted(site.org.objects)
    ]
    return Answer(200, {"themeItems": items})


def layouts(site: Site, call: Call) -> Answer:
    """Give the page layouts of an object: one that shows all its fields."""
    definition = site.org.object(call.segments["object"])
    wanted = call.segments.get("name")
    if wanted and not (definition.name == "User" and wanted.lower() == "useralt"):
        raise ApiError(404, "NOT_FOUND", f"The requested resource does not exist: {wanted}")
    kinds = record_types(site.org, definition, call.base)
    layout = _layout(site, call, definition)
    record_type = normal_id(call.segments.get("record_type", ""))
    if record_type is not None:
        if record_type not in {kind["recordTypeId"] for kind in kinds}:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return Answer(200, layout)
    mappings = [
        {
            **{k: kind[k] for k in ("active", "available", "defaultRecordTypeMapping",
                                    "developerName", "master", "name", "recordTypeId")},
            "layoutId": layout["id"],
            "picklistsForRecordType": None,
        }
        for kind in kinds
    ]  # fmt: skip
    body = {
        "layouts": [layout],
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [len(kinds) > 1],
    }
    return Answer(200, body)


def _layout(site: Site, call: Call, definition: ObjectDef) -> dict[str, Any]:
    hidden = site.org.hidden_fields(definition.name)
    fields = [f for f in definition.fields.values() if f.name not in hidden]
    actions = action_items(call)
    return {
        "buttonLayoutSection": {"detailButtons": []},
        "detailLayoutSections": [section(definition, fields)],
        "editLayoutSections": [section(definition, [f for f in fields if f.updateable])],
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": make_id("00h", int.from_bytes(definition.prefix.encode()) % 1000),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": actions},
        "relatedContent": None,
        "relatedLists": [
            {
                "accessLevelRequiredForCreate": None, "buttons": [], "columns": [],
                "custom": child.custom, "field": field.name, "label": child.plural,
                "limitRows": 5, "name": field.children, "sobject": child.name, "sort": [],
            }
            for child in site.org.objects.values()
            for field in child.references
            if field.children and definition.name in field.references
        ],
        "saveOptions": [],
    }  # fmt: skip


def compact_layouts(site: Site, call: Call) -> Answer:
    """Give the compact layouts of an object: the system's own."""
    definition = site.org.object(call.segments["object"])
    name = definition.name_field
    items = [item(definition, name)] if name else []
    layout = {
        "actions": [], "fieldItems": items, "id": None, "imageItems": [],
        "label": "System Default", "name": "SYSTEM", "objectType": definition.name,
    }  # fmt: skip
    mapping: dict[str, Any] = {
        "available": True, "compactLayoutId": None, "compactLayoutName": "SYSTEM",
        "recordTypeId": MASTER, "recordTypeName": "Master", "urls": {},
    }  # fmt: skip
    body = {
        "compactLayouts": [layout],
        "defaultCompactLayoutId": None,
        "recordTypeCompactLayoutMappings": [mapping],
        "urls": {"primary": f"{call.base}/sobjects/{definition.name}/describe/compactLayouts"},
    }
    return Answer(200, body)


def approval_layouts(site: Site, call: Call) -> Answer:
    """Give the approval layouts of an object: there are none."""
    site.org.object(call.segments["object"])
    return Answer(200, {"approvalLayouts": []})


def list_views(site: Site, call: Call) -> Answer:
    """Give the list views of an object: all its records, and those of the user."""
    definition = site.org.object(call.segments["object"])
    views = [_view(call, definition, number) for number in (1, 2)]
    body = {
        "done": True, "listviews": views, "nextRecordsUrl": None, "size": len(views),
        "sobjectType": definition.name,
    }  # fmt: skip
    return Answer(200, body)


def _view(call: Call, definition: ObjectDef, number: int) -> dict[str, Any]:
    record_id = view_id(definition, number)
    place = f"{call.base}/sobjects/{definition.name}/listviews/{record_id}"
    start = "All" if number == 1 else "My"
    return {
        "describeUrl": f"{place}/describe", "developerName": f"{start}{definition.name}",
        "id": record_id, "label": f"{start} {definition.plural}", "resultsUrl": f"{place}/results",
        "soqlCompatible": True, "url": place,
    }  # fmt: skip


def view_id(definition: ObjectDef, number: int) -> str:
    """Give the id of the first or second list view of an object."""
    return make_id("00B", int.from_bytes(definition.prefix.encode()) * 2 + number)


def view_query(definition: ObjectDef, record_id: str) -> str | None:
    """Give the query of a list view of an object."""
    found = normal_id(record_id)
    name = definition.name_field
    fields = ", ".join(dict.fromkeys([name.name if name else "Id", "Id", "CreatedDate"]))
    for number, scope in ((1, ""), (2, " USING SCOPE mine")):
        if found == view_id(definition, number):
            order = f"ORDER BY {name.name} ASC NULLS FIRST, " if name and name.sortable else ""
            order = order or "ORDER BY "
            return f"SELECT {fields} FROM {definition.name}{scope} {order}Id ASC NULLS FIRST"  # noqa: S608
    return None


def query_of_view(site: Site, record_id: str) -> str | None:
    """Give the query of the list view that has an id, whichever object's it is."""
    found = (view_query(definition, record_id) for definition in site.org.objects.values())
    return next((query for query in found if query is not None), None)


def list_view(site: Site, call: Call) -> Answer:
    """Give a list view, its description, or what it finds."""
    definition = site.org.object(call.segments["object"])
    query = view_query(definition, call.segments["view"])
    if query is None:
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    number = 1 if normal_id(call.segments["view"]) == view_id(definition, 1) else 2
    view = _view(call, definition, number)
    what = call.segments.get("what", "").lower()
    if not what:
        return Answer(200, view)
    name = definition.name_field
    columns = [_column(definition, f) for f in dict.fromkeys([name.name if name else "Id", "Id",
                                                              "CreatedDate"])]  # fmt: skip
    common = {"columns": columns, "id": view["id"]}
    if what == "describe":
        return Answer(
            200,
            {**common, "orderBy": [], "query": query, "relatedEntityId": None, "scope": None,
             "scopeEntityId": None, "sobjectType": definition.name, "whereCondition": {}},
        )  # fmt: skip
    if what != "results":
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    rows = [
        {"columns": [{"fieldNameOrPath": c["fieldNameOrPath"],
                      "value": _shown(row.get(c["fieldNameOrPath"]))} for c in columns]}
        for row in site.org.rows(definition.name)
        if number == 1 or row.get("OwnerId") == call.user_id
    ]  # fmt: skip
    most = call.query.get("limit", "25")
    rows = rows[: int(most) if most.isdigit() else 25]
    body = {
        **common, "developerName": view["developerName"], "done": True, "label": view["label"],
        "records": rows, "size": len(rows),
    }  # fmt: skip
    return Answer(200, body)


def _shown(value: Any) -> str | None:
    return None if value is None else str(plain(value))


def _column(definition: ObjectDef, name: str) -> dict[str, Any]:
    field = definition.fields[name]
    return {
        "ascendingLabel": "Z-A", "descendingLabel": "A-Z", "fieldNameOrPath": name,
        "hidden": name == "Id", "label": field.title, "searchable": field.filterable,
        "selectListItem": name, "sortDirection": None, "sortIndex": None,
        "sortable": field.sortable, "type": field.type.value,
    }  # fmt: skip


def default_values(site: Site, call: Call) -> Answer:
    """Give the values with which a record of an object begins."""
    definition = site.org.object(call.segments["object"])
    values = {n: plain(v) for n, v in definition.blank.items() if definition.fields[n].createable}
    return Answer(200, {"attributes": {"type": definition.name}, **values})
