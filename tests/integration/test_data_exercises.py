"""The exercises about data, each with right and wrong answers, graded on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import ConfigurationError
from grader.observations.steps import Pass, StepAction
from grader.report.model import Status
from grader.runs.assignments import load
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.data_exercises import EXERCISES, FULL_NAMES, Answer, Exercise
from tests.data_exercises.exercise import HEADER

pytestmark = pytest.mark.postgres


def graded(assignment_text: str, submission: Path, backend: EmbeddedBackend, folder: Path) -> Graded:
    """The result for a submission, by an assignment that is given as text."""
    file = folder / "assignment.toml"
    file.write_text(assignment_text, encoding="utf-8")
    workspace = folder / "workspace"
    workspace.mkdir()
    tools = LocalRunner(load(file), backend, UnconfinedBackend(), workspace)
    result: Graded = grade(submission, submission.name, tools)
    assert result.fault is None
    return result


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        pytest.param(exercise, answer, id=f"{exercise.name}-{answer.name}")
        for exercise in EXERCISES
        for answer in exercise.answers
    ],
)
def test_answer_gets_what_it_deserves(
    exercise: Exercise, answer: Answer, embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    submission = exercise.write(answer, tmp_path / answer.name)
    report = graded(exercise.assignment, submission, embedded_backend, tmp_path).report

    upgrade, data = report.criteria
    assert upgrade.status is Status.PASSED
    failed = tuple(check.id for check in data.checks if check.status is Status.FAILED)
    assert failed == answer.failed, data
    assert data.points == pytest.approx(80 * (len(data.checks) - len(failed)) / len(data.checks), abs=0.01)
    assert report.flags == ()
    for word in answer.words:
        assert word in (data.hint or "")


def right(exercise: Exercise) -> Answer:
    return exercise.answers[0]


def test_criteria_with_the_same_rows_share_the_steps(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    at_head, way_back = FULL_NAMES.criterion.split("[[criteria.names.after_downgrade]]")
    others = FULL_NAMES.criterion.replace("criteria.names", "criteria.others").replace("Plato", "Aristotle")
    text = HEADER.replace("100", "260") + at_head + others
    text += at_head.replace("criteria.names", "criteria.again").replace("first_name, last_name", "last_name")
    text += f"[[criteria.again.after_downgrade]]{way_back}"
    submission = FULL_NAMES.write(right(FULL_NAMES), tmp_path / "ada")
    seen = graded(text, submission, embedded_backend, tmp_path).observations

    assert seen is not None
    first, second = seen.data
    assert (len(first.at_head), len(first.after)) == (2, 1)
    assert (len(second.at_head), len(second.after)) == (1, 1)
    steps = [step.action for step in seen.student_steps() if step.trial_pass is Pass.DATA]
    assert steps == [StepAction.UPGRADE, StepAction.UPGRADE, StepAction.DOWNGRADE] * 2


def test_students_may_use_the_aliases_of_the_assignment(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    aliases = '[aliases]\nusers = ["people"]\n"users.first_name" = ["given_name"]\n'
    text = FULL_NAMES.assignment.replace("[criteria.upgrade_head]", f"{aliases}\n[criteria.upgrade_head]")
    submission = FULL_NAMES.write(right(FULL_NAMES), tmp_path / "ada")
    for path in submission.rglob("*_step.py"):
        code = path.read_text(encoding="utf-8")
        code = code.replace("users", "people").replace("first_name", "given_name")
        path.write_text(code, encoding="utf-8")
    assert graded(text, submission, embedded_backend, tmp_path).report.score == 100


def test_the_revision_may_stand_in_a_branch(embedded_backend: EmbeddedBackend, tmp_path: Path) -> None:
    bio = ('op.add_column("users", sa.Column("bio", sa.Text))', 'op.drop_column("users", "bio")')
    branches = Answer("branches", (bio, *right(FULL_NAMES).revisions, ("pass", "pass")))
    submission = FULL_NAMES.write(branches, tmp_path / "ada")
    for name, old, new in (("a002", '"a001"', '"a000"'), ("a003", '"a002"', '("a001", "a002")')):
        path = submission / f"migrations/versions/{name}_step.py"
        code = path.read_text(encoding="utf-8")
        path.write_text(code.replace(f"down_revision = {old}", f"down_revision = {new}"), encoding="utf-8")
    assert graded(FULL_NAMES.assignment, submission, embedded_backend, tmp_path).report.score == 100


def test_a_query_that_nobody_can_run_is_refused(embedded_backend: EmbeddedBackend, tmp_path: Path) -> None:
    text = FULL_NAMES.assignment.replace("FROM users ORDER", "FORM users ORDER")
    submission = FULL_NAMES.write(right(FULL_NAMES), tmp_path / "ada")
    with pytest.raises(ConfigurationError, match=r"line 28: `criteria\.names\.expect\.query` is no query"):
        graded(text, submission, embedded_backend, tmp_path)


def test_rows_that_do_not_fit_their_query_are_no_mistake_of_a_student(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    text = FULL_NAMES.assignment.replace('first_name = "Plato"', 'nickname = "Plato"')
    submission = FULL_NAMES.write(right(FULL_NAMES), tmp_path / "ada")
    report = graded(text, submission, embedded_backend, tmp_path).report
    assert (report.status, report.score) == ("error", None)
    assert "do not fit it: it gives no column nickname" in (report.error or "")
