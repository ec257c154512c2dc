"""Which defaults of columns give the same value although they are written differently.

PostgreSQL says so: both are made the defaults of a temporary table, and a row of it is inserted. That is
done over a login of the student, who could do the same, and only with what PostgreSQL itself brings. A
default that calls a function of the student, or one whose value changes from call to call, is not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import product
from typing import Literal

import psycopg2
from psycopg2 import extensions

from grader.assignment.aliases import Aliases, names_in
from grader.assignment.objects import ExpectedDefault
from grader.observations.schema import SchemaKind, SchemaSnapshot

SameDefaults = tuple[str, str, str]
"""A column's type, and two defaults of it."""

_MOST_PAIRS = 200
"""More columns than that with differing defaults have no honest reason."""
_MOST_CHARACTERS = 2000
_SETTINGS = """
SET LOCAL statement_timeout = '1s';
-- The default of an assignment may call a function of an extension. It is found there, and not run.
SET LOCAL search_path = pg_catalog, public, extensions;
-- Another zone than the usual one: what depends on the zone of the session must not look like UTC.
SET LOCAL timezone = 'Asia/Kathmandu';
"""
_OF_POSTGRES = """
SELECT NOT EXISTS (
    -- What is not PostgreSQL's own. An enum runs no code of anybody.
    SELECT FROM pg_attrdef AS d
    JOIN pg_depend AS o ON o.classid = 'pg_attrdef'::regclass AND o.objid = d.oid
    WHERE
        d.adrelid = 'pg_temp.probe'::regclass
        AND o.refclassid <> 'pg_class'::regclass
        AND NOT EXISTS (
            SELECT FROM pg_type AS t
            LEFT JOIN pg_type AS item ON item.oid = t.typelem
            WHERE
                o.refclassid = 'pg_type'::regclass AND t.oid = o.refobjid
                AND 'e' IN (t.typtype, item.typtype)
        )
) AND NOT EXISTS (
    SELECT FROM pg_attrdef AS d
    CROSS JOIN regexp_matches(d.adbin::text, ':(?:op)?funcid (\\d+)', 'g') AS called
    JOIN pg_proc AS p ON p.oid = called[1]::oid
    WHERE d.adrelid = 'pg_temp.probe'::regclass AND p.provolatile = 'v'
)
"""
_PRINTED = """
SELECT count(*) = 2 AND count(DISTINCT pg_get_expr(adbin, adrelid)) = 1
FROM pg_attrdef WHERE adrelid = 'pg_temp.probe'::regclass
"""
_COMPARED = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), "{0} = {1}"),
    "json": "{0}::jsonb = {1}::jsonb",
}
"""How values of a type are compared, by the name of the type without its modifier; all others as texts."""


def differing_defaults(ours: SchemaSnapshot, theirs: SchemaSnapshot) -> tuple[SameDefaults, ...]:
    """The defaults that two schemas write differently for the same column of the same type."""
    found = set()
    for column in ours.of_kind(SchemaKind.COLUMN):
        other = theirs.find(SchemaKind.COLUMN, column.name)
        if other is not None:
            pair = (column.properties.get("default"), other.properties.get("default"))
            type_ = column.properties.get("type")
            if type_ == other.properties.get("type") and pair[0] != pair[1] and all(map(_is_short, pair)):
                found.add((str(type_), str(pair[0]), str(pair[1])))
    return tuple(sorted(found))[:_MOST_PAIRS]


def asked_defaults(
    snapshots: Iterable[SchemaSnapshot], asked: Sequence[ExpectedDefault], aliases: Aliases
) -> tuple[SameDefaults, ...]:
    """The defaults of columns as they were found, each with the one that is asked for, to be compared.

    Args:
        snapshots: all schemas that were seen.
        asked: the defaults that are asked for.
        aliases: other names of their tables and columns.
    """
    found = set()
    for snapshot, item in product(snapshots if asked else (), asked):
        names = names_in(aliases, snapshot.table_and_column_names)
        name = f"{names.table(item.table)}.{names.column(item.table, item.column)}"
        column = snapshot.find(SchemaKind.COLUMN, name)
        pair = (item.sql, column.properties.get("default") if column is not None else None)
        if column is not None and pair[0] != pair[1] and all(map(_is_short, pair)):
            found.add((str(column.properties.get("type")), str(pair[0]), str(pair[1])))
    return tuple(sorted(found))[:_MOST_PAIRS]


def _is_short(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _MOST_CHARACTERS


def same_defaults(
    connect_as: Callable[[Literal["direct", "pooled"]], extensions.connection],
    pairs: Sequence[SameDefaults],
    *,
    printed: bool = False,
) -> tuple[SameDefaults, ...]:
    """Those of the pairs whose two defaults give the same value in this database.

    Args:
        connect_as: opens a session as one of the student's roles. Nothing is left of what is done there.
        pairs: as PostgreSQL prints them, or as people write them.
        printed: whether two that are not tried are the same if PostgreSQL prints them in the same way. For
            defaults that people wrote.

    Raises:
        psycopg2.Error: the session is lost.
    """
    with closing(connect_as("direct")) as session:
        session.autocommit = False
        return tuple(pair for pair in pairs if _is_same(session, pair, printed=printed))


def _is_same(session: extensions.connection, pair: SameDefaults, *, printed: bool) -> bool:
    type_, ours, theirs = pair
    comparison = _COMPARED.get(type_.partition("(")[0], "{0}::text = {1}::text").format("ours", "theirs")
    try:
        with session.cursor() as cursor:
            cursor.execute(
                f"{_SETTINGS}CREATE TEMPORARY TABLE probe (ours {type_} DEFAULT {ours}, "
                f"theirs {type_} DEFAULT {theirs}) ON COMMIT DROP;{_OF_POSTGRES}"
            )
            if cursor.fetchone() != (True,):
                cursor.execute(_PRINTED)
                return printed and bool(cursor.fetchone() == (True,))
            cursor.execute(f"INSERT INTO pg_temp.probe DEFAULT VALUES RETURNING {comparison}")  # noqa: S608 - both of ours
            return bool(cursor.fetchone() == (True,))
    except psycopg2.Error:
        if session.closed:
            raise
        return False  # a default that fails, or that takes long, gives no value
    finally:
        if not session.closed:
            session.rollback()
