"""From observations to what the pages show beside the report. Pure: nothing runs; same in, same out.

Nothing here judges or gives points, and no renderer is known.
"""

from __future__ import annotations

from grader.assignment import Assignment
from grader.criteria import evidence
from grader.details import Cause, ReportDetails
from grader.diagnosis import DIAGNOSES, all_diagnoses
from grader.observations import Observations
from grader.pictures.chain import chain_links
from grader.pictures.errors import error_pictures
from grader.pictures.tables import table_pictures

__all__ = ["details_of"]


def details_of(observations: Observations, assignment: Assignment) -> ReportDetails:
    """The pictures of a submission's chain, schema and errors, and the causes of what went wrong."""
    judged = evidence.judged_schema(observations)
    graph = observations.graph
    return ReportDetails(
        chain=chain_links(observations, judged),
        tables=table_pictures(observations.reference, judged, assignment.alternatives),
        replayed=bool(judged and judged.outside),
        errors=error_pictures(observations),
        causes=tuple(
            Cause(found.id, DIAGNOSES[found.id], found.cause, found.fix)
            for found in all_diagnoses(observations)
        ),
        revisions=tuple(dict.fromkeys(item.id for item in graph.revisions)) if graph else (),
    )
