"""What PostgreSQL calls the types that an assignment writes: `varchar(50)` is `character varying(50)`.

Must not know what a type is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg2
from psycopg2 import extensions

_SPELLED = """
SET LOCAL search_path = pg_catalog;
SELECT format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass('pg_temp.grader_type') AND attnum = 1
"""
_KNOWN = """
SELECT DISTINCT format_type(oid, NULL) FROM pg_catalog.pg_type
WHERE typtype IN ('b', 'd', 'e', 'r') AND typelem = 0 AND pg_catalog.pg_type_is_visible(oid)
"""


def type_names(
    connection: extensions.connection, written: Iterable[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Types as PostgreSQL writes them, and those that it does not know with what it says.

    Args:
        connection: To a database with all types that the reference makes. Nothing is left in it.
        written: The types as they are written, trusted: they come from the assignment.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    known: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for text in written:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "BEGIN; SET LOCAL search_path = public, extensions;"
                    f"CREATE TEMPORARY TABLE grader_type AS SELECT CAST(NULL AS {text}) AS value;{_SPELLED}"
                )
                row = cursor.fetchone()
            known[text] = str(row[0]) if row is not None else text
        except (psycopg2.ProgrammingError, psycopg2.DataError, psycopg2.NotSupportedError) as error:
            unknown[text] = error.diag.message_primary or str(error).strip()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    return known, unknown


def all_type_names(connection: extensions.connection) -> tuple[str, ...]:
    """The types that can be written without a schema, to find the one that was meant.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        return tuple(sorted(str(name) for (name,) in cursor.fetchall()))
