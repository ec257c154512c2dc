"""Queries of an assignment beside its reference schema, on a real server: which PostgreSQL does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.trial.schema.queries import refused_queries

if TYPE_CHECKING:
    from grader.runtime.postgres.interface import PostgresServer

pytestmark = pytest.mark.postgres


def test_queries_are_parsed_and_not_run(embedded_server: PostgresServer) -> None:
    with StudentDatabase.create(embedded_server) as database:
        with database.inspector.cursor() as cursor:
            cursor.execute("CREATE TABLE public.users (id integer)")
        refused = refused_queries(
            database.inspector,
            (
                "SELECT id FROM users -- all",
                "SELECT 1 / 0 FROM users",
                "SELECT name FROM users",
                "SELECT FROM WHERE",
                "SELECT id FROM users WHERE id = 'x'",
            ),
        )
        assert {query: code for query, (code, _) in refused.items()} == {
            "SELECT name FROM users": "42703",
            "SELECT FROM WHERE": "42601",
            "SELECT id FROM users WHERE id = 'x'": "22P02",
        }
        assert refused["SELECT name FROM users"][1] == 'column "name" does not exist'
