"""Which schema the expectations of an assignment are judged on, and when there is none to judge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.objects import ExpectedSchema
from grader.judging.expected_objects import verdict_on
from grader.judging.rubric import Verdict
from grader.observations.model import Observations
from grader.report.model import Status
from tests.unit.observation_builders import (
    EMPTY,
    INITIAL,
    SHORTENED,
    changed,
    constraint,
    exits_at_once,
    perfect,
    replayed_to,
    thing,
    untouched,
    with_head,
    with_snapshots,
    without,
)
from tests.unit.report_readers import failed_checks, hint, judged


@pytest.mark.parametrize("observations", [untouched(), exits_at_once()])
@pytest.mark.parametrize("criterion", ["user_columns", "category_table"])
def test_skipped_without_an_upgrade(observations: Observations, criterion: str) -> None:
    result = judged(observations, criterion)
    assert (result.status, result.points, result.blocked_by) == (Status.SKIPPED, 0, "upgrade_head")


def test_the_replay_is_judged_where_the_run_has_more() -> None:
    """The columns are in the student's database, but create_all made them."""
    result = judged(with_head(perfect(), SHORTENED, replayed=INITIAL), "user_columns")
    assert failed_checks(result) == ["column_users_bio", "column_users_avatar_url"]
    assert "column users.bio" in result.evidence[0].text
    assert "no revision makes it" in hint(result)


def test_other_names_in_the_replay_are_no_other_schema() -> None:
    """A naming convention names keys under the student's env.py only."""
    unnamed = (
        *without(SHORTENED, "categories.uq_name"),
        constraint("categories", "categories_name_key", "unique", "name"),
    )
    observations = with_head(perfect(), SHORTENED, replayed=unnamed)
    result = judged(observations, "category_table")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_another_owner_in_the_replay_is_no_other_schema() -> None:
    pooled = changed(SHORTENED, "users", owner="pooled", privileges=("direct: SELECT",))
    result = judged(with_head(perfect(), pooled, replayed=SHORTENED), "user_columns")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_a_replay_that_only_says_that_it_ran_counts_as_far_as_it_came() -> None:
    """A revision ends the process: what was committed before it stays, in the run as in the replay."""
    observations = perfect()
    assert observations.replay is not None
    silent = replayed_to("head", state=EMPTY)
    steps = tuple((s.revision, s.up) for s in observations.stairway)
    left = replace(observations, replay=replace(observations.replay, one_shot=silent, steps=steps))
    result = judged(with_snapshots(left, EMPTY), "user_columns")
    assert (result.status, result.evidence) == (Status.PASSED, ())


def test_a_type_that_env_py_makes_is_from_outside() -> None:
    mood = (*SHORTENED, thing("type", "mood", type="enum", labels=("good",), written="mood"))
    result = judged(with_head(perfect(), mood, replayed=SHORTENED), "user_columns")
    assert result.status is Status.PASSED
    assert "type mood" in result.evidence[0].text


def test_an_assignment_that_asks_for_nothing_is_no_pass() -> None:
    nothing = verdict_on(ExpectedSchema(), perfect(), evolves=False)
    assert isinstance(nothing, Verdict)
    assert nothing.checks == ()


def test_nothing_at_head_but_the_empty_schema_is_skipped() -> None:
    assert judged(with_head(perfect(), EMPTY), "user_columns").status is Status.SKIPPED
