"""`schema`: columns and tables, each check alone, and what is accepted besides the reference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.objects import ExpectedSchema
from grader.errors import ConfigurationError
from grader.judging.kinds.schema import Settings
from grader.observations.schema import SchemaKind
from grader.report.model import Status
from grader.runs.assignments import load
from tests.shop import write_assignment
from tests.unit.observation_builders import (
    SHORTENED,
    STATES,
    VARCHAR_255,
    Objects,
    assignment,
    changed,
    column,
    constraint,
    criterion,
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
    users = judged(perfect(), "user_columns")
    assert (users.status, users.points, users.hint) == (Status.PASSED, 10, None)
    assert [check.revision for check in users.checks] == ["bbb2", "bbb2"]
    assert found(users, "column_users_bio") == "users.bio is text, nullable"


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


def test_a_table_passes_and_says_since_when() -> None:
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


def test_a_default_of_a_missing_column_is_no_default_to_alter() -> None:
    item = criterion("it", "schema", points=1.0, defaults={"users.bio": "x", "users.nothing": "x"})
    result = judged(perfect(), "it", replace(assignment(), criteria=(item,)))
    assert failed_checks(result) == ["default_users_bio", "default_users_nothing"]
    assert """`op.alter_column("users", "bio", server_default=sa.text("'x'"))`""" in hint(result)
    item = criterion("it", "schema", points=1.0, defaults={"users.nothing": "x"})
    result = judged(perfect(), "it", replace(assignment(), criteria=(item,)))
    assert "alembic revision --autogenerate" in hint(result)
    assert "alter_column" not in hint(result)


def test_the_rubrics_own_words_name_rules_about_rows() -> None:
    rows = {"table": "orders", "accepted": [{"total": 1}], "refused": [{"total": 0}]}
    item = criterion("it", "schema", checks=[rows, {**rows, "title": "Nothing is for free"}])
    assert item.title == "Rules of orders"
    assert item.text[0].endswith(
        "orders takes right values of total and no wrong ones: takes total = 1; refuses total = 0; "
        "Nothing is for free: takes total = 1; refuses total = 0."
    )


# What a file may say

RIGHT = """
[criteria.orders]
kind = "schema"
points = 10
tables = ["orders"]
foreign_keys = ["orders(a) -> b(id)", { key = "orders(c) -> d(id)", on_delete = "set null" }]
indexes = ["orders(a, b)", { key = "orders(c)", unique = true }]
enums = { status = ["new"], "orders.status" = ["new", "it's"] }
absent = ["people", "orders.name"]

[criteria.orders.defaults]
"orders.status" = "it's"
"orders.total" = 1.5
"orders.paid" = false
"orders.at" = { sql = "now()" }

[[criteria.orders.checks]]
table = "orders"
accepted = [{ total = 1, paid = true }]
refused = [{ total = -1 }, { note = { sql = "NULL" } }]
"""


def settings(folder: Path, criteria: str) -> Settings:
    item = load(write_assignment(folder, criteria, points=10)).criterion("orders")
    assert item is not None
    assert isinstance(item.settings, Settings)
    return item.settings


def test_all_that_a_file_may_say(tmp_path: Path) -> None:
    expected = settings(tmp_path, RIGHT).expected()
    assert [key.on_delete for key in expected.foreign_keys] == [None, "set null"]
    assert [(index.columns, index.unique) for index in expected.indexes] == [
        (("a", "b"), None),
        (("c",), True),
    ]
    assert [(enum.type, enum.table, enum.column) for enum in expected.enums] == [
        ("status", None, None),
        (None, "orders", "status"),
    ]
    assert [default.sql for default in expected.defaults] == ["'it''s'", "1.5", "false", "now()"]
    assert [(gone.table, gone.column) for gone in expected.absent] == [("people", None), ("orders", "name")]
    (rule,) = expected.rows
    assert (rule.accepted, rule.refused) == (
        ({"total": "1", "paid": "true"},),
        ({"total": "-1"}, {"note": "NULL"}),
    )
    assert rule.columns == ("total", "paid", "note")


def test_its_parts_are_the_whole(tmp_path: Path) -> None:
    found = settings(tmp_path, RIGHT)
    whole = ExpectedSchema()
    for _, part in found.parts():
        whole = whole.with_all(part)
    assert whole == found.expected()
    assert ("orders", "note") in set(whole.names())
    assert ("people", None) not in set(whole.names())


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('"set null"', '"SET NULL"', "foreign_keys =", '"set null" or "set default"'),
        (
            'indexes = ["orders(a, b)"',
            'indexes = ["orders.a"',
            "indexes =",
            'has "orders.a": each must be a table and its columns',
        ),
        ("unique = true", "uniqe = true", "indexes =", "is not a known key. Did you mean `unique`?"),
        ('status = ["new"],', "status = [],", "enums =", "must be a list of one or more texts"),
        (
            '"orders.paid" = false',
            '"orders.paid" = [1]',
            '"orders.paid"',
            "must be a text, a number, true or false or SQL like",
        ),
        ('sql = "now()"', 'sq = "now()"', '"orders.at"', "is not a known key. Did you mean `sql`?"),
        (
            "accepted = [{ total = 1, paid = true }]\n",
            "",
            "[[criteria.orders.checks]]",
            "`criteria.orders.checks.accepted` is missing",
        ),
        ("refused = [{ total = -1 }, {", "refuse = [{", "refuse =", "Did you mean `refused`?"),
        ('absent = ["people"', 'absent = ["a.b.c"', "absent =", "a table, a dot and a column"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_its_line(
    tmp_path: Path, old: str, new: str, line: str, said: str
) -> None:
    assert old in RIGHT
    path = write_assignment(tmp_path, RIGHT.replace(old, new), points=10)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    message = caught.value.message
    number = int(message.partition("line ")[2].partition(":")[0])
    assert said in message
    assert path.read_text("utf-8").splitlines()[number - 1].startswith(line), message
