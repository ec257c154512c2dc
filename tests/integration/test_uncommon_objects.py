"""Does a snapshot find what chains hardly ever make, each kind where there is nothing else of the sort?"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2.extensions
import pytest

from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.snapshot import _COUNTED_FROM, take_snapshot

pytestmark = pytest.mark.postgres

ORDINARY = """
CREATE TABLE owners (id serial PRIMARY KEY, names text[], CONSTRAINT uq_names UNIQUE (names));
CREATE TABLE things (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id integer NOT NULL REFERENCES owners,
    price numeric(8, 2) DEFAULT 1 CHECK (price > 0)
);
CREATE INDEX ix_price ON things (price);
CREATE SEQUENCE tickets;
CREATE VIEW cheap AS SELECT id FROM things WHERE price < 1;
"""

BUILT_IN = "suppress_redundant_updates_trigger"
WATCH = "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
UNCOMMON = (
    ("type", "CREATE TYPE mood AS ENUM ('calm')"),
    ("type", "CREATE TYPE span AS RANGE (subtype = integer)"),
    ("type", "CREATE TYPE shell"),
    ("type", "CREATE TYPE address AS (street text)"),
    ("type", "CREATE DOMAIN word AS text"),
    ("type", "CREATE DOMAIN words AS text[]"),
    ("function", "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
    ("function", "CREATE PROCEDURE nothing() LANGUAGE sql AS ''"),
    ("function", "CREATE AGGREGATE total(integer) (sfunc = int4pl, stype = integer)"),
    ("trigger", f"CREATE TRIGGER same BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION {BUILT_IN}()"),
    ("event trigger", f"{WATCH}; CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch()"),
    ("rule", "CREATE RULE kept AS ON DELETE TO things DO INSTEAD NOTHING"),
    ("policy", "CREATE POLICY own ON things USING (id > 0)"),
    ("statistics", "CREATE STATISTICS both_ids ON id, owner_id FROM things"),
    ("publication", "CREATE PUBLICATION spare FOR TABLE things"),
    ("operator", "CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq)"),
    ("operator family", "CREATE OPERATOR FAMILY spare USING btree"),
    (
        "operator class",
        "CREATE OPERATOR CLASS spare FOR TYPE smallint USING hash FAMILY integer_ops AS STORAGE smallint",
    ),
    ("cast", "CREATE CAST (point AS integer) WITH INOUT"),
    ("conversion", "CREATE CONVERSION spare FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"),
    ("collation", 'CREATE COLLATION spare FROM "C"'),
    ("text search configuration", "CREATE TEXT SEARCH CONFIGURATION spare (copy = simple)"),
    ("text search dictionary", "CREATE TEXT SEARCH DICTIONARY spare (template = simple)"),
    ("foreign data wrapper", "CREATE FOREIGN DATA WRAPPER spare"),
    ("foreign server", "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER spare FOREIGN DATA WRAPPER w"),
    ("language", "CREATE LANGUAGE spare HANDLER plpgsql_call_handler"),
    ("access method", "CREATE ACCESS METHOD spare TYPE INDEX HANDLER bthandler"),
)
SUBSCRIPTION = (
    "CREATE SUBSCRIPTION spare CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE)"
)


@pytest.fixture
def inspector(embedded_server: PostgresServer) -> Iterator[psycopg2.extensions.connection]:
    with StudentDatabase.create(embedded_server) as database:
        session = database.inspector
        _run(session, f"SET search_path = public, pg_catalog; {ORDINARY}")
        yield session


def _run(session: psycopg2.extensions.connection, statements: str) -> None:
    with session.cursor() as cursor:
        cursor.execute(statements)


def _kinds(session: psycopg2.extensions.connection) -> set[str]:
    return {item.kind for item in take_snapshot(session).objects}


def test_what_every_chain_makes_does_not_count_as_uncommon(
    inspector: psycopg2.extensions.connection,
) -> None:
    take_snapshot(inspector)
    with inspector.cursor() as cursor:
        cursor.execute("EXECUTE grader_uncommon")
        ((is_uncommon, size),) = cursor.fetchall()
    assert not is_uncommon
    assert 0 < size < _COUNTED_FROM


@pytest.mark.parametrize(("kind", "statements"), UNCOMMON, ids=lambda part: part[:40])
def test_each_uncommon_kind_is_found_by_itself(
    inspector: psycopg2.extensions.connection, kind: str, statements: str
) -> None:
    assert kind not in _kinds(inspector)
    _run(inspector, f"SET search_path = public, pg_catalog; {statements}")
    assert kind in _kinds(inspector)


def test_a_subscription_is_found_by_itself(inspector: psycopg2.extensions.connection) -> None:
    _run(inspector, SUBSCRIPTION)
    try:
        assert "subscription" in _kinds(inspector)
    finally:  # a database that has one cannot be dropped
        _run(inspector, "DROP SUBSCRIPTION spare")


def test_it_is_found_again_after_it_was_gone(inspector: psycopg2.extensions.connection) -> None:
    at_first = take_snapshot(inspector)
    _run(inspector, "CREATE TYPE public.mood AS ENUM ('calm')")
    assert "type" in _kinds(inspector)
    _run(inspector, "DROP TYPE public.mood")
    assert take_snapshot(inspector) == at_first
