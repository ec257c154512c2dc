"""Looks in a snapshot for the tables, columns, keys and types that an assignment expects; says what is there.

Every answer is a `Found`: whether the thing is as expected, and in words what is there. This module knows no
criterion.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from grader.assignment.objects import (
    ExpectedColumn,
    ExpectedDefault,
    ExpectedEnum,
    ExpectedForeignKey,
    ExpectedIndex,
    ExpectedKey,
    Gone,
)
from grader.judging import wording
from grader.judging.comparison import expressions
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
    type_fits = not asked.types or properties.get("type") in asked.types
    return Found(type_fits and asked.nullable in (None, properties.get("nullable")), text)


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
    return _flaw(index) if index.properties.get("unique") else "an index that is not unique"


def _flaw(index: SchemaObject) -> str | None:
    """Why an index is not one on the values of its columns in all rows."""
    sort = "a unique index" if index.properties.get("unique") else "an index"
    if index.properties.get("predicate"):
        return f"{sort} with a condition ({index.properties['predicate']})"
    if index.properties.get("expression"):
        return f"{sort} on an expression"
    if index.properties.get("valid") is False:
        return f"an invalid {sort.partition(' ')[2]}"
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
            action = key.properties.get("on_delete")
            if asked.on_delete is not None:
                text = f"{text} on delete {action}"
            if flaw is None and asked.on_delete in (None, action):
                return Found(as_asked=True, text=text)
            text = f"{text} that is {flaw}" if flaw else text
        if set(columns) & set(asked.columns):
            nearly.append(text)
    there = table(snapshot, asked.table)
    if nearly and there.as_asked:
        return _only(nearly)
    return _without_rule(snapshot, asked, f"{asked.table}.{', '.join(asked.columns)} has no foreign key")


def index(snapshot: SchemaSnapshot, asked: ExpectedIndex) -> Found:
    """An index on exactly these columns, in this order: also that of a unique constraint or a primary key."""
    nearly = []
    for item in snapshot.within(SchemaKind.INDEX, asked.table):
        columns = names(item, "keys")
        flaw = _flaw(item)
        unique = bool(item.properties.get("unique"))
        text = f"{flaw or ('a unique index' if unique else 'an index')} on {_listed(columns)}"
        if columns == asked.columns and flaw is None and asked.unique in (None, unique):
            return Found(as_asked=True, text=text)
        if set(columns) & set(asked.columns):
            nearly.append(text)
    there = table(snapshot, asked.table)
    if nearly and there.as_asked:
        return _only(nearly)
    return _without_rule(snapshot, asked, f"{asked.table} has no index on {_listed(asked.columns)}")


def enum(snapshot: SchemaSnapshot, asked: ExpectedEnum) -> Found:
    """An enum with exactly these labels, in their order."""
    if asked.table is None:
        item = snapshot.find(SchemaKind.TYPE, str(asked.type))
        if item is None:
            return _absent(f"there is no type {asked.type}")
        return _labels(item, f"{asked.type} is", asked)
    column_name = f"{asked.table}.{asked.column}"
    there = table(snapshot, asked.table)
    found = snapshot.find(SchemaKind.COLUMN, column_name)
    if not there.as_asked or found is None:
        return _absent(f"there is no column {column_name}") if there.as_asked else there
    written = str(found.properties.get("type"))
    for item in snapshot.of_kind(SchemaKind.TYPE):
        if item.properties.get("written") == written.removesuffix("[]"):
            return _labels(item, f"{column_name} is {written},", asked)
    return Found(as_asked=False, text=f"{column_name} is {written}")


def _labels(item: SchemaObject, beginning: str, asked: ExpectedEnum) -> Found:
    if item.properties.get("type") != "enum":
        return Found(as_asked=False, text=f"{beginning} a {item.properties.get('type')} type and no enum")
    labels = names(item, "labels")
    return Found(labels == asked.labels, f"{beginning} an enum of {_listed(labels)}")


def default(
    snapshot: SchemaSnapshot, asked: ExpectedDefault, same: Collection[tuple[str, str, str]] = ()
) -> Found:
    """A server default that gives a column the value asked for, however it is written.

    Args:
        snapshot: the schema.
        asked: the default.
        same: what PostgreSQL found to be the same value, see `Terms.same_defaults`.
    """
    there = table(snapshot, asked.table)
    name = f"{asked.table}.{asked.column}"
    found = snapshot.find(SchemaKind.COLUMN, name)
    if not there.as_asked or found is None:
        return _absent(f"there is no column {name}") if there.as_asked else there
    text = found.properties.get("default")
    is_same = same_default(str(found.properties.get("type")), asked.sql, text, same)
    if text is None:
        return Found(is_same, f"{name} has no server default", there=is_same)
    return Found(is_same, f"the server default of {name} is {wording.value(text)}")


def same_default(type_name: str, asked: str, found: object, same: Collection[tuple[str, str, str]]) -> bool:
    """Whether a column's default gives the value asked for: it is written so, or PostgreSQL says so."""
    written = expressions.default(asked, type_name)
    if not isinstance(found, str):
        return written is None
    return expressions.default(found, type_name) == written or (type_name, asked, found) in same


def gone(snapshot: SchemaSnapshot, asked: Gone) -> Found:
    """That a table or a column is not there. A view may have the name of a table that is gone."""
    there = table(snapshot, asked.table)
    if asked.column is None:
        return Found(not there.as_asked, there.text if there.as_asked else f"there is no table {asked.table}")
    name = f"{asked.table}.{asked.column}"
    is_there = there.as_asked and snapshot.find(SchemaKind.COLUMN, name) is not None
    return Found(not is_there, f"{name} is still there" if is_there else f"there is no column {name}")


def _only(nearly: list[str]) -> Found:
    return Found(as_asked=False, text=f"there is only {'; '.join(nearly)}")


def _without_rule(
    snapshot: SchemaSnapshot, asked: ExpectedKey | ExpectedForeignKey | ExpectedIndex, text: str
) -> Found:
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
