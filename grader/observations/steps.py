"""Goes through the steps of all passes, each with the pass that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from grader.observations.model import Observations, StepRecord


def student_steps(observations: Observations) -> Iterator[tuple[str, StepRecord]]:
    """Every step that ran the student's own env.py, with the pass it belongs to."""
    if observations.one_shot is not None:
        run = observations.one_shot
        for step in (run.upgrade, run.current, run.history, run.downgrade, run.reapply):
            if step is not None:
                yield "in the plain run", step
    for stair in observations.stairway:
        for step in (stair.up, stair.down, stair.again):
            if step is not None:
                yield f"one revision at a time, at {stair.revision}", step
    for rows in observations.rows:
        yield f"with rows in the tables, at {rows.revision}", rows.step


def all_steps(observations: Observations) -> Iterator[tuple[str, StepRecord]]:
    """Every step of every pass, with the pass it belongs to."""
    yield from student_steps(observations)
    if observations.models is not None:
        yield "when the models' tables were made", observations.models.step
    if observations.replay is not None:
        yield "when the revisions were run alone", observations.replay.one_shot
        for revision, step in observations.replay.steps:
            yield f"when the revisions were run alone, at {revision}", step
