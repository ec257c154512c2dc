"""Runs SQL that a submission wrote, as one of the submission's own roles, within a limit of time.

Must not know what the SQL is for.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing

import psycopg2

from grader.observations.steps import Limit
from grader.runtime.postgres.sessions import Connection
from grader.runtime.sandbox.interface import Outcome

_SHOWN = 1000
"""Characters of a refused statement that are kept."""
_EMPTY = "can't execute an empty query"
"""What psycopg2 says of a statement that is only a comment."""


def run_statements(
    connect: Callable[[], Connection], inspector: Connection, statements: Sequence[str], *, seconds: float
) -> Outcome:
    """Run statements in one session, as `psql` would with `ON_ERROR_STOP`: up to the first that is refused.

    Each is sent by itself, so that one which may not stand in a transaction is in none of psycopg2's.

    Args:
        connect: opens a session as the submission, in which every statement commits by itself.
        inspector: the harness's own session, which ends the other when its time is up: a statement can lift a
            time limit of PostgreSQL's.
        statements: the SQL.
        seconds: the time that all of it may take.

    Returns:
        An outcome like that of a process: exit code 1 and an error message if PostgreSQL refused a statement.

    Raises:
        HarnessFault, Unseen: no session could be opened.
    """
    began = time.monotonic()
    with closing(connect()) as session:
        watch = threading.Timer(seconds, _terminate, (inspector, session.info.backend_pid))
        watch.daemon = True
        watch.start()
        try:
            refused = _first_refused(session, statements)
        finally:
            watch.cancel()
    taken = time.monotonic() - began
    late = refused is not None and taken >= seconds
    return Outcome(
        exit_code=None if late else int(refused is not None),
        stdout="",
        stderr=refused or "",
        seconds=round(taken, 4),
        limit=Limit.TIME if late else None,
    )


def _first_refused(session: Connection, statements: Sequence[str]) -> str | None:
    """What PostgreSQL says to the first statement that it refuses, with the statement; None if to none."""
    with session.cursor() as cursor:
        for statement in statements:
            try:
                cursor.execute(statement)
            except psycopg2.Error as error:
                if str(error).strip() == _EMPTY:
                    continue
                shown = statement.strip()[:_SHOWN]
                return f"psycopg2.errors.{type(error).__name__}: {str(error).strip()}\n[SQL: {shown}]\n"
    return None


def _terminate(inspector: Connection, process: int) -> None:
    with contextlib.suppress(psycopg2.Error), inspector.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_terminate_backend(%s)", (process,))
