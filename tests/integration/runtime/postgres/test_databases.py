"""What a submission can do in its database and what it cannot, on real servers."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy

from grader.errors import HarnessFault
from grader.runtime.memory import GroupEvents
from grader.runtime.postgres import databases
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.sessions import Unseen, connect, fetch, group_events, is_lost
from grader.runtime.postgres.settings import SESSION_BYTES
from grader.trial.schema.snapshot import take_snapshot

if TYPE_CHECKING:
    from grader.runtime.postgres.databases import RoleLabel
    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import PostgresServer

FORBIDDEN = [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/from_a_submission'",
    "CREATE TEMP TABLE t (a text); COPY t FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "ALTER ROLE {me} SUPERUSER",
    "ALTER ROLE {me} CREATEDB",
    "ALTER ROLE {me} CONNECTION LIMIT 1000",
    "ALTER ROLE {me} SET temp_file_limit = -1",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "ALTER ROLE {other} PASSWORD 'mine'",
    "CREATE ROLE another",
    "CREATE DATABASE another",
    "DROP DATABASE {database}",
    "DROP DATABASE postgres",
    "ALTER DATABASE {database} SET search_path = public",
    "ALTER DATABASE {database} OWNER TO {me}",
    "GRANT CONNECT ON DATABASE postgres TO {me}",
    "CREATE SCHEMA another AUTHORIZATION postgres",
    "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION pg_catalog.trigger_in()",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc.so.6', 'getpid'",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET temp_file_limit = -1",
    "ALTER SYSTEM SET fsync = on",
    "CREATE TABLESPACE mine LOCATION '/tmp'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SELECT rolpassword FROM pg_authid",
    "CHECKPOINT",
    "DROP OWNED BY postgres",
    "CREATE PUBLICATION p FOR ALL TABLES",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=postgres' PUBLICATION p",
    "ALTER SCHEMA public OWNER TO {me}",
    "CREATE FUNCTION pg_catalog.now2() RETURNS int LANGUAGE sql AS 'SELECT 1'",
]


@pytest.mark.parametrize("label", ["direct", "pooled"])
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_statement_is_denied(any_database: StudentDatabase, label: RoleLabel, statement: str) -> None:
    mine, other = sorted(any_database.role_labels, key=lambda role: any_database.role_labels[role] != label)
    session = any_database.connect_as(label)
    with closing(session), pytest.raises(psycopg2.errors.InsufficientPrivilege):
        fetch(session, statement.format(me=mine, other=other, database=any_database.name))


def test_roles_have_no_privileges(any_database: StudentDatabase) -> None:
    rows = fetch(
        any_database.inspector,
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls, rolconnlimit > 0,"
        " (SELECT count(*) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles r WHERE rolname = ANY (%s)",
        (list(any_database.role_labels),),
    )
    owner = fetch(
        any_database.inspector,
        "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()",
    )

    assert rows == [(False, True, 0)] * 2
    assert owner == [("postgres",)]


@pytest.mark.parametrize("label", ["direct", "pooled"])
def test_no_other_database_can_be_entered(
    any_server: PostgresServer, any_database: StudentDatabase, label: RoleLabel
) -> None:
    login = next(role for role, found in any_database.role_labels.items() if found == label)
    password = dict(zip(any_database.role_labels, any_database.secrets, strict=True))[login]
    with StudentDatabase.create(any_server) as neighbour:
        for name, answer in {
            "postgres": "permission denied for database",
            "template0": "could not open file|not currently accepting connections",
            "template1": 'database "template1" does not exist',
            neighbour.name: "permission denied for database",
        }.items():
            endpoint = replace(any_server.endpoint, user=login, password=password, database=name)
            with pytest.raises(psycopg2.OperationalError, match=answer):
                connect(endpoint)


def test_each_role_can_use_what_the_other_made(any_database: StudentDatabase) -> None:
    direct, pooled = any_database.connect_as("direct"), any_database.connect_as("pooled")
    with closing(direct), closing(pooled):
        fetch(direct, "CREATE TABLE made_direct (id serial PRIMARY KEY, name text)")
        fetch(pooled, "CREATE TABLE made_pooled (id serial PRIMARY KEY, name text)")

        fetch(pooled, "INSERT INTO made_direct (name) VALUES ('a'); DELETE FROM made_direct")
        fetch(direct, "INSERT INTO made_pooled (name) VALUES ('a'); UPDATE made_pooled SET name = 'b'")
        owners = fetch(
            any_database.inspector,
            "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        )

    assert {table: any_database.role_labels[owner] for table, owner in owners} == {
        "made_direct": "direct",
        "made_pooled": "pooled",
    }


def test_each_role_can_use_what_the_other_made_in_a_schema_of_its_own(any_database: StudentDatabase) -> None:
    direct, pooled = any_database.connect_as("direct"), any_database.connect_as("pooled")
    with closing(direct), closing(pooled):
        fetch(direct, "CREATE SCHEMA audit; CREATE TABLE audit.log (id serial PRIMARY KEY)")
        fetch(pooled, "INSERT INTO audit.log DEFAULT VALUES; CREATE TABLE audit.more (id serial PRIMARY KEY)")
        fetch(pooled, "CREATE TABLE extensions.mine (id integer)")

        assert fetch(direct, "SELECT count(*) FROM audit.more, extensions.mine") == [(0,)]
        assert fetch(direct, "SHOW search_path") == [('"$user", public, extensions',)]
        assert fetch(pooled, "SELECT current_schema()") == [("public",)]


@pytest.mark.parametrize("query", ["", "?sslmode=require"])
@pytest.mark.parametrize("variable", ["DIRECT_URL", "DATABASE_URL"])
def test_urls_work_with_every_driver(
    any_database: StudentDatabase, variable: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in any_database.environment().items():
        monkeypatch.setenv(name, value)
    url = any_database.environment()[variable] + query

    with closing(psycopg2.connect(url)), psycopg.connect(url):
        pass
    for driver in ("postgresql", "postgresql+psycopg2", "postgresql+psycopg"):
        rendered = sqlalchemy.make_url(url.replace("postgresql", driver, 1)).render_as_string(
            hide_password=False
        )
        engine = sqlalchemy.create_engine(rendered, connect_args={"sslmode": "require"})
        with engine.connect() as session:
            assert session.scalar(sqlalchemy.text("SELECT current_database()")) == any_database.name
        engine.dispose()
        assert "%" not in rendered


def test_secrets_are_the_passwords_in_the_urls(any_database: StudentDatabase) -> None:
    environment = any_database.environment()

    assert len(set(any_database.secrets)) == 2
    assert any_database.secrets[0] in environment["DIRECT_URL"]
    assert any_database.secrets[1] in environment["DATABASE_URL"]
    assert all(secret.isalnum() and secret not in repr(any_database) for secret in any_database.secrets)


def test_changes_of_a_step_to_its_role_are_undone(any_database: StudentDatabase) -> None:
    with closing(any_database.connect_as("direct")) as session:
        (role,) = (role for role, label in any_database.role_labels.items() if label == "direct")
        fetch(session, f"ALTER ROLE {role} PASSWORD 'mine'")
        fetch(session, f"ALTER ROLE {role} SET search_path = nowhere")
        fetch(session, f"ALTER ROLE {role} IN DATABASE {any_database.name} SET statement_timeout = 0")
    with pytest.raises(Unseen, match="could not log in"):
        any_database.connect_as("direct")

    any_database.before_step()

    with closing(any_database.connect_as("direct")) as session:
        assert fetch(session, "SHOW search_path") == [('"$user", public, extensions',)]
        assert fetch(session, "SHOW statement_timeout") == [("30s",)]
        assert fetch(session, "SHOW lock_timeout") == [("5s",)]
        assert fetch(session, "SHOW idle_in_transaction_session_timeout") == [("30s",)]


def test_statement_timeout_ends_a_statement(any_server: PostgresServer) -> None:
    with (
        StudentDatabase.create(any_server, statement_seconds=1) as database,
        closing(database.connect_as("pooled")) as session,
        pytest.raises(psycopg2.errors.QueryCanceled),
    ):
        fetch(session, "SELECT pg_sleep(20)")


def test_after_step_ends_sessions_and_frees_locks(any_database: StudentDatabase) -> None:
    holder, waiter = any_database.connect_as("direct"), any_database.connect_as("pooled")
    fetch(holder, "CREATE TABLE held (a int)")
    fetch(holder, "BEGIN; LOCK TABLE held; SELECT pg_advisory_lock(1)")

    any_database.after_step()

    assert fetch(any_database.inspector, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [
        (0,)
    ]
    fetch(any_database.inspector, "BEGIN; LOCK TABLE public.held NOWAIT; COMMIT")
    for session in (holder, waiter):
        with closing(session), pytest.raises(psycopg2.Error):
            fetch(session, "SELECT 1")


def test_after_step_leaves_other_passes_alone(
    any_server: PostgresServer, any_database: StudentDatabase
) -> None:
    with (
        StudentDatabase.create(any_server) as neighbour,
        closing(neighbour.connect_as("direct")) as session,
    ):
        any_database.after_step()

        assert fetch(session, "SELECT 1") == [(1,)]


def test_a_flood_of_connections_does_not_lock_the_harness_out(
    any_server: PostgresServer, any_database: StudentDatabase
) -> None:
    with ExitStack() as stack, StudentDatabase.create(any_server) as second:
        with pytest.raises(Unseen, match="too many connections"):
            _flood((any_database, second), stack)
        with closing(connect(any_server.endpoint)) as admin:
            assert fetch(admin, "SELECT 1") == [(1,)]
        any_database.after_step()
        second.after_step()


def test_temporary_files_are_limited(any_database: StudentDatabase) -> None:
    with (
        closing(any_database.connect_as("direct")) as session,
        pytest.raises(psycopg2.Error, match="temp_file_limit"),
    ):
        fetch(
            session,
            "SELECT repeat(md5(g::text), 20) FROM generate_series(1, 600000) g ORDER BY 1 OFFSET 599999",
        )


def test_a_session_that_takes_too_much_memory_fails_and_affects_nothing_else(
    any_server: PostgresServer,
) -> None:
    many = "SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, %s)"
    with StudentDatabase.create(any_server) as database, closing(database.connect_as("direct")) as hog:
        with pytest.raises(psycopg2.errors.OutOfMemory):
            fetch(hog, many, (SESSION_BYTES // 10**6 + 1,))
        assert fetch(hog, "SELECT 1") == [(1,)]
        database.after_step()
    assert not any_server.recovered.is_set()


def test_sessions_end_before_the_server_when_memory_runs_out(any_server: PostgresServer) -> None:
    score = "SELECT pg_read_file('/proc/' || {} || '/oom_score_adj', 0, 99, false)::int"
    first = "(SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1))"
    with closing(connect(any_server.endpoint)) as admin:
        ((session,),) = fetch(admin, score.format("pg_backend_pid()"))
        ((server,),) = fetch(admin, score.format(first))
    assert server < session == 1000


def test_a_container_of_a_server_tells_of_its_memory(container_server: PostgresServer) -> None:
    assert group_events(container_server.endpoint) == GroupEvents(0, full=False)


def test_shadowing_functions_do_not_fool_the_inspector(any_database: StudentDatabase) -> None:
    with closing(any_database.connect_as("direct")) as session:
        fetch(
            session,
            "CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql AS $$SELECT 'fooled'$$;"
            "CREATE TABLE public.pg_class (a int)",
        )

    assert fetch(any_database.inspector, "SELECT format_type(23, NULL)") == [("integer",)]
    assert fetch(any_database.inspector, "SELECT count(*) > 100 FROM pg_class") == [(True,)]


LEFT_BEHIND = [
    "CREATE TABLE made (id serial PRIMARY KEY, name text UNIQUE); INSERT INTO made (name) VALUES ('a')",
    "CREATE VIEW seen AS SELECT * FROM made; CREATE MATERIALIZED VIEW kept AS SELECT * FROM made",
    "CREATE TYPE mood AS ENUM ('fine'); CREATE DOMAIN short AS varchar(3); CREATE SEQUENCE numbers",
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER told BEFORE INSERT ON made FOR EACH ROW EXECUTE FUNCTION tell()",
    "CREATE POLICY mine ON made; ALTER TABLE made ENABLE ROW LEVEL SECURITY; COMMENT ON TABLE made IS 'mine'",
    "CREATE STATISTICS counted ON id, name FROM made; CREATE COLLATION plain (locale = 'C')",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
    "CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.simple)",
    "GRANT SELECT ON made TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "SELECT lo_from_bytea(0, 'large')",
    "CREATE SCHEMA audit; CREATE TABLE audit.log (id serial PRIMARY KEY)",
    "CREATE TABLE extensions.mine (a int)",
]


@pytest.mark.parametrize("label", ["direct", "pooled"])
def test_clearing_drops_all_that_was_made(any_database: StudentDatabase, label: RoleLabel) -> None:
    labels = any_database.role_labels
    before = take_snapshot(any_database.inspector, role_labels=labels)
    with closing(any_database.connect_as(label)) as session:
        for statements in LEFT_BEHIND:
            fetch(session, statements)
    assert len(take_snapshot(any_database.inspector, role_labels=labels).objects) > len(before.objects) + 15

    assert any_database.clear()

    assert take_snapshot(any_database.inspector, role_labels=labels) == before
    assert fetch(any_database.inspector, "SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]
    with closing(any_database.connect_as(label)) as session:
        fetch(session, LEFT_BEHIND[0])
    assert any_database.clear()


def test_failed_clearing_is_no_fault(any_database: StudentDatabase) -> None:
    with closing(any_database.connect_as("direct")) as session:
        fetch(session, "CREATE TABLE held (a int)")
        fetch(session, "BEGIN; LOCK TABLE held")
        fetch(any_database.inspector, "SET lock_timeout = '10ms'")

        assert not any_database.clear()
        fetch(session, "COMMIT; SELECT FROM held")


def test_drop_leaves_nothing(any_server: PostgresServer) -> None:
    database = StudentDatabase.create(any_server)
    with closing(database.connect_as("direct")) as session:
        fetch(session, "CREATE TABLE a (b int); CREATE TYPE c AS ENUM ('d')")
        database.drop()
    database.drop()

    with closing(connect(any_server.endpoint)) as admin:
        assert _names(admin, database) == []


def test_failure_half_way_leaves_nothing(
    any_server: PostgresServer, any_database: StudentDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "random_name", lambda: "taken")
    with closing(connect(any_server.endpoint)) as admin:
        fetch(admin, "CREATE DATABASE student_taken TEMPLATE template0 STRATEGY file_copy")
        with pytest.raises(HarnessFault, match="already exists"):
            StudentDatabase.create(any_server)
        fetch(admin, "DROP DATABASE IF EXISTS student_taken")

        assert fetch(admin, "SELECT rolname FROM pg_roles WHERE rolname ~ '_taken$'") == []
    assert fetch(any_database.inspector, "SELECT 1") == [(1,)]


def test_no_name_tells_what_a_database_is_for(any_server: PostgresServer) -> None:
    with StudentDatabase.create(any_server) as one, StudentDatabase.create(any_server) as other:
        for first, second in zip(one.shown_names, other.shown_names, strict=True):
            assert first != second
            assert len(first) == len(second)
        assert list(one.shown_names.values()) == list(other.shown_names.values())


@pytest.mark.postgres
def test_before_step_waits_for_a_server_that_recovers(embedded_backend: EmbeddedBackend) -> None:
    with embedded_backend.server() as server, StudentDatabase.create(server) as database:
        with closing(database.connect_as("direct")) as session:
            os.kill(session.get_backend_pid(), signal.SIGKILL)
            with suppress(psycopg2.Error):
                while True:  # until the server has noticed and has ended the other sessions
                    fetch(database.inspector, "SELECT 1")
        database.before_step()

        assert fetch(database.inspector, "SELECT 1") == [(1,)]


@pytest.mark.postgres
def test_after_step_waits_for_a_server_that_recovers(embedded_backend: EmbeddedBackend) -> None:
    with embedded_backend.server() as server, StudentDatabase.create(server) as database:
        with closing(database.connect_as("direct")) as session:
            fetch(session, "CREATE TABLE kept (a int)")
        # What psycopg2 raises depends on the moment: in one crash out of four it is a bare `DatabaseError`.
        for _ in range(10):
            with closing(database.connect_as("direct")) as session:
                os.kill(session.get_backend_pid(), signal.SIGKILL)

                database.after_step()

        assert server.recovered.is_set()
        assert fetch(database.inspector, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'") == [(1,)]
        with closing(database.connect_as("pooled")) as session:
            assert fetch(session, "SELECT 1") == [(1,)]


@pytest.mark.postgres
def test_refused_statement_does_not_look_like_a_lost_session(embedded_server: PostgresServer) -> None:
    with closing(connect(embedded_server.endpoint)) as admin:
        with pytest.raises(psycopg2.Error) as refused:
            fetch(admin, "SELECT 1 / 0")
        with pytest.raises(psycopg2.Error) as ended:
            fetch(admin, "SELECT pg_terminate_backend(pg_backend_pid())")

    assert not is_lost(refused.value)
    assert is_lost(ended.value)
    assert is_lost(psycopg2.DatabaseError("server closed the connection unexpectedly"))


@pytest.mark.postgres
def test_server_that_is_gone_is_a_fault_of_the_harness(embedded_backend: EmbeddedBackend) -> None:
    with embedded_backend.server() as server:
        database = StudentDatabase.create(server)

    attempts: list[Any] = [
        database.before_step,
        database.drop,
        lambda: database.connect_as("direct"),
        lambda: StudentDatabase.create(server),
    ]
    for attempt in attempts:
        with pytest.raises(HarnessFault, match="PostgreSQL failed while") as caught:
            attempt()
        assert not any(secret in caught.value.message for secret in database.secrets)


@pytest.mark.docker
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (a int) TABLESPACE pg_default",
        *(f"CREATE EXTENSION {name}" for name in ("dblink", "postgres_fdw", "file_fdw", "pageinspect")),
    ],
)
def test_extra_features_of_the_container_are_denied(container_server: PostgresServer, statement: str) -> None:
    with (
        StudentDatabase.create(container_server) as database,
        closing(database.connect_as("direct")) as session,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        fetch(session, statement)


def test_huge_table_fails_the_statement_and_not_the_server(any_server: PostgresServer) -> None:
    with StudentDatabase.create(any_server, statement_seconds=120) as database:
        with closing(database.connect_as("direct")) as session:
            fetch(session, "CREATE TABLE big (a text); ALTER TABLE big ALTER a SET STORAGE PLAIN")
            with pytest.raises(psycopg2.Error, match=r"No space left on device|File too large"):
                fetch(session, "INSERT INTO big SELECT repeat('x', 7000) FROM generate_series(1, 200000)")

            assert fetch(session, "DROP TABLE big; SELECT 1") == [(1,)]
        database.after_step()


def _flood(databases: tuple[StudentDatabase, ...], stack: ExitStack) -> None:
    """Open sessions in each database until the server refuses one."""
    while True:
        for database in databases:
            stack.enter_context(closing(database.connect_as("direct")))


def _names(admin: Any, database: StudentDatabase) -> list[tuple[Any, ...]]:
    return fetch(
        admin,
        "SELECT datname FROM pg_database WHERE datname = %s UNION SELECT rolname FROM pg_roles"
        " WHERE rolname = ANY (%s)",
        (database.name, list(database.role_labels)),
    )
