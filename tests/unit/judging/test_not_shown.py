"""What is not shown for what the submission did is a failed check that says so; all else is no verdict."""

from __future__ import annotations

from dataclasses import replace

from grader.judging.judge import judge
from grader.judging.kinds.upgrade import upgrade
from grader.judging.not_shown import judgement
from grader.judging.rubric import Unjudged, Verdict
from grader.observations.model import Observations, OutsidePass, ReplayPass
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    EMPTY,
    assignment,
    at,
    one_shot,
    perfect,
    replayed_to,
    snapshot,
    step,
    taken_apart,
    with_one_shot,
)

LOCKED = "something held a lock on it for too long"
UNSEEN = step(StepAction.DOWNGRADE, "-1")
UNSEEN = replace(UNSEEN, unseen=LOCKED)


def verdict(observations: Observations) -> Verdict:
    found = judgement(observations, "schema", "The schema", "It was not looked at.")
    assert isinstance(found, Verdict)
    return found


def test_a_database_that_could_not_be_looked_at_is_what_was_seen() -> None:
    seen = with_one_shot(perfect(), downgrade=UNSEEN, reapply=None)
    (check,) = verdict(seen).checks
    assert not check.passed
    assert check.found == f"after `alembic downgrade -1` the database could not be looked at: {LOCKED}"
    assert LOCKED in (verdict(seen).hint or "")


def test_a_step_that_failed_is_what_was_seen() -> None:
    failed = step(StepAction.CURRENT, exit_code=1, stderr="ValueError: no\n")
    (check,) = verdict(with_one_shot(perfect(), current=failed)).checks
    assert "exit code 1: ValueError: no" in check.found


def test_where_nothing_went_wrong_it_is_no_verdict() -> None:
    assert judgement(perfect(), "schema", "The schema", "It was not looked at.") == Unjudged(
        "It was not looked at."
    )


def test_a_head_that_could_not_be_looked_at_earns_nothing() -> None:
    unseen = replace(one_shot(perfect()).upgrade, versions=None, snapshot=None, unseen=LOCKED)
    report = judge(with_one_shot(perfect(), upgrade=unseen), assignment())
    first = next(item for item in report.criteria if item.kind == upgrade.name)
    assert (report.status, first.status, first.points) == ("graded", Status.FAILED, 0)
    assert [LOCKED in check.found for check in first.checks] == [False, False, True, True]
    assert LOCKED in (first.hint or "")


def test_what_was_hidden_when_the_run_was_taken_apart_earns_nothing() -> None:
    unseen = replace(replayed_to("head"), unseen=LOCKED)
    apart = taken_apart(perfect())
    assert apart.outside is not None
    hidden = OutsidePass(snapshot(EMPTY).digest, apart.outside.bodies, replace(unseen, command="upgrade"))
    seen = replace(apart, replay=ReplayPass(unseen), outside=hidden)
    report = judge(seen, assignment())
    assert (report.status, report.criteria[0].status) == ("graded", Status.FAILED)


def test_a_replay_that_could_not_be_looked_at_leaves_the_rest_to_the_run_taken_apart() -> None:
    seen = replace(
        taken_apart(perfect(), bodies=()), replay=ReplayPass(replace(replayed_to("head"), unseen=LOCKED))
    )
    assert judge(seen, assignment()).status == "graded"
    whole = taken_apart(perfect())
    assert whole.outside is not None
    bodies = replace(whole.outside.bodies, versions=at(4), snapshot=one_shot(perfect()).upgrade.snapshot)
    seen = replace(
        whole,
        outside=replace(whole.outside, bodies=bodies),
        replay=ReplayPass(replace(replayed_to("head"), unseen=LOCKED)),
    )
    assert judge(seen, assignment()).score == 100
