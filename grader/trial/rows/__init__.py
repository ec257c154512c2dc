"""Rows for the tables of a student: puts them in, reads all values, and compares them after a step.

The trial uses it to find out whether data survives each migration. It knows tables, types and values. It must
not know Alembic, revisions or points.
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
