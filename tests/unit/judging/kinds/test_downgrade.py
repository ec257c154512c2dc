"""`downgrade`: what a way back has to give back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import Observations, RowLoss
from grader.observations.revisions import FunctionFacts
from grader.observations.steps import Pass, StepAction
from grader.report.model import Status
from tests.unit.judging.diagnosis.examples import made_again
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    at,
    graph,
    perfect,
    step,
    thing,
    untouched,
    with_head,
    with_one_shot,
    with_snapshots,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged

MOOD = thing("type", "mood", type="enum", labels=("good", "bad"), written="mood")


def went_down(observations: Observations, state: Objects, versions: tuple[str, ...] = at(3)) -> Observations:
    down = step(StepAction.DOWNGRADE, "-1", versions=versions, state=state)
    return with_snapshots(with_one_shot(observations, downgrade=down), state)


def with_downgrade_function(observations: Observations, facts: FunctionFacts) -> Observations:
    sound = graph(*CHAIN)
    head = replace(sound.revisions[3], downgrade=facts)
    return replace(observations, graph=replace(sound, revisions=(*sound.revisions[:3], head)))


def test_downgrade_passes() -> None:
    result = judged(perfect(), "downgrade")
    assert (result.status, result.points, result.hint, result.evidence) == (Status.PASSED, 15, None, ())


def test_skipped_without_an_upgrade() -> None:
    result = judged(untouched(), "downgrade")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")


def test_a_downgrade_that_does_nothing() -> None:
    idle = with_downgrade_function(went_down(perfect(), SHORTENED), FunctionFacts(30, empty=True))
    result = judged(idle, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert result.points == 0
    assert "nothing was undone" in found(result, "undone")
    assert "downgrade() of revision ddd4 is empty (alembic/versions/ddd4.py, line 30)" in hint(result)


def test_a_downgrade_that_leaves_a_type_behind() -> None:
    leaving = went_down(perfect(), (*CATEGORIES, MOOD))
    assert leaving.one_shot is not None
    result = judged(with_stair(leaving, 4, down=leaving.one_shot.downgrade), "downgrade")
    assert failed_checks(result) == ["schema"]
    assert result.points == 5
    assert result.evidence[0].text == "type mood is there and should not be"
    assert "leaves something behind: the type mood" in hint(result)


def test_a_downgrade_that_only_fails_to_restore_in_the_plain_run() -> None:
    """The stairway saw nothing wrong, so there is no diagnosis: the differences themselves are the hint."""
    result = judged(went_down(perfect(), (*CATEGORIES, MOOD)), "downgrade")
    assert "downgrade() of revision ddd4" in hint(result)
    assert "type mood is there and should not be" in hint(result)


def test_a_downgrade_that_goes_too_far() -> None:
    result = judged(went_down(perfect(), PROFILE), "downgrade")
    assert failed_checks(result) == ["schema"]
    assert "table categories is missing" in found(result, "schema")


def test_a_downgrade_that_fails_after_the_fact() -> None:
    down = step(
        StepAction.DOWNGRADE, "-1", versions=at(3), state=CATEGORIES, exit_code=1, stderr="Error: late"
    )
    result = judged(with_one_shot(perfect(), downgrade=down), "downgrade")
    assert failed_checks(result) == ["undone"]
    assert result.points == 10
    assert result.evidence[0].text == "Error: late"


def test_a_downgrade_that_raises() -> None:
    down = step(
        StepAction.DOWNGRADE, "-1", versions=at(4), state=SHORTENED, exit_code=1, stderr="NotImplementedError"
    )
    raising = FunctionFacts(30, empty=False, raises="NotImplementedError")
    spoilt = with_downgrade_function(with_one_shot(perfect(), downgrade=down), raising)
    result = judged(spoilt, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert found(result, "schema") == "it did not get to the parent"
    assert "NotImplementedError" in hint(result)


def test_an_empty_downgrade_under_a_revision_that_changes_nothing_is_right() -> None:
    """A head that only moves data."""
    states = (*STATES[:4], CATEGORIES)
    assert judged(perfect(states), "downgrade").status is Status.PASSED


def test_leaving_the_process_under_a_revision_that_changes_nothing_earns_nothing() -> None:
    idle = went_down(perfect((*STATES[:4], CATEGORIES)), CATEGORIES, versions=at(4))
    result = judged(idle, "downgrade")
    assert failed_checks(result) == ["undone", "schema"]
    assert result.points == 0


def test_a_chain_of_one_goes_back_to_base() -> None:
    single = replace(
        perfect(),
        graph=graph("aaa1"),
        stairway=perfect().stairway[:1],
        replay=None,
    )
    upgrade = step(StepAction.UPGRADE, "head", versions=at(1), state=INITIAL)
    down = step(StepAction.DOWNGRADE, "-1", versions=(), state=EMPTY)
    result = judged(with_one_shot(single, upgrade=upgrade, downgrade=down), "downgrade")
    assert result.status is Status.PASSED
    assert found(result, "undone") == "an empty version table (base)"


def test_the_parents_schema_may_come_from_the_replay() -> None:
    replayed = with_head(perfect(), (*SHORTENED, MOOD), replayed=SHORTENED)
    spoilt = replace(went_down(replayed, CATEGORIES), stairway=perfect().stairway[:3])
    assert judged(spoilt, "downgrade").status is Status.PASSED


def test_a_parent_that_nobody_saw_is_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), stairway=()), "downgrade").status is Status.ERROR
    assert judged(with_one_shot(perfect(), downgrade=None), "downgrade").status is Status.ERROR


def test_the_schema_below_the_head_may_come_from_a_run_of_its_own() -> None:
    """Where the chain only goes up all at once, the stairway ends below the head."""
    below = step(StepAction.UPGRADE, CHAIN[2], trial_pass=Pass.STAIRWAY, versions=at(3), state=CATEGORIES)
    at_once = replace(perfect(), stairway=perfect().stairway[:1], below_head=below)
    assert judged(at_once, "downgrade").status is Status.PASSED
    failing = replace(below, exit_code=1, stderr="it does not work")
    result = judged(replace(at_once, below_head=failing), "downgrade")
    assert (failed_checks(result), result.points) == (["schema"], 0)
    assert "it does not work" in found(result, "schema")


def test_tables_that_are_made_again_without_their_rows() -> None:
    result = judged(made_again("posts", "users"), "downgrade")
    assert (failed_checks(result), result.points) == (["schema"], 5)
    assert found(result, "schema") == (
        "the same schema; dropped and made again, without the rows that were in them: users"
    )
    assert "Undo in downgrade() what upgrade() of this revision does" in hint(result)


@pytest.mark.parametrize("gone", [0, 1, 5])
def test_tables_that_are_made_again_with_their_rows(gone: int) -> None:
    assert judged(made_again("posts", "users", gone=gone), "downgrade").status is Status.PASSED


def test_of_many_lost_rows_the_last_line_names_the_tables() -> None:
    observations = made_again("posts", "users", gone=20)
    rows = [
        replace(
            item,
            losses=(*item.losses, RowLoss("posts, tags", None, "and 9 more losses", None)),
            rows_before={"users": 20, "posts": 20},
        )
        if item.losses
        else item
        for item in observations.rows
    ]
    result = judged(replace(observations, rows=tuple(rows)), "downgrade")
    assert found(result, "schema").endswith("that were in them: posts, users")


@pytest.mark.parametrize(
    ("operations", "failed"),
    [
        (("op.drop_table", "op.create_table"), ["schema"]),
        ((), ["schema"]),
        (("op.batch_alter_table", "batch_op.drop_column"), []),
        (("op.execute", "op.drop_table", "op.rename_table"), []),
    ],
)
def test_a_table_that_took_no_rows_is_judged_by_what_could_carry_them(
    operations: tuple[str, ...], failed: list[str]
) -> None:
    """Nobody saw whether its rows are carried over."""
    for observations in (made_again("posts"), replace(made_again("posts", "users"), rows=())):
        facts = FunctionFacts(30, empty=False, operations=operations)
        assert failed_checks(judged(with_downgrade_function(observations, facts), "downgrade")) == failed
