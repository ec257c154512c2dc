"""Which queries of an assignment PostgreSQL does not take beside the reference schema.

They are parsed and planned for, and not run. Must not know what a query is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg2
from psycopg2 import extensions

from grader.observations.reference import Refusal


def refused_queries(connection: extensions.connection, queries: Iterable[str]) -> dict[str, Refusal]:
    """The queries that PostgreSQL does not take, each with the reason.

    Args:
        connection: To a database with the reference schema, if there is one. Nothing is left in it.
        queries: One query each, trusted: they come from the assignment.

    Raises:
        psycopg2.OperationalError: the connection is lost.
    """
    refused: dict[str, Refusal] = {}
    for query in queries:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "BEGIN; SET LOCAL search_path = pg_catalog, public, extensions;"
                    f"PREPARE grader_query AS {query}\n; DEALLOCATE grader_query"
                )
        except (psycopg2.ProgrammingError, psycopg2.DataError, psycopg2.NotSupportedError) as error:
            refused[query] = (error.pgcode or "", error.diag.message_primary or str(error).strip())
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
    return refused
