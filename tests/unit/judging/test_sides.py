"""Which side is wrong where models and database differ, and what the hint says to do about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.rubric import Place
from grader.judging.sides import Sides, Wrong, advice, place, subject, told, without_consequences
from grader.observations.files import Mention, ModelFile
from grader.observations.model import Observations
from grader.observations.schema import ChangeKind, Difference, SchemaKind
from tests.unit.observation_builders import CHAIN, perfect

LENGTH = Difference(
    ChangeKind.CHANGED,
    SchemaKind.COLUMN,
    "users.bio",
    "type",
    "character varying(80)",
    "character varying(50)",
    revision=CHAIN[1],
)
MISSING = Difference(ChangeKind.MISSING, SchemaKind.COLUMN, "users.bio")
EXTRA = Difference(ChangeKind.EXTRA, SchemaKind.COLUMN, "users.bio", revision=CHAIN[1])
KEY = Difference(ChangeKind.MISSING, SchemaKind.CONSTRAINT, "unique (bio) on users")
DEFAULT = replace(LENGTH, property="default", expected="'a'::text", found=None)
NOBODY = Sides((), ())


def observations() -> Observations:
    found = perfect()
    models = (ModelFile("app.py", (Mention("users", (), 40), Mention("users", ("bio",), 43))),)
    return replace(found, submission=replace(found.submission, models=models))


def test_which_side_is_wrong() -> None:
    asked = replace(LENGTH, expected="text")
    assert Sides((asked,), ()).wrong(LENGTH) is Wrong.MODELS
    assert Sides((), (asked,)).wrong(LENGTH) is Wrong.DATABASE
    assert Sides((asked,), (asked,)).wrong(LENGTH) is Wrong.BOTH
    assert NOBODY.wrong(LENGTH) is Wrong.NEITHER
    assert Sides((), (asked,)).wrong(DEFAULT) is Wrong.NEITHER


def test_what_the_exercise_leaves_open_comes_last() -> None:
    asked = replace(LENGTH, expected="text", found="x")
    assert Sides((), (asked,)).decided_first((DEFAULT, LENGTH, EXTRA)) == (LENGTH, DEFAULT, EXTRA)
    assert NOBODY.decided_first((DEFAULT, LENGTH)) == (DEFAULT, LENGTH)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (MISSING, "column users.bio is in the models and not in the database"),
        (EXTRA, "column users.bio is in the database and not in the models (since revision bbb2)"),
        (
            replace(LENGTH, property="nullable", expected=True, found=False),
            "column users.bio is nullable in the models and not null in the database (since revision bbb2)",
        ),
        (
            DEFAULT,
            (
                "column users.bio: the server default is 'a'::text in the models and none in the database "
                "(since revision bbb2)"
            ),
        ),
    ],
)
def test_both_values_are_told(item: Difference, text: str) -> None:
    assert told(item) == text


def test_models_that_are_wrong_are_corrected_in_their_line() -> None:
    text = advice(observations(), (LENGTH,), Sides((LENGTH,), ()))
    assert "correct the models (app.py, line 43); no revision is needed" in text
    assert "`alembic check` shows the difference too" in text
    assert place(observations(), LENGTH, Wrong.MODELS) == Place("app.py", 43)
    assert "add it to the models" in advice(observations(), (EXTRA,), Sides((EXTRA,), ()))


def test_a_database_that_is_wrong_needs_a_revision() -> None:
    text = advice(observations(), (LENGTH, KEY), Sides((), (LENGTH,)))
    assert "The models are as the exercise asks" in text
    assert "`alembic check` shows it" in text
    assert text.endswith("The report lists 1 more difference.")
    found = place(observations(), LENGTH, Wrong.DATABASE)
    assert found == Place(f"alembic/versions/{CHAIN[1]}.py", 20)


def test_what_alembic_does_not_see_is_written_by_hand() -> None:
    text = advice(observations(), (DEFAULT,), NOBODY)
    assert "The exercise leaves this open" in text
    assert "`alembic check` does not look at server defaults" in text
    assert """`op.alter_column("users", "bio", server_default=sa.text("'a'::text"))`""" in text
    unlimited = replace(LENGTH, expected="character varying")
    assert "type_=sa.String())" in advice(observations(), (unlimited,), NOBODY)
    numeric = replace(LENGTH, expected="numeric(10,2)", found="numeric")
    assert "type_=sa.Numeric(10, 2))" in advice(observations(), (numeric,), NOBODY)
    check = Difference(ChangeKind.MISSING, SchemaKind.CONSTRAINT, "check (id > 0) on users")
    assert """op.create_check_constraint("ck_users_...", "users", 'id > 0')""" in advice(
        observations(), (check,), NOBODY
    )


def test_both_wrong() -> None:
    asked = replace(LENGTH, expected="text")
    assert "The exercise asks for text" in advice(observations(), (LENGTH,), Sides((asked,), (asked,)))


def test_a_key_of_a_missing_column_is_not_told_beside_it() -> None:
    other = replace(KEY, name="unique (email) on users")
    assert without_consequences((MISSING, KEY, other)) == (MISSING, other)
    assert without_consequences((EXTRA, KEY)) == (EXTRA, KEY)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (MISSING, ("users", ("bio",))),
        (KEY, ("users", ("bio",))),
        (replace(KEY, name="foreign key (a, b) to o (x, y) on t"), ("t", ("a", "b"))),
        (Difference(ChangeKind.MISSING, SchemaKind.TABLE, "users"), ("users", ())),
    ],
)
def test_what_a_difference_is_about(item: Difference, expected: tuple[str, tuple[str, ...]]) -> None:
    assert subject(item) == expected
