"""What the files alone say, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.diagnosis import Diagnosis, diagnose_files
from grader.observations.files import FindingKind
from grader.observations.model import Finding
from grader.observations.revisions import GraphProblem, ProblemKind
from grader.observations.steps import StepAction
from tests.unit.judging.diagnosis.examples import (
    FINDINGS,
    FUNCTIONS,
    PROBLEMS,
    doing,
    with_finding,
    with_problem,
    with_revision,
)
from tests.unit.observation_builders import STATES, at, perfect, step, untouched, with_stair


def test_nothing_is_said_of_files_that_are_all_right() -> None:
    assert diagnose_files(perfect()) == ()


@pytest.mark.parametrize("kind", FINDINGS)
def test_findings_keep_their_message_and_place(kind: str) -> None:
    cause, fix = "somewhere.txt: it is so.", "Make it otherwise."
    assert diagnose_files(with_finding(kind)) == (Diagnosis(FINDINGS[kind], cause, fix, "somewhere.txt", 3),)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_graph_problems_keep_their_message_and_place(kind: str) -> None:
    cause, fix = "v/x.py: it is so.", "Make it otherwise."
    assert diagnose_files(with_problem(kind)) == (Diagnosis(PROBLEMS[kind], cause, fix, "v/x.py", 4, "bbb2"),)


def test_a_message_without_advice_gets_some() -> None:
    problem = GraphProblem(ProblemKind.SYNTAX_ERROR, "v/x.py cannot be read: unmatched ')'.", "v/x.py", 4)
    observations = perfect()
    assert observations.graph is not None
    (found,) = diagnose_files(replace(observations, graph=replace(observations.graph, problems=(problem,))))
    assert found.cause == problem.message
    assert found.fix.startswith("Correct that line")


@pytest.mark.parametrize(
    "kind", ["nested_root", "skipped_file", "renamed_file", "flask_app_chosen", "flask_app_unknown"]
)
def test_findings_that_are_no_mistake_are_left_out(kind: str) -> None:
    assert diagnose_files(with_finding(kind)) == ()


@pytest.mark.parametrize("expected", FUNCTIONS)
def test_functions_that_give_themselves_away(expected: str) -> None:
    (found,) = diagnose_files(FUNCTIONS[expected])
    assert (found.id, found.path, found.revision) == (expected, "alembic/versions/bbb2.py", "bbb2")
    assert found.line in (20, 30)
    assert "bbb2" in found.cause


def test_a_merge_may_do_nothing() -> None:
    merge = with_revision(
        perfect(), 3, parents=("bbb2", "aaa1"), upgrade=doing(empty=True), downgrade=doing(empty=True)
    )
    assert diagnose_files(merge) == ()


def test_an_empty_downgrade_is_right_where_nothing_changed() -> None:
    same = with_stair(perfect(), 2, up=step(StepAction.UPGRADE, "bbb2", versions=at(2), state=STATES[1]))
    assert diagnose_files(with_revision(same, 2, downgrade=doing(empty=True))) == ()


def test_what_keeps_the_chain_from_running_comes_first() -> None:
    observations = with_revision(with_problem("several_heads"), 2, downgrade=doing(empty=True))
    finding = Finding(FindingKind.HARD_CODED_URL, "x.py: a password. Take it out.", "x.py", 1)
    observations = replace(observations, submission=replace(observations.submission, findings=(finding,)))

    ids = [found.id for found in diagnose_files(observations)]

    assert ids == ["several_heads", "empty_downgrade", "hard_coded_url"]


def test_a_submission_without_migrations() -> None:
    finding = Finding(
        FindingKind.NO_ALEMBIC, "There is no alembic.ini. Run `alembic init alembic` and commit it."
    )
    observations = untouched()
    observations = replace(observations, submission=replace(observations.submission, findings=(finding,)))
    (found,) = diagnose_files(observations)
    assert found.fix == "Run `alembic init alembic` and commit it."
