"""The errors that commands printed, with the lines of the student's own code that they came through."""

from __future__ import annotations

from grader.judging import wording
from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations, StepRecord
from grader.report.details import ErrorPicture, FramePicture
from grader.report.model import Evidence

MAX_FRAMES = 8
MAX_HEADLINE = 400


def error_pictures(observations: Observations) -> tuple[ErrorPicture, ...]:
    """One for each output of a failed command that names lines of the student's; each output once."""
    found: dict[Evidence, ErrorPicture] = {}
    for step in observations.all_steps():
        if step.succeeded:
            continue
        for output in wording.output(step):
            picture = _picture(step, output, observations)
            if picture is not None:
                found.setdefault(output, picture)
    return tuple(found.values())


def _picture(step: StepRecord, output: Evidence, observations: Observations) -> ErrorPicture | None:
    known = errors(step.output)
    clue = Clue(step, observations, known[0], known[0].frames)
    frames = tuple(
        FramePicture(frame.path, frame.line, frame.function, frame.source)
        for frame in reversed(clue.own_frames[-MAX_FRAMES:])
    )
    return ErrorPicture(output, known[0].headline[:MAX_HEADLINE], frames) if frames else None
