"""`reapply`: the second upgrade gives the same schema."""

from __future__ import annotations

from dataclasses import replace

from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    SHORTENED,
    at,
    perfect,
    step,
    thing,
    untouched,
    with_one_shot,
    with_snapshots,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def test_reapply_passes() -> None:
    assert judged(perfect(), "reapply").status is Status.PASSED


def test_reapply_waits_for_the_upgrade_and_the_downgrade() -> None:
    assert judged(untouched(), "reapply").blocked_by == "upgrade_head"
    down = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=SHORTENED, exit_code=1)
    stuck = with_one_shot(perfect(), downgrade=down, reapply=None)
    assert judged(stuck, "reapply").blocked_by == "downgrade"
    claimed = with_one_shot(perfect(), downgrade=replace(down, exit_code=0))
    assert judged(claimed, "reapply").blocked_by == "downgrade"


def test_a_second_upgrade_that_fails() -> None:
    again = step(
        StepAction.UPGRADE, "head", versions=at(3), state=CATEGORIES, exit_code=1, stderr="type exists"
    )
    result = judged(with_one_shot(perfect(), reapply=again), "reapply")
    assert failed_checks(result) == ["command", "schema"]
    assert found(result, "schema") == "it did not get to head"
    assert "type exists" in result.evidence[-1].text


def test_a_second_upgrade_that_gives_another_schema() -> None:
    other = (*SHORTENED, thing("sequence", "counter"))
    again = step(StepAction.UPGRADE, "head", versions=at(4), state=other)
    result = judged(with_snapshots(with_one_shot(perfect(), reapply=again), other), "reapply")
    assert failed_checks(result) == ["schema"]
    assert "sequence counter" in found(result, "schema")
    assert "ddd4" in hint(result)


def test_a_second_upgrade_that_nobody_ran_is_a_fault_of_ours() -> None:
    assert judged(with_one_shot(perfect(), reapply=None), "reapply").status is Status.ERROR
