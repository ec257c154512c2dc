"""From observations to what the pages show beside the report. Pure: nothing runs; same in, same out.

Nothing here judges or gives points, and no renderer is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from grader.assignment.model import Assignment
from grader.judging import evidence
from grader.judging.diagnosis import DIAGNOSES, all_diagnoses
from grader.judging.pictures.chain import chain_links
from grader.judging.pictures.errors import error_pictures
from grader.judging.pictures.tables import table_pictures
from grader.observations.model import Observations
from grader.report.details import Cause, ReportDetails, Undrawn

__all__ = ["details_of"]

MAX_REASON = 300
Drawn = TypeVar("Drawn")


def details_of(observations: Observations, assignment: Assignment) -> ReportDetails:
    """The pictures of a submission's chain, schema and errors, and the causes of what went wrong.

    Raises nothing: what cannot be drawn because of a fault of ours is left out, and named in `undrawn`.
    """
    attempt = _Attempt()
    judged = attempt("the schema at head", lambda: evidence.judged_schema(observations), None)
    graph = observations.graph
    return ReportDetails(
        chain=attempt("the picture of the revisions", lambda: chain_links(observations, judged), ()),
        tables=attempt(
            "the picture of the schema",
            lambda: table_pictures(observations.reference, judged, assignment.accepted_types),
            (),
        ),
        replayed=bool(judged and judged.outside),
        errors=attempt("the lines that errors came through", lambda: error_pictures(observations), ()),
        causes=attempt("the causes", lambda: _causes(observations), ()),
        revisions=tuple(dict.fromkeys(item.id for item in graph.revisions)) if graph else (),
        undrawn=tuple(attempt.undrawn),
    )


class _Attempt:
    """Makes one part after the other, and notes those that it could not make."""

    def __init__(self) -> None:
        self.undrawn: list[Undrawn] = []

    def __call__(self, part: str, draw: Callable[[], Drawn], otherwise: Drawn) -> Drawn:
        try:
            return draw()
        except Exception as problem:  # noqa: BLE001 - a bug of ours in a picture must cost no more than that
            reason = f"{type(problem).__name__}: {problem}"[:MAX_REASON]
            self.undrawn.append(Undrawn(part, reason))
            return otherwise


def _causes(observations: Observations) -> tuple[Cause, ...]:
    return tuple(
        Cause(found.id, DIAGNOSES[found.id], found.cause, found.fix) for found in all_diagnoses(observations)
    )
