"""Sessions as the student's own roles, with time limits that a student's triggers cannot get around.

Knows how to run a statement and what a refusal says. Must not know what is in the statements.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, Self, TypeVar

import psycopg2
from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection, cursor

from grader.trial.rows.reading import first_line

Result = TypeVar("Result")
OwnerLabel = Literal["direct", "pooled"]
"""Which of the submission's two roles: the property `owner` of a table in a snapshot."""

MOST_SECONDS = 20.0
"""Seconds that all statements may take together. A table usually takes a few milliseconds."""
GRACE_SECONDS = 6.0
"""Seconds after that until a statement that still runs is ended together with its session."""

# Sent with every statement, in the same round trip, because a trigger may have changed the settings. The
# catalogue comes first, so that no function replaces one of PostgreSQL's; triggers rely on the other two.
_SETTINGS = sql.SQL(
    "SET search_path = pg_catalog, public, extensions; "
    "SET statement_timeout = '5s'; SET lock_timeout = '2s'; "
)
_DEFERRED = sql.SQL("SET CONSTRAINTS ALL IMMEDIATE")
_ENDED = "{} ended the session with the database: does a trigger do that, or never come to an end?"


class Refused(Exception):  # noqa: N818 - PostgreSQL's answer, not an error of ours
    """PostgreSQL refused a statement. The text is its message, on one line."""

    def __init__(self, message: str, error: psycopg2.Error | None = None, *, code: str = "") -> None:
        super().__init__(message)
        self.code: str = (error.pgcode if error is not None else None) or code
        """The SQLSTATE, also of a session that was ended; empty if there is none."""
        self.constraint: str | None = error.diag.constraint_name if error is not None else None
        self.column: str | None = error.diag.column_name if error is not None else None
        self.domain: str | None = error.diag.datatype_name if error is not None else None


class StudentSessions:
    """One session for each role, opened when it is first needed and closed at the end of the `with` block."""

    def __init__(
        self,
        connect: Callable[[OwnerLabel], connection],
        inspector: connection,
        doing: str = "putting in rows",
    ) -> None:
        """Start the time limit.

        Args:
            connect: Opens a session as one of the roles.
            inspector: The harness's own connection, used to end a session that takes too long. A statement
                timeout is not enough: it is off while deferred triggers run at the end of a transaction.
            doing: What the statements do, for messages.
        """
        self._doing = doing
        self._connect = connect
        self._inspector = inspector
        self._sessions: dict[OwnerLabel, connection] = {}
        self._deadline = time.monotonic() + MOST_SECONDS
        self._watch = threading.Timer(MOST_SECONDS + GRACE_SECONDS, self._terminate)
        self._watch.daemon = True

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()
        for session in self._sessions.values():
            with contextlib.suppress(psycopg2.Error):
                session.close()

    def run(self, label: OwnerLabel, statements: sql.Composable) -> tuple[int, list[tuple[Any, ...]]]:
        """Run statements as one transaction; return the row count and the result of the last one.

        Raises:
            Refused: PostgreSQL refused them, or there is no time left.
            HarnessFault: no session could be opened.
        """
        return self.read(
            label, statements, lambda result: (result.rowcount, [*result] if result.description else [])
        )

    def read(
        self, label: OwnerLabel, statements: sql.Composable, reader: Callable[[cursor], Result]
    ) -> Result:
        """Run statements as one transaction; return what the reader makes of the result of the last one.

        Raises:
            Refused: PostgreSQL refused them, or there is no time left.
            HarnessFault: no session could be opened.
        """
        if time.monotonic() > self._deadline:
            message = f"{self._doing} took longer than {MOST_SECONDS:.0f} seconds"
            raise Refused(message, code=errorcodes.QUERY_CANCELED)
        session = self._session(label)
        try:
            with session.cursor() as result:
                result.execute(_SETTINGS + statements)
                return reader(result)
        except psycopg2.Error as error:
            if session.closed:
                raise Refused(_ENDED.format(self._doing), code=errorcodes.ADMIN_SHUTDOWN) from error
            raise Refused(first_line(error), error) from error

    def try_out(self, label: OwnerLabel, statement: sql.Composable) -> int:
        """Run a statement with all that is deferred, and take it back; return its row count.

        Raises:
            Refused: PostgreSQL refused it, or there is no time left.
            HarnessFault: no session could be opened.
        """
        session = self._session(label)
        session.autocommit = False
        try:
            count, _ = self.run(label, statement)
            self.run(label, _DEFERRED)
            return count
        finally:
            if not session.closed:
                session.rollback()
                session.autocommit = True

    def _session(self, label: OwnerLabel) -> connection:
        if label not in self._sessions:
            session = self._connect(label)
            session.autocommit = True
            self._sessions[label] = session
        session = self._sessions[label]
        if session.closed:
            raise Refused(_ENDED.format(self._doing), code=errorcodes.ADMIN_SHUTDOWN)
        return session

    def _terminate(self) -> None:
        pids = [session.info.backend_pid for session in self._sessions.values() if not session.closed]
        with contextlib.suppress(psycopg2.Error), self._inspector.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.pg_terminate_backend(pid) FROM unnest(%s) AS pid", (pids,))
