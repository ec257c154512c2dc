"""Criterion `category_table`: the table that the exercise adds, and the column that refers to it."""

from __future__ import annotations

from grader.judging import expected_objects
from grader.judging.rubric import Case, Judgement, criterion


@criterion(
    "category_table", "Table categories", requires=("upgrade_head",), example="wrong_category_id_not_null"
)
def category_table(case: Case) -> Judgement:
    """At head, `categories` is a table with its columns and keys, and `posts.category_id` refers to it.

    A real table, not a view, with its five columns, a primary key, and unique `name` and `slug`.
    `posts.category_id` is INTEGER NULL and has a foreign key to it.

    A third of the points: the table was made by a later revision than the first that makes tables, and the
    column was added by a later one than that which made `posts`.
    """
    return expected_objects.verdict_on(case)
