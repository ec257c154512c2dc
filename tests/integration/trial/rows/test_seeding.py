"""Rows for tables of every kind: types, rules, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.trial.rows import SeedResult, Wishes, compare_rows
from grader.trial.rows.wishes import Wish
from tests.integration.trial.rows.student_database import FIRST_REVISION

if TYPE_CHECKING:
    from tests.integration.trial.rows.student_database import Database

pytestmark = pytest.mark.postgres


def test_a_sequence_left_behind_shows_up(database: Database) -> None:
    database.run(FIRST_REVISION)
    database.run("INSERT INTO organizations (id, name, slug) VALUES (1, 'a', 'a'), (2, 'b', 'b')")
    assert database.seed().problems == {
        "organizations": 'duplicate key value violates unique constraint "organizations_pkey"'
    }


def test_a_sequence_left_behind_shows_up_behind_a_check(database: Database) -> None:
    database.run(
        "CREATE TABLE levels (id serial PRIMARY KEY, code text CHECK (code ~ '^[A-Z]{3}-[0-9]{4}$'));"
        "INSERT INTO levels VALUES (1, 'ABC-1234')"
    )
    problems = database.seed().problems
    assert problems == {"levels": 'duplicate key value violates unique constraint "levels_pkey"'}


def test_a_sequence_that_was_set_forward_is_fine(database: Database) -> None:
    database.run(
        "CREATE TABLE levels (id serial PRIMARY KEY, code text CHECK (code ~ '^[A-Z]{3}-[0-9]{4}$'));"
        "INSERT INTO levels VALUES (1, 'ABC-1234'); ALTER SEQUENCE levels_id_seq RESTART WITH 2"
    )
    assert database.seed() == SeedResult({"levels": 2}, {})


TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'happy');
CREATE TYPE "Odd Type" AS ENUM ('one');
CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0 AND VALUE < 9);
CREATE DOMAIN plate AS varchar(9) CHECK (VALUE ~ '^[A-Z]{3}-[0-9]{4}$');
CREATE TYPE address AS (street varchar(30), "number" integer, kept mood);
CREATE TYPE floats AS RANGE (subtype = float8);
"""
ALL_TYPES = [
    "smallint", "integer", "bigint", "numeric", "numeric(5)", "numeric(6,2)", "numeric(2,2)",
    "numeric(4,-2)", "numeric(2,4)", "real", "double precision", "money", "text", "varchar", "varchar(1)",
    "varchar(2)", "varchar(3)", "varchar(8)", "varchar(255)", "char", "char(3)", "char(60)", "name",
    '"char"', "boolean", "date", "time", "timetz", "time(0)", "timestamp", "timestamptz", "timestamp(3)",
    "timestamptz(0)", "interval", "interval day to second(3)", "interval year", "uuid", "json", "jsonb",
    "jsonpath", "bytea", "inet", "cidr", "macaddr", "macaddr8", "bit", "bit(5)", "bit varying",
    "bit varying(3)", "tsvector", "tsquery", "point", "line", "lseg", "box", "path", "polygon", "circle",
    "pg_lsn", "oid", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange",
    "int4multirange", "datemultirange", "mood", '"Odd Type"', "positive", "plate", "address", "floats",
    "floats_multirange", "integer[]", "varchar(12)[]", "text[]", "mood[]", "positive[]", "address[]",
    "plate[]", "jsonb[]", "timestamptz[]", "int4range[]", "numeric(6,2)[]",
]  # fmt: skip


@pytest.mark.parametrize("nullable", ["NOT NULL", ""])
def test_a_column_of_every_type_gets_a_value(database: Database, nullable: str) -> None:
    database.run(
        TYPES
        + "".join(
            f"CREATE TABLE t{number} (id serial PRIMARY KEY, v {name} {nullable});"
            for number, name in enumerate(ALL_TYPES)
        )
    )
    for _ in range(2):
        result = database.seed()
        assert {ALL_TYPES[int(name[1:])]: text for name, text in result.problems.items()} == {}
        assert set(result.seeded.values()) == {2}

    rows = database.rows()
    empty = [name for name, content in rows.tables.items() if any(value is None for _, value in content.rows)]
    assert empty == []
    assert compare_rows(rows, database.rows(), direction="up") == ()


@pytest.mark.parametrize(
    "column",
    [
        "v varchar(20) CHECK (v IN ('draft', 'published'))",
        "v varchar(20) CHECK (v = 'only')",
        "v text CHECK (v <> '' AND v <> 'draft')",
        "v text CHECK (length(v) BETWEEN 2 AND 3)",
        "v varchar(50) CHECK (char_length(v) = 12)",
        "v text CHECK (v LIKE '%@%.%')",
        "v text CHECK (v LIKE 'http%')",
        "email text CHECK (email ~* '^[a-z0-9._-]+@[a-z0-9.-]+\\.[a-z]{2,}$')",
        "slug text CHECK (slug ~ '^[a-z0-9-]+$')",
        "v text CHECK (v = upper(v))",
        "v text CHECK (v = lower(v))",
        "v char(2) CHECK (v ~ '^[A-Z]{2}$')",
        "v text CHECK (v ~ '^[0-9]+$')",
        "v integer CHECK (v BETWEEN 1 AND 5)",
        "v integer CHECK (v > 100000)",
        "v integer CHECK (v < -5)",
        "v integer CHECK (v IN (3, 5))",
        "v numeric(5,2) CHECK (v >= 0 AND v <= 1)",
        "v date CHECK (v < DATE '2000-01-01')",
        "v date CHECK (v >= DATE '2030-01-01')",
        "v timestamp CHECK (v > TIMESTAMP '2031-01-01 10:00')",
        "v boolean CHECK (v)",
        "v jsonb CHECK (jsonb_typeof(v) = 'array')",
        "v text[] CHECK (cardinality(v) = 1)",
        "starts_at timestamp, ends_at timestamp, CHECK (ends_at > starts_at)",
        "low integer, high integer, CHECK (low < high)",
        "high integer, low integer, CHECK (low < high)",
        "a text, b text, CHECK ((a IS NULL) <> (b IS NULL))",
        "a integer, b integer, CHECK (num_nonnulls(a, b) = 1)",
        "during tsrange, EXCLUDE USING gist (during WITH &&)",
        "v integer UNIQUE",
        "v varchar(1) UNIQUE",
        "v text, w text, UNIQUE (v, w)",
        "v text DEFAULT 'given'",
        "v integer GENERATED ALWAYS AS (7) STORED, w text",
        "a text, v text GENERATED ALWAYS AS (upper(a)) STORED UNIQUE",
        "v integer GENERATED BY DEFAULT AS IDENTITY",
        "v integer GENERATED ALWAYS AS IDENTITY",
        "v serial UNIQUE",
        '"Odd ""Column"" %s" text NOT NULL',
    ],
)
def test_rows_satisfy_the_rules_of_a_table(database: Database, column: str) -> None:
    database.run(f"CREATE TABLE things (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {column})")
    for _ in range(3):
        assert database.seed() == SeedResult({"things": 2}, {})


@pytest.mark.parametrize(
    "key",
    [
        "id integer PRIMARY KEY",
        "id smallint PRIMARY KEY",
        "id uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "code varchar(3) PRIMARY KEY",
        "a text, b integer, PRIMARY KEY (a, b)",
        "id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        "id bigserial PRIMARY KEY",
        "no_key_at_all text",
    ],
)
def test_tables_are_filled_whatever_their_key(database: Database, key: str) -> None:
    database.run(f"CREATE TABLE things ({key}, note text)")
    for _ in range(3):
        assert database.seed() == SeedResult({"things": 2}, {})
    before = database.rows()
    database.run("UPDATE things SET note = 'gone'")
    losses = compare_rows(before, database.rows(), direction="up")
    assert {(item.table, item.column) for item in losses} == {("things", "note")}
    assert len(losses) == 6


def test_explicit_ids_of_a_migration_do_not_stop_a_key_without_a_sequence(database: Database) -> None:
    database.run(
        "CREATE TABLE things (id integer PRIMARY KEY); INSERT INTO things SELECT generate_series(1, 20)"
    )
    assert database.seed() == SeedResult({"things": 2}, {})


def test_a_table_of_nothing_but_an_id(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY)")
    assert database.seed() == SeedResult({"things": 2}, {})
    assert database.rows().counts() == {"things": 2}


def test_odd_names(database: Database) -> None:
    database.run(
        'CREATE TABLE "Order" ("select" serial PRIMARY KEY, "a ""b"" %s" text);'
        'CREATE TABLE "x.y" (id serial PRIMARY KEY, "Order" integer NOT NULL REFERENCES "Order")'
    )
    assert database.seed() == SeedResult({"Order": 2, '"x.y"': 2}, {})
    assert database.rows().counts() == {"Order": 2, '"x.y"': 2}


@pytest.mark.parametrize(
    "tables",
    [
        # A tree: the first rows have no parent.
        "CREATE TABLE a (id serial PRIMARY KEY, parent_id integer REFERENCES a, note text)",
        # A row that has to refer to itself before there is another.
        "CREATE TABLE a (id serial PRIMARY KEY, parent_id integer NOT NULL REFERENCES a, note text)",
        "CREATE TABLE a (code varchar(9) PRIMARY KEY, parent varchar(9) NOT NULL REFERENCES a)",
        # An association with nothing but foreign keys.
        (
            "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id serial PRIMARY KEY);"
            "CREATE TABLE a_b (a integer REFERENCES a, b integer REFERENCES b, PRIMARY KEY (a, b))"
        ),
        # One to one, also by a shared key.
        (
            "CREATE TABLE a (id serial PRIMARY KEY);"
            "CREATE TABLE b (id serial PRIMARY KEY, a_id integer NOT NULL UNIQUE REFERENCES a);"
            "CREATE TABLE c (id integer PRIMARY KEY REFERENCES a, note text)"
        ),
        # Two ways to the same parent that may not meet.
        (
            "CREATE TABLE a (id serial PRIMARY KEY);"
            "CREATE TABLE b (x integer REFERENCES a, y integer REFERENCES a, PRIMARY KEY (x, y), "
            "CHECK (x <> y))"
        ),
        # A circle that NULL breaks.
        (
            "CREATE TABLE a (id serial PRIMARY KEY, b_id integer);"
            "CREATE TABLE b (id serial PRIMARY KEY, a_id integer NOT NULL REFERENCES a);"
            "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED"
        ),
        # Foreign keys to something else than the primary key, and of several columns.
        (
            "CREATE TABLE a (id serial PRIMARY KEY, code text UNIQUE, x text, y integer, UNIQUE (x, y));"
            "CREATE TABLE b (id serial PRIMARY KEY, code text NOT NULL REFERENCES a (code), x text NOT NULL, "
            "y integer NOT NULL, FOREIGN KEY (x, y) REFERENCES a (x, y))"
        ),
        # Children by name before their parents.
        (
            "CREATE TABLE z (id serial PRIMARY KEY);"
            "CREATE TABLE a (id serial PRIMARY KEY, z_id integer NOT NULL REFERENCES z ON DELETE CASCADE)"
        ),
    ],
)
def test_foreign_keys_of_all_shapes(database: Database, tables: str) -> None:
    database.run(tables)
    for _ in range(3):
        result = database.seed()
        assert result.problems == {}
        assert set(result.seeded.values()) == {2}


def test_a_tree_gets_parents_from_the_second_round_on(database: Database) -> None:
    database.run("CREATE TABLE a (id serial PRIMARY KEY, parent_id integer REFERENCES a)")
    database.seed()
    database.seed()
    assert [row[1] is None for row in database.rows().tables["a"].rows] == [True, True, False, False]


def test_partitions_count_for_their_table(database: Database) -> None:
    database.run(
        "CREATE TABLE events (id integer, day date, note text, PRIMARY KEY (id, day)) "
        "PARTITION BY RANGE (day);"
        "CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-02-01');"
        "CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2024-02-01') TO (MAXVALUE)"
    )
    assert database.seed() == SeedResult({"events": 2}, {})
    before = database.rows()
    assert before.counts() == {"events": 2}
    database.run("ALTER TABLE events DETACH PARTITION events_new; DROP TABLE events_new")
    assert [item.table for item in compare_rows(before, database.rows(), direction="up")] == ["events"]


def test_a_table_that_is_full_is_no_problem_once_it_holds_rows(database: Database) -> None:
    database.run(
        "CREATE TYPE level AS ENUM ('low', 'high', 'top'); CREATE TABLE levels (name level PRIMARY KEY)"
    )
    results = [database.seed() for _ in range(3)]
    assert [result.seeded["levels"] for result in results] == [2, 1, 0]
    assert all(result.problems == {} for result in results)


@pytest.mark.parametrize(
    "rule",
    [
        # Guesses that are no value of the type at all are passed over.
        "v inet NOT NULL, CHECK (host(v) LIKE '192.168.%')",
        # More combinations than anybody would want to try.
        "a integer, b integer, c integer, CHECK (a + b + c = -7777)",
    ],
)
def test_a_rule_that_is_not_understood_is_named(database: Database, rule: str) -> None:
    database.run(f"CREATE TABLE things (id serial PRIMARY KEY, {rule})")
    result = database.seed()
    assert result.seeded == {"things": 0}
    assert "violates check constraint" in result.problems["things"]


def test_a_child_of_a_table_without_rows(database: Database) -> None:
    database.run(
        "CREATE TABLE a (id serial PRIMARY KEY, CHECK (id < 0));"
        "CREATE TABLE b (id serial PRIMARY KEY, a_id integer NOT NULL REFERENCES a)"
    )
    result = database.seed()
    problems = result.problems
    assert result.checked == {"a"}
    assert problems["a"] == 'new row for relation "a" violates check constraint "a_id_check"'
    assert problems["b"] == 'a row needs one of "a" to refer to, and there is none'


def test_a_table_that_is_none_of_the_students(database: Database) -> None:
    database.ask("CREATE TABLE public.things (id serial PRIMARY KEY); SELECT 1")
    assert "which is none of the two" in database.seed().problems["things"]


LOOKUP = (
    "CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL);"
    "CREATE TABLE people (id serial PRIMARY KEY, role_id integer NOT NULL REFERENCES roles);"
)


def test_a_table_that_migrations_fill_gets_no_rows_and_serves_as_a_parent(database: Database) -> None:
    database.run(LOOKUP)
    database.run("INSERT INTO roles (name) VALUES ('reader'), ('author')")
    for _ in range(2):
        assert database.seed(filled=["roles"]) == SeedResult({"roles": 0, "people": 2}, {})
    assert {row[1] for row in database.rows().tables["people"].rows} == {"1"}
    assert database.ask("SELECT nextval('public.roles_id_seq')") == [(3,)]


def test_a_table_that_migrations_fill_later_gets_rows_only_if_another_needs_them(database: Database) -> None:
    database.run(LOOKUP + "CREATE TABLE tags (id serial PRIMARY KEY)")
    assert database.seed(filled=["roles", "tags"]).seeded == {"roles": 2, "people": 2, "tags": 0}


def test_a_sequence_left_behind_shows_up_in_a_table_that_migrations_fill(database: Database) -> None:
    database.run(LOOKUP)
    database.run("INSERT INTO roles VALUES (1, 'reader')")
    for _ in range(2):
        result = database.seed(filled=["roles"])
        assert result.problems == {"roles": 'duplicate key value violates unique constraint "roles_pkey"'}
    assert len(database.rows().tables["roles"].rows) == 1


def test_a_filled_table_that_refuses_all_rows_is_no_problem(database: Database) -> None:
    database.run(LOOKUP)
    database.run(
        "INSERT INTO roles VALUES (1, 'reader');"
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'read only'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON roles FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    assert database.seed(filled=["roles"]) == SeedResult({"roles": 0, "people": 2}, {})


def test_rows_are_as_wished_where_the_table_accepts_them(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, mood varchar(9), n integer, flag boolean)")
    examples = [
        {"mood": Wish(mood, "public.mood"), "n": Wish(text, "text"), "flag": Wish("t", "boolean")}
        for mood, text in (("calm", "4"), ("sad", "5"))
    ]
    database.seed(wishes=Wishes(rows={"things": examples}))
    assert [row[1:] for row in database.rows().tables["things"].rows] == [
        ("calm", "4", "t"),
        ("sad", "5", "t"),
    ]


def test_a_wish_that_is_no_value_of_the_type_is_passed_over(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, n integer)")
    wishes = Wishes(rows={"things": [{"n": Wish("calm", "text")}] * 2})
    assert database.seed(wishes=wishes) == SeedResult({"things": 2}, {})


def test_defaults_of_the_app_are_used_where_the_table_accepts_them(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, state text, code text UNIQUE, done boolean)")
    defaults = {"things": {"state": ("draft",), "code": ("x",), "done": ("true",)}}
    database.seed(wishes=Wishes(defaults=defaults, plain=True))
    first, second = database.rows().tables["things"].rows
    assert first[1:] == ("draft", "x", "t")
    assert second[3] == "f"
    database.seed(wishes=Wishes(defaults=defaults, only_defaults=True, plain=True))
    rows = database.rows().tables["things"].rows
    assert [row[1] for row in rows] == ["draft", "aab harbour", "draft", "draft"]
    assert len({row[2] for row in rows}) == 4


def test_new_rows_repeat_earlier_ones_where_nothing_forbids_it(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, state text, code text UNIQUE)")
    database.seed()
    database.seed(wishes=Wishes(like_earlier=True))
    rows = database.rows().tables["things"].rows
    assert {row[1] for row in rows[2:]} == {row[1] for row in rows[:2]}
    assert len({row[2] for row in rows}) == 4


def test_values_that_stand_in_for_refused_wishes_are_named(database: Database) -> None:
    database.run(
        "CREATE TYPE mood AS ENUM ('new', 'done');"
        "CREATE TABLE things (id serial PRIMARY KEY, mood mood, state text CHECK (state IN ('new', 'done')))"
    )
    examples = [{name: Wish(text, "text") for name in ("mood", "state")} for text in ("open", "done")]
    result = database.seed(wishes=Wishes(rows={"things": examples}))
    assert result.seeded == {"things": 2}
    assert result.unwished == {("things", "mood", "new"), ("things", "state", "new")}
    assert result.refused == {("things", "mood", "open"), ("things", "state", "open")}


def test_a_row_without_a_parent_yet_refers_to_none(database: Database) -> None:
    database.run("CREATE TABLE things (id serial PRIMARY KEY, a_id integer, b_id integer NOT NULL)")
    wishes = Wishes(rows={"things": [{"a_id": Wish(None, ""), "b_id": Wish(None, "")}]})
    database.seed(wishes=wishes, rows_per_table=1)
    ((_, first, second),) = database.rows().tables["things"].rows
    assert first is None
    assert second is not None
