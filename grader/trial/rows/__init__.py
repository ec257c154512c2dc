"""Rows for the tables of a student: puts them in, reads all values, and compares them after a step.

The trial uses it to find out whether data survives each migration. It knows tables, types and values. It must
not know Alembic, revisions or points.
"""

from grader.trial.rows.comparison import compare_rows, example_rows
from grader.trial.rows.counterparts import Columns, columns_at_head, table_at_head
from grader.trial.rows.layout import TableLayout, read_layout
from grader.trial.rows.probing import NamedRule, not_tried, try_rows
from grader.trial.rows.reading import (
    TableContent,
    TableRows,
    check_amount,
    own_tables,
    read_rows,
    rows_added,
    rows_without,
)
from grader.trial.rows.seeding import SeedResult, full_tables, seed
from grader.trial.rows.wishes import (
    Defaults,
    Wish,
    WishedRow,
    Wishes,
    lookup_values,
    named_values,
    values_to_show,
    wished_rows,
)

__all__ = [
    "Columns",
    "Defaults",
    "NamedRule",
    "SeedResult",
    "TableContent",
    "TableLayout",
    "TableRows",
    "Wish",
    "WishedRow",
    "Wishes",
    "check_amount",
    "columns_at_head",
    "compare_rows",
    "example_rows",
    "full_tables",
    "lookup_values",
    "named_values",
    "not_tried",
    "own_tables",
    "read_layout",
    "read_rows",
    "rows_added",
    "rows_without",
    "seed",
    "table_at_head",
    "try_rows",
    "values_to_show",
    "wished_rows",
]
