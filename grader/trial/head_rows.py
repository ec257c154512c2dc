"""Rows that the schema of head accepts, as examples for the rows of earlier revisions.

They are put into a database of their own that holds the schema of head. PostgreSQL says which values that
schema allows. Only used after something went wrong over rows that were made without regard to head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepAction
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

    def next(self, tables: Mapping[str, rows.TableContent]) -> Mapping[str, list[rows.WishedRow]]:
        """The next examples for each of these tables of an earlier revision."""
        result = self._runner.seed_rows(self._round, wishes=self._wishes, rows_per_table=self.rows_per_table)
        self._round += 1
        self.refused |= {name: result.problems[name] for name in result.checked}
        content = self._runner.read_rows()
        at_head = {table.label: table for table in self._layout.tables if table.root is None}
        examples: dict[str, list[rows.WishedRow]] = {}
        for name, earlier in tables.items():
            wished: list[rows.WishedRow] = []
            if name in at_head and name in content.tables:
                defaults = self._wishes.defaults.get(name, {})
                wished = rows.wished_rows(self._layout, at_head[name], content.tables[name], defaults)
            begin = self._migrated.get(name, 0) + self._taken[name]
            examples[name] = self._with_lookups(name, earlier, wished[begin:][: self.rows_per_table])
            self._taken[name] += self.rows_per_table
        return examples

    def _with_lookups(
        self, name: str, earlier: rows.TableContent, wished: list[rows.WishedRow]
    ) -> list[rows.WishedRow]:
        """Also values for columns that a lookup table has taken the place of at head."""
        head = {
            column.name for table in self._layout.tables if table.label == name for column in table.columns
        }
        gone = {column: rows.named_values(column, self._lookups) for column in earlier.columns.keys() - head}
        return [
            {
                **(wished[place] if place < len(wished) else {}),
                **{
                    column: rows.Wish(values[(self._taken[name] + place) % len(values)], "text")
                    for column, values in gone.items()
                    if values
                },
            }
            for place in range(self.rows_per_table)
        ]


@contextmanager
def head_rows(runners: StepRunners, graph: RevisionGraph, wishes: rows.Wishes) -> Iterator[HeadRows | None]:
    """A database at head. None if it cannot be brought there over again."""
    with runners.new("rowsathead") as runner:
        step = runner.migrate(Pass.ROWS, StepAction.UPGRADE, "head")
        reached = step.succeeded and graph.head in (step.versions or ())
        yield HeadRows(runner, wishes) if reached else None
