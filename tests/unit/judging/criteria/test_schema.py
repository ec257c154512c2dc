"""`user_columns` and `category_table`: each check alone, and what is accepted besides the reference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.model import Expectations
from grader.observations.model import Observations
from grader.report.model import Status
from tests.unit.observation_builders import (
    EMPTY,
    INITIAL,
    SHORTENED,
    STATES,
    VARCHAR_255,
    Objects,
    assignment,
    changed,
    column,
    constraint,
    exits_at_once,
    foreign_key,
    perfect,
    primary_key,
    replayed_to,
    table,
    thing,
    unique_index,
    untouched,
    with_head,
    with_snapshots,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

NAME_KEY = "categories.uq_name"
CATEGORY_KEY = "posts.fk_category_id"


def test_both_pass_and_say_since_when() -> None:
    users = judged(perfect(), "user_columns")
    assert (users.status, users.points, users.hint) == (Status.PASSED, 10, None)
    assert [check.revision for check in users.checks] == ["bbb2", "bbb2"]
    assert found(users, "column_users_bio") == "users.bio is text, nullable"
    categories = judged(perfect(), "category_table")
    assert (categories.status, categories.points) == (Status.PASSED, 15)
    assert {check.revision for check in categories.checks} == {"ccc3"}


@pytest.mark.parametrize("observations", [untouched(), exits_at_once()])
@pytest.mark.parametrize("criterion", ["user_columns", "category_table"])
def test_skipped_without_an_upgrade(observations: Observations, criterion: str) -> None:
    result = judged(observations, criterion)
    assert (result.status, result.points, result.blocked_by) == (Status.SKIPPED, 0, "upgrade_head")


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"type": VARCHAR_255}, "users.bio is character varying(255), nullable"),
        ({"nullable": False}, "users.bio is text, not null"),
    ],
)
def test_a_column_of_another_kind(properties: dict[str, str], text: str) -> None:
    result = judged(with_head(perfect(), changed(SHORTENED, "users.bio", **properties)), "user_columns")
    assert failed_checks(result) == ["column_users_bio"]
    assert found(result, "column_users_bio") == text
    assert result.points == 5
    assert text in hint(result)


def test_a_column_that_is_not_there() -> None:
    result = judged(with_head(perfect(), without(SHORTENED, "users.avatar_url")), "user_columns")
    assert failed_checks(result) == ["column_users_avatar_url"]
    assert found(result, "column_users_avatar_url") == "there is no column users.avatar_url"
    assert "alembic revision --autogenerate" in hint(result)


def test_a_column_that_never_was_there_has_no_revision() -> None:
    never = perfect(tuple(without(state, "users.bio") for state in STATES))
    assert judged(never, "user_columns").checks[0].revision is None


def test_a_column_that_was_spoilt_later_names_the_revision() -> None:
    late = perfect((*STATES[:4], changed(SHORTENED, "users.bio", type=VARCHAR_255)))
    result = judged(late, "user_columns")
    assert result.checks[0].revision == "ddd4"
    assert "(since revision ddd4)" in hint(result)


SPOILT_CATEGORIES: list[tuple[str, Objects, list[str], str]] = [
    (
        "no table at all",
        without(SHORTENED, "categories", CATEGORY_KEY),
        [
            "table_categories",
            "column_categories_name",
            "primary_key_categories",
            "unique_categories_name",
            "foreign_key_posts_category_id",
        ],
        "there is no table categories",
    ),
    (
        "a column too short",
        changed(SHORTENED, "categories.name", type="character varying(40)"),
        ["column_categories_name"],
        "categories.name is character varying(40), not null",
    ),
    (
        "a column that may be null",
        changed(SHORTENED, "categories.name", nullable=True),
        ["column_categories_name"],
        "categories.name is character varying(50), nullable",
    ),
    (
        "a required foreign key column",
        changed(SHORTENED, "posts.category_id", nullable=False),
        ["column_posts_category_id"],
        "posts.category_id is integer, not null",
    ),
    (
        "no primary key",
        without(SHORTENED, "categories.categories_pkey"),
        ["primary_key_categories"],
        "categories has no primary key",
    ),
    (
        "another primary key",
        (*without(SHORTENED, "categories.categories_pkey"), primary_key("categories", "id", "name")),
        ["primary_key_categories"],
        "a primary key on (id, name)",
    ),
    (
        "nothing unique",
        without(SHORTENED, NAME_KEY),
        ["unique_categories_name"],
        "nothing keeps categories.name unique",
    ),
    (
        "unique together with another column only",
        (*without(SHORTENED, NAME_KEY), constraint("categories", "two", "unique", "name", "id")),
        ["unique_categories_name"],
        "there is only a unique constraint on (name, id)",
    ),
    (
        "a partial unique index",
        (*without(SHORTENED, NAME_KEY), unique_index("categories", "name", predicate="(id > 0)")),
        ["unique_categories_name"],
        "there is only a unique index with a condition ((id > 0)) on (name)",
    ),
    (
        "a unique index on an expression",
        (*without(SHORTENED, NAME_KEY), unique_index("categories", "lower((name)::text)", expression=True)),
        ["unique_categories_name"],
        "there is only a unique index on an expression on (lower((name)::text))",
    ),
    (
        "an invalid unique index",
        (*without(SHORTENED, NAME_KEY), unique_index("categories", "name", valid=False)),
        ["unique_categories_name"],
        "there is only an invalid unique index on (name)",
    ),
    (
        "an index that is not unique",
        (*without(SHORTENED, NAME_KEY), unique_index("categories", "name", unique=False)),
        ["unique_categories_name"],
        "there is only an index that is not unique on (name)",
    ),
    (
        "no foreign key",
        without(SHORTENED, CATEGORY_KEY),
        ["foreign_key_posts_category_id"],
        "posts.category_id has no foreign key",
    ),
    (
        "a foreign key to another table",
        (*without(SHORTENED, CATEGORY_KEY), foreign_key("posts", "category_id", "users")),
        ["foreign_key_posts_category_id"],
        "there is only a foreign key (category_id) to users(id)",
    ),
    (
        "a foreign key that was not validated",
        (*without(SHORTENED, CATEGORY_KEY), foreign_key("posts", "category_id", "categories", valid=False)),
        ["foreign_key_posts_category_id"],
        "there is only a foreign key (category_id) to categories(id) that is NOT VALID",
    ),
]


@pytest.mark.parametrize(
    ("objects", "checks", "text"),
    [pytest.param(*case[1:], id=case[0]) for case in SPOILT_CATEGORIES],
)
def test_a_spoilt_table(objects: Objects, checks: list[str], text: str) -> None:
    result = judged(with_head(perfect(), objects), "category_table")
    assert failed_checks(result) == checks
    assert found(result, checks[0]) == text
    assert result.points == round(15 * (6 - len(checks)) / 6, 2)
    assert hint(result)


@pytest.mark.parametrize(
    ("name", "relation", "kind", "text"),
    [
        ("categories", "view", "view", "a view named categories"),
        ("categories", "materialized view", "view", "a materialized view named categories"),
        ("categories", "foreign table", "foreign table", "a foreign table named categories"),
        (
            "other.categories",
            "table",
            "table",
            "no table categories in the schema public, but other.categories",
        ),
    ],
)
def test_what_is_no_table_of_the_schema_public(name: str, relation: str, kind: str, text: str) -> None:
    instead = replace(table(name, relation=relation), kind=kind)
    objects = (*without(SHORTENED, "categories"), instead)
    result = judged(with_head(perfect(), objects), "category_table")
    assert found(result, "table_categories") == text
    assert found(result, "column_categories_name") == text


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(
            (*without(SHORTENED, NAME_KEY), unique_index("categories", "name")), id="a unique index instead"
        ),
        pytest.param((*SHORTENED, table("tags"), column("tags", "id", "integer")), id="a table more"),
        pytest.param((*SHORTENED, column("users", "nickname", "text")), id="a column more"),
    ],
)
def test_what_is_accepted_besides(objects: Objects) -> None:
    result = judged(with_head(perfect(), objects), "category_table")
    assert result.status is Status.PASSED


def test_the_replay_is_judged_where_the_run_has_more() -> None:
    """The columns are in the student's database, but create_all made them."""
    result = judged(with_head(perfect(), SHORTENED, replayed=INITIAL), "user_columns")
    assert failed_checks(result) == ["column_users_bio", "column_users_avatar_url"]
    assert "column users.bio" in result.evidence[0].text
    assert "no revision makes it" in hint(result)


def test_other_names_in_the_replay_are_no_other_schema() -> None:
    """A naming convention names keys under the student's env.py only."""
    unnamed = (
        *without(SHORTENED, NAME_KEY),
        constraint("categories", "categories_name_key", "unique", "name"),
    )
    observations = with_head(perfect(), SHORTENED, replayed=unnamed)
    result = judged(observations, "category_table")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_another_owner_in_the_replay_is_no_other_schema() -> None:
    pooled = changed(SHORTENED, "users", owner="pooled", privileges=("direct: SELECT",))
    result = judged(with_head(perfect(), pooled, replayed=SHORTENED), "user_columns")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_a_replay_that_only_says_that_it_ran_counts_as_far_as_it_came() -> None:
    """A revision ends the process: what was committed before it stays, in the run as in the replay."""
    observations = perfect()
    assert observations.replay is not None
    silent = replayed_to("head", state=EMPTY)
    steps = tuple((s.revision, s.up) for s in observations.stairway)
    left = replace(observations, replay=replace(observations.replay, one_shot=silent, steps=steps))
    result = judged(with_snapshots(left, EMPTY), "user_columns")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_a_type_that_env_py_makes_is_from_outside() -> None:
    mood = (*SHORTENED, thing("type", "mood", type="enum", labels=("good",), written="mood"))
    result = judged(with_head(perfect(), mood, replayed=SHORTENED), "user_columns")
    assert result.status is Status.PASSED
    assert "type mood" in result.evidence[0].text


def test_an_assignment_that_asks_for_nothing_is_no_pass() -> None:
    rubric = assignment()
    criteria = tuple(replace(item, expectations=Expectations()) for item in rubric.criteria)
    result = judged(perfect(), "user_columns", replace(rubric, criteria=criteria))
    assert result.status is Status.ERROR


def test_nothing_at_head_but_the_empty_schema_is_skipped() -> None:
    assert judged(with_head(perfect(), EMPTY), "user_columns").status is Status.SKIPPED
