"""How a rubric works: the declaration of a criterion, its checks, its prerequisites and its points.

A criterion is a pure function of a case: the observations of one submission and the assignment. Its
docstring is the text of the rubric. This module knows no criterion by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from grader.assignment.model import Assignment, CriterionSettings, Expectations, Group
from grader.observations.model import Observations
from grader.report.model import CheckReport, CriterionReport, Evidence, Status
from grader.text.untrusted import cut

_MOST_LINES = 100
_MOST_CHARACTERS = 16_000
"""What a report shows of one text. The output of a step is cut to 40 lines of 300 characters before."""
_MOST_EVIDENCE = 20
"""What a criterion shows: chains of hundreds of revisions can all fail."""
_MOST_IN_CHECKS = 400_000
"""Characters of all checks of a criterion. Each has an equal part of them, and 200 at least."""


@dataclass(frozen=True)
class Case:
    """What a criterion function is given."""

    observations: Observations
    expectations: Expectations
    """What the assignment expects of the criterion that is being judged."""
    assignment: Assignment


@dataclass(frozen=True)
class Place:
    """A line of a file of the submission."""

    path: str
    """Relative to the submission's root."""
    line: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


@dataclass(frozen=True)
class Check:
    """One thing that a criterion checks."""

    id: str
    title: str
    passed: bool
    expected: str
    found: str
    revision: str | None = None
    place: Place | None = None
    """Where it is mended."""
    weight: int = 1
    """Its share of the criterion's points, in relation to the weights of the other checks."""


@dataclass(frozen=True)
class Verdict:
    """What a criterion function returns if it can judge."""

    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...] = ()
    hint: str | None = None
    """What to do if a check failed. If it is None, the report names the failed check."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Skip:
    """What a criterion function returns if it cannot judge because another criterion failed."""

    blocked_by: str
    reason: str


@dataclass(frozen=True)
class Unjudged:
    """What a criterion function returns if the harness does not know enough: status `error`."""

    reason: str


Judgement = Verdict | Skip | Unjudged
CriterionFunction = Callable[[Case], Judgement]


@dataclass(frozen=True)
class Criterion:
    """A declared criterion."""

    id: str
    title: str
    text: tuple[str, ...]
    """What the rubric says, by paragraphs: the first is the sentence "passes when ..."."""
    requires: tuple[str, ...]
    """Ids of the criteria that must have passed before this one can be judged."""
    function: CriterionFunction
    all_or_nothing: bool = False
    """True if there are only points when all checks pass."""
    example: str = ""
    """A submission of `tests/catalogue` that fails it. The docs show it with its report."""
    corrected: str = "right_reference"
    """The submission that the docs compare the example with."""


def criterion(
    criterion_id: str,
    title: str,
    *,
    requires: tuple[str, ...] = (),
    all_or_nothing: bool = False,
    example: str = "",
    corrected: str = "right_reference",
) -> Callable[[CriterionFunction], Criterion]:
    """Declare a criterion: the decorated function becomes a `Criterion`, which says what the arguments mean.

    Use few different examples: the docs grade each.
    """

    def declare(function: CriterionFunction) -> Criterion:
        if not function.__doc__:
            raise TypeError(f"criterion {criterion_id!r} needs a docstring: it is the rubric's text")
        paragraphs = function.__doc__.split("\n\n")
        text = tuple(" ".join(paragraph.split()) for paragraph in paragraphs)
        return Criterion(criterion_id, title, text, requires, function, all_or_nothing, example, corrected)

    return declare


def judge_all(
    criteria: Sequence[Criterion], observations: Observations, assignment: Assignment
) -> dict[str, Judgement]:
    """Judge each criterion once, and return the judgements by criterion id, in the given order.

    Each criterion must come after those that it requires. One that the assignment leaves out is judged all
    the same, for those that require it.
    """
    judged: dict[str, Judgement] = {}
    for item in criteria:
        settings = assignment.criterion(item.id) or CriterionSettings(item.id, Group.PRACTICE, 0.0)
        case = Case(observations, settings.expectations, assignment)
        judged[item.id] = _blocked(item, judged) or _judged(item, case)
    return judged


def _blocked(item: Criterion, judged: dict[str, Judgement]) -> Judgement | None:
    for required in item.requires:
        status = status_of(judged[required])
        if status is Status.ERROR:
            # A fault of the harness in the prerequisite is no failure of the student here either.
            return Unjudged(f"`{required}`, which has to be judged first, could not be judged.")
        if status is not Status.PASSED:
            return Skip(required, f"This can be judged once `{required}` passes.")
    return None


def _judged(item: Criterion, case: Case) -> Judgement:
    try:
        judgement = item.function(case)
    except Exception as problem:  # noqa: BLE001 - a bug in one criterion must not take the others along
        return Unjudged(f"The grader failed while it judged this ({type(problem).__name__}: {problem}).")
    if isinstance(judgement, Verdict) and not judgement.checks:
        return Unjudged("The assignment gives this criterion nothing to check.")
    return judgement


def status_of(judgement: Judgement) -> Status:
    """A judgement's status: passed only if every check passed."""
    if isinstance(judgement, Unjudged):
        return Status.ERROR
    if isinstance(judgement, Skip):
        return Status.SKIPPED
    return Status.PASSED if all(check.passed for check in judgement.checks) else Status.FAILED


def points_of(judgement: Judgement, max_points: float, *, all_or_nothing: bool = False) -> Fraction:
    """The passed checks' share of `max_points`, by weight. Exact, so that sums have no rounding errors."""
    if not isinstance(judgement, Verdict):
        return Fraction(0)
    total = sum(check.weight for check in judgement.checks)
    earned = sum(check.weight for check in judgement.checks if check.passed)
    if total == 0 or (all_or_nothing and earned != total):
        return Fraction(0)
    return exact(max_points) * earned / total


@cache
def exact(points: float) -> Fraction:
    """Points as an exact number: the 0.1 of an assignment file is exactly a tenth."""
    return Fraction(str(points))


def rounded(points: Fraction) -> float:
    """Points as a report shows them: two decimals."""
    return float(points if points.denominator == 1 else round(points, 2))


def _bounded(text: str, most: int = _MOST_CHARACTERS) -> str:
    """A text as a report shows it. Names and messages in it are a student's, of any length and number."""
    return cut(text, _MOST_LINES, min(most, _MOST_CHARACTERS))


def _first_evidence(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    shown = tuple(Evidence(_bounded(part.title), _bounded(part.text)) for part in evidence[:_MOST_EVIDENCE])
    more = len(evidence) - len(shown)
    return (*shown, Evidence("Left out", f"{more} more like these")) if more > 0 else shown


def report_of(item: Criterion, settings: CriterionSettings, judgement: Judgement) -> CriterionReport:
    """A criterion's entry in the report."""
    status = status_of(judgement)
    verdict = judgement if isinstance(judgement, Verdict) else Verdict(checks=())
    hint, evidence = None, verdict.evidence
    if status is Status.FAILED:
        wrong = next(check for check in verdict.checks if not check.passed)
        plain = f"{wrong.title}. Expected: {wrong.expected}. Found: {wrong.found}."
        hint = verdict.hint or plain
    elif isinstance(judgement, Skip):
        hint = judgement.reason
    elif isinstance(judgement, Unjudged):
        evidence = (Evidence("Why there is no verdict", judgement.reason),)
    most = max(200, _MOST_IN_CHECKS // max(1, len(verdict.checks)))
    return CriterionReport(
        id=item.id,
        title=item.title,
        group=settings.group,
        status=status,
        points=rounded(points_of(judgement, settings.points, all_or_nothing=item.all_or_nothing)),
        max_points=settings.points,
        blocked_by=judgement.blocked_by if isinstance(judgement, Skip) else None,
        seconds=round(verdict.seconds, 3),
        hint=_bounded(hint) if hint else hint,
        checks=tuple(
            CheckReport(
                *(c.id, c.title, Status.PASSED if c.passed else Status.FAILED),
                expected=_bounded(c.expected, most),
                found=_bounded(c.found, most),
                revision=c.revision,
                path=c.place.path if c.place and not c.passed else None,
                line=c.place.line if c.place and not c.passed else None,
            )
            for c in verdict.checks
        ),
        evidence=_first_evidence(evidence),
        visibility=settings.visibility,
    )
