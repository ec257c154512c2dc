"""Reads all that PostgreSQL knows about a schema, from its catalogue alone, into a `SchemaSnapshot`.

The session may be a superuser's, and the schema is a student's. So nothing here may run what a student wrote:
queries use no relation outside `pg_catalog`, no value is cast to or from a student's type, names resolve in
`pg_catalog` alone, and PostgreSQL itself prints what it stores. This module does not compare, and it does not
connect: the caller sets the timeouts of the session.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg2 import extensions, sql

from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot
from grader.runtime.postgres.sessions import Unseen
from grader.text.untrusted import rename

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = ("relations", "columns", "constraints", "indexes")
_UNCOMMON = ("types", "routines", "rare")
"""Parts that are read only if `uncommon.sql` says that there may be such objects."""
_QUOTED_BY_QUERY = frozenset(
    {
        SchemaKind.FUNCTION,
        SchemaKind.OPERATOR,
        SchemaKind.OPERATOR_CLASS,
        SchemaKind.OPERATOR_FAMILY,
        SchemaKind.CAST,
        SchemaKind.DEFAULT_PRIVILEGES,
    }
)
"""Kinds whose names have several parts, which the query has quoted already."""
_QUESTION = "grader_uncommon"
_STATEMENT = "grader_snapshot"
MOST_OBJECTS = 5_000
"""Objects and columns of one schema. The exercise has about a hundred."""
MOST_BYTES = 2 * 1024 * 1024
"""The size of one schema as it is sent. The exercise has about 20 kB."""
_MOST_CATALOGUE_ROWS = 40_000
"""Rows that the query goes through. It takes about a second for as many, on one core of 2025."""
_COUNTED_FROM = 4 * 1024 * 1024
"""Bytes of the files with those rows from which on the rows are counted. A new database has 0.9 MB."""
_VERSION_LIMIT = 64 * 1024
"""Bytes of the version table that are kept. An honest chain needs far fewer."""
_MOST_VERSION_HEAP = 8 * 1024 * 1024
_MOST_VERSION_TOAST = 64 * 1024
"""Bytes of the version table's files. A value in the second one has up to 255 times as many in memory."""
_PROPERTIES = msgspec.json.Decoder(dict[str, str | int | bool | tuple[str, ...] | None])


class SchemaTooLargeError(Unseen):
    """The database holds more than is read."""


@dataclass(frozen=True)
class VersionTable:
    """Alembic's own table, under whichever name `env.py` gave it."""

    name: str
    """Its name in a snapshot; pass it to `take_snapshot` as a version table."""
    rows: tuple[str, ...]
    """Its revisions, sorted. Very long content is cut."""


def take_snapshot(
    connection: extensions.connection,
    *,
    role_labels: Mapping[str, str] | None = None,
    shown_names: Mapping[str, str] = MappingProxyType({}),
    version_tables: Collection[str] = ("alembic_version",),
) -> SchemaSnapshot:
    """Read the schema of the connected database.

    Args:
        connection: Any role may ask; a superuser sees more (user mappings, subscriptions). The settings of
            the session are changed. If this call begins a transaction, it also ends it.
        role_labels: Names to show for roles (in owners, privileges, policies), so that snapshots from servers
            with differently named roles compare.
        shown_names: Words to put for names, wherever these stand in a text. A revision may write the name of
            its database or role into a comment, a default or another name.
        version_tables: Ordinary tables to leave out with their columns, constraints and indexes.

    Raises:
        SchemaTooLargeError: it has more objects or bytes than are read. No more than that was sent.
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    labels = msgspec.json.encode(dict(role_labels or {})).decode()
    with _session(connection) as cursor:
        cursor.execute(f"{_resource('settings')} SELECT name FROM pg_prepared_statements")  # noqa: S608 - a constant
        prepared = {name for (name,) in cursor.fetchall()}
        if _QUESTION not in prepared:
            cursor.execute(f"PREPARE {_QUESTION} AS {_resource('uncommon')}")
        cursor.execute(f"EXECUTE {_QUESTION}")
        is_uncommon, size = cursor.fetchone() or (True, 0)
        if size > _COUNTED_FROM:
            _check_catalogue(cursor)
        parts = _COMMON + _UNCOMMON if is_uncommon else _COMMON
        statement = f"{_STATEMENT}_{len(parts)}"
        if statement not in prepared:
            query = _query(connection.server_version, parts)
            cursor.execute(f"PREPARE {statement} (json, text[], bigint, bigint) AS {query}")
        most = (MOST_BYTES, MOST_OBJECTS + 1)
        cursor.execute(f"EXECUTE {statement} (%s, %s, %s, %s)", (labels, list(version_tables), *most))
        rows = cursor.fetchall()
    if len(rows) > MOST_OBJECTS:
        raise SchemaTooLargeError(f"it has more than {MOST_OBJECTS:,} objects")
    if rows and rows[-1][-1] > MOST_BYTES:
        raise SchemaTooLargeError(f"its schema takes more than {MOST_BYTES // 1024**2} MB")
    objects = [_object(tuple(_renamed(value, shown_names) for value in row)) for row in rows]
    return SchemaSnapshot(tuple(sorted(objects, key=lambda item: (item.kind, item.name))))


def read_version_table(connection: extensions.connection) -> VersionTable | None:
    """Read the revisions that the database is at; None if it has no version table.

    The table is `alembic_version`, or else the ordinary table with a column `version_num` and the fewest
    other columns; of two such tables, the one in `public`. It is read with COPY, which takes the rows as they
    are stored. A query would be planned, and planning runs functions in a table's indexes with the rights of
    the session.

    Raises:
        SchemaTooLargeError: the table takes more than is read.
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    with _session(connection) as cursor:
        cursor.execute(_resource("settings") + _resource("version_table"))
        row = cursor.fetchone()
        if row is None:
            return None
        *found, heap, toast = row
        if heap > _MOST_VERSION_HEAP or toast > _MOST_VERSION_TOAST:
            raise SchemaTooLargeError(f"it has a version table of {(heap + toast) // 1024:,} kB")
        kept = _Head(_VERSION_LIMIT)
        copy = sql.SQL("COPY {} (version_num) TO STDOUT (FORMAT csv, FORCE_QUOTE *)")
        cursor.copy_expert(copy.format(sql.Identifier(*found)), kept)
    rows = csv.reader(io.StringIO(kept.getvalue().decode(errors="replace")))
    schema, name = found
    scope = None if schema == "public" else _qualify(None, schema)
    return VersionTable(_qualify(scope, name), tuple(sorted(row[0] for row in rows if row)))


class _Head(io.BytesIO):
    """A file that keeps the beginning of what is written and drops the rest."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any, /) -> int:
        super().write(data[: max(0, self._limit - self.tell())])
        return len(data)


def _check_catalogue(cursor: extensions.cursor) -> None:
    """Raise if the query for the snapshot would go through too many rows."""
    cursor.execute(_resource("catalogue_rows"))
    (rows,) = cursor.fetchone() or (0,)
    if rows > _MOST_CATALOGUE_ROWS:
        raise SchemaTooLargeError(f"it takes {rows:,} rows of PostgreSQL's catalogue")


@contextmanager
def _session(connection: extensions.connection) -> Iterator[extensions.cursor]:
    """A cursor that leaves no transaction open, because that would hold locks against the student's steps."""
    idle = connection.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        if idle and not connection.closed:
            connection.rollback()


@cache
def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def _query(server_version: int, parts: tuple[str, ...]) -> str:
    """The query for a snapshot of these parts, without the lines for other versions of the server.

    Such lines end in `-- since 15`, or `-- since 15 until 16`.
    """
    united = "\nUNION ALL\n".join(_resource(part) for part in parts)
    text = _resource("snapshot").replace("-- the parts", united)
    major = server_version // 10000
    lines = []
    for line in text.splitlines():
        bounds = re.search(r"-- since (\d+)(?: until (\d+))?$", line)
        if bounds is None or int(bounds[1]) <= major <= int(bounds[2] or major):
            lines.append(line)
    return "\n".join(lines)


def _qualify(scope: str | None, name: str, kind: SchemaKind | None = None) -> str:
    """Join a name to the table or schema that it is in, so that no two objects have the same name.

    A name with a dot or a quote in it is quoted, because `a.b` would be ambiguous.
    """
    if kind not in _QUOTED_BY_QUERY and re.search(r'[."]', name):
        name = '"' + name.replace('"', '""') + '"'
    return f"{scope}.{name}" if scope else name


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value of a row with other words for names, which must be such as JSON never escapes."""
    if isinstance(value, str):
        return rename(value, names)
    return [rename(item, names) for item in value] if isinstance(value, list) else value


def _object(row: tuple[Any, ...]) -> SchemaObject:
    kind_name, scope, name, properties, owner, privileges, comment, _ = row
    kind = SchemaKind(kind_name)
    values = _PROPERTIES.decode(properties)
    shared = {"owner": owner, "privileges": tuple(privileges or ()) or None, "comment": comment}
    values.update({key: value for key, value in shared.items() if value is not None})
    return SchemaObject(kind, _qualify(scope, name, kind), values)
