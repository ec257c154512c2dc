"""Looks in a snapshot for the tables, columns and keys that an assignment expects, and says what is there.

Every answer is a `Found`: whether the thing is as expected, and in words what is there. This module knows no
criterion.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.assignment.model import ExpectedColumn, ExpectedForeignKey, ExpectedKey
from grader.judging import wording
from grader.judging.comparison.rules import names
from grader.judging.evidence import REAL_TABLES
from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot

RELATION_KINDS = (SchemaKind.TABLE, SchemaKind.VIEW, SchemaKind.FOREIGN_TABLE)


@dataclass(frozen=True)
class Found:
    """What a snapshot has of something that is expected."""

    as_asked: bool
    text: str
    there: bool = True
    """False if there is nothing at all of what is expected."""


def _absent(text: str) -> Found:
    return Found(as_asked=False, text=text, there=False)


def table(snapshot: SchemaSnapshot, name: str) -> Found:
    """A table with rows of its own, of that name in the schema `public`."""
    for kind in RELATION_KINDS:
        item = snapshot.find(kind, name)
        if item is not None:
            relation = item.properties.get("relation")
            is_real = relation in REAL_TABLES
            if is_real and item.properties.get("persistence") == "temporary":
                return Found(as_asked=False, text=f"a temporary table named {name}")
            return Found(is_real, f"a {'table' if is_real else relation} named {name}")
    elsewhere = [
        o.name for kind in RELATION_KINDS for o in snapshot.of_kind(kind) if o.name.endswith(f".{name}")
    ]
    if elsewhere:
        return Found(as_asked=False, text=f"no table {name} in the schema public, but {elsewhere[0]}")
    return _absent(f"there is no table {name}")


def column(snapshot: SchemaSnapshot, asked: ExpectedColumn) -> Found:
    """A column of a table, with one of the accepted types and the expected nullability."""
    there = table(snapshot, asked.table)
    if not there.as_asked:
        return there
    item = snapshot.find(SchemaKind.COLUMN, f"{asked.table}.{asked.name}")
    text = wording.column(snapshot, asked.table, asked.name)
    if item is None:
        return _absent(text)
    properties = item.properties
    as_asked = properties.get("type") in asked.types and properties.get("nullable") is asked.nullable
    return Found(as_asked, text)


def primary_key(snapshot: SchemaSnapshot, asked: ExpectedKey) -> Found:
    """The table's primary key on exactly these columns."""
    for key in _constraints(snapshot, asked.table, "primary key"):
        columns = names(key, "columns")
        return Found(sorted(columns) == sorted(asked.columns), f"a primary key on {_listed(columns)}")
    return _without_rule(snapshot, asked, f"{asked.table} has no primary key")


def uniqueness(snapshot: SchemaSnapshot, asked: ExpectedKey) -> Found:
    """A unique constraint, or a unique index without a condition, on exactly these columns."""
    there = table(snapshot, asked.table)
    if not there.as_asked:
        return there
    wanted = set(asked.columns)
    nearly = []
    for constraint in _constraints(snapshot, asked.table, "unique"):
        columns = names(constraint, "columns")
        if set(columns) == wanted:
            return Found(as_asked=True, text=f"a unique constraint on {_listed(columns)}")
        if wanted & set(columns):
            nearly.append(f"a unique constraint on {_listed(columns)}")
    for index in snapshot.within(SchemaKind.INDEX, asked.table):
        if index.properties.get("backs_constraint"):
            continue
        columns = names(index, "keys")
        flaw = _index_flaw(index)
        if set(columns) == wanted and flaw is None:
            return Found(as_asked=True, text=f"a unique index on {_listed(columns)}")
        if wanted & set(columns) or any(name in key for key in columns for name in wanted):
            nearly.append(f"{flaw or 'a unique index'} on {_listed(columns)}")
    if nearly:
        return _only(nearly)
    return _without_rule(snapshot, asked, f"nothing keeps {asked.table}.{', '.join(asked.columns)} unique")


def _index_flaw(index: SchemaObject) -> str | None:
    if not index.properties.get("unique"):
        return "an index that is not unique"
    if index.properties.get("predicate"):
        return f"a unique index with a condition ({index.properties['predicate']})"
    if index.properties.get("expression"):
        return "a unique index on an expression"
    if index.properties.get("valid") is False:
        return "an invalid unique index"
    return None


def foreign_key(snapshot: SchemaSnapshot, asked: ExpectedForeignKey) -> Found:
    """A foreign key from exactly these columns to those. One that is not enforced does not count."""
    nearly = []
    for key in _constraints(snapshot, asked.table, "foreign key"):
        columns, target = names(key, "columns"), names(key, "target_columns")
        text = f"a foreign key {_listed(columns)} to {key.properties.get('target_table')}{_listed(target)}"
        flaw = _foreign_key_flaw(key)
        here = (columns, key.properties.get("target_table"), target)
        if here == (asked.columns, asked.target_table, asked.target_columns):
            if flaw is None:
                return Found(as_asked=True, text=text)
            text = f"{text} that is {flaw}"
        if set(columns) & set(asked.columns):
            nearly.append(text)
    there = table(snapshot, asked.table)
    if nearly and there.as_asked:
        return _only(nearly)
    return _without_rule(snapshot, asked, f"{asked.table}.{', '.join(asked.columns)} has no foreign key")


def _only(nearly: list[str]) -> Found:
    return Found(as_asked=False, text=f"there is only {'; '.join(nearly)}")


def _without_rule(snapshot: SchemaSnapshot, asked: ExpectedKey | ExpectedForeignKey, text: str) -> Found:
    """Why a rule is not there: the table or a column is missing, or else only the rule is."""
    there = table(snapshot, asked.table)
    if not there.as_asked:
        return there
    for name in asked.columns:
        if snapshot.find(SchemaKind.COLUMN, f"{asked.table}.{name}") is None:
            return _absent(wording.column(snapshot, asked.table, name))
    return _absent(text)


def _foreign_key_flaw(key: SchemaObject) -> str | None:
    if key.properties.get("valid") is False:
        return "NOT VALID"
    if key.properties.get("enforced") is False:
        return "NOT ENFORCED"
    if key.properties.get("triggers_disabled"):
        return "switched off (its triggers are disabled)"
    return None


def _constraints(snapshot: SchemaSnapshot, table_name: str, kind: str) -> list[SchemaObject]:
    return [o for o in snapshot.within(SchemaKind.CONSTRAINT, table_name) if o.properties.get("type") == kind]


def _listed(columns: tuple[str, ...]) -> str:
    return f"({', '.join(columns)})"
