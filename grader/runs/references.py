"""The snapshots of the reference schema that submissions are compared with."""

from __future__ import annotations

import threading

from grader.observations.schema import SchemaSnapshot
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.kept_reference import keep_reference, kept_reference
from grader.trial.schema.reference import reference_snapshot


class ReferenceSnapshots:
    """One snapshot for each PostgreSQL backend and version; all submissions of a run share it."""

    def __init__(self, reference_sql: str) -> None:
        self._sql = reference_sql
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], SchemaSnapshot] = {}

    def on(self, server: PostgresServer) -> SchemaSnapshot:
        """The snapshot for servers of this backend and version; made at the first call."""
        key = (server.backend, server.version)
        with self._lock:
            if key not in self._known:
                self._known[key] = kept_reference(*key, self._sql) or self._made(server)
            return self._known[key]

    def _made(self, server: PostgresServer) -> SchemaSnapshot:
        with StudentDatabase.create(server, "reference") as database:
            snapshot = reference_snapshot(database.inspector, self._sql)
        keep_reference(server.backend, server.version, self._sql, snapshot)
        return snapshot
