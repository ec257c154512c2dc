"""Criterion `category_table`: the table that the exercise adds, and what points at it."""

from __future__ import annotations

from grader.judging import expected_objects
from grader.judging.rubric import Case, Judgement, criterion


@criterion(
    "category_table",
    title="Table categories",
    requires=("upgrade_head",),
    example="wrong_category_id_not_null",
)
def category_table(case: Case) -> Judgement:
    """At head `categories` is a real table with its columns and keys; `posts.category_id` points at it."""
    return expected_objects.verdict_on(case)
