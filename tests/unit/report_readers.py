"""What tests of criteria want to know of a report, in a word each."""

from __future__ import annotations

from grader.assignment.model import Assignment
from grader.judging.judge import judge
from grader.observations.model import Observations
from grader.report.model import CriterionReport, Status
from tests.unit.observation_builders import assignment


def judged(observations: Observations, criterion: str, rubric: Assignment | None = None) -> CriterionReport:
    """A criterion's entry in the report."""
    report = judge(observations, rubric or assignment())
    return next(item for item in report.criteria if item.id == criterion)


def failed_checks(result: CriterionReport) -> list[str]:
    return [item.id for item in result.checks if item.status is Status.FAILED]


def found(result: CriterionReport, check: str) -> str:
    return next(item.found for item in result.checks if item.id == check)


def hint(result: CriterionReport) -> str:
    """The hint, which a criterion that did not pass has to have."""
    assert result.hint
    return result.hint
