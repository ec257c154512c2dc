"""What the words of an assignment mean for one submission: own names, types, and what PostgreSQL said.

An assignment may know a table by several names, and writes types and defaults as people do. Here its words
are put into those of the submission's database, so that all that is looked up and said is in the student's
names. Must not know a kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from grader.assignment.aliases import Names, names_in
from grader.assignment.model import Assignment
from grader.assignment.objects import (
    ExpectedColumn,
    ExpectedDefault,
    ExpectedEnum,
    ExpectedForeignKey,
    ExpectedIndex,
    ExpectedKey,
    ExpectedSchema,
    Gone,
)
from grader.assignment.row_rules import RowRule
from grader.judging import evidence
from grader.observations.model import Observations
from grader.observations.probes import TriedRows
from grader.observations.schema import PropertyValue, SchemaKind, SchemaSnapshot

SameDefault = tuple[str, str, str]
"""A column's type, the default of the assignment, and a default of a schema that gives the same value."""


@dataclass(frozen=True)
class Terms:
    """The words of an assignment in those of a submission."""

    names: Names = field(default_factory=Names)
    types: Mapping[str, str] = field(default_factory=dict)
    """Types as the assignment writes them, each as PostgreSQL's `format_type` does."""
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Enums of the reference, each with those of the submission that have the same labels."""
    same_defaults: Collection[SameDefault] = ()
    tried: tuple[TriedRows, ...] = ()

    def type(self, written: str) -> str:
        """A type as PostgreSQL writes it."""
        return self.types.get(written, written)

    def column(self, asked: ExpectedColumn) -> ExpectedColumn:
        """A column by its own name, with types as PostgreSQL writes them."""
        return replace(
            asked,
            table=self.names.table(asked.table),
            name=self.names.column(asked.table, asked.name),
            types=tuple(dict.fromkeys(name for written in asked.types for name in self.types_like(written))),
        )

    def types_like(self, written: str) -> tuple[str, ...]:
        """A type as PostgreSQL writes it, and for an enum of the reference those with the same labels."""
        name = self.type(written)
        array = "[]" if name.endswith("[]") else ""
        return (name, *(f"{other}{array}" for other in self.enums.get(name.removesuffix("[]"), ())))

    def key(self, asked: ExpectedKey) -> ExpectedKey:
        """A key by its own names."""
        columns = self.names.columns_of(asked.table, asked.columns)
        return replace(asked, table=self.names.table(asked.table), columns=columns)

    def foreign_key(self, asked: ExpectedForeignKey) -> ExpectedForeignKey:
        """A foreign key by its own names."""
        return replace(
            asked,
            table=self.names.table(asked.table),
            columns=self.names.columns_of(asked.table, asked.columns),
            target_table=self.names.table(asked.target_table),
            target_columns=self.names.columns_of(asked.target_table, asked.target_columns),
        )

    def index(self, asked: ExpectedIndex) -> ExpectedIndex:
        """An index by its own names."""
        columns = self.names.columns_of(asked.table, asked.columns)
        return replace(asked, table=self.names.table(asked.table), columns=columns)

    def enum(self, asked: ExpectedEnum) -> ExpectedEnum:
        """An enum; one that is asked for by a column, by the column's own name."""
        if asked.table is None or asked.column is None:
            return asked
        column = self.names.column(asked.table, asked.column)
        return replace(asked, table=self.names.table(asked.table), column=column)

    def default(self, asked: ExpectedDefault) -> ExpectedDefault:
        """A default of a column by its own name."""
        column = self.names.column(asked.table, asked.column)
        return replace(asked, table=self.names.table(asked.table), column=column)

    def rule(self, asked: RowRule) -> RowRule:
        """A rule about rows by its own names."""

        def named(row: Mapping[str, str]) -> dict[str, str]:
            return {self.names.column(asked.table, name): value for name, value in row.items()}

        return replace(
            asked,
            table=self.names.table(asked.table),
            accepted=tuple(map(named, asked.accepted)),
            refused=tuple(map(named, asked.refused)),
        )

    def gone(self, asked: Gone) -> Gone:
        """What must be gone. A table of another name is none of it; its columns are."""
        if asked.column is None:
            return asked
        column = self.names.column(asked.table, asked.column)
        return Gone(self.names.table(asked.table), column)

    def schema(self, asked: ExpectedSchema) -> ExpectedSchema:
        """All of these, in the same order."""
        return ExpectedSchema(
            tables=tuple(map(self.names.table, asked.tables)),
            columns=tuple(map(self.column, asked.columns)),
            primary_keys=tuple(map(self.key, asked.primary_keys)),
            unique=tuple(map(self.key, asked.unique)),
            foreign_keys=tuple(map(self.foreign_key, asked.foreign_keys)),
            indexes=tuple(map(self.index, asked.indexes)),
            enums=tuple(map(self.enum, asked.enums)),
            defaults=tuple(map(self.default, asked.defaults)),
            rows=tuple(map(self.rule, asked.rows)),
            absent=tuple(map(self.gone, asked.absent)),
        )


def terms_of(observations: Observations, assignment: Assignment) -> Terms:
    """The words of an assignment for one submission."""
    return Terms(
        own_names(observations, assignment),
        observations.types,
        _enums(observations),
        frozenset(observations.asked_defaults),
        observations.tried_rows,
    )


def _enums(observations: Observations) -> dict[str, tuple[str, ...]]:
    """The enums of the reference, each with those of other names at head that have the same labels."""
    head = evidence.own_head(observations)
    ours, theirs = (_labels(item) if item is not None else {} for item in (observations.reference, head))
    return {
        name: tuple(other for other, own in theirs.items() if own == labels and other != name)
        for name, labels in ours.items()
    }


def _labels(snapshot: SchemaSnapshot) -> dict[str, PropertyValue]:
    types = (item for item in snapshot.of_kind(SchemaKind.TYPE) if item.properties.get("type") == "enum")
    return {str(item.properties.get("written")): item.properties.get("labels") for item in types}


def own_names(observations: Observations, assignment: Assignment) -> Names:
    """What a submission calls the tables and columns of the assignment, by its schema at head."""
    if not assignment.aliases:
        return Names()
    judged = evidence.judged_schema(observations)
    return names_in(assignment.aliases, judged.snapshot.table_and_column_names) if judged else Names()
