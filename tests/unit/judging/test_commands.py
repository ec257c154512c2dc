"""Commands in hints, as the student of each layout types them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.commands import as_typed
from grader.observations.files import Layout

ALEMBIC = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
BELOW = replace(ALEMBIC, config="my db/alembic.ini")
FLASK = Layout("flask", "web", "web/migrations/alembic.ini", "web/migrations", ("web/migrations/versions",))
NAMED = replace(FLASK, root=".", directory_option=True)


def test_an_app_that_only_the_command_names() -> None:
    layout = replace(NAMED, application="blog:create_app('dev')")
    told = as_typed("`alembic upgrade head`, `alembic init alembic`", layout)
    tool = """flask --app 'blog:create_app('"'"'dev'"'"')' db"""
    assert told == f"`{tool} -d web/migrations upgrade head`, `{tool} init`"


@pytest.mark.parametrize(
    ("text", "below", "flask", "named"),
    [
        (
            '`alembic revision --autogenerate -m "x"`',
            "`alembic -c 'my db/alembic.ini' revision --autogenerate -m \"x\"`",
            '`flask db migrate -m "x"`',
            '`flask db -d web/migrations migrate -m "x"`',
        ),
        (
            "Run `alembic downgrade -1`, then `alembic upgrade head`.",
            (
                "Run `alembic -c 'my db/alembic.ini' downgrade -1`, then "
                "`alembic -c 'my db/alembic.ini' upgrade head`."
            ),
            "Run `flask db downgrade`, then `flask db upgrade head`.",
            "Run `flask db -d web/migrations downgrade`, then `flask db -d web/migrations upgrade head`.",
        ),
        ("`alembic init alembic`", "`alembic init alembic`", "`flask db init`", "`flask db init`"),
        (
            "`alembic init` made it",
            "`alembic init` made it",
            "`flask db init` made it",
            "`flask db init` made it",
        ),
        (
            "`flask db revision --autogenerate`",
            "`flask db revision --autogenerate`",
            "`flask db migrate`",
            "`flask db -d web/migrations migrate`",
        ),
        ("the folder alembic, `alembic/env.py`", *["the folder alembic, `alembic/env.py`"] * 3),
    ],
)
def test_a_command_is_the_one_of_the_layout(text: str, below: str, flask: str, named: str) -> None:
    assert as_typed(text, None) == as_typed(text, ALEMBIC) == text
    assert (as_typed(text, BELOW), as_typed(text, FLASK), as_typed(text, NAMED)) == (below, flask, named)
