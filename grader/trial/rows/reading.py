"""The rows of all tables as text, read so that nothing a student defined can run with our rights.

Every table is read by `COPY table (columns) TO STDOUT`: PostgreSQL scans the table itself and calls each
type's output function. A query would be planned first, and the planner evaluates what it can of the
expressions in a student's indexes; it would also read views' and casts' functions where they are involved.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.text.untrusted import single_line
from grader.trial.rows.layout import Table, TableLayout, read_layout

Row = tuple[str | None, ...]

MOST_ROWS = 20_000
MOST_BYTES = 8 * 1024 * 1024
"""Of one table, as text: a migration of the exercise writes a few hundred rows."""
MOST_HEAP_BYTES = 8 * 1024 * 1024
MOST_TOAST_BYTES = 512 * 1024
"""On disk. Values out of line are compressed, at worst to a 255th of what has to fit in memory when read."""

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
    """Generated columns: they are there, but their values follow from others and are not read."""
    problem: str | None = None
    """Why the rows could not be read; None when they all were."""

    def project(self, columns: Iterable[str]) -> list[Row]:
        """Every row with only these columns, in this order."""
        places = [list(self.columns).index(name) for name in columns]
        return [tuple(row[place] for place in places) for row in self.rows]


@dataclass(frozen=True)
class TableRows:
    """The rows of every ordinary table of schema `public`, the version table excepted."""

    tables: dict[str, TableContent] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """How many rows each table held; a table that could not be read is left out."""
        return {name: len(table.rows) for name, table in self.tables.items() if table.problem is None}

    def problems(self) -> dict[str, str]:
        """Tables that could not be read, and why."""
        return {name: table.problem for name, table in self.tables.items() if table.problem is not None}


def read_rows(inspector: connection, snapshot: SchemaSnapshot) -> TableRows:
    """Read all rows there are.

    Args:
        inspector: The harness's own connection to the student's database. A transaction that it has open is
            rolled back at the end, so that no lock on a student's table stays.
        snapshot: The schema as it is now: the tables of schema `public` in it are read, and no others.

    Raises:
        psycopg2.Error: the connection is gone or the catalogue cannot be read.
    """
    names = {item.name for item in snapshot.of_kind(SchemaKind.TABLE)}
    try:
        layout = read_layout(inspector, names)
        roots = [table for table in layout.tables if table.root is None]
        return TableRows({table.label: read_table(inspector, layout, table) for table in roots})
    finally:
        if not inspector.closed:
            inspector.rollback()


def read_table(inspector: connection, layout: TableLayout, table: Table) -> TableContent:
    """Read one table's rows; those of a partitioned table are in its partitions.

    Moving rows between partitions loses none, so they count for the table at the top.

    Raises:
        psycopg2.Error: the connection is gone.
    """
    content = TableContent(
        columns={column.name: column.type for column in table.columns if not column.generated},
        rows=(),
        key=table.key,
        derived=frozenset(column.name for column in table.columns if column.generated),
    )
    rows: list[Row] = []
    for part in layout.parts(table):
        try:
            rows.extend(_copy(inspector, part, tuple(content.columns)))
        except _Unreadable as reason:
            return replace(content, problem=str(reason))
    return replace(content, rows=tuple(rows))


def _copy(inspector: connection, table: Table, columns: tuple[str, ...]) -> tuple[Row, ...]:
    if table.heap_bytes > MOST_HEAP_BYTES or table.toast_bytes > MOST_TOAST_BYTES:
        raise _Unreadable("the table holds too much data to compare its rows")
    sink = _Sink()
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    source = sql.SQL("COPY {} ({}) TO STDOUT") if columns else sql.SQL("COPY {} TO STDOUT")
    try:
        with inspector.cursor() as cursor:
            cursor.copy_expert(source.format(sql.Identifier("public", table.name), names), sink)
    except psycopg2.Error as error:
        if inspector.closed:
            raise
        inspector.rollback()
        raise _Unreadable(first_line(error)) from error
    if sink.overflown:
        raise _Unreadable("the table holds too many rows to compare them")
    return sink.rows(len(columns))


def rows_added(before: TableRows, after: TableRows) -> TableRows:
    """The rows of `after` that were not in `before`: what a step put in by itself.

    A row counts as the same by its primary key where the table has the same one on both sides, else by all
    its values.
    """
    return TableRows(
        {
            name: replace(content, rows=_without(content, before.tables.get(name)))
            for name, content in after.tables.items()
        }
    )


def rows_without(rows: TableRows, left_out: Iterable[TableRows]) -> TableRows:
    """All rows but those that appear in one of the others, in the same sense as for `rows_added`."""
    for other in left_out:
        rows = rows_added(other, rows)
    return rows


def first_line(error: psycopg2.Error) -> str:
    """PostgreSQL's message without detail, hint and context, on one line."""
    diagnosis = getattr(error, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error).strip().partition("\n")[0]
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
    """Why a table's rows stay unread."""


class _Sink(io.RawIOBase):
    """Where COPY writes to: keeps lines up to the limits and lets the rest pass by."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[bytes] = []
        self._bytes = 0
        self.overflown = False

    def write(self, data: Any, /) -> int:
        """Take one row, with its line end; psycopg2 calls this for every message of the server's."""
        self._bytes += len(data)
        if self._bytes > MOST_BYTES or len(self._lines) >= MOST_ROWS:
            # COPY cannot be stopped half-way without losing the connection; what follows is thrown away.
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
