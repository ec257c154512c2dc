"""Rows that the schema of head accepts, as examples for the rows of earlier revisions.

They are put into a database of their own that holds the schema of head. PostgreSQL says which values that
schema allows. Only used after something went wrong over rows that were made without regard to head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepAction
from grader.runtime.postgres.sessions import Unseen
from grader.trial import rows
from grader.trial.step_runner import StepRunner, StepRunners

MOST_ROWS = 12
"""The most rows that a table gets at each revision."""


class HeadRows:
    """A database at head that gives examples of rows."""

    def __init__(self, runner: StepRunner, wishes: rows.Wishes) -> None:
        self._runner = runner
        self._wishes = wishes
        self._layout = runner.row_layout()
        self._content: Mapping[str, rows.TableContent] = {}
        self._round = 0
        self._taken: Counter[str] = Counter()
        before = runner.read_rows()
        self._migrated = before.counts()
        self.filled = before.filled_by_others(())
        """Tables that revisions fill."""
        self._lookups = rows.lookup_values({name: before.tables[name] for name in self.filled})
        self.rows_per_table = min(max(2, 1 + rows.values_to_show(self._layout)), MOST_ROWS)
        """So many that each value of an enum is in one of them."""
        self.refused: dict[str, str] = {}
        """Tables whose rules of head accept no row that could be made, with PostgreSQL's message."""

    def next(self, earlier: rows.TableRows, without: Collection[str]) -> Mapping[str, list[rows.WishedRow]]:
        """The next examples for each table of an earlier revision but those of `without`."""
        result = self._runner.seed_rows(self._round, wishes=self._wishes, rows_per_table=self.rows_per_table)
        self._round += 1
        self.refused |= {name: result.problems[name] for name in result.checked}
        self._content = self._runner.read_rows().tables
        return {
            name: [*self._examples(name, content.columns, earlier.tables)]
            for name, content in earlier.tables.items()
            if name not in without
        }

    def _examples(
        self, name: str, columns: rows.Columns, tables: Collection[str]
    ) -> Iterator[rows.WishedRow]:
        known = {table: content.columns for table, content in self._content.items()}
        table = rows.table_at_head(name, columns, known, tables)
        wished = self._wished(table) if table is not None else []
        names = rows.columns_at_head(columns, known[table]) if table is not None else {}
        early = self._without_parent(table, tables)
        lookups = {
            column: rows.named_values(column, self._lookups) for column in columns.keys() - names.keys()
        }
        for place in range(self._taken[name], self._taken[name] + self.rows_per_table):
            row = wished[place] if place < len(wished) else {}
            row = {own: row[at_head] for own, at_head in names.items() if at_head in row}
            row |= {column: rows.Wish(None, "") for column in early & columns.keys()}
            yield row | {c: rows.Wish(v[place % len(v)], "text") for c, v in lookups.items() if v}
        self._taken[name] += self.rows_per_table

    def _wished(self, table: str) -> list[rows.WishedRow]:
        layout = next((item for item in self._layout.tables if item.label == table), None)
        if layout is None:  # a trigger has made it
            return []
        defaults = self._wishes.defaults.get(table, {})
        found = rows.wished_rows(self._layout, layout, self._content[table], defaults)
        return found[self._migrated.get(table, 0) :]

    def _without_parent(self, table: str | None, tables: Collection[str]) -> set[str]:
        """The columns with a foreign key to a table that is not there yet."""
        return {
            column
            for item in self._layout.tables
            if item.label == table
            for key in item.of_type("f")
            if key.target not in tables
            for column in key.columns
        }


@contextmanager
def head_rows(runners: StepRunners, graph: RevisionGraph, wishes: rows.Wishes) -> Iterator[HeadRows | None]:
    """A database at head. None if it cannot be brought there over again."""
    with runners.new() as runner:
        step = runner.migrate(Pass.ROWS, StepAction.UPGRADE, "head")
        reached = step.succeeded and graph.head in (step.versions or ())
        yield _head_rows(runner, wishes) if reached else None


def _head_rows(runner: StepRunner, wishes: rows.Wishes) -> HeadRows | None:
    try:
        return HeadRows(runner, wishes)
    except Unseen:
        return None
