"""The harness's own sessions with a server: how they are opened, and what their errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg2
import psycopg2.extensions

from grader.errors import HarnessFault
from grader.runtime.postgres.credentials import random_password, scram_verifier

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import Endpoint

Connection: TypeAlias = psycopg2.extensions.connection

_CONNECT_SECONDS = 10
APPLICATION_NAME = "migration-grader"


@contextmanager
def harness_session(doing: str) -> Iterator[None]:
    """Turn every failure of a session of the harness's own into a `HarnessFault`.

    Args:
        doing: what is being done, as the end of "PostgreSQL failed while ...".

    Raises:
        HarnessFault: psycopg2 raised an error within the block.
    """
    try:
        yield
    except psycopg2.Error as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise HarnessFault(
            f"PostgreSQL failed while {doing}: {text}",
            next_step="This is not the submission's doing. Grade it again; if it happens again, run "
            "`grader doctor`.",
        ) from error


def connect(endpoint: Endpoint, *, options: str = "") -> Connection:
    """Open a session that commits every statement by itself.

    All parameters are given, so that no `PG*` variable of the user who runs the harness changes them.

    Args:
        endpoint: the server and the login.
        options: settings of the session, as `-c name=value ...`.

    Raises:
        psycopg2.Error: no session could be opened.
    """
    connection: Connection = psycopg2.connect(
        host=endpoint.host,
        hostaddr="",
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        dbname=endpoint.database,
        options=options,
        client_encoding="UTF8",
        connect_timeout=_CONNECT_SECONDS,
        sslmode=endpoint.sslmode,
        channel_binding="prefer",
        gssencmode="disable",
        target_session_attrs="any",
        application_name=APPLICATION_NAME,
    )
    connection.autocommit = True
    return connection


def fetch(
    connection: Connection, sql: str, parameters: tuple[Any, ...] | None = None
) -> list[tuple[Any, ...]]:
    """Run statements in one round trip; return the rows of the last one, if it has any.

    Raises:
        psycopg2.Error: the server refused a statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def is_lost(error: psycopg2.Error) -> bool:
    """Whether an error says that the session is gone, and not that the server refused a statement.

    A refusal always carries an SQLSTATE. psycopg2 reports a broken connection as `OperationalError` or as a
    bare `DatabaseError`, depending on whether libpq has noticed it by then.
    """
    return isinstance(error, psycopg2.OperationalError) or error.pgcode is None


def take_over(endpoint: Endpoint, *statements: str) -> tuple[Endpoint, str]:
    """Close a server that has just been started to all others.

    Gives the superuser a new password, and closes the server's own databases to all other roles.

    Args:
        endpoint: how to reach the server, with its first password.
        statements: more statements that a server of its kind needs, each run by itself.

    Returns:
        The endpoint with the new password, and the server's version (`17.5`).

    Raises:
        HarnessFault: the server does not answer.
    """
    password = random_password()
    with harness_session("taking over a server that had just been started"):
        connection = connect(endpoint)
        with closing(connection):
            rows = fetch(
                connection,
                f"ALTER ROLE {endpoint.user} PASSWORD '{scram_verifier(password)}';"
                "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"
                "SHOW server_version",
            )
            for statement in statements:
                fetch(connection, statement)
    return replace(endpoint, password=password), str(rows[0][0]).split()[0]
