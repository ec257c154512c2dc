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
        self.rows_per_table = min(max(2, 1 + rows.values_to_show(self._layout)), MOST_ROWS)
        """So many that each value of an enum is in one of them."""
        self.refused: dict[str, str] = {}
        """Tables whose rules of head accept no row that could be made, with PostgreSQL's message."""

    def next(self, tables: Collection[str]) -> Mapping[str, list[rows.WishedRow]]:
        """The next examples for each of these tables."""
        result = self._runner.seed_rows(self._round, wishes=self._wishes, rows_per_table=self.rows_per_table)
        self._round += 1
        self.refused |= {name: result.problems[name] for name in result.checked}
        content = self._runner.read_rows()
        examples: dict[str, list[rows.WishedRow]] = {}
        for table in self._layout.tables:
            found = content.tables.get(table.label)
            if table.root is not None or found is None or table.label not in tables:
                continue
            defaults = self._wishes.defaults.get(table.label, {})
            begin = self._migrated.get(table.label, 0) + self._taken[table.label]
            wished = rows.wished_rows(self._layout, table, found, defaults)[begin:][: self.rows_per_table]
            self._taken[table.label] += len(wished)
            examples[table.label] = wished
        return examples


@contextmanager
def head_rows(runners: StepRunners, graph: RevisionGraph, wishes: rows.Wishes) -> Iterator[HeadRows | None]:
    """A database at head. None if it cannot be brought there over again."""
    with runners.new("rowsathead") as runner:
        step = runner.migrate(Pass.ROWS, StepAction.UPGRADE, "head")
        reached = step.succeeded and graph.head in (step.versions or ())
        yield HeadRows(runner, wishes) if reached else None
