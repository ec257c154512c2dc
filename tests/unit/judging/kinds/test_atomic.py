"""`atomic`: what is left of a revision that is broken off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.model import AtomicPass, Observations
from grader.report.model import Status
from grader.runs.assignments import load
from tests.unit.judging.diagnosis.examples import doing, with_revision
from tests.unit.observation_builders import (
    CATEGORIES,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    Objects,
    atomic_pass,
    broken_off,
    perfect,
    thing,
    untouched,
    with_snapshots,
)
from tests.unit.report_readers import found, hint, judged

INDEX = thing("index", "users.ix_users", table="users", columns=("username",))
RUBRIC = load()


def run(atomic: AtomicPass | None, *more: Objects) -> Observations:
    return with_snapshots(replace(perfect(), atomic=atomic), *more)


def in_block(observations: Observations, number: int, **facts: int) -> Observations:
    """The same; a revision of `CHAIN` (from 1) has an `autocommit_block()`, and these lines."""
    upgrade = replace(doing(), autocommit_at=21, **facts)  # type: ignore[arg-type]
    return with_revision(observations, number, upgrade=upgrade)


def test_a_run_in_one_transaction_passes_by_one_attempt() -> None:
    result = judged(perfect(), "atomic", RUBRIC)
    assert result.status is Status.PASSED
    assert found(result, "rolled_back") == "nothing stayed"


def test_revisions_that_are_committed_one_by_one_pass() -> None:
    attempts = [broken_off(number, reached=number - 1) for number in (4, 3, 2, 1)]
    assert judged(run(atomic_pass(*attempts)), "atomic", RUBRIC).status is Status.PASSED


def test_it_waits_for_the_upgrade() -> None:
    assert judged(untouched(), "atomic", RUBRIC).blocked_by == "upgrade_head"


def test_an_attempt_that_nobody_made_is_a_fault_of_ours() -> None:
    assert judged(run(None), "atomic", RUBRIC).status is Status.ERROR


def test_what_stays_is_named_with_its_revision() -> None:
    result = judged(run(atomic_pass(broken_off(state=INITIAL))), "atomic", RUBRIC)
    assert result.status is Status.FAILED
    assert "table users" in found(result, "rolled_back")
    assert "stayed of aaa1" in found(result, "rolled_back")
    assert "alembic/env.py" in hint(result)


def test_a_revision_that_stays_whole_fails() -> None:
    result = judged(run(atomic_pass(broken_off(reached=4))), "atomic", RUBRIC)
    assert (
        found(result, "rolled_back") == "ddd4 was broken off at its end, and stayed whole, with its version"
    )


@pytest.mark.parametrize("line", ["ends_at", "connects_at"])
def test_the_revision_that_commits_is_named_although_a_later_one_was_broken_off(line: str) -> None:
    facts = replace(doing(), **{line: 24})  # type: ignore[arg-type]
    observations = with_revision(run(atomic_pass(broken_off(reached=4))), 2, upgrade=facts)
    result = judged(observations, "atomic", RUBRIC)
    assert (result.checks[0].path, result.checks[0].line) == ("alembic/versions/bbb2.py", 24)
    assert "bbb2" in hint(result)


def left_at_two() -> Observations:
    """The third revision leaves an index, outside of its transaction. At head it is there."""
    left, head = (*PROFILE, INDEX), (*SHORTENED, INDEX)
    states = (EMPTY, INITIAL, PROFILE, (*CATEGORIES, INDEX), head)
    seen = replace(perfect(states), atomic=atomic_pass(broken_off(4, reached=2, state=left), broken_off(2)))
    return with_snapshots(seen, left)


def test_what_postgresql_demands_outside_of_a_transaction_may_stay() -> None:
    result = judged(in_block(left_at_two(), 3), "atomic", RUBRIC)
    assert result.status is Status.PASSED
    assert "ix_users stayed of ccc3 in an autocommit_block(), as PostgreSQL demands it" in found(
        result, "rolled_back"
    )


@pytest.mark.parametrize("line", ["needless_autocommit_at", "ends_at", "connects_at"])
def test_more_than_that_may_not(line: str) -> None:
    result = judged(in_block(left_at_two(), 3, **{line: 23}), "atomic", RUBRIC)
    assert result.status is Status.FAILED
    assert "line 23" in hint(result)


def test_without_such_a_block_nothing_may_stay() -> None:
    assert judged(left_at_two(), "atomic", RUBRIC).status is Status.FAILED


def test_a_run_that_could_not_be_broken_off_shows_nothing() -> None:
    result = judged(run(atomic_pass(broken_off(reached=4, fired=False))), "atomic", RUBRIC)
    assert result.status is Status.FAILED
    assert "could not be broken off" in found(result, "rolled_back")


def test_a_database_that_could_not_be_looked_at_is_no_fault_of_ours() -> None:
    attempt = broken_off()
    hidden = replace(attempt, step=replace(attempt.step, snapshot=None, unseen="it is locked"))
    result = judged(run(atomic_pass(hidden)), "atomic", RUBRIC)
    assert result.status is Status.FAILED
    assert "it is locked" in found(result, "rolled_back")


def test_a_schema_that_env_py_sets_up_may_stay() -> None:
    state = (thing("schema", "own"),)
    result = judged(run(atomic_pass(broken_off(state=state)), state), "atomic", RUBRIC)
    assert result.status is Status.PASSED
