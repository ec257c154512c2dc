"""Which answers show something of a rubric."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.steps import StepAction
from grader.proof.observable import differs, not_right
from tests.unit.observation_builders import (
    CATEGORIES,
    SHORTENED,
    at,
    changed,
    column,
    exits_at_once,
    perfect,
    step,
    untouched,
    with_head,
    with_stair,
    without,
)


def test_the_reference_itself_is_right_and_no_other() -> None:
    assert not_right(perfect(), perfect()) is None
    assert not differs(perfect(), perfect())


def test_more_than_the_reference_has_is_right() -> None:
    more = with_head(perfect(), (*SHORTENED, column("users", "nickname", "text")))
    assert not_right(perfect(), more) is None
    assert differs(perfect(), more)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (untouched(), "its migrations were not run"),
        (exits_at_once(), "upgrade"),
        (with_head(perfect(), changed(SHORTENED, "users.bio", nullable=False)), "users.bio"),
        (with_head(perfect(), without(SHORTENED, "categories.uq_name")), "unique"),
        (
            with_stair(
                perfect(),
                2,
                down=step(StepAction.DOWNGRADE, "-1", versions=at(2), state=CATEGORIES, exit_code=1),
            ),
            "bbb2 cannot be undone",
        ),
    ],
)
def test_what_is_no_right_answer(answer: object, why: str) -> None:
    reason = not_right(perfect(), answer)  # type: ignore[arg-type]
    assert reason is not None
    assert why in reason


def test_times_and_names_are_not_seen() -> None:
    seen = perfect()
    other = replace(
        seen, seconds=99.0, timings={"x": 1.0}, submission=replace(seen.submission, id="other", sha256="0")
    )
    assert not differs(seen, other)
