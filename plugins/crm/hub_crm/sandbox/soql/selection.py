"""Turns what a query selects into the shape of its records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub_crm.sandbox.soql.nodes import FieldSet, Path, Query, Selected, TypeOf
from hub_crm.sandbox.soql.paths import Names
from hub_crm.sandbox.soql.shape import Children, Parent, Shape

MOST_WITH_ALL_FIELDS: Final = 200
_ALIASED: Final = frozenset({"FORMAT", "TOLABEL", "CONVERTCURRENCY", "DISTANCE"})


def shape_of(
    names: Names, query: Query, children: Callable[[Query], tuple[str, Children]]
) -> Shape:
    """Give the shape that a query's items ask for; a field named twice is refused."""
    shape = Shape(names.definition)
    for item in query.items:
        if isinstance(item, Selected):
            _select(names, shape, item)
        elif isinstance(item, FieldSet):
            _fields(names, shape, item)
        elif isinstance(item, TypeOf):
            _type_of(names, shape, item)
        else:
            label, read = children(item)
            if label in shape.children:
                what = f"duplicate relationship selected: {label}"
                raise names.fail(item.source_at, what, "MALFORMED_QUERY")
            shape.children[label] = read
            shape.order.append(label)
    return shape


def _select(names: Names, shape: Shape, item: Selected) -> None:
    bound = names.bind(item.what)
    function = bound.function.partition("/")[0]
    if function and function not in _ALIASED:
        what = f"Field must be grouped or aggregated: {bound.source.name}"
        raise names.fail(item.what.at, what, "MALFORMED_QUERY")
    if item.alias:
        if not function:
            what = "only aggregate expressions use field aliasing"
            raise names.fail(item.alias_at, what, "MALFORMED_QUERY")
        if names.definition.field(item.alias) or not shape.add(item.alias, bound.read):
            raise names.fail(item.alias_at, f"duplicate alias: {item.alias}", "MALFORMED_QUERY")
        return
    if function == "DISTANCE":
        shape.add(f"expr{sum(label.startswith('expr') for label in shape.fields)}", bound.read)
        return
    for way in bound.steps:
        shape = shape.above(way)
    if not shape.add(bound.field.name, bound.local):
        raise names.fail(item.what.at, f"duplicate field selected: {bound.field.name}")


def _fields(names: Names, shape: Shape, item: FieldSet) -> None:
    limit = names.query.limit
    if item.which != "STANDARD" and (limit is None or limit > MOST_WITH_ALL_FIELDS):
        what = f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_ALL_FIELDS}"
        raise names.fail(item.at, what, "MALFORMED_QUERY")
    hidden = names.org.hidden_fields(names.definition.name)
    for field in names.definition.fields.values():
        wanted = item.which == "ALL" or field.custom == (item.which == "CUSTOM")
        if not wanted or field.name in hidden:
            continue
        bound = names.bind(Path((field.name,), item.at))
        if not shape.add(field.name, bound.local):
            raise names.fail(item.at, f"duplicate field selected: {field.name}")


def _type_of(names: Names, shape: Shape, item: TypeOf) -> None:
    way = names.step(names.definition, item.way, item.at)
    if len(way.field.references) < 2:
        what = f"Relationship '{item.way}' is not polymorphic: TYPEOF can not be used with it"
        raise names.fail(item.at, what, "MALFORMED_QUERY")
    if way.field.relationship in shape.parents:
        what = f"duplicate field selected: {way.field.relationship}"
        raise names.fail(item.at, what)
    shapes: dict[str, Shape] = {}
    for kind, paths in item.cases:
        target = next((n for n in way.field.references if n.lower() == kind.text.lower()), None)
        if target is None or target not in names.org.objects:
            what = f"Entity '{kind.text}' can not be reached by relationship '{item.way}'"
            raise names.fail(kind.at, what, "INVALID_TYPE")
        shapes[target] = _case(names.of(names.org.objects[target]), paths)
    if item.otherwise:
        shapes["*"] = _case(names.of(way.target), item.otherwise)
    shape.parents[way.field.relationship] = Parent(way, shapes)
    shape.order.append(way.field.relationship)


def _case(names: Names, paths: tuple[Path, ...]) -> Shape:
    shape = Shape(names.definition)
    for path in paths:
        _select(names, shape, Selected(path))
    return shape
