"""Errors with the student's own frames, tied to the output that the criteria show."""

from __future__ import annotations

from grader.judging import wording
from grader.judging.pictures import details_of
from grader.observations.steps import StepAction
from grader.report.details import FramePicture
from tests.unit.observation_builders import STATES, assignment, at, perfect, step, with_one_shot, with_stair

TRACEBACK = """\
INFO  [alembic.runtime.migration] Running downgrade ddd4 -> ccc3, do something
Traceback (most recent call last):
  File "site-packages/alembic/config.py", line 10, in main
    run()
  File "alembic/env.py", line 50, in run_migrations_online
    context.run_migrations()
  File "alembic/versions/ddd4.py", line 36, in downgrade
    op.drop_constraint(None, "posts")
  File "site-packages/sqlalchemy/sql/compiler.py", line 7594, in visit_drop_constraint
    raise CompileError(
sqlalchemy.exc.CompileError: Can't emit DROP CONSTRAINT; it has no name
"""


def test_the_students_own_frames_innermost_first() -> None:
    failed = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=STATES[4], exit_code=1, stderr=TRACEBACK)
    (error,) = details_of(with_one_shot(perfect(), downgrade=failed), assignment()).errors
    assert error.headline == "sqlalchemy.exc.CompileError: Can't emit DROP CONSTRAINT; it has no name"
    assert error.frames == (
        FramePicture("alembic/versions/ddd4.py", 36, "downgrade", 'op.drop_constraint(None, "posts")'),
        FramePicture("alembic/env.py", 50, "run_migrations_online", "context.run_migrations()"),
    )
    assert (error.output,) == wording.output(failed)


def test_the_same_output_is_pictured_once() -> None:
    failed = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=STATES[4], exit_code=1, stderr=TRACEBACK)
    observations = with_stair(with_one_shot(perfect(), downgrade=failed), 4, down=failed)
    assert len(details_of(observations, assignment()).errors) == 1


def test_no_picture_of_an_error_that_is_nobodys_line() -> None:
    failed = step(
        StepAction.DOWNGRADE, "-1", versions=at(4), state=STATES[4], exit_code=1, stderr="FAILED: no"
    )
    assert details_of(with_one_shot(perfect(), downgrade=failed), assignment()).errors == ()


def test_a_command_that_succeeded_has_no_error_whatever_it_printed() -> None:
    fine = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=STATES[3], stderr=TRACEBACK)
    assert details_of(with_one_shot(perfect(), downgrade=fine), assignment()).errors == ()
