"""The parts of a schema that a criterion of an assignment names, as values, and how a file writes them.

Must not know what is looked for in a schema, or where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from grader.assignment.row_rules import RowRule

_NAME = re.compile(r"[^\s.(),]+")


@dataclass(frozen=True)
class ExpectedColumn:
    """A column that a criterion asks for."""

    table: str
    name: str
    types: tuple[str, ...] = ()
    """Accepted types, as the file writes them (`varchar(255)`); none if any type is right."""
    nullable: bool | None = None
    """None if both are right."""


@dataclass(frozen=True)
class ExpectedKey:
    """A primary key or a unique constraint that a criterion asks for."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ExpectedForeignKey:
    """A foreign key that a criterion asks for."""

    table: str
    columns: tuple[str, ...]
    target_table: str
    target_columns: tuple[str, ...]
    on_delete: str | None = None
    """What happens to the row when that one is deleted: `cascade`. None if anything is right."""


@dataclass(frozen=True)
class ExpectedIndex:
    """An index that a criterion asks for."""

    table: str
    columns: tuple[str, ...]
    """In the order of the index."""
    unique: bool | None = None
    """None if both are right."""


@dataclass(frozen=True)
class ExpectedEnum:
    """An enum that a criterion asks for, by its name or by a column of that type."""

    labels: tuple[str, ...]
    """In the order of the type."""
    type: str | None = None
    table: str | None = None
    column: str | None = None


@dataclass(frozen=True)
class ExpectedDefault:
    """A default that the server gives to a column."""

    table: str
    column: str
    sql: str
    """The default as SQL; `NULL` if there must be none."""


@dataclass(frozen=True)
class Gone:
    """A table, or a column, that must not be there at head."""

    table: str
    column: str | None = None


@dataclass(frozen=True)
class ExpectedSchema:
    """What a criterion asks for at head."""

    tables: tuple[str, ...] = ()
    """Names of tables that must be in the schema `public`; a view does not count."""
    columns: tuple[ExpectedColumn, ...] = ()
    primary_keys: tuple[ExpectedKey, ...] = ()
    unique: tuple[ExpectedKey, ...] = ()
    foreign_keys: tuple[ExpectedForeignKey, ...] = ()
    indexes: tuple[ExpectedIndex, ...] = ()
    enums: tuple[ExpectedEnum, ...] = ()
    defaults: tuple[ExpectedDefault, ...] = ()
    rows: tuple[RowRule, ...] = ()
    """Rows that tables have to take, and rows that they must not."""
    absent: tuple[Gone, ...] = ()

    def with_all(self, other: ExpectedSchema) -> ExpectedSchema:
        """All that one of the two asks for."""
        names = [item.name for item in fields(self)]
        return ExpectedSchema(**{name: (*getattr(self, name), *getattr(other, name)) for name in names})

    def names(self) -> Iterator[tuple[str, str | None]]:
        """Each table that has to be there, and each column with its table; some of them several times."""
        yield from ((name, None) for name in self.tables)
        yield from ((item.table, item.name) for item in self.columns)
        keys: tuple[ExpectedKey | ExpectedForeignKey | ExpectedIndex, ...]
        keys = (*self.primary_keys, *self.unique, *self.foreign_keys, *self.indexes)
        yield from ((key.table, name) for key in keys for name in key.columns)
        for reference in self.foreign_keys:
            yield from ((reference.target_table, name) for name in reference.target_columns)
        yield from ((item.table, item.column) for item in self.enums if item.table is not None)
        yield from ((item.table, item.column) for item in self.defaults)
        yield from ((rule.table, name) for rule in self.rows for name in rule.columns)


def column_name(text: str) -> tuple[str, str]:
    """`users.bio`: the table and the column."""
    table, column = _NAME.findall(text)
    return table, column


def key(text: str) -> ExpectedKey:
    """A key, as `categories(name, slug)`: the table and its columns."""
    table, *names = _NAME.findall(text)
    return ExpectedKey(table, tuple(names))


def foreign_key(text: str, on_delete: str | None = None) -> ExpectedForeignKey:
    """A foreign key, as `posts(category_id) -> categories(id)`."""
    own, target = map(key, re.split(r"(?<=\))\s*->", text))
    return ExpectedForeignKey(own.table, own.columns, target.table, target.columns, on_delete)


def enum(name: str, labels: tuple[str, ...]) -> ExpectedEnum:
    """An enum, by its name (`order_status`) or by a column (`orders.status`)."""
    if "." not in name:
        return ExpectedEnum(labels, type=name)
    table, column = column_name(name)
    return ExpectedEnum(labels, table=table, column=column)


def gone(name: str) -> Gone:
    """A table (`people`), or a column (`people.name`)."""
    return Gone(*column_name(name)) if "." in name else Gone(name)


def types(written: str | tuple[str, ...]) -> tuple[str, ...]:
    """One type, or several of which each is right."""
    return (written,) if isinstance(written, str) else written


def literal(value: str | float | bool) -> str:
    """A value of a file as SQL: `'new'`, `7`, `true`."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()
