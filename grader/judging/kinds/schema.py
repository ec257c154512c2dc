"""Kind `schema`: tables, columns and keys that have to be there at head."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from grader.assignment import objects
from grader.assignment.objects import (
    ExpectedDefault,
    ExpectedForeignKey,
    ExpectedIndex,
    ExpectedSchema,
)
from grader.assignment.row_rules import RowRule
from grader.assignment.tables import (
    Columns,
    Defaults,
    Enums,
    Flag,
    ForeignKeyText,
    KeyText,
    KeyTexts,
    KindSettings,
    Mistake,
    Name,
    ObjectName,
    Table,
    Text,
    Texts,
    Value,
    Way,
    sql_of,
)
from grader.judging import expected_objects, row_rules
from grader.judging.rubric import Case, Judgement, kind
from grader.judging.terms import terms_of

OnDelete = Literal["no action", "restrict", "cascade", "set null", "set default"]
Row = Annotated[dict[Name, Value], Meta(min_length=1, title="a table of columns with their values")]
Rows = Annotated[tuple[Row, ...], Meta(min_length=1, title="a list of one or more rows, each a table")]


class ForeignKey(Table, frozen=True):
    """A foreign key with what it does when the other row is deleted."""

    key: ForeignKeyText
    """The key, as `"posts(category_id) -> categories(id)"`."""
    on_delete: OnDelete
    """What happens to a row when the row that it refers to is deleted."""


class Index(Table, frozen=True):
    """An index that is unique, or is not."""

    key: KeyText
    """The table and the columns of the index in their order, as `"orders(customer_id, placed_at)"`."""
    unique: Flag
    """Whether the index keeps two rows from having the same values."""


class RowsTable(Table, frozen=True):
    """Rows that a table has to take, and rows that it must not take."""

    table: Name
    """The table."""
    accepted: Rows
    """Rows that have to be taken, each as `{ quantity = 1 }`. The grader fills the other columns. A value
    that is no text, number, true or false is written as SQL: `{ shipped_at = { sql = "NULL" } }`."""
    refused: Rows
    """Rows that must not be taken. Each is like the first row of `accepted` but for the values that it
    gives."""
    title: Text | UnsetType = UNSET
    """What the rule is for, as reports say it: "The quantity is above zero"."""


class Settings(KindSettings, frozen=True, kw_only=True, tag="schema"):
    """What has to be there at head."""

    tables: Texts = ()
    """Tables that have to exist in the schema `public`; a view does not count."""
    columns: Columns = msgspec.field(default_factory=dict)
    """The columns that have to exist, each as `"table.column" = { type = ..., nullable = ... }`."""
    primary_keys: KeyTexts = ()
    """The primary keys that have to exist, each as `"table(column)"`."""
    unique: KeyTexts = ()
    """The columns that have to be unique, each as `"table(column)"`."""
    foreign_keys: Annotated[
        tuple[
            ForeignKeyText | Annotated[ForeignKey, Meta(title="a table like { key = ..., on_delete = ... }")],
            ...,
        ],
        Meta(min_length=1, title="a list of one or more foreign keys"),
    ] = ()
    """The foreign keys that have to exist, each as `"table(column) -> table(column)"`, or as a table with
    this text as `key` and what has to happen `on_delete`. Without that, any action is right."""
    indexes: Annotated[
        tuple[KeyText | Annotated[Index, Meta(title="a table like { key = ..., unique = ... }")], ...],
        Meta(min_length=1, title="a list of one or more indexes"),
    ] = ()
    """The indexes that have to exist, each as `"table(column, column)"` with the columns in order, or as a
    table with this text as `key` and whether it is `unique`. That of a unique constraint or a primary key
    counts too."""
    enums: Enums = msgspec.field(default_factory=dict)
    """The enums that have to exist, each with its labels in order: by the type's name, or by a column of the
    type."""
    defaults: Defaults = msgspec.field(default_factory=dict)
    """The server defaults that columns have to have, compared by their values: `"orders.status" = "new"`, or
    as SQL `"orders.placed_at" = { sql = "now()" }`. `{ sql = "NULL" }` asks for none."""
    checks: Annotated[
        tuple[RowsTable, ...], Meta(min_length=1, title="one or more tables under [[...checks]]")
    ] = ()
    """Rules about rows, each with rows that a table has to take and rows that it must not take. They are
    tried at head. What enforces a rule does not matter: a CHECK, a domain, an enum, a trigger."""
    absent: Annotated[tuple[ObjectName, ...], Meta(min_length=1, title="a list of one or more names")] = ()
    """Tables and columns that must not be there at head."""
    in_reference: Flag = True
    """Whether the reference schema has what the criterion asks for. Before anything is graded, the file is
    checked against the reference; `false` is for what the reference models do not have."""
    evolves: Flag = False
    """Whether the schema has to grow: each of the tables is made by a later revision than the first, and each
    column of another table is added by a later revision than the one that made that table. A third of the
    points."""

    def expected(self) -> ExpectedSchema:
        """All that has to be so at head."""
        return reduce(ExpectedSchema.with_all, (part for _, part in self.parts()), ExpectedSchema())

    def parts(self) -> Iterator[tuple[Way, ExpectedSchema]]:
        """What has to be so at head, one thing at a time."""
        for place, name in enumerate(self.tables):
            yield ("tables", place), ExpectedSchema(tables=(name,))
        for name, column in self.columns.items():
            yield ("columns", name), ExpectedSchema(columns=(column.expected(name),))
        for place, written in enumerate(self.primary_keys):
            yield ("primary_keys", place), ExpectedSchema(primary_keys=(objects.key(written),))
        for place, written in enumerate(self.unique):
            yield ("unique", place), ExpectedSchema(unique=(objects.key(written),))
        for place, reference in enumerate(self.foreign_keys):
            yield ("foreign_keys", place), ExpectedSchema(foreign_keys=(_foreign_key(reference),))
        yield from self._details()

    def _details(self) -> Iterator[tuple[Way, ExpectedSchema]]:
        for place, index in enumerate(self.indexes):
            yield ("indexes", place), ExpectedSchema(indexes=(_index(index),))
        for name, labels in self.enums.items():
            yield ("enums", name), ExpectedSchema(enums=(objects.enum(name, labels),))
        for name, value in self.defaults.items():
            default = ExpectedDefault(*objects.column_name(name), sql_of(value))
            yield ("defaults", name), ExpectedSchema(defaults=(default,))
        for place, rule in enumerate(self.checks):
            yield ("checks", place), ExpectedSchema(rows=(_rule(rule),))
        for place, name in enumerate(self.absent):
            yield ("absent", place), ExpectedSchema(absent=(objects.gone(name),))

    def mistakes(self) -> Iterator[Mistake]:
        """Nothing to look for, and foreign keys with more columns on one side than on the other."""
        expected = self.expected()
        if expected == ExpectedSchema():
            yield (), "asks for nothing: name `tables`, `columns` or keys."
        for position, key in enumerate(expected.foreign_keys):
            if len(key.columns) != len(key.target_columns):
                yield (
                    ("foreign_keys", position),
                    f"must name as many columns of {key.table} as of {key.target_table}.",
                )


def _foreign_key(written: str | ForeignKey) -> ExpectedForeignKey:
    if isinstance(written, str):
        return objects.foreign_key(written)
    return objects.foreign_key(written.key, written.on_delete)


def _index(written: str | Index) -> ExpectedIndex:
    asked = objects.key(written if isinstance(written, str) else written.key)
    return ExpectedIndex(asked.table, asked.columns, None if isinstance(written, str) else written.unique)


def _rule(written: RowsTable) -> RowRule:
    accepted, refused = (
        tuple({name: sql_of(value) for name, value in row.items()} for row in rows)
        for rows in (written.accepted, written.refused)
    )
    title = None if isinstance(written.title, UnsetType) else written.title
    return RowRule(written.table, accepted, refused, title)


def _title(settings: Settings) -> str:
    expected = settings.expected()
    if expected.tables:
        return f"Table{'s' if len(expected.tables) > 1 else ''} {_listed(expected.tables)}"
    names = tuple(dict.fromkeys(f"{item.table}.{item.name}" for item in expected.columns))
    if names:
        return f"Column{'s' if len(names) > 1 else ''} {_listed(names)}"
    return f"Rules of {_listed(_named(expected))}"


def _text(settings: Settings) -> str:
    expected = settings.expected()
    listed = [f"{item.title}, {item.expected}" for item in expected_objects.objects_expected(expected)]
    asked = "; ".join(
        (*listed, *(f"{row_rules.title(rule)}: {row_rules.expected(rule)}" for rule in expected.rows))
    )
    grown = (
        "\n\nA third of the points: the schema grew to it. Tables were made by a later revision than the "
        "first, and columns were added by a later one than that which made their table."
        if settings.evolves
        else ""
    )
    return f"At head: {asked}.{grown}"


def _named(expected: ExpectedSchema) -> tuple[str, ...]:
    """The tables, and the types, that the settings are about."""
    tables = [table for table, _ in expected.names()]
    types = [item.type for item in expected.enums if item.type is not None]
    return tuple(dict.fromkeys((*tables, *types, *(item.table for item in expected.absent))))


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


@kind("schema", Settings, title=_title, text=_text, requires=("upgrade",))
def schema(case: Case[Settings]) -> Judgement:
    """All that the settings name is there at head; with `evolves`, later revisions added it."""
    return expected_objects.verdict_on(
        case.settings.expected(),
        case.observations,
        terms_of(case.observations, case.assignment),
        evolves=case.settings.evolves,
    )
