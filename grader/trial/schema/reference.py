"""Creates the reference schema in an empty database and takes a snapshot of it.

It is read by the same code and on the same server as a student's schema. This module knows no assignment: the
caller passes the DDL.
"""

from __future__ import annotations

import psycopg2
from psycopg2 import extensions

from grader.errors import ConfigurationError
from grader.observations.schema import SchemaSnapshot
from grader.trial.schema.snapshot import take_snapshot


def reference_snapshot(connection: extensions.connection, reference_sql: str) -> SchemaSnapshot:
    """Run the reference's DDL and take a snapshot of what it created.

    Args:
        connection: To an empty database, with the right to create objects in the schema `public`. They are
            not removed.
        reference_sql: Trusted SQL: it comes from the assignment, never from a submission.

    Raises:
        ConfigurationError: PostgreSQL refuses the DDL.
        psycopg2.OperationalError: the connection is lost.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = public")
            cursor.execute(reference_sql)
    except (
        psycopg2.ProgrammingError,
        psycopg2.DataError,
        psycopg2.IntegrityError,
        psycopg2.NotSupportedError,
    ) as error:
        raise ConfigurationError(
            f"PostgreSQL does not take the assignment's reference schema: {str(error).strip()}",
            next_step="Correct the reference schema, then grade again.",
        ) from error
    if not connection.autocommit:
        connection.commit()
    return take_snapshot(connection)
