"""Proof that data survives migrations: put rows into every table, read all values, compare them later.

What it is for: the trial seeds rows at every revision and looks whether they are still there after the next
step. It must not know Alembic, revisions or points; it knows tables, types and values.
"""

from grader.trial.rows.comparison import compare_rows
from grader.trial.rows.reading import TableContent, TableRows, read_rows, rows_added
from grader.trial.rows.seeding import SeedResult, full_tables, seed

__all__ = [
    "SeedResult",
    "TableContent",
    "TableRows",
    "compare_rows",
    "full_tables",
    "read_rows",
    "rows_added",
    "seed",
]
