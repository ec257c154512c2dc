"""What a submission calls the tables and columns that an assignment names, where other names do as well.

Must not know what is done with a table, or where its name was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Aliases: TypeAlias = Mapping[str, tuple[str, ...]]
"""Tables (`subjects`) and columns (`grades.grade`), each with other names that do as well."""


@dataclass(frozen=True)
class Names:
    """What one submission calls tables and columns. What is not listed has the name of the assignment."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By the table and the column of the assignment."""

    @property
    def any(self) -> bool:
        """Whether any name is another one."""
        return bool(self.tables or self.columns)

    def table(self, name: str) -> str:
        """The name of a table."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """The name of a column, without that of its table.

        Args:
            table: the table's name in the assignment.
            name: the column's.
        """
        return self.columns.get((table, name), name)

    def columns_of(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """The names of several columns of a table."""
        return tuple(self.column(table, name) for name in names)


def names_in(aliases: Aliases, there: Collection[str]) -> Names:
    """The names that a schema has: of each table and column the first that is found.

    A name of the assignment itself comes before its aliases.

    Args:
        aliases: the other names.
        there: the tables (`courses`) and the columns (`courses.title`) of the schema.
    """
    tables: dict[str, str] = {}
    for name, others in aliases.items():
        if "." not in name and (found := _first(name, others, there)) is not None:
            tables[name] = found
    columns: dict[tuple[str, str], str] = {}
    for name, others in aliases.items():
        table, dot, column = name.partition(".")
        if not dot:
            continue
        own = tables.get(table, table)
        found = _first(f"{own}.{column}", tuple(f"{own}.{other}" for other in others), there)
        if found is not None:
            columns[table, column] = found.removeprefix(f"{own}.")
    return Names(tables, columns)


def _first(name: str, others: tuple[str, ...], there: Collection[str]) -> str | None:
    """The first of the other names that is there; None if the name itself is, or none of them."""
    return None if name in there else next((other for other in others if other in there), None)
