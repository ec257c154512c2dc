"""Histories in which no revision was edited, and code of one's own that says what it is for."""

from __future__ import annotations

from tests.catalogue.case import (
    CATEGORIES,
    INI,
    INITIAL,
    PROFILE,
    USERNAME,
    Case,
    append,
    delete,
    extra,
    move,
    replace,
)

RIGHT_PRACTICE: tuple[Case, ...] = (
    Case(
        "right_history_of_commits",
        "Revision by revision was committed, a comment added later, and the folder moved in the end.",
        (move("alembic/", "migrations/"), replace(INI, ("%(here)s/alembic", "%(here)s/migrations"))),
        compared=("explained",),
        earlier=(
            (delete(PROFILE, CATEGORIES, USERNAME),),
            (delete(CATEGORIES, USERNAME), append(INITIAL, "# The tables of the start.\n")),
            (),
        ),
    ),
    Case(
        "right_explained_sql",
        "SQL changes rows, and a comment says why.",
        (
            extra(
                "# Categories of the first days have no slug; their pages are found by it.\n"
                """op.execute("UPDATE categories SET slug = lower(name) WHERE slug = ''")"""
            ),
        ),
        compared=("explained",),
    ),
)
