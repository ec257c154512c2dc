"""Which defaults PostgreSQL gives the same value, and which are not tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.default_values import same_defaults

pytestmark = pytest.mark.postgres

SAME = (
    ("text[]", "ARRAY[]::text[]", "'{}'::text[]"),
    ("text[]", "ARRAY['a'::text, 'b'::text]", "'{a,b}'::text[]"),
    ("public.mood[]", "ARRAY[]::public.mood[]", "'{}'::public.mood[]"),
    ("public.mood", "'sad'::public.mood", "('sad'::text)::public.mood"),
    ("character varying(50)", "'x'::character varying", "'x'::text"),
    ("boolean", "true", "(1 = 1)"),
    ("numeric(10,2)", "0", "0.00"),
    ("numeric", "0", "'0.0'::numeric"),
    ("integer", "'-1'::integer", "(- 1)"),
    ("json", """'{"a": 1}'::json""", """'{"a":1}'::json"""),
    ("jsonb", "'[]'::jsonb", "jsonb_build_array()"),
    ("interval", "'01:30:00'::interval", "make_interval(mins => 90)"),
    ("timestamp without time zone", "timezone('utc'::text, now())", "(now() AT TIME ZONE 'UTC'::text)"),
    ("uuid", "'00000000-0000-0000-0000-000000000000'::uuid", "'{00000000000000000000000000000000}'::uuid"),
)
DIFFERENT = (
    ("text", "'x'::text", "'X'::text"),
    ("text", "NULL::text", "''::text"),
    ("json", """'{"a": 1}'::json""", """'{"a": 2}'::json"""),
    ("interval", "'1 day'::interval", "'24:00:00'::interval"),
    ("timestamp without time zone", "now()", "timezone('utc'::text, now())"),
    ("timestamp with time zone", "now()", "statement_timestamp()"),
    ("timestamp with time zone", "now()", "clock_timestamp()"),
    ("integer", "0", "(floor((random() * (0.5)::double precision)))::integer"),
    ("integer", "7", "public.seven()"),
    ("integer", "7", "(public.seven() * 1)"),
    ("public.even", "2", "'2'::integer"),
    ("integer", "1", "(1 / 0)"),
    ("integer", "1", "length((pg_sleep(20))::text)"),
    ("text", "'not'", "valid sql ("),
)


@pytest.fixture(scope="module")
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as database:
        session = database.connect_as("direct")
        with session.cursor() as cursor:
            cursor.execute(
                "CREATE TYPE public.mood AS ENUM ('sad', 'glad'); "
                "CREATE FUNCTION public.seven() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 7'; "
                "CREATE FUNCTION public.is_even(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS "
                "$$ BEGIN RAISE EXCEPTION 'called'; END $$; "
                "CREATE DOMAIN public.even AS integer CHECK (public.is_even(VALUE))"
            )
        session.commit()
        session.close()
        yield database


@pytest.mark.parametrize("pair", SAME, ids=lambda pair: f"{pair[1]} and {pair[2]}")
def test_the_same_value(database: StudentDatabase, pair: tuple[str, str, str]) -> None:
    assert same_defaults(database.connect_as, [pair]) == (pair,)


@pytest.mark.parametrize(
    "pair",
    [
        ("integer", "seven()", "public.seven()"),
        ("double precision", "random()", "(random())"),
        ("integer", "7", "seven()"),
    ],
    ids=lambda pair: f"{pair[1]} and {pair[2]}",
)
def test_what_is_not_called_is_the_same_if_it_is_printed_so(
    database: StudentDatabase, pair: tuple[str, str, str]
) -> None:
    assert same_defaults(database.connect_as, [pair]) == ()
    same = pair[1] != "7"
    assert same_defaults(database.connect_as, [pair], printed=True) == ((pair,) if same else ())


@pytest.mark.parametrize("pair", DIFFERENT, ids=lambda pair: f"{pair[1]} and {pair[2]}")
def test_not_the_same_value(database: StudentDatabase, pair: tuple[str, str, str]) -> None:
    assert same_defaults(database.connect_as, [pair]) == ()


def test_one_that_fails_leaves_the_others_alone(database: StudentDatabase) -> None:
    assert same_defaults(database.connect_as, [DIFFERENT[-1], SAME[0], DIFFERENT[0], SAME[1]]) == SAME[:2]


def test_nothing_is_left_behind(database: StudentDatabase) -> None:
    same_defaults(database.connect_as, SAME)
    with database.inspector.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'probe'")
        assert cursor.fetchone() == (0,)
