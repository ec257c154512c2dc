"""What is known of an assignment's reference on a server; a run shares it.

An assignment that does not fit its own reference is refused here, before anything is graded.
"""

from __future__ import annotations

import threading

from grader.assignment import asked
from grader.assignment.model import Assignment
from grader.observations.reference import ReferenceFacts
from grader.runs.own_reference import check
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.kept_reference import keep_reference, kept_reference
from grader.trial.schema.reference import Questions, reference_facts

_MOST_ANSWERED = 16 * 1024 * 1024
"""Bytes that PostgreSQL may answer where the rows of an assignment are tried."""


class References:
    """The facts of one assignment's reference for each PostgreSQL backend and version."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._questions = Questions(
            assignment.reference_sql,
            assignment.project.extensions,
            asked.types(assignment),
            asked.defaults(assignment),
            asked.row_rules(assignment),
            asked.queries(assignment),
        )
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], ReferenceFacts] = {}

    @property
    def checked(self) -> bool:
        """Whether the assignment was found to fit its reference on some server."""
        with self._lock:
            return bool(self._known)

    def on(self, server: PostgresServer) -> ReferenceFacts:
        """The facts for servers of this backend and version; found out at the first call.

        Raises:
            ConfigurationError: the assignment does not fit its own reference, or PostgreSQL refuses that.
            HarnessFault: the server failed.
        """
        key = (server.backend, server.version)
        with self._lock:
            if key not in self._known:
                facts = kept_reference(*key, self._questions) or self._found(server)
                check(self._assignment, facts)
                self._known[key] = facts
            return self._known[key]

    def _found(self, server: PostgresServer) -> ReferenceFacts:
        if self._questions == Questions():
            return ReferenceFacts(None)
        with StudentDatabase.create(server, extensions=self._questions.extensions) as database:
            facts = reference_facts(
                database.inspector, lambda: database.metered_inspector(_MOST_ANSWERED), self._questions
            )
        keep_reference(server.backend, server.version, self._questions, facts)
        return facts
