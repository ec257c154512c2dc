"""Schemas that are made to fool or to use whoever looks at them with a superuser's rights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import psycopg2.extensions
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from grader.judging.comparison.compare import equivalent, strict
from grader.observations.extensions import TRUSTED
from grader.observations.schema import ChangeKind, SchemaKind, SchemaSnapshot
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import connect
from grader.trial.schema.snapshot import (
    SchemaTooLargeError,
    VersionTable,
    read_version_table,
    take_snapshot,
)

pytestmark = pytest.mark.postgres

HONEST = """
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE TABLE users (
    id serial PRIMARY KEY,
    name varchar(80) UNIQUE DEFAULT 'x' CHECK (name <> ''),
    mood mood,
    at timestamp DEFAULT '2020-01-02 03:04'
);
CREATE INDEX ON users (lower(name));
CREATE TABLE alembic_version (version_num varchar(32) CONSTRAINT alembic_version_pkc PRIMARY KEY);
INSERT INTO alembic_version VALUES ('abc');
"""

SWALLOWED = """
CREATE EXTENSION citext;
CREATE TABLE hidden (a integer);
CREATE FUNCTION hide() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('calm');
ALTER EXTENSION citext ADD TABLE hidden;
ALTER EXTENSION citext ADD FUNCTION hide();
ALTER EXTENSION citext ADD TYPE mood;
"""

VERSIONS_ELSEWHERE = """
CREATE SCHEMA audit;
CREATE TABLE audit.alembic_version (version_num varchar(32));
INSERT INTO audit.alembic_version VALUES ('elsewhere');
"""

TRAP = """
CREATE FUNCTION trap() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION 'ran with the rights of a superuser';
    END IF;
    RETURN true;
END $$;
"""

SHADOWS = f"""{TRAP}
CREATE FUNCTION public.pg_get_expr(pg_node_tree, oid) RETURNS text LANGUAGE sql AS 'SELECT trap()::text';
CREATE FUNCTION public.format_type(oid, integer) RETURNS text LANGUAGE sql AS $$SELECT 'text'$$;
CREATE FUNCTION public.pg_get_constraintdef(oid) RETURNS text LANGUAGE sql AS $$SELECT 'forged'$$;
CREATE FUNCTION public.pg_get_indexdef(oid, bigint, boolean) RETURNS text LANGUAGE sql AS $$SELECT 'no'$$;
CREATE FUNCTION public.obj_description(oid, text) RETURNS text LANGUAGE sql AS $$SELECT 'forged'$$;
CREATE FUNCTION public.concat(text, text) RETURNS text LANGUAGE sql AS $$SELECT 'forged'$$;
CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE sql AS $$SELECT 'forged'$$;
CREATE FUNCTION public.same(oid, regclass) RETURNS boolean LANGUAGE sql AS 'SELECT trap()';
CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT trap()';
CREATE FUNCTION public.same("char", text) RETURNS boolean LANGUAGE sql AS 'SELECT trap()';
CREATE OPERATOR public.= (leftarg = oid, rightarg = regclass, function = public.same);
CREATE OPERATOR public.= (leftarg = name, rightarg = text, function = public.same);
CREATE OPERATOR public.= (leftarg = "char", rightarg = text, function = public.same);
CREATE VIEW public.pg_class AS SELECT trap() AS relname;
CREATE TABLE public.pg_attribute (attname text);
CREATE VIEW public.pg_roles AS SELECT trap() AS rolname;
CREATE DOMAIN public.json AS text;
CREATE DOMAIN public.regtype AS text;
CREATE CAST (mood AS text) WITH INOUT AS ASSIGNMENT;
"""


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as database:
        yield database


def _as_student(database: StudentDatabase, statements: str) -> None:
    with closing(database.connect_as("direct")) as session, session.cursor() as cursor:
        cursor.execute(statements)


def _of_users(snapshot: SchemaSnapshot) -> SchemaSnapshot:
    return SchemaSnapshot(
        tuple(o for o in snapshot.objects if o.name == "users" or o.properties.get("table") == "users")
    )


def test_what_shadows_the_catalogs_names_changes_nothing(database: StudentDatabase) -> None:
    _as_student(database, HONEST)
    before = take_snapshot(database.inspector)
    assert len(_of_users(before).objects) == 12
    _as_student(database, SHADOWS)
    after = take_snapshot(database.inspector)
    assert strict(_of_users(before), _of_users(after)) == ()
    assert not [item for item in strict(before, after) if item.change is not ChangeKind.EXTRA]
    shadow = after.find(SchemaKind.VIEW, "pg_class")
    assert shadow is not None
    assert shadow.properties["relation"] == "view"
    assert read_version_table(database.inspector) == VersionTable("alembic_version", ("abc",))


def test_settings_of_the_database_change_nothing(
    database: StudentDatabase, embedded_server: PostgresServer
) -> None:
    _as_student(database, HONEST)
    before = take_snapshot(database.inspector)
    settings = {
        "search_path": "public, pg_catalog",
        "quote_all_identifiers": "on",
        "DateStyle": "'SQL, DMY'",
        "TimeZone": "'Asia/Tokyo'",
        "default_transaction_read_only": "on",
    }
    with database.inspector.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(f"ALTER DATABASE {database.name} SET {name} = {value}")
    with closing(connect(replace(embedded_server.endpoint, database=database.name))) as session:
        assert take_snapshot(session).digest == before.digest
        assert read_version_table(session) == VersionTable("alembic_version", ("abc",))


@pytest.mark.parametrize(
    "trap",
    [
        "CREATE INDEX ON alembic_version (version_num) WHERE trap()",
        "CREATE INDEX ON alembic_version ((trap()::text || version_num))",
        "CREATE STATISTICS s ON (trap()::text || version_num), version_num FROM alembic_version",
        """CREATE POLICY p ON alembic_version USING (trap());
        ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY""",
        "ALTER TABLE alembic_version ADD CHECK (trap())",
        "CREATE RULE r AS ON UPDATE TO alembic_version DO INSTEAD SELECT trap()",
    ],
)
def test_no_function_of_the_schema_runs(database: StudentDatabase, trap: str) -> None:
    _as_student(database, HONEST + TRAP + trap)
    assert take_snapshot(database.inspector).find(SchemaKind.FUNCTION, "trap()") is not None
    assert read_version_table(database.inspector) == VersionTable("alembic_version", ("abc",))


def test_the_trap_would_close_on_an_ordinary_query(database: StudentDatabase) -> None:
    """Shows that the tests above mean something."""
    _as_student(database, HONEST + TRAP + "CREATE INDEX ON alembic_version (version_num) WHERE trap()")
    with database.inspector.cursor() as cursor, pytest.raises(psycopg2.Error, match="rights of a superuser"):
        cursor.execute("SELECT version_num FROM public.alembic_version WHERE version_num = 'abc'")


def test_a_version_table_elsewhere_is_found_and_runs_nothing(database: StudentDatabase) -> None:
    _as_student(database, TRAP + "CREATE TABLE documents (version_num text)")
    _as_student(database, VERSIONS_ELSEWHERE)
    _as_student(database, "CREATE INDEX ON audit.alembic_version (version_num) WHERE trap()")
    found = read_version_table(database.inspector)
    assert found == VersionTable("audit.alembic_version", ("elsewhere",))

    without = take_snapshot(database.inspector, version_tables=[found.name])
    names = {(item.kind, item.name) for item in without.objects}
    assert (SchemaKind.TABLE, "documents") in names
    assert not [name for _, name in names if name.startswith("audit")]
    assert take_snapshot(database.inspector).find(SchemaKind.SCHEMA, "audit") is not None


def test_only_what_the_script_of_an_extension_makes_is_left_out(embedded_backend: EmbeddedBackend) -> None:
    backend = embedded_backend.fuller() or embedded_backend
    with backend.server() as server, StudentDatabase.create(server) as database:
        before = take_snapshot(database.inspector)
        try:
            _as_student(database, SWALLOWED)
        except psycopg2.errors.FeatureNotSupported:
            pytest.skip("no server here has citext")
        found = strict(before, take_snapshot(database.inspector))
        assert {(str(item.kind), item.name) for item in found} == {
            ("extension", "citext"),
            ("function", "hide()"),
            ("table", "hidden"),
            ("type", "mood"),
        }
        assert database.clear()
        assert take_snapshot(database.inspector) == before


def test_the_script_of_no_extension_runs_what_a_student_wrote(embedded_backend: EmbeddedBackend) -> None:
    backend = embedded_backend.fuller()
    if backend is None:
        pytest.skip("no server here has the extensions")
    with backend.server() as server, StudentDatabase.create(server) as database:
        _as_student(database, HONEST)
        _as_student(database, SHADOWS)
        for name in sorted(TRUSTED - {"plpgsql"}):
            for schema in ("public", "extensions"):
                _as_student(database, f'DROP EXTENSION IF EXISTS "{name}" CASCADE')
                _as_student(database, f'CREATE EXTENSION "{name}" SCHEMA {schema}')
        assert read_version_table(database.inspector) == VersionTable("alembic_version", ("abc",))
        assert len(take_snapshot(database.inspector).of_kind(SchemaKind.EXTENSION)) == len(TRUSTED)


def test_the_version_table_in_public_goes_first(database: StudentDatabase) -> None:
    _as_student(database, VERSIONS_ELSEWHERE)
    _as_student(database, HONEST)
    assert read_version_table(database.inspector) == VersionTable("alembic_version", ("abc",))


@pytest.mark.parametrize(
    "instead",
    [
        "CREATE VIEW alembic_version AS SELECT 'abc'::varchar AS version_num WHERE trap()",
        "CREATE MATERIALIZED VIEW alembic_version AS SELECT 'abc'::varchar AS version_num",
        "CREATE TABLE alembic_version (version_num varchar GENERATED ALWAYS AS ('abc') STORED)",
        "CREATE TABLE alembic_version (version_num mood)",
        "CREATE TABLE alembic_version (version_num varchar) PARTITION BY LIST (version_num)",
        "CREATE TABLE alembic_version (something_else varchar)",
    ],
)
def test_what_only_looks_like_a_version_table_is_none(database: StudentDatabase, instead: str) -> None:
    _as_student(database, TRAP + "CREATE TYPE mood AS ENUM ('abc'); " + instead)
    assert read_version_table(database.inspector) is None


def test_an_endless_version_table_is_cut(database: StudentDatabase) -> None:
    _as_student(database, HONEST + "INSERT INTO alembic_version SELECT generate_series(1, 100000)::text")
    found = read_version_table(database.inspector)
    assert found is not None
    assert 100 < len(found.rows) < 20_000


@pytest.mark.parametrize(
    ("made", "kind", "name", "property_"),
    [
        ("COMMENT ON TABLE users IS %L", "table", "users", "comment"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS %L", "function", "f()", "definition"),
        ("ALTER TABLE users ALTER name SET DEFAULT %L", "column", "users.name", "default"),
        ("CREATE OR REPLACE VIEW v AS SELECT %L AS long", "view", "v", "definition"),
        (
            "ALTER TABLE users DROP CONSTRAINT IF EXISTS c, ADD CONSTRAINT c CHECK (name <> %L)",
            *("constraint", "users.c", "expression"),
        ),
    ],
)
def test_what_is_endless_is_kept_as_a_hash(
    database: StudentDatabase, made: str, kind: str, name: str, property_: str
) -> None:
    def make(length: int) -> SchemaSnapshot:
        literal = f"format('SELECT %L', repeat('x', {length}))"
        _as_student(database, f"DO $$BEGIN EXECUTE format($_${made}$_$, {literal}); END$$")
        return take_snapshot(database.inspector)

    _as_student(database, HONEST)
    before = make(9_000_000)
    item = before.find(SchemaKind(kind), name)
    assert item is not None
    assert len(str(item.properties[property_])) == 32
    after = make(9_000_001)
    assert (name, property_) in [(d.name, d.property) for d in strict(before, after)]
    assert equivalent(before, before, defaults=True, extra=True) == ()


MANY = "DO $$BEGIN FOR n IN 1..{} LOOP EXECUTE format({}, n, repeat('x', 190000)); END LOOP; END$$"
LABELS = (
    "DO $$BEGIN EXECUTE (SELECT format('CREATE TYPE many AS ENUM (%s)', string_agg(quote_literal("
    "lpad(n::text, 60, 'x')), ',')) FROM generate_series(1, 60000) AS n); END$$"
)
LONG = "more than 2 MB"
TOO_LARGE = {
    "functions": (
        MANY.format(5100, "'CREATE FUNCTION f%s() RETURNS int LANGUAGE sql RETURN 1'"),
        "5,000 objects",
    ),
    "comments": (
        MANY.format(12, "'CREATE SEQUENCE s%1$s; COMMENT ON SEQUENCE s%1$s IS %2$L'"),
        LONG,
    ),
    "defaults": (MANY.format(12, "'ALTER TABLE users ADD c%s text DEFAULT %L'"), LONG),
    "bodies": (
        MANY.format(12, "'CREATE FUNCTION f%s() RETURNS text LANGUAGE sql AS $_$ SELECT %L $_$'"),
        LONG,
    ),
    "labels": (LABELS, "rows of PostgreSQL's catalogue"),
}


@pytest.mark.parametrize(("made", "words"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_schema_without_end_is_not_read(database: StudentDatabase, made: str, words: str) -> None:
    _as_student(database, HONEST)
    take_snapshot(database.inspector)
    _as_student(database, made)

    with pytest.raises(SchemaTooLargeError, match=words):
        take_snapshot(database.inspector)

    assert database.inspector.info.transaction_status == TRANSACTION_STATUS_IDLE


def test_a_version_table_with_a_huge_value_is_not_read(database: StudentDatabase) -> None:
    _as_student(
        database,
        "CREATE TABLE alembic_version (version_num text);"
        "INSERT INTO alembic_version VALUES (repeat('x', 20000000))",
    )
    with pytest.raises(SchemaTooLargeError, match="version table"):
        read_version_table(database.inspector)
