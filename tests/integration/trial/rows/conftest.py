"""A fresh student's database for each test of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from tests.integration.trial.rows.student_database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.interface import PostgresServer


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[Database]:
    with StudentDatabase.create(embedded_server) as student:
        yield Database(student)
