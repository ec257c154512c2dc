"""Criteria that pass although something that they name is another thing than in the reference solution."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.observations.model import Observations
from grader.observations.steps import StepAction
from grader.proof.overlooked import overlooked
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    PROFILE,
    SHORTENED,
    assignment,
    at,
    changed,
    evolving,
    perfect,
    step,
    with_head,
    with_snapshots,
    with_stair,
    without,
)

RIGHT = perfect()


def weakened(criterion_id: str, **settings: object) -> Assignment:
    """The exercise's rubric, with other settings of one criterion."""
    rubric = evolving(assignment())
    return replace(
        rubric,
        criteria=tuple(
            replace(item, settings=msgspec.structs.replace(item.settings, **settings))
            if item.id == criterion_id
            else item
            for item in rubric.criteria
        ),
    )


def found(rubric: Assignment, answer: Observations) -> dict[str, str]:
    return dict(overlooked(rubric, judge(answer, rubric), RIGHT, answer))


def test_a_criterion_that_sees_the_mistake_overlooks_nothing() -> None:
    wrong = with_head(perfect(), without(SHORTENED, "categories.uq_name"))
    assert found(evolving(assignment()), wrong) == {}


def test_a_key_that_a_criterion_does_not_ask_for() -> None:
    wrong = with_head(perfect(), without(SHORTENED, "categories.uq_name"))
    seen = found(weakened("category_table", unique=()), wrong)
    assert list(seen) == ["category_table"]
    assert "unique" in seen["category_table"]


def test_a_foreign_key_of_a_column_that_a_criterion_names() -> None:
    wrong = with_head(perfect(), without(SHORTENED, "posts.fk_category_id"))
    assert list(found(weakened("category_table", foreign_keys=()), wrong)) == ["category_table"]


def test_a_list_of_types_that_is_too_wide() -> None:
    wrong = with_head(perfect(), changed(SHORTENED, "users.bio", type="character varying(255)"))
    column = assignment().criteria[1].settings.columns["users.bio"]
    wide = {"users.bio": msgspec.structs.replace(column, type=("text", "character varying(255)"))}
    assert list(found(weakened("user_columns", columns=wide), wrong)) == ["user_columns"]


def test_a_schema_that_does_not_have_to_grow() -> None:
    at_once = perfect((EMPTY, PROFILE, PROFILE, CATEGORIES, SHORTENED))
    assert found(evolving(assignment()), at_once) == {}
    seen = found(weakened("user_columns", evolves=False), at_once)
    assert seen == {"user_columns": "made in one go with what was there before: users.bio, users.avatar_url"}


def test_a_column_that_is_another_one_on_the_way() -> None:
    loose = changed(CATEGORIES, "users.username", nullable=True)
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=loose)
    wrong = with_snapshots(with_stair(perfect(), 4, down=down), loose)
    seen = found(assignment(), wrong)
    assert seen == {
        "username_length": "users.username is character varying(80), nullable after the downgrade, and not "
        "character varying(80), not null"
    }


def test_what_a_criterion_does_not_name_is_no_business_of_its() -> None:
    wrong = with_head(perfect(), changed(SHORTENED, "users.username", nullable=True))
    assert "user_columns" not in found(evolving(assignment()), wrong)
