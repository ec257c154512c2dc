"""How a rubric works: the declaration of a kind of criteria, checks, prerequisites and points.

A kind judges by a pure function of a case: the observations of one submission, the assignment, and the
settings of the criterion. This module knows no kind by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Generic, TypeVar

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.assignment.tables import KindSettings
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


S = TypeVar("S", bound=KindSettings)


@dataclass(frozen=True)
class Case(Generic[S]):
    """What the function of a kind is given."""

    observations: Observations
    settings: S
    """The settings of the criterion that is being judged."""
    assignment: Assignment

    def id_of(self, kind: str) -> str:
        """The id of the assignment's first criterion of a kind; the kind's name if there is none."""
        return next((item.id for item in self.assignment.of_kind(kind)), kind)


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
    follows: str | None = None
    """The id of the failed check that it cannot pass without; None if it failed by itself."""


@dataclass(frozen=True)
class Verdict:
    """What the function of a kind returns if it can judge."""

    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...] = ()
    hint: str | None = None
    """What to do if a check failed. If it is None, the report names the failed check."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Skip:
    """What the function of a kind returns if it cannot judge, and the grader is not to blame for that."""

    blocked_by: str | None
    """The criterion that has to pass first; None if it is no criterion that is in the way."""
    reason: str


@dataclass(frozen=True)
class Unjudged:
    """What the function of a kind returns if the harness does not know enough: status `error`."""

    reason: str


Judgement = Verdict | Skip | Unjudged


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A declared kind of criteria."""

    name: str
    """What an assignment file says behind `kind =`."""
    settings: type[S]
    """The keys of a criterion of this kind."""
    title: str | Callable[[S], str]
    """The title of a criterion whose table gives none."""
    text: str | Callable[[S], str]
    """The rubric's text of a criterion whose table gives none: the first paragraph is "passes when ..."."""
    function: Callable[[Case[S]], Judgement]
    requires: tuple[str, ...]
    """The kinds whose criteria must have passed before one of this kind can be judged."""
    once: bool
    """Whether an assignment has one criterion of this kind at most."""
    all_or_nothing: bool
    """True if there are only points when all checks pass."""

    def title_of(self, settings: S) -> str:
        """The title of a criterion whose table gives none."""
        return self.title if isinstance(self.title, str) else self.title(settings)

    def text_of(self, settings: S) -> tuple[str, ...]:
        """The rubric's text, by paragraphs, of a criterion whose table gives none."""
        text = self.text if isinstance(self.text, str) else self.text(settings)
        return tuple(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def kind(
    name: str,
    settings: type[S],
    *,
    title: str | Callable[[S], str],
    text: Callable[[S], str] | None = None,
    requires: tuple[str, ...] = (),
    once: bool = False,
    all_or_nothing: bool = False,
) -> Callable[[Callable[[Case[S]], Judgement]], Kind[S]]:
    """Declare a kind: the decorated function becomes a `Kind`, which says what the arguments mean.

    Without `text`, the function's docstring is the text of the rubric.
    """

    def declare(function: Callable[[Case[S]], Judgement]) -> Kind[S]:
        if not function.__doc__:
            raise TypeError(f"kind {name!r} needs a docstring: it is the rubric's text")
        return Kind(name, settings, title, text or function.__doc__, function, requires, once, all_or_nothing)

    return declare


@dataclass(frozen=True)
class Judged:
    """A criterion of an assignment with its kind, and what came of it."""

    settings: CriterionSettings
    kind: Kind[Any]
    judgement: Judgement

    @property
    def points(self) -> Fraction:
        """What the submission gets for it, exactly."""
        chosen = self.settings.all_or_nothing
        all_or_nothing = self.kind.all_or_nothing if chosen is None else chosen
        return points_of(self.judgement, self.settings.points, all_or_nothing=all_or_nothing)


def judge_all(
    kinds: Mapping[str, Kind[Any]], observations: Observations, assignment: Assignment
) -> tuple[Judged, ...]:
    """Judge each criterion of an assignment once; returns them in the order of the assignment.

    What a criterion needs is judged before it. A kind that is needed and that no criterion of the assignment
    is of is judged all the same.
    """
    judged: dict[str, Judged] = {}

    def of(criterion_id: str) -> Judged:
        if criterion_id not in judged:
            settings = assignment.criterion(criterion_id) or unlisted(kinds[criterion_id])
            item = kinds[settings.kind]
            blocked = _blocked([of(name) for name in settings.requires])
            case = Case(observations, settings.settings, assignment)
            judged[criterion_id] = Judged(settings, item, blocked or _judged(item, case))
        return judged[criterion_id]

    return tuple(of(item.id) for item in assignment.criteria)


def unlisted(item: Kind[Any]) -> CriterionSettings:
    """A criterion of a kind without keys of its own that the assignment lacks and another criterion needs."""
    settings = item.settings(group=Group.PRACTICE, points=0.0)
    title, text = item.title_of(settings), item.text_of(settings)
    return CriterionSettings(
        item.name, item.name, title, text, Group.PRACTICE, 0.0, settings, requires=item.requires
    )


def _blocked(needed: list[Judged]) -> Judgement | None:
    for item in needed:
        status = status_of(item.judgement)
        if status is Status.ERROR:
            # A fault of the harness in the prerequisite is no failure of the student here either.
            return Unjudged(f"`{item.settings.id}`, which has to be judged first, could not be judged.")
        if status is not Status.PASSED:
            return Skip(item.settings.id, f"This can be judged once `{item.settings.id}` passes.")
    return None


def _judged(item: Kind[Any], case: Case[Any]) -> Judgement:
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


def report_of(item: Judged) -> CriterionReport:
    """A criterion's entry in the report."""
    settings, judgement = item.settings, item.judgement
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
        id=settings.id,
        title=settings.title,
        group=settings.group,
        status=status,
        points=rounded(item.points),
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
                follows=None if c.passed else c.follows,
            )
            for c in verdict.checks
        ),
        evidence=_first_evidence(evidence),
        visibility=settings.visibility,
        kind=settings.kind,
        text=settings.text,
    )
