"""Reads everything PostgreSQL knows about a schema, from its catalog alone, into a `SchemaSnapshot`.

The session may be a superuser's and the schema a stranger's, so nothing in here may run what the stranger
wrote: no relation outside `pg_catalog` is in a query, no value is cast to or from a type of theirs, names
resolve in `pg_catalog` alone, and PostgreSQL itself renders what it stores. Comparing is not done here,
and neither is connecting: session timeouts are the caller's to set.
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
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg2 import extensions, sql

from grader.observations.schema import SchemaKind, SchemaObject, SchemaSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = ("relations", "columns", "constraints", "indexes")
_UNCOMMON = ("types", "routines", "rare")
"""Read only where `uncommon.sql` says that there may be any of it."""
_SPELLED = frozenset(
    {"function", "operator", "operator class", "operator family", "cast", "default privileges"}
)
"""Kinds whose names are made of several, already quoted where it takes quotes."""
_QUESTION = "grader_uncommon"
_STATEMENT = "grader_snapshot"
_VERSION_LIMIT = 64 * 1024
"""Bytes of the version table that are kept: no honest chain comes near it."""
_PROPERTIES = msgspec.json.Decoder(dict[str, str | int | bool | tuple[str, ...] | None])


@dataclass(frozen=True)
class VersionTable:
    """Alembic's own table, under whichever name `env.py` gave it."""

    name: str
    """As objects are named in a snapshot; pass it to `take_snapshot` as a version table."""
    rows: tuple[str, ...]
    """What it holds, sorted; an impossibly long content is cut."""


def take_snapshot(
    connection: extensions.connection,
    *,
    role_labels: Mapping[str, str] | None = None,
    version_tables: Collection[str] = ("alembic_version",),
) -> SchemaSnapshot:
    """Read the schema of the connected database.

    Args:
        connection: Any role may ask; a superuser sees what others may not (user mappings, subscriptions). Its
            session settings are changed. A transaction that this call had to begin is ended by it.
        role_labels: Names to show for roles (in owners, privileges, policies), so that snapshots from servers
            with differently named roles compare.
        version_tables: Ordinary tables to leave out with their columns, constraints and indexes.

    Raises:
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    labels = msgspec.json.encode(dict(role_labels or {})).decode()
    with _session(connection) as cursor:
        cursor.execute(f"{_resource('settings')} SELECT name FROM pg_prepared_statements")  # noqa: S608 - a constant
        prepared = {name for (name,) in cursor.fetchall()}
        if _QUESTION not in prepared:
            cursor.execute(f"PREPARE {_QUESTION} AS {_resource('uncommon')}")
        cursor.execute(f"EXECUTE {_QUESTION}")
        parts = _COMMON + _UNCOMMON if cursor.fetchone() == (True,) else _COMMON
        statement = f"{_STATEMENT}_{len(parts)}"
        if statement not in prepared:
            query = _query(connection.server_version, parts)
            cursor.execute(f"PREPARE {statement} (json, text[]) AS {query}")
        cursor.execute(f"EXECUTE {statement} (%s, %s)", (labels, list(version_tables)))
        rows = cursor.fetchall()
    objects = [_object(row) for row in rows]
    return SchemaSnapshot(tuple(sorted(objects, key=lambda item: (item.kind, item.name))))


def read_version_table(connection: extensions.connection) -> VersionTable | None:
    """Read the revisions that the database says it is at, or None when it has no version table.

    The table is `alembic_version` or else the ordinary table in `public` with a column `version_num` and the
    fewest other columns. It is read with COPY, which takes the rows as they are stored: a query would be
    planned, and planning runs functions that stand in a table's indexes, with the rights of the session.

    Raises:
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    with _session(connection) as cursor:
        cursor.execute(_resource("settings") + _resource("version_table"))
        found = cursor.fetchone()
        if found is None:
            return None
        kept = _Head(_VERSION_LIMIT)
        copy = sql.SQL("COPY public.{} (version_num) TO STDOUT (FORMAT csv, FORCE_QUOTE *)")
        cursor.copy_expert(copy.format(sql.Identifier(found[0])), kept)
    rows = csv.reader(io.StringIO(kept.getvalue().decode(errors="replace")))
    return VersionTable(_qualify(None, found[0]), tuple(sorted(row[0] for row in rows if row)))


class _Head(io.BytesIO):
    """Keeps the beginning of what is written and lets the rest go by."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: Any, /) -> int:
        super().write(data[: max(0, self._limit - self.tell())])
        return len(data)


@contextmanager
def _session(connection: extensions.connection) -> Iterator[extensions.cursor]:
    """A cursor that leaves no transaction open behind it, for that would hold locks against the student."""
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
    """A snapshot of such parts as one statement, without the lines that a server is too old or too new for.

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


def _qualify(scope: str | None, name: str, kind: str = "") -> str:
    """Join a name to the table or schema it is in, so that no two objects share a name.

    A dot or a quote within a name would make `a.b` ambiguous; only then is the name quoted.
    """
    if kind not in _SPELLED and re.search(r'[."]', name):
        name = '"' + name.replace('"', '""') + '"'
    return f"{scope}.{name}" if scope else name


def _object(row: tuple[Any, ...]) -> SchemaObject:
    kind, scope, name, properties, owner, privileges, comment = row
    values = _PROPERTIES.decode(properties)
    shared = {"owner": owner, "privileges": tuple(privileges or ()) or None, "comment": comment}
    values.update({key: value for key, value in shared.items() if value is not None})
    return SchemaObject(SchemaKind(kind), _qualify(scope, name, kind), values)
