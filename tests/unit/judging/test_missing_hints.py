"""What to do where tables or columns are missing: the advice follows from what models and database have."""

from __future__ import annotations

from dataclasses import replace

from grader.judging.missing_hints import Missing, advice
from grader.observations.files import Mention, ModelFile
from grader.observations.model import ModelsPass, Observations
from grader.observations.revisions import FunctionFacts
from grader.observations.steps import StepAction
from tests.unit.observation_builders import (
    INITIAL,
    SHORTENED,
    Objects,
    column,
    perfect,
    snapshot,
    step,
    table,
    with_snapshots,
    without,
)

BIO, AVATAR = Missing("users", "bio"), Missing("users", "avatar_url")
BOTH = (BIO, AVATAR)
CATEGORIES = (Missing("categories"), Missing("categories", "id"), Missing("posts", "category_id"))


def told(missing: tuple[Missing, ...], models: Objects, head: Objects = INITIAL) -> str:
    """The advice where the models make these objects, and the database has those."""
    described = step(StepAction.CREATE_TABLES, state=models)
    observations = replace(
        with_snapshots(perfect(), models, SHORTENED),
        models=ModelsPass(described, tables=3),
        reference=snapshot(SHORTENED),
    )
    return advice(missing, lines(observations), snapshot(head)) or ""


def lines(observations: Observations) -> Observations:
    mentions = (
        Mention("users", (), 50),
        Mention("users", ("bio",), 59),
        Mention("users", ("avatar_url",), 60),
        Mention("users", ("avatar",), 61),
    )
    facts = replace(observations.submission, models=(ModelFile("app.py", mentions),))
    return replace(observations, submission=facts)


def test_what_only_the_models_have_needs_a_revision() -> None:
    assert told((AVATAR, BIO), SHORTENED) == (
        "The models have users.bio and users.avatar_url (app.py, line 59), and no revision makes them. Make "
        'the revision: `alembic revision --autogenerate -m "add bio and avatar_url to users"`. Look over its '
        "upgrade(), and run `alembic upgrade head`."
    )


def test_what_nothing_has_goes_into_the_models_first() -> None:
    text = told(BOTH, INITIAL)
    assert text.startswith(
        "Add users.bio and users.avatar_url to the models (app.py, line 50). Then make the"
    )


def test_columns_of_a_missing_table_are_not_listed() -> None:
    text = told(CATEGORIES, SHORTENED)
    assert "The models have categories and posts.category_id" in text
    assert '-m "add categories and posts.category_id"`' in text
    assert "categories.id" not in text


def test_a_similar_name_in_the_database_is_renamed_by_a_revision() -> None:
    there = (*INITIAL, column("users", "avatar", "character varying(255)"))
    text = told((AVATAR,), there, there)
    assert text.startswith("There is users.avatar, and the exercise asks for users.avatar_url.")
    assert '`op.alter_column("users", "avatar", new_column_name="avatar_url")` in upgrade()' in text
    assert "(app.py, line 61)" in text


def test_a_similar_table_is_renamed_too() -> None:
    there = (*INITIAL, table("category"))
    assert '`op.rename_table("category", "categories")`' in told((Missing("categories"),), there, there)


def test_a_similar_name_in_the_models_alone_is_changed_there() -> None:
    models = (*INITIAL, column("users", "avatar", "character varying(255)"))
    assert told((AVATAR,), models) == (
        "The models have users.avatar (app.py, line 61), and the exercise asks for users.avatar_url. If that "
        "is what it is meant to be, rename it there before you make the revision."
    )


def test_a_name_that_the_exercise_asks_for_is_no_slip() -> None:
    """`username` is much like `full_name`, and both are asked for."""
    assert "rename" not in told((Missing("users", "user_name"),), INITIAL)


def test_another_shape_in_the_models_is_told_beforehand() -> None:
    models = (*without(SHORTENED, "users.bio"), column("users", "bio", "text", nullable=False))
    text = told(BOTH, models)
    assert text.startswith(
        "The models have users.bio as text, not null, and the exercise asks for text, nullable. Correct that "
        "first (app.py, line 59)"
    )
    assert "Then make the revision" in text


def test_what_a_revision_is_about_is_not_said_to_lack_one() -> None:
    """A temporary table, say: a revision makes it, and it is gone at head."""
    line = FunctionFacts(10, empty=False, mentions=(Mention("categories", (), 12),))
    described = step(StepAction.CREATE_TABLES, state=SHORTENED)
    observations = replace(
        with_snapshots(perfect(), SHORTENED),
        models=ModelsPass(described, tables=4),
        reference=snapshot(SHORTENED),
    )
    assert observations.graph is not None
    chain = tuple(replace(item, upgrade=line) for item in observations.graph.revisions)
    made = replace(observations, graph=replace(observations.graph, revisions=chain))
    assert advice((Missing("categories"),), made, snapshot(INITIAL)) is None
    assert advice((BIO,), made, snapshot(INITIAL)) is not None


def test_without_models_nothing_better_is_known() -> None:
    assert advice(BOTH, replace(perfect(), models=None), snapshot(INITIAL)) is None
