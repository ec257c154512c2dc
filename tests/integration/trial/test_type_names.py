"""What PostgreSQL calls the types that an assignment writes, and which it does not know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.type_names import all_type_names, type_names

pytestmark = pytest.mark.postgres

KNOWN = {
    "VARCHAR (255)": "character varying(255)",
    "Character  Varying(255)": "character varying(255)",
    "varchar": "character varying",
    "TEXT": "text",
    "int": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "decimal(10, 2)": "numeric(10,2)",
    "float": "double precision",
    "timestamp": "timestamp without time zone",
    "timestamptz(3)": "timestamp(3) with time zone",
    "timestamp(3) without time zone": "timestamp(3) without time zone",
    "integer[]": "integer[]",
    "char": "character(1)",
    '"Mood"': 'public."Mood"',
    "state": "public.state",
    "state[]": "public.state[]",
    "amount": "public.amount",
}
UNKNOWN = {
    "intger": 'type "intger" does not exist',
    "serial": 'type "serial" does not exist',
    "text NOT NULL": 'syntax error at or near "NOT"',
    "varchar(x)": 'syntax error at or near "x"',
    "varchar(-1)": "",
}


@pytest.fixture(scope="module")
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as database:
        with database.inspector.cursor() as cursor:
            cursor.execute(
                "CREATE TYPE public.\"Mood\" AS ENUM ('good'); CREATE TYPE public.state AS ENUM ('new');"
                "CREATE DOMAIN public.amount AS integer CHECK (VALUE > 0)"
            )
        yield database


def test_types_as_people_write_them(database: StudentDatabase) -> None:
    known, unknown = type_names(database.inspector, [*KNOWN, *UNKNOWN])
    assert known == KNOWN
    assert unknown.keys() == UNKNOWN.keys()
    for written, said in UNKNOWN.items():
        assert said in unknown[written]


def test_nothing_is_left(database: StudentDatabase) -> None:
    type_names(database.inspector, ["int", "intger", "int"])
    with database.inspector.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regclass('pg_temp.grader_type')")
        assert cursor.fetchone() == (None,)


def test_all_names_for_what_was_meant(database: StudentDatabase) -> None:
    assert {"integer", "text", "timestamp with time zone", "boolean"} <= {*all_type_names(database.inspector)}
