"""Reads the rows of all tables as text. Nothing that a student defined runs with the harness's rights.

Every table is read by `COPY table (columns) TO STDOUT`: PostgreSQL scans the table and calls each type's
output function. A query would be planned first, and the planner may evaluate expressions in a student's
indexes and functions of a student's views and casts.

A row is one message of PostgreSQL, however long it is, and ten bytes of a `numeric` are 131,000 characters.
So tables that may have long rows are read over a session that ends when too much is sent.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.text.untrusted import single_line
from grader.trial.rows.layout import SETTINGS, Table, TableLayout, read_layout
from grader.trial.schema.snapshot import SchemaTooLargeError

Row = tuple[str | None, ...]

MOST_ROWS = 20_000
"""Limit for one table."""
MOST_BYTES = 4 * 1024 * 1024
MOST_VALUES = 200_000
"""Limits for all tables together, as text. The revisions of the exercise write a few hundred rows."""
MOST_KEPT = 32 * 1024 * 1024
_VALUE_OVERHEAD = 60
"""Limit in bytes for the rows that all revisions together put in, and what a value takes besides its text."""
MOST_HEAP_BYTES = 8 * 1024 * 1024
MOST_TOAST_BYTES = 512 * 1024
"""Limits on disk. Values out of line are compressed, at most to a 255th of what they take in memory."""
_SHORT_TYPE = re.compile(
    r"(?:smallint|integer|bigint|boolean|real|double precision|date|interval|uuid|text|bytea|"
    r"(?:time|timestamp)(?:\(\d\))? with(?:out)? time zone|character(?: varying)?(?:\(\d+\))?|"
    r"numeric\(\d+,-?\d+\))"
)
"""Types whose values have no more than a few times as many characters as bytes."""

_TOO_MUCH = "the table holds too much data to compare its rows"
_OVERHEAD_BYTES = 256 * 1024
"""What PostgreSQL sends besides the rows: five bytes for each, and the beginning of the session."""

OpenMetered = Callable[[int], connection]
"""Opens a session of the harness's own that ends when it was sent so many bytes."""

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True)
class TableContent:
    """The rows of one table at one moment."""

    columns: dict[str, str]
    """The stored columns that were read, in the table's order, each with its type."""
    rows: tuple[Row, ...]
    key: tuple[str, ...] = ()
    """The primary key's columns; empty when there is none."""
    derived: frozenset[str] = frozenset()
    """Generated columns. Their values are computed from other columns and are not read."""
    problem: str | None = None
    """Why the rows could not be read; None if all were read."""
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The labels of each column that is an enum."""

    def project(self, columns: Iterable[str]) -> list[Row]:
        """Every row with only these columns, in this order."""
        places = [list(self.columns).index(name) for name in columns]
        return [tuple(row[place] for place in places) for row in self.rows]


@dataclass(frozen=True)
class TableRows:
    """The rows of every ordinary table of schema `public`, except the version table."""

    tables: dict[str, TableContent] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many rows each table has. A table that could not be read is left out."""
        return {name: len(table.rows) for name, table in self.tables.items() if table.problem is None}

    def filled_by_others(self, ours: Collection[str]) -> frozenset[str]:
        """The tables that have rows although nobody but a revision can have put them in.

        Args:
            ours: The tables into which the harness has put rows.
        """
        return frozenset(name for name, table in self.tables.items() if table.rows and name not in ours)

    def problems(self) -> dict[str, str]:
        """Tables that could not be read, and why."""
        return {name: table.problem for name, table in self.tables.items() if table.problem is not None}


class RowBudget:
    """How much may still be read, over all tables."""

    def __init__(self, open_metered: OpenMetered | None = None, *, size_known: bool = True) -> None:
        """Begin with all of it.

        Args:
            open_metered: opens the sessions for tables that may have long rows; None to use the usual one.
            size_known: whether no table has grown since the layout was read, except by rows of the harness.
        """
        self.bytes = MOST_BYTES
        self.values = MOST_VALUES
        self.open_metered = open_metered
        self.size_known = size_known


def read_rows(
    inspector: connection, snapshot: SchemaSnapshot, open_metered: OpenMetered | None = None
) -> TableRows:
    """Read all rows of all tables.

    Args:
        inspector: The harness's own connection to the student's database. An open transaction is
            rolled back at the end, so that no lock on a student's table remains.
        snapshot: The schema as it is now. Its tables in schema `public` are read, and no others.
        open_metered: See `RowBudget`.

    Raises:
        psycopg2.Error: the connection is gone or the catalogue cannot be read.
    """
    names = {item.name for item in snapshot.of_kind(SchemaKind.TABLE)}
    try:
        layout = read_layout(inspector, names)
        roots = [table for table in layout.tables if table.root is None]
        budget = RowBudget(open_metered)
        return TableRows({table.label: read_table(inspector, layout, table, budget) for table in roots})
    finally:
        if not inspector.closed:
            inspector.rollback()


def read_table(inspector: connection, layout: TableLayout, table: Table, budget: RowBudget) -> TableContent:
    """Read one table's rows. Those of a partitioned table are in its partitions.

    No row is lost if it moves to another partition, so all rows count to the table at the top.

    Raises:
        psycopg2.Error: the connection is gone.
    """
    enums = {item.name: item.labels for item in layout.types if item.kind == "e"}
    content = TableContent(
        columns={column.name: column.type for column in table.columns if not column.generated},
        rows=(),
        key=table.key,
        derived=frozenset(column.name for column in table.columns if column.generated),
        labels={column.name: enums[column.type] for column in table.columns if column.type in enums},
    )
    rows: list[Row] = []
    for part in layout.parts(table):
        try:
            rows.extend(_copy(inspector, part, content, budget))
        except _Unreadable as reason:
            return replace(content, problem=str(reason))
    return replace(content, rows=tuple(rows))


def _has_short_rows(table: Table, content: TableContent) -> bool:
    """Whether no row of a table can be many megabytes long as text."""
    return not table.toast_bytes and all(
        name in content.labels or _SHORT_TYPE.fullmatch(type_) for name, type_ in content.columns.items()
    )


def _copy(inspector: connection, table: Table, content: TableContent, budget: RowBudget) -> tuple[Row, ...]:
    if table.heap_bytes > MOST_HEAP_BYTES or table.toast_bytes > MOST_TOAST_BYTES:
        raise _Unreadable(_TOO_MUCH)
    columns = tuple(content.columns)
    sink = _Sink(budget.bytes, min(MOST_ROWS, budget.values // max(1, len(columns))))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    source = sql.SQL("COPY {} ({}) TO STDOUT") if columns else sql.SQL("COPY {} TO STDOUT")
    statement = source.format(sql.Identifier("public", table.name), names)
    if budget.open_metered is None or (budget.size_known and _has_short_rows(table, content)):
        _copy_over(inspector, statement, sink)
    else:
        _copy_metered(budget.open_metered, budget.bytes + _OVERHEAD_BYTES, statement, sink)
    if sink.overflown:
        raise _Unreadable("the table holds too many rows to compare them")
    rows = sink.rows(len(columns))
    budget.bytes -= sink.bytes
    budget.values -= len(rows) * len(columns)
    return rows


def _copy_over(inspector: connection, statement: sql.Composable, sink: _Sink) -> None:
    try:
        with inspector.cursor() as cursor:
            cursor.copy_expert(statement, sink)
    except psycopg2.Error as error:
        if inspector.closed:
            raise
        inspector.rollback()
        raise _Unreadable(first_line(error)) from error


def _copy_metered(open_metered: OpenMetered, most_bytes: int, statement: sql.Composable, sink: _Sink) -> None:
    with closing(open_metered(most_bytes)) as session, session.cursor() as cursor:
        cursor.execute(SETTINGS)
        try:
            cursor.copy_expert(statement, sink)
        except psycopg2.Error as error:
            raise _Unreadable(_TOO_MUCH if session.closed else first_line(error)) from error


def rows_added(before: TableRows, after: TableRows) -> TableRows:
    """The rows of `after` that were not in `before`: the rows that a step put in itself.

    Rows are the same if their primary keys are equal. If the table has not the same primary key on both
    sides, all values must be equal.
    """
    return TableRows(
        {
            name: replace(content, rows=_without(content, before.tables.get(name)))
            for name, content in after.tables.items()
        }
    )


def check_amount(kept: Iterable[TableRows]) -> None:
    """Check that rows which are kept for a whole pass do not take too much memory.

    Raises:
        SchemaTooLargeError: they do.
    """
    left = MOST_KEPT
    for tables in kept:
        for content in tables.tables.values():
            left -= sum(len(text or "") + _VALUE_OVERHEAD for row in content.rows for text in row)
    if left < 0:
        raise SchemaTooLargeError("its revisions put in more rows than are compared")


def own_tables(ours: Collection[str], before: TableRows, after: TableRows) -> set[str]:
    """The tables with rows of the harness after a step: a new table may be one of them with a new name."""
    gone = [name for name in ours if name in before.tables and name not in after.tables]
    return {*ours, *(after.tables.keys() - before.tables.keys() if gone else ())}


def rows_without(rows: TableRows, left_out: Iterable[TableRows]) -> TableRows:
    """All rows except those that are in one of the others, by the same rule as in `rows_added`."""
    for other in left_out:
        rows = rows_added(other, rows)
    return rows


def first_line(error: psycopg2.Error) -> str:
    """PostgreSQL's message without detail, hint and context, on one line."""
    message = error.diag.message_primary or str(error).strip().partition("\n")[0]
    return single_line(message)[:300] or type(error).__name__


def _without(content: TableContent, other: TableContent | None) -> tuple[Row, ...]:
    if other is None or not other.rows:
        return content.rows
    shared = content.key if content.key and content.key == other.key else tuple(content.columns)
    shared = tuple(name for name in shared if name in content.columns and name in other.columns)
    if not shared:
        return content.rows
    known = Counter(other.project(shared))
    kept = []
    for row, identity in zip(content.rows, content.project(shared), strict=True):
        if known[identity]:
            known[identity] -= 1
        else:
            kept.append(row)
    return tuple(kept)


class _Unreadable(Exception):  # noqa: N818 - not an error of the harness
    """Why a table's rows cannot be read."""


class _Sink(io.RawIOBase):
    """The file that COPY writes to: keeps lines up to the limits and drops the rest."""

    def __init__(self, most_bytes: int, most_rows: int) -> None:
        super().__init__()
        self._lines: list[bytes] = []
        self._most_bytes = most_bytes
        self._most_rows = most_rows
        self.bytes = 0
        self.overflown = False

    def write(self, data: Any, /) -> int:
        """Take one row with its line end. psycopg2 calls this for every message of the server."""
        self.bytes += len(data)
        if self.bytes > self._most_bytes or len(self._lines) >= self._most_rows:
            # COPY cannot be stopped without losing the connection, so the rest is read and dropped.
            self.overflown = True
            self._lines.clear()
        if not self.overflown:
            self._lines.append(data)
        return len(data)

    def rows(self, width: int) -> tuple[Row, ...]:
        """The rows, each field as PostgreSQL's text output or None for NULL."""
        lines = b"".join(self._lines).split(b"\n")[:-1]
        return tuple(tuple(_field(part) for part in line.split(b"\t")) if width else () for line in lines)


def _field(data: bytes) -> str | None:
    if data == b"\\N":
        return None
    if b"\\" in data:
        data = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), data)
    return data.decode("utf-8", "replace")
