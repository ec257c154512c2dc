"""What a snapshot says of a schema: names, roles, the version table; and what it leaves of the session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg2.extensions
import pytest

from grader.observations.schema import SchemaKind
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.interface import PostgresServer
from grader.trial.schema.snapshot import VersionTable, read_version_table, take_snapshot

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(embedded_server: PostgresServer) -> Iterator[StudentDatabase]:
    with StudentDatabase.create(embedded_server) as database:
        yield database


def _as_student(database: StudentDatabase, statements: str) -> None:
    with closing(database.connect_as("direct")) as session, session.cursor() as cursor:
        cursor.execute(statements)


def test_an_empty_database_has_no_version_table_and_only_its_public_schema(database: StudentDatabase) -> None:
    assert read_version_table(database.inspector) is None
    objects = take_snapshot(database.inspector).objects
    assert {item.kind for item in objects} == {"schema", "extension", "default privileges"}


def test_an_empty_version_table_is_not_the_same_as_none(database: StudentDatabase) -> None:
    _as_student(database, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    assert read_version_table(database.inspector) == VersionTable("alembic_version", ())


def test_objects_are_structured_for_criteria(database: StudentDatabase) -> None:
    _as_student(
        database,
        "CREATE TABLE o (id serial PRIMARY KEY);"
        "CREATE TABLE t (a varchar(50) UNIQUE, o_id integer NOT NULL REFERENCES o ON DELETE CASCADE);"
        "CREATE UNIQUE INDEX ON t (lower(a)) WHERE o_id > 1; CREATE VIEW v AS TABLE o",
    )
    snapshot = take_snapshot(database.inspector)

    def properties(kind: str, name: str, *names: str) -> list[object]:
        item = snapshot.find(SchemaKind(kind), name)
        assert item is not None
        return [item.properties.get(key) for key in names]

    assert properties("table", "o", "relation", "schema") == ["table", "public"]
    assert properties("view", "v", "relation") == ["view"]
    assert snapshot.within(SchemaKind.COLUMN, "v") == ()
    assert properties("column", "t.a", "type", "nullable") == ["character varying(50)", True]
    assert properties("column", "t.o_id", "table", "type", "nullable") == ["t", "integer", False]
    assert properties("constraint", "t.t_a_key", "type", "columns") == ["unique", ("a",)]
    assert properties(
        *(
            "constraint",
            "t.t_o_id_fkey",
            "type",
            "columns",
            "target_table",
            "target_columns",
            "on_delete",
            "valid",
        )
    ) == ["foreign key", ("o_id",), "o", ("id",), "cascade", True]
    assert properties("index", "t.t_a_key", "unique", "keys", "backs_constraint") == [True, ("a",), "t_a_key"]
    assert properties("index", "t.t_lower_idx", "unique", "expression", "predicate", "backs_constraint") == [
        *(True, True, "(o_id > 1)", None)
    ]
    assert properties("sequence", "o_id_seq", "owned_by", "type", "start") == ["o.id", "integer", 1]


def test_a_version_table_of_another_name_is_recognised_and_left_out(database: StudentDatabase) -> None:
    _as_student(
        database,
        "CREATE TABLE documents (id integer, version_num text, body text);"
        "INSERT INTO documents VALUES (1, 'x', 'y');"
        'CREATE TABLE "my.versions" (version_num varchar(32) PRIMARY KEY);'
        "INSERT INTO \"my.versions\" VALUES ('b'), ('a,\"\n')",
    )
    found = read_version_table(database.inspector)
    assert found == VersionTable('"my.versions"', ('a,"\n', "b"))
    snapshot = take_snapshot(database.inspector, version_tables=(found.name,))
    assert [item.name for item in snapshot.of_kind(SchemaKind.TABLE)] == ["documents"]
    assert snapshot.of_kind(SchemaKind.CONSTRAINT) == snapshot.of_kind(SchemaKind.INDEX) == ()


def test_names_with_dots_and_quotes_stay_apart(database: StudentDatabase) -> None:
    _as_student(
        database,
        'CREATE TABLE a ("b.c" integer); CREATE TABLE "a.b" (c integer);'
        'CREATE TABLE "User" ("select" integer, "q""" text)',
    )
    names = [item.name for item in take_snapshot(database.inspector).of_kind(SchemaKind.COLUMN)]
    assert names == ['"a.b".c', 'User."q"""', "User.select", 'a."b.c"']


def test_roles_are_shown_by_their_labels(database: StudentDatabase) -> None:
    _as_student(database, "CREATE TABLE t (id integer); GRANT SELECT ON t TO PUBLIC")
    with closing(database.connect_as("pooled")) as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE u (id integer)")
    snapshot = take_snapshot(database.inspector, role_labels=database.role_labels)
    owners = {item.name: item.properties["owner"] for item in snapshot.of_kind(SchemaKind.TABLE)}
    assert owners == {"t": "direct", "u": "pooled"}
    table = snapshot.find(SchemaKind.TABLE, "t")
    assert table is not None
    assert "PUBLIC: SELECT" in str(table.properties["privileges"])


def test_what_the_server_notes_in_a_column_by_itself_is_no_property(any_database: StudentDatabase) -> None:
    """Since its releases of November 2026 PostgreSQL notes in each column's options when it was made."""
    _as_student(
        any_database, "CREATE TABLE t (a integer, b integer); ALTER TABLE t ALTER a SET (n_distinct = 3)"
    )
    first = take_snapshot(any_database.inspector)
    columns = {item.name: item.properties.get("options") for item in first.of_kind(SchemaKind.COLUMN)}
    assert columns == {"t.a": ("n_distinct=3",), "t.b": None}
    _as_student(any_database, "ALTER TABLE t DROP b; ALTER TABLE t ADD b integer")
    # What such a server does, on one that does not do it yet.
    with any_database.inspector.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_attribute SET attoptions = attoptions || '{pg_attver=5}'"
            "WHERE attrelid = 'public.t'::regclass AND NOT attoptions::text LIKE '%pg_attver%';"
            "UPDATE pg_attribute SET attoptions = '{pg_attver=7}'"
            "WHERE attrelid = 'public.t'::regclass AND attoptions IS NULL"
        )
    assert take_snapshot(any_database.inspector) == first


def test_no_transaction_stays_open_and_a_callers_transaction_is_not_ended(database: StudentDatabase) -> None:
    session = database.inspector
    session.autocommit = False
    take_snapshot(session)
    read_version_table(session)
    assert session.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE
    with session.cursor() as cursor:
        cursor.execute("CREATE TABLE public.passing (id integer)")
    assert take_snapshot(session).find(SchemaKind.TABLE, "passing") is not None
    session.rollback()
    assert take_snapshot(session).find(SchemaKind.TABLE, "passing") is None
