"""SQL of a submission, run over a login of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from grader.observations.steps import Limit
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.sessions import fetch
from grader.trial.sql_statements import run_statements

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import PostgresServer
    from grader.runtime.sandbox.interface import Outcome

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as student:
        yield student


def run(database: StudentDatabase, *statements: str, seconds: float = 20.0) -> Outcome:
    return run_statements(
        lambda: database.connect_as("direct"), database.inspector, statements, seconds=seconds
    )


def names(database: StudentDatabase) -> list[str]:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
    return [name for (name,) in fetch(database.inspector, query)]


def test_statements_run_as_in_a_script(database: StudentDatabase) -> None:
    """Comments alone, several statements in one piece, and what may not stand in a transaction."""
    done = run(
        database,
        "BEGIN;\n\n",
        "-- Running upgrade  -> aaa1\n\n",
        "CREATE TABLE t (a int DEFAULT 1); CREATE TABLE u (b text CHECK (b LIKE '100 %'));",
        "COMMIT;",
        "CREATE INDEX CONCURRENTLY i ON t (a);",
    )
    assert (done.exit_code, done.limit, done.stderr) == (0, None, "")
    assert names(database) == ["i", "t", "u"]


def test_it_ends_at_the_first_that_is_refused(database: StudentDatabase) -> None:
    done = run(database, "BEGIN;", "CREATE TABLE t (a int);", "SELEC 1;", "COMMIT;")
    assert done.exit_code == 1
    assert done.stderr.startswith('psycopg2.errors.SyntaxError: syntax error at or near "SELEC"')
    assert "[SQL: SELEC 1;]" in done.stderr
    assert names(database) == []


def test_it_has_the_rights_of_the_submission_alone(database: StudentDatabase) -> None:
    done = run(database, "COPY (SELECT 1) TO PROGRAM 'true'")
    assert done.exit_code == 1
    assert "permission denied" in done.stderr


def test_a_time_limit_that_no_statement_lifts(database: StudentDatabase) -> None:
    done = run(database, "SET statement_timeout = 0;", "SELECT pg_sleep(60);", seconds=0.5)
    assert (done.exit_code, done.limit) == (None, Limit.TIME)
    assert done.seconds < 30
