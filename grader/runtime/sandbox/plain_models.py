"""Makes the tables of a student's metadata, and runs nothing that hangs on it but SQL.

A `MetaData` may be of a class of the student's own, and functions may listen to what is done with it. So each
table is copied to a plain `MetaData`, and that one is made. The copies keep what describes the schema:
columns, constraints, indexes, types, sequences, comments, naming conventions, and DDL elements (`DDL("...")`,
`AddConstraint`) that wait for a table or the metadata to be made. Functions that wait for it are left out.

Loaded by the worker, so it imports nothing of the harness.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import ExecutableDDLElement

MetaData, Table = sqlalchemy.MetaData, sqlalchemy.Table
create_all, drop_all, to_metadata = MetaData.create_all, MetaData.drop_all, Table.to_metadata
create_engine, listen = sqlalchemy.create_engine, event.listen
"""Kept here, because students' code may put something else in their places."""
EVENTS = ("before_create", "after_create")
MADE_BEFORE = """
SELECT
    relowner = current_user::regrole,
    'DROP ' || CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'TABLE ' END
        || 'IF EXISTS ' || oid::regclass || ' CASCADE'
FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'p', 'v', 'm') AND oid >= 16384
"""
COLUMNS = """
SELECT count(*)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
WHERE
    c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relowner = current_user::regrole
    AND a.attnum > 0 AND NOT a.attisdropped
"""


class ColumnsChangedError(Exception):
    """The tables have other columns than the models: a DDL element has added or dropped some."""


def copy_of(metadata: Any) -> Any:
    """A plain `MetaData` with the same tables and sequences."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for sequence in metadata._sequences.values():  # noqa: SLF001 - those of no table have no public place
        sequence._copy()._set_metadata(copy)  # noqa: SLF001
    for table in metadata.tables.values():
        copied = to_metadata(table, copy)
        leave_listeners(table, copied)
        copied._prefixes = list(table._prefixes)  # noqa: SLF001 - `UNLOGGED`, say
        for column in table.columns:
            # SQLAlchemy gives the copy of an enum the schema of the table.
            if hasattr(column.type, "schema"):
                copied.columns[column.key].type.schema = column.type.schema
        keep_ddl(table, copied)
    keep_ddl(metadata, copy)
    return copy


def leave_listeners(table: Any, copied: Any) -> None:
    """Take off the copy what was made to wait for each copy too (`propagate=True`)."""
    for name in EVENTS:
        theirs = getattr(copied.dispatch, name).listeners  # without those of all tables, which it cannot lose
        for waiting in getattr(table.dispatch, name):
            while waiting in theirs:
                theirs.remove(waiting)


def keep_ddl(source: Any, target: Any) -> None:
    """Let DDL elements wait for the copy as they do for the original."""
    for name in EVENTS:
        for waiting in getattr(source.dispatch, name):
            if isinstance(waiting, ExecutableDDLElement):
                listen(target, name, waiting)


def drop_tables(connection: Any) -> bool:
    """Drop all tables and views of this connection's role; False if there are some that are not its own.

    The student's code has made them while it was loaded.
    """
    with connection.begin():
        found = connection.exec_driver_sql(MADE_BEFORE).all()
        for _, statement in [row for row in found if row[0]]:
            connection.exec_driver_sql(statement)
    return all(mine for mine, _ in found)


def make(found: Iterable[Any], url: str, other: str, *, anew: bool) -> dict[str, int]:
    """Make the tables of each metadata in the place of those that are there; return how many there are.

    One connection does both: another one takes a tenth of the step.

    Args:
        found: each `target_metadata` of env.py.
        url: the address of the database, as one of the two roles.
        other: that of the other one, which is asked only if something is there that is not the first one's.
        anew: whether types and sequences that the metadata makes are dropped first.
    """
    copies = [copy_of(metadata) for metadata in found]
    with create_engine(url, poolclass=NullPool).connect() as connection:
        if not drop_tables(connection) and other != url:
            with create_engine(other, poolclass=NullPool).connect() as theirs:
                drop_tables(theirs)
        with connection.begin():
            for copy in copies:
                if anew:
                    # What something else depends on stays.
                    with contextlib.suppress(sqlalchemy.exc.DBAPIError), connection.begin_nested():
                        drop_all(copy, connection)
                create_all(copy, connection)
            made = connection.exec_driver_sql(COLUMNS).scalar_one()
            tables = {table.fullname: table for copy in copies for table in copy.tables.values()}
            defined = sum(not column.system for table in tables.values() for column in table.columns)
            if made != defined:
                raise ColumnsChangedError(
                    f"the models define {defined} columns, and {made} are there once they are made"
                )
    return {"tables": sum(len(copy.tables) for copy in copies)}
