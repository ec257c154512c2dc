"""`upgrade_head`: what the database shows, not what the command says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.judge import judge
from grader.observations.files import FindingKind
from grader.observations.model import Finding, ReplayPass, StairwayStep
from grader.observations.revisions import GraphProblem, ProblemKind, RevisionGraph
from grader.observations.schema import SchemaKind
from grader.observations.steps import Limit, StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    EMPTY,
    PROFILE,
    SHORTENED,
    assignment,
    at,
    exits_at_once,
    graph,
    perfect,
    replayed_to,
    snapshot,
    step,
    table,
    taken_apart,
    untouched,
    with_head,
    with_one_shot,
    with_snapshots,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def test_upgrade_passes() -> None:
    result = judged(perfect(), "upgrade_head")
    assert result.status is Status.PASSED
    assert result.points == 20
    assert (result.hint, result.evidence) == (None, ())


def test_without_alembic_there_is_one_failed_check_and_a_first_step() -> None:
    result = judged(untouched(), "upgrade_head")
    assert failed_checks(result) == ["graph"]
    assert "alembic init alembic" in hint(result)


def test_an_archive_that_could_not_be_opened_is_named() -> None:
    broken = Finding(FindingKind.UNREADABLE_SUBMISSION, "the archive ends too early")
    facts = replace(untouched().submission, findings=(broken,))
    result = judged(replace(untouched(), submission=facts), "upgrade_head")
    assert found(result, "graph") == "the archive ends too early"
    assert "hand it in again" in hint(result)


def test_several_heads() -> None:
    problem = GraphProblem(ProblemKind.SEVERAL_HEADS, "two heads: ccc3 and ddd4")
    revisions = graph(*CHAIN).revisions
    spoilt = RevisionGraph(revisions, ("ccc3", "ddd4"), ("aaa1",), (problem,))
    upgrade = step(StepAction.UPGRADE, "head", exit_code=255, stderr="Multiple head revisions are present")
    result = judged(with_one_shot(replace(perfect(), graph=spoilt), upgrade=upgrade), "upgrade_head")
    assert failed_checks(result) == ["graph", "command", "version", "schema"]
    assert found(result, "graph") == "two heads: ccc3 and ddd4"
    assert result.points == 0


@pytest.mark.parametrize(
    "kind", ["cycle", "missing_parent", "duplicate_id", "syntax_error", "no_revision_id"]
)
def test_a_broken_graph_fails_alone(kind: str) -> None:
    spoilt = graph(*CHAIN, problems=(GraphProblem(ProblemKind(kind), "something is wrong"),))
    result = judged(replace(perfect(), graph=spoilt), "upgrade_head")
    assert failed_checks(result) == ["graph"]
    assert result.points == 0


def test_a_base_too_many_does_not_break_the_upgrade() -> None:
    spoilt = graph(*CHAIN, problems=(GraphProblem(ProblemKind.SEVERAL_BASES, "two bases"),))
    assert judged(replace(perfect(), graph=spoilt), "upgrade_head").status is Status.PASSED


def test_an_error_after_the_fact_fails_alone() -> None:
    upgrade = step(
        StepAction.UPGRADE, "head", versions=at(4), state=SHORTENED, exit_code=1, stderr="Oops: no"
    )
    result = judged(with_one_shot(perfect(), upgrade=upgrade), "upgrade_head")
    assert failed_checks(result) == ["command"]
    assert found(result, "command") == "it ended with exit code 1: Oops: no"
    assert result.evidence[0].text == "Oops: no"


def test_a_limit_is_a_failure_that_names_it() -> None:
    upgrade = replace(
        step(StepAction.UPGRADE, "head", versions=at(4), state=SHORTENED, exit_code=None), limit=Limit.TIME
    )
    result = judged(with_one_shot(perfect(), upgrade=upgrade), "upgrade_head")
    assert failed_checks(result) == ["command"]
    assert found(result, "command") == "it did not end within its time limit"


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        (None, "no version table"),
        ((), "an empty version table"),
        (("ccc3",), "ccc3"),
        (("x", "ddd4"), "ddd4, x"),
    ],
)
def test_a_version_table_without_exactly_the_head(versions: tuple[str, ...] | None, text: str) -> None:
    upgrade = step(StepAction.UPGRADE, "head", versions=versions, state=SHORTENED)
    result = judged(with_one_shot(perfect(), upgrade=upgrade), "upgrade_head")
    assert failed_checks(result) == ["version"]
    assert found(result, "version") == text
    assert result.points == 0


def test_tables_without_a_version_are_no_proof_that_a_revision_ran() -> None:
    upgrade = step(StepAction.UPGRADE, "head", state=SHORTENED, exit_code=1)
    seen = replace(with_one_shot(perfect(), upgrade=upgrade), replay=None)
    result = judged(seen, "upgrade_head")
    assert failed_checks(result) == ["command", "version", "schema"]
    assert "the version table names no revision that ran" in found(result, "schema")


def test_a_stamped_version_over_an_empty_database() -> None:
    result = judged(with_head(perfect(), EMPTY, replayed=SHORTENED), "upgrade_head")
    assert failed_checks(result) == ["schema"]
    assert found(result, "schema") == "no table in the database"


def test_a_stamped_version_over_half_a_schema() -> None:
    result = judged(with_head(perfect(), PROFILE, replayed=CATEGORIES), "upgrade_head")
    assert failed_checks(result) == ["schema"]
    assert "categories" in found(result, "schema")
    assert "posts.category_id" in found(result, "schema")


def test_tables_that_no_revision_makes() -> None:
    result = judged(with_head(perfect(), SHORTENED, replayed=EMPTY), "upgrade_head")
    assert failed_checks(result) == ["schema"]
    assert found(result, "schema").endswith("that no revision makes")
    assert "create_all()" in hint(result)


def test_views_are_no_schema() -> None:
    only_a_view = (*EMPTY, replace(table("users", relation="view"), kind=SchemaKind.VIEW))
    result = judged(with_head(perfect(), only_a_view), "upgrade_head")
    assert found(result, "schema") == "no table in the database"


def test_leaving_the_process_at_once_passes_no_check_that_counts() -> None:
    result = judged(exits_at_once(), "upgrade_head")
    assert failed_checks(result) == ["version", "schema"]
    assert result.points == 0
    assert "run_migrations_online()" in hint(result)


def test_an_upgrade_that_nobody_ran_is_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), one_shot=None), "upgrade_head").status is Status.ERROR


def test_no_revisions_at_all() -> None:
    empty = RevisionGraph(
        (), (), (), (GraphProblem(ProblemKind.NO_REVISIONS, "the versions folder is empty"),)
    )
    result = judged(replace(perfect(), graph=empty, one_shot=None), "upgrade_head")
    assert result.status is Status.FAILED
    assert found(result, "graph") == "the versions folder is empty"


def test_another_schema_stepwise_is_noted_and_costs_nothing() -> None:
    last = perfect().stairway[3]
    other = replace(last, up=step(StepAction.UPGRADE, "ddd4", versions=at(4), state=CATEGORIES))
    result = judged(replace(perfect(), stairway=(*perfect().stairway[:3], other)), "upgrade_head")
    assert result.status is Status.PASSED
    assert result.evidence[0].title == "Note: one revision at a time gives another schema than all at once"
    assert "users.username" in result.evidence[0].text


def test_a_step_that_only_fails_alone_is_noted() -> None:
    failing = StairwayStep("bbb2", snapshot(EMPTY).digest, step(StepAction.UPGRADE, "bbb2", exit_code=1))
    result = judged(replace(perfect(), stairway=(perfect().stairway[0], failing)), "upgrade_head")
    assert result.status is Status.PASSED
    assert "bbb2 does not go up" in result.evidence[0].title


def test_a_replay_that_only_works_one_by_one_is_no_other_schema() -> None:
    """An enum value used right after it was added, under an env.py with a transaction for each revision."""
    one_by_one = ReplayPass(
        replayed_to("head", state=EMPTY, exit_code=1),
        tuple((name, s.up) for name, s in zip(CHAIN, perfect().stairway, strict=True)),
    )
    report = judge(with_snapshots(replace(perfect(), replay=one_by_one), EMPTY), assignment())
    assert (report.score, report.flags) == (100.0, ())


NEEDS_ENV = replace(
    perfect(),
    replay=ReplayPass(replayed_to("head", exit_code=1, state=EMPTY, stderr="no helpers")),
)
"""Revisions that run under the student's own env.py alone."""


def test_a_replay_that_fails_is_noted_and_costs_nothing() -> None:
    report = judge(taken_apart(NEEDS_ENV, bodies=SHORTENED), assignment())
    assert (report.score, report.flags) == (100.0, ())
    (note,) = report.criteria[0].evidence
    assert note.title == "Note: the revisions need what your env.py sets up. That costs no points"
    assert "table users" in note.text
    assert "no helpers" in note.text


def test_what_only_the_whole_run_makes_is_left_out() -> None:
    report = judge(taken_apart(NEEDS_ENV, bodies=PROFILE), assignment())
    assert [flag.id for flag in report.flags] == ["schema_outside_migrations"]
    assert "category_table" in {item.id for item in report.criteria if item.status is Status.FAILED}


def test_tables_that_are_made_with_empty_revisions_too() -> None:
    result = judged(taken_apart(NEEDS_ENV, emptied=SHORTENED), "upgrade_head")
    assert found(result, "schema").endswith("that no revision makes")


def test_other_tables_in_the_replay_are_no_stamp_where_every_revision_did_something() -> None:
    observations = with_head(perfect(), SHORTENED, replayed=(*SHORTENED, table("prefixed_users")))
    assert found(judged(observations, "upgrade_head"), "schema").endswith("prefixed_users")
    assert judged(taken_apart(observations, bodies=SHORTENED), "upgrade_head").status is Status.PASSED
    dropped = taken_apart(observations, bodies=(*SHORTENED, table("prefixed_users")))
    assert found(judged(dropped, "upgrade_head"), "schema").endswith("prefixed_users")
