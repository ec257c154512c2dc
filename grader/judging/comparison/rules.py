"""What the constraints and indexes of a schema enforce, whatever their names are.

A unique constraint and a unique index with the same meaning give the same rule. This module decides which
rules are the same; `compare` reports how rules differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from grader.judging.comparison import expressions
from grader.observations.schema import PropertyValue, SchemaKind, SchemaObject, SchemaSnapshot

_TIMING = ("deferrable", "initially_deferred", "period")
_CHECKING = ("valid", "enforced")
_PROPERTIES = {
    "primary key": _TIMING,
    "unique": _TIMING,
    "foreign key": (
        *("on_delete", "on_delete_columns", "on_update", "match", *_TIMING, *_CHECKING),
        "triggers_disabled",
    ),
    "check": (*_CHECKING, "no_inherit"),
    "exclude": _TIMING,
}
_SET_BY_NOBODY: dict[str, PropertyValue] = {
    "on_delete": "no action",
    "on_update": "no action",
    "match": "simple",
    "deferrable": False,
    "initially_deferred": False,
}
"""What a foreign key is like in these properties if nobody sets them."""


@dataclass(frozen=True)
class EnforcedRule:
    """One thing that a table requires of its rows, or an index that it has."""

    kind: SchemaKind
    """`CONSTRAINT`, `DOMAIN_CONSTRAINT` or `INDEX`."""
    owner: str
    """The table, or the domain."""
    text: str
    """The rule as people write it: `unique (slug) on categories`."""
    key: Hashable
    """Equal for equal rules."""
    properties: dict[str, PropertyValue]
    """Properties in which two constraints may differ although they are the same rule."""

    def leaves_open(self, name: str) -> bool:
        """Whether this is a foreign key that says nothing of an action, of its deferral or of MATCH."""
        if "on_delete" not in self.properties:
            return False
        if name == "on_delete_columns":
            return self.leaves_open("on_delete")
        return name in _SET_BY_NOBODY and self.properties[name] == _SET_BY_NOBODY[name]


def rules_of(snapshot: SchemaSnapshot) -> Iterator[EnforcedRule]:
    """The rules of a schema: one for each constraint and for each index that belongs to no constraint."""
    text_columns: dict[str, set[str]] = {}
    for column in snapshot.of_kind(SchemaKind.COLUMN):
        if expressions.is_text(str(column.properties["type"])):
            table = str(column.properties["table"])
            text_columns.setdefault(table, set()).add(column.name.removeprefix(f"{table}."))
    for kind in (SchemaKind.CONSTRAINT, SchemaKind.DOMAIN_CONSTRAINT):
        for item in snapshot.of_kind(kind):
            owner = str(item.properties.get("table") or item.properties.get("domain"))
            yield _constraint_rule(item, owner, text_columns.get(owner, set()))
    for item in snapshot.of_kind(SchemaKind.INDEX):
        if not item.properties.get("backs_constraint"):
            owner = str(item.properties["table"])
            yield _index_rule(item, owner, text_columns.get(owner, set()))


def _constraint_rule(item: SchemaObject, owner: str, text_columns: set[str]) -> EnforcedRule:
    type_ = str(item.properties["type"])
    columns = names(item, "columns")
    listed = f"({', '.join(columns)})"
    if type_ == "foreign key":
        target, target_columns = item.properties["target_table"], names(item, "target_columns")
        text = f"foreign key {listed} to {target} ({', '.join(target_columns)})"
        identity: tuple[Hashable, ...] = (target, frozenset(zip(columns, target_columns, strict=True)))
    elif type_ == "check":
        condition = str(item.properties["expression"])
        is_enclosed = condition.startswith("(") and condition.endswith(")")
        text = f"check {condition if is_enclosed else f'({condition})'}"
        identity = (expressions.condition(condition, text_columns),)
    elif type_ == "exclude":
        text = str(item.properties["definition"])
        identity = (text,)
    elif type_ == "unique":
        return _uniqueness(item, owner, columns)
    else:
        text, identity = f"{type_} {listed}", (frozenset(columns),)
    properties = {name: item.properties.get(name) for name in _PROPERTIES[type_]}
    return EnforcedRule(item.kind, owner, f"{text} on {owner}", (type_, owner, *identity), properties)


def _uniqueness(item: SchemaObject, table: str, columns: tuple[str, ...]) -> EnforcedRule:
    """The rule of a unique constraint, or of a unique index that enforces what such a constraint would."""
    nulls_count = bool(item.properties.get("nulls_not_distinct"))
    text = f"unique ({', '.join(columns)}){' nulls not distinct' if nulls_count else ''} on {table}"
    properties: dict[str, PropertyValue] = {
        name: item.properties.get(name) or False for name in _PROPERTIES["unique"]
    }
    return EnforcedRule(
        SchemaKind.CONSTRAINT, table, text, ("unique", table, frozenset(columns), nulls_count), properties
    )


def _index_rule(item: SchemaObject, table: str, text_columns: set[str]) -> EnforcedRule:
    found = item.properties
    keys = names(item, "keys")
    is_plain = not found.get("predicate") and not found.get("expression")
    if found.get("unique") and is_plain and found.get("valid"):
        return _uniqueness(item, table, keys)
    predicate = found.get("predicate")
    where = f" where {predicate}" if predicate else ""
    sort = "unique index" if found.get("unique") else "index"
    method = "" if found.get("method") == "btree" else f" using {found.get('method')}"
    text = f"{sort}{method} ({', '.join(keys)}){where} on {table}"
    identity = (
        *(sort, table, found.get("method"), found.get("order"), found.get("operator_classes")),
        tuple(expressions.condition(key, text_columns) for key in keys),
        frozenset(names(item, "include")),
        expressions.condition(str(predicate), text_columns) if predicate else None,
        bool(found.get("nulls_not_distinct")),
    )
    return EnforcedRule(SchemaKind.INDEX, table, text, identity, {"valid": found.get("valid")})


def names(item: SchemaObject, name: str) -> tuple[str, ...]:
    """The names that a property lists; none if the object does not have the property."""
    value = item.properties.get(name)
    return value if isinstance(value, tuple) else ()
