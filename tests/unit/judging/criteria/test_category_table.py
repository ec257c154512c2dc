"""`category_table`: each check alone, and what is accepted besides the reference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.schema import SchemaKind
from grader.report.model import Status
from tests.unit.observation_builders import (
    SHORTENED,
    Objects,
    changed,
    column,
    constraint,
    foreign_key,
    perfect,
    primary_key,
    table,
    unique_index,
    with_head,
    without,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

NAME_KEY = "categories.uq_name"
CATEGORY_KEY = "posts.fk_category_id"


def test_passes_and_says_since_when() -> None:
    categories = judged(perfect(), "category_table")
    assert (categories.status, categories.points) == (Status.PASSED, 15)
    assert {check.revision for check in categories.checks} == {"ccc3"}


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
    instead = replace(table(name, relation=relation), kind=SchemaKind(kind))
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
