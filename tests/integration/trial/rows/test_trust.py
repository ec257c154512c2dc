"""What runs with whose rights when rows are put in and read, and what a student can do about it."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grader.trial.rows import SeedResult, TableRows, compare_rows, read_rows, sessions

if TYPE_CHECKING:
    from tests.integration.trial.rows.student_database import Database

pytestmark = pytest.mark.postgres


def test_a_trigger_that_raises_is_named(database: Database) -> None:
    database.run(
        "CREATE TABLE things (id serial PRIMARY KEY, note text);"
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION E'no rows today\\nask again'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    assert database.seed() == SeedResult({"things": 0}, {"things": "no rows today ask again"})


def test_a_row_that_a_trigger_swallows_is_not_counted(database: Database) -> None:
    database.run(
        "CREATE TABLE things (id serial PRIMARY KEY, note text);"
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER swallow BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION swallow()"
    )
    result = database.seed()
    assert result.seeded == {"things": 0}
    assert "took it away" in result.problems["things"]


def test_forced_row_security_hides_rows_from_their_owner_but_not_from_us(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, note text)")
    database.seed()
    database.run("ALTER TABLE things ENABLE ROW LEVEL SECURITY; ALTER TABLE things FORCE ROW LEVEL SECURITY")
    assert database.rows().counts() == {"things": 2}
    assert database.seed().problems == {
        "things": 'new row violates row-level security policy for table "things"'
    }
    before = database.rows()
    database.run("ALTER TABLE things NO FORCE ROW LEVEL SECURITY; DELETE FROM things")
    assert len(compare_rows(before, database.rows(), direction="up")) == 2


def test_a_trigger_finds_its_own_tables_without_a_schema(database: Database) -> None:
    database.run(
        "CREATE TABLE log (id serial PRIMARY KEY, what text);"
        "CREATE TABLE things (id serial PRIMARY KEY, note text);"
        "CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO log (what) VALUES (NEW.note); RETURN NEW; END $$;"
        "CREATE TRIGGER note_it AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION note_it()"
    )
    assert database.seed().problems == {}
    assert database.rows().counts() == {"log": 4, "things": 2}


def test_rows_are_put_in_by_the_role_that_owns_the_table(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, who text DEFAULT current_user, note text)")
    database.run(
        "CREATE TABLE others (id serial PRIMARY KEY, thing_id integer NOT NULL REFERENCES things)", "pooled"
    )
    database.run(
        "CREATE FUNCTION sign() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.who := current_user || '/' || session_user; RETURN NEW; END $$;"
        "CREATE TRIGGER sign BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION sign()"
    )
    assert database.seed() == SeedResult({"things": 2, "others": 2}, {})
    role = next(name for name, label in database.student.role_labels.items() if label == "direct")
    assert {row[1] for row in database.rows().tables["things"].rows} == {f"{role}/{role}"}


ATTACK = """
CREATE TABLE loot (who text);
GRANT ALL ON loot TO PUBLIC;
CREATE FUNCTION caught() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.loot SELECT 'super:' || rolname FROM pg_catalog.pg_roles
    WHERE rolname = current_user AND rolsuper;
    RETURN 'x'; END $$;
CREATE FUNCTION folded() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.caught(); END $$;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION to_words(mood) RETURNS text LANGUAGE sql AS $$ SELECT public.caught() $$;
CREATE FUNCTION from_words(text) RETURNS mood LANGUAGE sql AS $$
    SELECT public.caught(); SELECT 'sad'::public.mood $$;
CREATE CAST (mood AS text) WITH FUNCTION to_words(mood) AS IMPLICIT;
CREATE CAST (text AS mood) WITH FUNCTION from_words(text) AS IMPLICIT;
CREATE TABLE things (id serial PRIMARY KEY, feeling mood, note text DEFAULT caught(),
    sum text GENERATED ALWAYS AS (folded()) STORED, CHECK (folded() <> note));
CREATE INDEX ON things ((folded() || note)) WHERE folded() <> 'y';
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.caught(); RETURN NEW; END $$;
CREATE TRIGGER watch BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION watch();
CREATE FUNCTION public.count(text) RETURNS bigint LANGUAGE sql AS
    $$ SELECT public.caught(); SELECT 0::bigint $$;
CREATE FUNCTION public.format_type(oid, integer) RETURNS text LANGUAGE sql AS $$ SELECT public.caught() $$;
"""


def test_nothing_of_a_students_runs_with_the_rights_of_the_harness(database: Database) -> None:
    database.run(ATTACK)
    result = database.seed()
    assert result.problems == {}
    assert database.seed().problems == {}
    assert database.rows().tables["things"].rows
    assert caught(database) == []

    # The trap does work: a mere query over the harness's session is planned, and steps into it.
    database.ask("SELECT id FROM public.things")
    assert caught(database) != []


def caught(database: Database) -> list[str | None]:
    """Superusers that ran the function."""
    return [row[0] for row in database.rows().tables["loot"].rows if (row[0] or "").startswith("super:")]


def test_a_session_that_a_trigger_ends_is_no_fault_of_the_harness(database: Database) -> None:
    database.run(
        "CREATE TABLE a_things (id serial PRIMARY KEY, note text); CREATE TABLE more (id serial PRIMARY KEY);"
        "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"
        "CREATE TRIGGER leave BEFORE INSERT ON a_things FOR EACH ROW EXECUTE FUNCTION leave()"
    )
    problems = database.seed().problems
    assert set(problems) == {"a_things", "more"}
    assert "ended the session" in problems["a_things"]


def test_a_round_that_takes_too_long_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_SECONDS", 0.0)
    database.run("CREATE TABLE things (id serial PRIMARY KEY, note text CHECK (note <> ''))")
    assert "took longer" in database.seed().problems["things"]


def test_a_table_that_may_not_be_read_is_named(database: Database) -> None:
    database.run("CREATE TABLE others (id serial PRIMARY KEY)")
    database.run("CREATE TABLE things (id serial PRIMARY KEY)", "pooled")
    roles = {label: role for role, label in database.student.role_labels.items()}
    database.run(f"REVOKE ALL ON things FROM {roles['direct']}", "pooled")
    with closing(database.student.connect_as("direct")) as session:
        rows = read_rows(session, database.snapshot())
    assert rows.problems() == {"things": "permission denied for table things"}
    assert rows.counts() == {"others": 0}


def test_a_deferred_trigger_that_never_ends_is_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_SECONDS", 0.5)
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 0.0)
    database.run(
        "CREATE TABLE things (id serial PRIMARY KEY);"
        "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOOP "
        "BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;"
        "CREATE CONSTRAINT TRIGGER stay AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION stay()"
    )
    began = time.monotonic()
    problems = database.seed().problems
    assert "ended the session" in problems["things"]
    assert time.monotonic() - began < 20


def test_huge_values_are_not_fetched(database: Database) -> None:
    database.run(
        "CREATE TABLE things (id serial PRIMARY KEY, note text);"
        "INSERT INTO things (note) SELECT repeat('x', 60000000)"
    )
    rows = database.rows()
    assert rows.problems() == {"things": "the table holds too much data to compare its rows"}
    assert compare_rows(rows, TableRows(), direction="up") == ()


def test_too_many_rows_are_not_kept(database: Database) -> None:
    database.run("CREATE TABLE things (id integer); INSERT INTO things SELECT generate_series(1, 21000)")
    rows = database.rows()
    assert rows.problems() == {"things": "the table holds too many rows to compare them"}
    assert rows.counts() == {}


def test_what_is_no_ordinary_table_is_left_alone(database: Database) -> None:
    database.run(
        "CREATE TABLE things (id serial PRIMARY KEY); CREATE VIEW looks AS SELECT * FROM things;"
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM things"
    )
    assert database.seed() == SeedResult({"things": 2}, {})
    assert set(database.rows().tables) == {"things"}


def test_text_comes_back_as_it_was_written(database: Database) -> None:
    database.run("CREATE TABLE things (note text)")
    notes = ["tab\there", "line\nend\r", "back\\slash \\N", "", "\\N", "Zürich \N{SNOWMAN}", "\b\f\v"]
    with closing(database.student.connect_as("direct")) as session, session.cursor() as cursor:
        cursor.executemany("INSERT INTO things VALUES (%s)", [(note,) for note in [*notes, None]])
    assert [row[0] for row in database.rows().tables["things"].rows] == [*notes, None]


def test_rows_that_are_long_as_text_are_not_fetched(database: Database) -> None:
    columns = ", ".join(f"'1e131071'::numeric AS n{n}" for n in range(60))
    database.run(f"CREATE TABLE things AS SELECT {columns}; CREATE TABLE others AS SELECT 1.5::numeric AS n")
    rows = read_rows(database.student.inspector, database.snapshot(), database.student.metered_inspector)
    assert rows.problems() == {"things": "the table holds too much data to compare its rows"}
    assert rows.tables["others"].rows == (("1.5",),)


def test_all_tables_together_have_a_limit(database: Database) -> None:
    columns = ", ".join(f"n AS n{place}" for place in range(9))
    many = f"SELECT {columns} FROM generate_series(1, 15000) AS n"  # noqa: S608 - ours
    database.run(f"CREATE TABLE first AS {many}; CREATE TABLE second AS {many}")
    rows = database.rows()
    assert rows.problems() == {"second": "the table holds too many rows to compare them"}
    assert rows.counts() == {"first": 15000}
