"""Rows of the exercise's tables, read before and after changes of the schema."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from grader.observations.model import RowLoss
from grader.trial.rows import SeedResult, compare_rows, read_rows, rows_added, seed
from tests.integration.trial.rows.student_database import FIRST_REVISION, SECOND_REVISION, THIRD_REVISION

if TYPE_CHECKING:
    from tests.integration.trial.rows.student_database import Database

pytestmark = pytest.mark.postgres


def test_the_exercise_from_first_to_last_revision(database: Database) -> None:
    database.run(FIRST_REVISION)
    first = database.seed()
    assert first == SeedResult({"organizations": 2, "users": 2, "posts": 2}, {})

    before = database.rows()
    database.run(SECOND_REVISION)
    assert compare_rows(before, database.rows(), direction="up") == ()
    assert database.seed().problems == {}

    before = database.rows()
    database.run(THIRD_REVISION)
    assert compare_rows(before, database.rows(), direction="up") == ()
    assert database.seed().problems == {}
    assert database.rows().counts() == {"categories": 2, "organizations": 6, "posts": 6, "users": 6}

    before = database.rows()
    database.run("ALTER TABLE posts DROP category_id; DROP TABLE categories")
    assert compare_rows(before, database.rows(), direction="down") == ()


def test_tables_that_are_left_out_get_no_row_and_still_serve_as_parents(database: Database) -> None:
    database.run(FIRST_REVISION)
    database.seed()

    assert database.seed(without=["users"]) == SeedResult({"organizations": 2, "users": 0, "posts": 2}, {})
    assert database.rows().counts() == {"organizations": 4, "users": 2, "posts": 4}


def test_every_column_of_a_seeded_row_holds_a_value(database: Database) -> None:
    database.run(FIRST_REVISION + SECOND_REVISION + ";" + THIRD_REVISION)
    database.seed()

    for content in database.rows().tables.values():
        assert all(value is not None for row in content.rows for value in row)


def test_the_version_table_is_neither_read_nor_filled(database: Database) -> None:
    database.run(FIRST_REVISION)
    assert "alembic_version" not in database.seed().seeded
    assert "alembic_version" not in database.rows().tables


def test_four_tables_take_few_milliseconds(database: Database) -> None:
    database.run(FIRST_REVISION + SECOND_REVISION + ";" + THIRD_REVISION)
    snapshot = database.snapshot()
    inspector = database.student.inspector
    seconds = []
    for number in range(6):
        began = time.perf_counter()
        seed(database.student.connect_as, snapshot, inspector, round=number)
        read_rows(inspector, snapshot)
        seconds.append(time.perf_counter() - began)

    # Usually about 15 ms; the bound only has to catch a round trip for every row, on a busy machine too.
    assert min(seconds) < 0.3


@pytest.mark.parametrize(
    ("upgrade", "column"),
    [
        ("ALTER TABLE users DROP full_name", "full_name"),
        ("ALTER TABLE users DROP full_name; ALTER TABLE users ADD full_name varchar(100)", "full_name"),
        ("UPDATE users SET full_name = NULL", "full_name"),
        ("ALTER TABLE users ALTER full_name TYPE varchar(10) USING left(full_name, 10)", "full_name"),
        ("ALTER TABLE users ALTER created_at TYPE date", "created_at"),
        ("UPDATE users SET is_active = true", "is_active"),
    ],
)
def test_a_lost_value_names_its_column(database: Database, upgrade: str, column: str) -> None:
    database.run(FIRST_REVISION)
    losses = database.losses_of(upgrade)
    assert losses
    assert {(item.table, item.column) for item in losses} == {("users", column)}


@pytest.mark.parametrize(
    "upgrade",
    [
        "ALTER TABLE users RENAME username TO login",
        "ALTER TABLE users RENAME id TO user_id",
        "ALTER TABLE users RENAME TO members",
        "ALTER TABLE users ADD x text; UPDATE users SET x = username; ALTER TABLE users DROP username",
        "ALTER TABLE posts ALTER view_count TYPE bigint",
        "ALTER TABLE posts ALTER view_count TYPE text",
        "ALTER TABLE posts ALTER view_count TYPE numeric(12, 2)",
        "ALTER TABLE users ALTER is_active TYPE integer USING is_active::integer",
        "ALTER TABLE users ALTER is_active TYPE text",
        "ALTER TABLE users ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC'",
        "ALTER TABLE users ALTER created_at TYPE timestamp(0)",
        "ALTER TABLE users ALTER username TYPE varchar(50)",
        "ALTER TABLE users ALTER username TYPE text",
        "ALTER TABLE users ALTER username TYPE char(90)",
        "ALTER TABLE posts ALTER user_id TYPE bigint",
        "UPDATE users SET email = lower(trim(email))",
        "ALTER TABLE posts ADD s text; UPDATE posts SET s = title; ALTER TABLE posts ALTER s SET NOT NULL",
    ],
)
def test_what_keeps_every_value_is_no_loss(database: Database, upgrade: str) -> None:
    database.run(FIRST_REVISION)
    assert database.losses_of(upgrade) == ()


def test_dropping_and_making_a_table_again_loses_its_rows(database: Database) -> None:
    database.run(FIRST_REVISION)
    losses = database.losses_of("DROP TABLE posts; CREATE TABLE posts (id serial PRIMARY KEY, title text)")
    assert RowLoss("posts", None, "id = 1", None) in losses


def test_a_dropped_table_is_one_loss_going_up_and_none_going_down(database: Database) -> None:
    database.run(FIRST_REVISION)
    database.seed()
    before = database.rows()
    database.run("DROP TABLE posts")
    after = database.rows()

    assert compare_rows(before, after, direction="up") == (
        RowLoss("posts", None, "the whole table, 2 rows", None),
    )
    assert compare_rows(before, after, direction="down") == ()


def test_rows_of_a_migrations_own_may_be_taken_away_again(database: Database) -> None:
    database.run(FIRST_REVISION)
    database.seed()
    before = database.rows()
    database.run("INSERT INTO organizations (name, slug) VALUES ('Default', 'default')")
    migrated = rows_added(before, database.rows())
    assert migrated.counts() == {"organizations": 1, "posts": 0, "users": 0}

    database.seed()
    before = database.rows()
    database.run("DELETE FROM organizations WHERE slug = 'default'")
    after = database.rows()
    assert compare_rows(before, after, direction="down", migrated=[migrated]) == ()
    assert compare_rows(before, after, direction="down") == (RowLoss("organizations", None, "id = 3", None),)
