"""Criterion `user_columns`: the columns that the exercise adds to `users`."""

from __future__ import annotations

from grader.judging import expected_objects
from grader.judging.rubric import Case, Judgement, criterion


@criterion(
    "user_columns", "Columns bio and avatar_url", requires=("upgrade_head",), example="wrong_avatar_length"
)
def user_columns(case: Case) -> Judgement:
    """At head, `users` has the columns `bio` (TEXT NULL) and `avatar_url` (VARCHAR(255) NULL), added later.

    A third of the points: both columns were added by a later revision than the one that made the table.
    """
    return expected_objects.verdict_on(case)
