"""Submissions that go for the server, or for the session that looks at their work."""

from __future__ import annotations

from tests.catalogue.case import Case, breaks_at, extra

DENIED = """\
bind = op.get_bind()
for statement in (
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE postgres PASSWORD 'theirs'",
    "DROP DATABASE postgres",
    "ALTER DATABASE " + bind.engine.url.database + " SET search_path = nowhere",
    "ALTER SYSTEM SET fsync = on",
    "CREATE EVENT TRIGGER theirs ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE EXTENSION plpython3u",
    "CREATE TABLESPACE theirs LOCATION '/tmp'",
    "CREATE SCHEMA theirs AUTHORIZATION postgres",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SET SESSION AUTHORIZATION postgres",
):
    savepoint = bind.begin_nested()
    try:
        bind.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        savepoint.rollback()
        print(error.orig)
    else:
        savepoint.commit()
        print("DONE", statement)"""
OWN_ROLE = """\
bind = op.get_bind()
for statement in (
    "ALTER ROLE CURRENT_USER PASSWORD 'theirs'",
    "ALTER ROLE CURRENT_USER SET search_path = nowhere",
    "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on",
    "ALTER ROLE CURRENT_USER SET statement_timeout = 1",
):
    bind.exec_driver_sql(statement)"""
FLOOD = """\
import os
import time

import psycopg2

held = []
try:
    while True:
        held.append(psycopg2.connect(os.environ["DIRECT_URL"]))
except psycopg2.OperationalError as error:
    print(len(held), "connections, then:", error)
for connection in held:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(1)")
if os.fork() == 0:  # which goes on holding them, idle in a transaction
    os.setsid()
    time.sleep(600)
    os._exit(0)
held.clear()"""
LOCK = """\
op.execute("SET statement_timeout = 0")
op.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
op.execute("SELECT pg_advisory_lock(1), pg_sleep(600)")"""
FILL = """\
op.execute("SET statement_timeout = 0")
op.execute("CREATE TABLE filler AS SELECT repeat(md5(n::text), 55) FROM generate_series(1, 2000000) n")"""
SPILL = """\
op.execute("SET work_mem = '64kB'")
op.execute("SELECT n FROM generate_series(1, 2000000) AS n ORDER BY repeat(md5(n::text), 55)")"""
FILES = """\
import contextlib
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
with contextlib.suppress(OSError), (folder / "large").open("wb") as file:
    while True:
        file.write(bytes(1024 * 1024))
(folder / "large").unlink()
with contextlib.suppress(OSError):
    for number in range(20000):
        (folder / str(number)).touch()
for path in folder.iterdir():
    path.unlink()"""
SHADOW = """\
for signature, result in (
    ("format_type(oid, integer)", "'integer'::text"),
    ("pg_get_constraintdef(oid)", "'CHECK (true)'::text"),
    ("pg_get_expr(pg_node_tree, oid)", "''::text"),
    ("count(bigint)", "1000000::bigint"),
    ("yes(name, text)", "true::boolean"),
):
    kind = result.rpartition("::")[2]
    op.execute(f"CREATE FUNCTION public.{signature} RETURNS {kind} LANGUAGE sql AS $$ SELECT {result} $$")
for statement in (
    "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.yes)",
    "CREATE VIEW public.pg_class AS SELECT oid, relname FROM pg_catalog.pg_class WHERE false",
    "CREATE VIEW public.pg_attribute AS SELECT attrelid FROM pg_catalog.pg_attribute WHERE false",
    "CREATE VIEW public.pg_roles AS SELECT 'postgres'::name AS rolname, true AS rolsuper",
    "CREATE MATERIALIZED VIEW public.memory AS SELECT 1 AS one",
    "CREATE TEMPORARY TABLE users (id integer)",
):
    op.execute(statement)"""
UNSHADOW = """\
for statement in (
    "DROP OPERATOR public.= (name, text)",
    "DROP FUNCTION public.format_type(oid, integer), public.pg_get_constraintdef(oid)",
    "DROP FUNCTION public.pg_get_expr(pg_node_tree, oid), public.count(bigint), public.yes(name, text)",
    "DROP VIEW public.pg_class, public.pg_attribute, public.pg_roles",
    "DROP MATERIALIZED VIEW public.memory",
):
    op.execute(statement)"""
TRAPS = '''\
for statement in (
    """
    CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE 'ALTER ROLE ' || quote_ident(session_user) || ' SUPERUSER';
        RETURN NEW;
    EXCEPTION WHEN insufficient_privilege THEN
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION public.spy() RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('is_superuser') = 'on' THEN
            DROP TABLE posts CASCADE;
        END IF;
        RETURN true;
    END $$
    """,
    "CREATE TRIGGER trap BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION public.trap()",
    "CREATE RULE hidden AS ON DELETE TO posts DO INSTEAD NOTHING",
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE users FORCE ROW LEVEL SECURITY",
    "CREATE POLICY nobody ON users USING (public.spy())",
):
    op.execute(statement)'''
UNTRAP = """\
for statement in (
    "DROP POLICY nobody ON users",
    "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
    "DROP RULE hidden ON posts",
    "DROP TRIGGER trap ON organizations",
    "DROP FUNCTION public.trap(), public.spy()",
):
    op.execute(statement)"""
VIEW = """\
op.execute("DROP TABLE categories CASCADE")
op.execute("CREATE VIEW categories AS SELECT id, name, name AS slug FROM organizations")"""

DATABASE: tuple[Case, ...] = (
    Case(
        "hostile_rights",
        "A revision tries what only a superuser may.",
        (extra(DENIED),),
        flags=("privilege_attempt",),
    ),
    Case("hostile_own_role", "A revision changes its role's password and settings.", (extra(OWN_ROLE),)),
    Case(
        "hostile_connections",
        "A revision opens all connections it gets, and a daemon holds on to them.",
        (extra(FLOOD),),
    ),
    breaks_at(
        5,
        "hostile_lock",
        "A revision locks a table, and sleeps.",
        (extra(LOCK),),
        diagnoses=(),
        flags=("limit_hit",),
    ),
    breaks_at(
        5,
        "hostile_full_disk",
        "A revision fills the server's disk.",
        (extra(FILL),),
        diagnoses=("space_exhausted",),
        flags=("limit_hit",),
    ),
    breaks_at(
        5,
        "hostile_sort",
        "A revision sorts more than fits.",
        (extra(SPILL),),
        diagnoses=("space_exhausted",),
        flags=("limit_hit",),
    ),
    Case("hostile_files", "A revision fills the folder for temporary files.", (extra(FILES),)),
    Case(
        "hostile_shadows",
        "Functions, operators and views in `public` have the names of the catalogue's.",
        (extra(SHADOW, UNSHADOW),),
    ),
    Case(
        "hostile_traps",
        "Triggers, rules and policies lie in wait for a session with more rights.",
        (extra(TRAPS, UNTRAP),),
    ),
    Case(
        "hostile_view",
        "A view stands where the table ought to be.",
        (extra(VIEW),),
        score=50.91,
        failed={
            "category_table": (
                "table_categories",
                *(
                    f"column_categories_{name}"
                    for name in ("id", "name", "slug", "description", "created_at")
                ),
                "primary_key_categories",
                "unique_categories_name",
                "unique_categories_slug",
                "foreign_key_posts_category_id",
                "evolves",
            ),
            "downgrade": ("undone", "schema"),
            "models_match": ("own_models", "reference"),
            "reapply": ("command", "schema"),
            "reversible_chain": ("revision_4d7e91c03ab2",),
            "data_survival": ("up_4d7e91c03ab2", "down_c15a8e3f9b60"),
        },
    ),
)
"""Rights, limits and traps in the database."""
