"""`summary.json`: one entry a submission, and the totals of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median

from grader.report.formats.json import json_document
from grader.report.model import SCHEMA_VERSION, GradeReport, Person
from grader.report.render import phrases


@dataclass(frozen=True)
class Totals:
    """The totals of a batch."""

    submissions: int
    graded: int
    error: int
    """The number that need a new run; they have no score and do not count in the averages."""
    full_score: int
    """The number that reached the maximum, bonus not counted."""
    mean_percent: float | None
    """Mean score in percent of the maximum, bonus not counted; None if nothing was graded."""
    median_percent: float | None


def totals(reports: Sequence[GradeReport]) -> Totals:
    """Count a batch."""
    scores = [(report.score, report.max_score) for report in reports if report.score is not None]
    percents = [100 * score / maximum if maximum else 100.0 for score, maximum in scores]
    return Totals(
        submissions=len(reports),
        graded=len(scores),
        error=len(reports) - len(scores),
        full_score=sum(1 for score, maximum in scores if score >= maximum),
        mean_percent=round(fmean(percents), 2) if percents else None,
        median_percent=round(median(percents), 2) if percents else None,
    )


def summary_json(
    reports: Sequence[GradeReport], gone: Sequence[str] = (), absent: Sequence[Person] = ()
) -> bytes:
    """Serialise a batch, its submissions in the order given; `path` is relative to the summary's folder.

    `gone` are the ids of submissions with a report there that are not in the class any more. `absent` are the
    people who handed in nothing.
    """
    counts = asdict(totals(reports))
    percents = {name: counts.pop(name) for name in ("mean_percent", "median_percent")}
    document = {
        "schema_version": SCHEMA_VERSION,
        "counts": counts,
        **percents,
        "submissions": [
            {
                "id": report.submission.id,
                "status": report.status,
                "score": report.score,
                "max_score": report.max_score,
                "bonus": report.bonus,
                "max_bonus": report.max_bonus,
                "path": f"{report.submission.id}/grade.json",
                "name": phrases.name_of(report.person) or None,
                "changed": report.computed is not None,
            }
            for report in reports
        ],
        "gone": list(gone),
        "absent": [{"name": phrases.name_of(person), "email": person.email or None} for person in absent],
    }
    return json_document(document)
