"""The pictures that a report's page shows: the chain, the schema and the errors, from observations.

Pure functions. They give no points and know no renderer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grader.assignment.model import Assignment
from grader.judging import evidence, wording
from grader.judging.commands import as_typed
from grader.judging.diagnosis import DIAGNOSES, all_diagnoses, root_causes
from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.traceback_text import errors
from grader.judging.pictures.chain import chain_links
from grader.judging.pictures.tables import table_pictures
from grader.judging.reference import accepted_types, reference_of
from grader.judging.shape import shape_of
from grader.observations.model import Observations, StepRecord
from grader.report.details import Cause, ErrorPicture, FramePicture, OmittedPart, ReportDetails
from grader.report.model import Evidence

__all__ = ["details_of"]

MAX_REASON = 300
MAX_FRAMES = 8
MAX_ERRORS = 50
MAX_HEADLINE = 400
Drawn = TypeVar("Drawn")


def details_of(observations: Observations, assignment: Assignment) -> ReportDetails:
    """The pictures of a submission's chain, schema and errors, and the causes of what went wrong.

    Raises nothing: a part that cannot be drawn because of a fault of ours is left out and named in `omitted`.
    """
    parts = _Parts()
    judged = parts.draw("the schema at head", lambda: evidence.judged_schema(observations), None)
    graph = observations.graph
    return ReportDetails(
        chain=parts.draw("the picture of the revisions", lambda: chain_links(observations, judged), ()),
        tables=parts.draw(
            "the picture of the schema",
            lambda: table_pictures(
                reference_of(observations, assignment), judged, accepted_types(observations, assignment)
            ),
            (),
        ),
        replayed=bool(judged and judged.outside),
        compared=assignment.reference_sql is not None,
        errors=parts.draw("the lines that errors came through", lambda: error_pictures(observations), ()),
        causes=parts.draw("the causes", lambda: _causes(observations), ()),
        revisions=tuple(dict.fromkeys(item.id for item in graph.revisions)) if graph else (),
        shape=parts.draw(
            "the comparison with others",
            lambda: shape_of(judged, reference_of(observations, assignment)),
            None,
        ),
        omitted=tuple(parts.omitted),
    )


class _Parts:
    """Draws one part after the other, and notes the parts that a bug of ours left out."""

    def __init__(self) -> None:
        self.omitted: list[OmittedPart] = []

    def draw(self, part: str, function: Callable[[], Drawn], otherwise: Drawn) -> Drawn:
        """The part that `function` draws, or `otherwise` when it raises an error."""
        try:
            return function()
        except Exception as problem:  # noqa: BLE001 - a bug in one picture must not cost the whole page
            reason = f"{type(problem).__name__}: {problem}"[:MAX_REASON]
            self.omitted.append(OmittedPart(part, reason))
            return otherwise


def _causes(observations: Observations) -> tuple[Cause, ...]:
    roots, layout = root_causes(observations), observations.submission.layout
    return tuple(
        Cause(
            found.id,
            DIAGNOSES[found.id],
            as_typed(found.cause, layout),
            as_typed(found.fix, layout),
            derived=found.id not in roots,
        )
        for found in all_diagnoses(observations)
    )


def error_pictures(observations: Observations) -> tuple[ErrorPicture, ...]:
    """One picture for each output of a failed command that names lines of the student's; each output once."""
    found: dict[Evidence, ErrorPicture] = {}
    for step in observations.own_steps():
        if step.succeeded:
            continue
        for output in wording.output(step):
            picture = _error_picture(step, output, observations)
            if picture is not None:
                found.setdefault(output, picture)
        if len(found) >= MAX_ERRORS:
            break
    return tuple(found.values())


def _error_picture(step: StepRecord, output: Evidence, observations: Observations) -> ErrorPicture | None:
    known = errors(step.output)
    clue = Clue(step, observations, known[0], known[0].frames)
    frames = tuple(
        FramePicture(frame.path, frame.line, frame.function, frame.source)
        for frame in reversed(clue.own_frames[-MAX_FRAMES:])
    )
    return ErrorPicture(output, known[0].headline[:MAX_HEADLINE], frames) if frames else None
