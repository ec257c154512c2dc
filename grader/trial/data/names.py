"""The assignment's names of tables and columns, and the names that they have in a submission's schema.

They differ where the assignment allows aliases, or where a table was renamed. A query reads a table under the
assignment's name through a common table expression, so nothing is made in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from psycopg2 import sql

from grader.assignment.aliases import Aliases
from grader.trial.data.lineage import Columns, State, name_at


@dataclass(frozen=True)
class NamesAt:
    """The names in one of the schemas of a submission."""

    states: Sequence[State]
    place: int
    """Which of the schemas."""
    aliases: Aliases

    @property
    def _tables(self) -> Mapping[str, Columns]:
        return self.states[self.place].tables

    def table(self, name: str) -> str:
        """The name here of a table of the assignment: its own, the first alias found, or an earlier name."""
        for known_as in (name, *self.aliases.get(name, ())):
            if known_as in self._tables:
                return known_as
        for known_as in (name, *self.aliases.get(name, ())):
            found = name_at(self.states, self.place, known_as)
            if found in self._tables:
                return found
        return name

    def column(self, table: str, name: str) -> str:
        """The name here of a column of the assignment: its own, or else the first alias found."""
        there = self._tables.get(self.table(table), {})
        known = (name, *self.aliases.get(f"{table}.{name}", ()))
        return next((known_as for known_as in known if known_as in there), name)

    def has(self, needs: Mapping[str, Collection[str]]) -> bool:
        """Whether this schema has tables of the assignment, each with some columns."""
        return all(
            {self.column(table, name) for name in columns} <= self._tables.get(self.table(table), {}).keys()
            and self.table(table) in self._tables
            for table, columns in needs.items()
        )

    def query(self, query: str) -> sql.Composable:
        """A query of the assignment, in the names of this schema."""
        tables = {key.partition(".")[0] for key in self.aliases}
        views = [view for name in sorted(tables) if (view := self._view(name)) is not None]
        if not views:
            return sql.SQL(query)
        # A query that begins with WITH cannot follow another WITH. The order of its rows is kept.
        return sql.SQL("WITH {} SELECT * FROM ({}\n) AS answer").format(
            sql.SQL(", ").join(views), sql.SQL(query)
        )

    def _view(self, name: str) -> sql.Composable | None:
        """The table under the assignment's names; None if it has them, or if it is not there."""
        actual = self.table(name)
        if actual not in self._tables:
            return None
        columns = dict.fromkeys(self._tables[actual])
        shown = {column: column for column in columns}
        for key in self.aliases:
            table, _, column = key.partition(".")
            if table == name and column and (found := self.column(name, column)) in shown:
                shown[found] = column
        if actual == name and all(own == as_ for own, as_ in shown.items()):
            return None
        listed = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(sql.Identifier(own), sql.Identifier(as_)) for own, as_ in shown.items()
        )
        return sql.SQL("{} AS (SELECT {} FROM {})").format(
            sql.Identifier(name), listed, sql.Identifier("public", actual)
        )
