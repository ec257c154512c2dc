"""The reference schema as one submission is compared with it: with the submission's own names.

So all that a comparison finds is said in the names that the student knows. Must not know what a difference is
worth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.assignment.aliases import Names
from grader.assignment.model import Assignment
from grader.judging.terms import own_names
from grader.observations.model import Observations
from grader.observations.schema import PropertyValue, SchemaKind, SchemaObject, SchemaSnapshot

_LITERAL = re.compile(r"('(?:[^']|'')*')")
_OF_COLUMNS = ("columns", "keys", "include", "on_delete_columns")
"""Properties that list columns of the object's own table."""
_PRINTED = ("expression", "predicate", "definition")
"""Properties in which PostgreSQL names columns of the object's own table."""


def reference_of(observations: Observations, assignment: Assignment) -> SchemaSnapshot | None:
    """The reference schema in the submission's names; None if the exercise has none."""
    if observations.reference is None or assignment.reference_sql is None:
        return None
    names = own_names(observations, assignment)
    return in_names(observations.reference, names) if names.any else observations.reference


def accepted_types(observations: Observations, assignment: Assignment) -> frozenset[tuple[str, str]]:
    """Columns by the submission's names, each with a type that it may have instead of the reference's."""
    names = own_names(observations, assignment)
    found = set()
    for column, written in assignment.accepted_types:
        table, _, name = column.rpartition(".")
        own = f"{names.table(table)}.{names.column(table, name)}"
        found.add((own, observations.types.get(written, written)))
    return frozenset(found)


def in_names(snapshot: SchemaSnapshot, names: Names) -> SchemaSnapshot:
    """A schema with other names for some of its tables and columns, wherever they stand."""
    return SchemaSnapshot(tuple(_renamed(item, names) for item in snapshot.objects))


def _renamed(item: SchemaObject, names: Names) -> SchemaObject:
    if item.kind is SchemaKind.TABLE:
        return SchemaObject(item.kind, names.table(item.name), item.properties)
    table = item.properties.get("table")
    if not isinstance(table, str):
        return item
    properties = dict(item.properties)
    properties["table"] = names.table(table)
    columns = {name: own for (of, name), own in names.columns.items() if of == table}
    for key in _OF_COLUMNS:
        properties[key] = _listed(properties.get(key), columns)
    for key in _PRINTED:
        properties[key] = _printed(properties.get(key), columns)
    target, target_columns = properties.get("target_table"), properties.get("target_columns")
    if isinstance(target, str) and isinstance(target_columns, tuple):
        properties["target_table"] = names.table(target)
        properties["target_columns"] = names.columns_of(target, target_columns)
    own = item.name.removeprefix(f"{table}.")
    if isinstance(owned_by := properties.get("owned_by"), str):
        column = owned_by.removeprefix(f"{table}.")
        properties["owned_by"] = f"{names.table(table)}.{columns.get(column, column)}"
    elif own != item.name:
        own = columns.get(own, own) if item.kind is SchemaKind.COLUMN else own
        return SchemaObject(item.kind, f"{names.table(table)}.{own}", _without_new(properties, item))
    return SchemaObject(item.kind, item.name, _without_new(properties, item))


def _without_new(properties: dict[str, PropertyValue], item: SchemaObject) -> dict[str, PropertyValue]:
    return {name: value for name, value in properties.items() if name in item.properties}


def _listed(value: PropertyValue, columns: Mapping[str, str]) -> PropertyValue:
    """Columns, or the keys of an index: a key may be an expression."""
    if not isinstance(value, tuple):
        return value
    return tuple(columns.get(name) or str(_printed(name, columns)) for name in value)


def _printed(value: PropertyValue, columns: Mapping[str, str]) -> PropertyValue:
    """An expression in which columns have other names; what stands in quotes stays as it is."""
    if not isinstance(value, str) or not columns:
        return value
    word = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, columns))})(?![\w(])")
    parts = _LITERAL.split(value)
    parts[::2] = [word.sub(lambda found: columns[found[1]], part) for part in parts[::2]]
    return "".join(parts)
