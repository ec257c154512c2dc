"""Which tables are still the same ones: PostgreSQL's own number of each table.

A table that is dropped and made again looks the same in a snapshot, and has another number. Read from the
catalogue alone. Must not know what it means for a submission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

_TABLES = """
SET search_path = pg_catalog, pg_temp;
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE concat(n.nspname, '.', c.relname) END, c.oid
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname !~ '^pg_'
"""


def table_identities(connection: Connection) -> dict[str, int]:
    """The number of each table by its name in a snapshot.

    Raises:
        psycopg2.Error: the connection is lost, or a timeout of the session was hit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return {str(name): int(number) for name, number in cursor.fetchall()}
