"""Sessions that end when the server has sent too much, whatever it was that it sent."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pytest

from grader.runtime.postgres import databases
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.sessions import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.postgres

MOST = 256 * 1024


@pytest.fixture
def database(embedded_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudentDatabase]:
    monkeypatch.setattr(databases, "_MOST_ANSWERED", MOST)
    with StudentDatabase.create(embedded_server) as made:
        yield made


def test_usual_answers_arrive(database: StudentDatabase) -> None:
    with closing(database.connect_as("direct")) as session:
        assert fetch(session, "SELECT repeat('x', 100000)") == [("x" * 100000,)]
        with pytest.raises(psycopg2.errors.DivisionByZero):
            fetch(session, "SELECT 1 / 0")
        assert fetch(session, "SELECT current_user = session_user") == [(True,)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT repeat('x', 1000000)",
        "SELECT repeat('x', 1000) FROM generate_series(1, 1000)",
        "SELECT repeat('x', 1000000)::integer",
        "DO $$ BEGIN RAISE NOTICE '%', repeat('x', 1000000); END $$",
        "DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 1000000); END $$",
    ],
)
def test_a_session_ends_that_is_sent_too_much(database: StudentDatabase, statement: str) -> None:
    with closing(database.connect_as("direct")) as session:
        with pytest.raises(psycopg2.Error):
            fetch(session, statement)
        assert session.closed

    with closing(database.connect_as("direct")) as another:
        assert fetch(another, "SELECT 1") == [(1,)]


def test_the_limit_is_for_the_whole_session(database: StudentDatabase) -> None:
    with closing(database.metered_inspector(MOST)) as session:
        fetch(session, "SELECT repeat('x', 200000)")
        with pytest.raises(psycopg2.Error):
            fetch(session, "SELECT repeat('x', 200000)")
