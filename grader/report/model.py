"""The report of one submission: exactly what `grade.json` holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from grader.assignment.model import Audience, Group, Visibility

SCHEMA_VERSION = "1"


class Status(StrEnum):
    """How a criterion or a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    """The student's work does not do what is asked."""
    SKIPPED = "skipped"
    """Could not be judged because a prerequisite failed: 0 points, and `blocked_by` names it."""
    ERROR = "error"
    """The grader failed: the submission needs a new run. Never counted as 0 points."""


@dataclass(frozen=True)
class CheckReport:
    """One check of a criterion, with what was expected and found in words that a student can compare."""

    id: str
    title: str
    status: Status
    expected: str
    found: str
    revision: str | None = None
    path: str | None = None
    """The file where it is mended, relative to the submission's root; None where no file is known."""
    line: int | None = None
    follows: str | None = None
    """The id of the failed check of the same criterion that this one cannot pass without: of a table that is
    missing, say. None if it failed by itself."""


@dataclass(frozen=True)
class Evidence:
    """What supports a verdict: a piece of output, a list of differences, a place in a file."""

    title: str
    text: str


@dataclass(frozen=True)
class Override:
    """The word of a person on points: it counts instead of what the grader found."""

    points: float
    found: float | None
    """The points that the grader found; None where it could not judge."""
    comment: str
    """Why; students may read it."""
    by: str
    """Who said so."""
    date: str
    """The day on which they said so: `2026-05-04`."""


@dataclass(frozen=True)
class Lateness:
    """When a submission was handed in, and what that costs by the assignment's rule."""

    submitted: str
    """With the time zone: `2026-05-06T10:12:00+02:00`."""
    due: str
    """When it was due for this person."""
    days: int
    """Days that have begun after the due date and the days of grace; 0 if it was in time."""
    points: float
    """The points that were taken from the score."""
    counts_no_more: bool = False
    """It came so late that it has no points at all."""


@dataclass(frozen=True)
class Computed:
    """What the grader itself found, where people or the rule for late work changed that."""

    status: str
    score: float | None
    bonus: float | None
    error: str | None
    next_step: str | None = None


@dataclass(frozen=True)
class CriterionReport:
    """A criterion's verdict."""

    id: str
    title: str
    group: Group
    status: Status
    points: float
    max_points: float
    blocked_by: str | None
    seconds: float
    hint: str | None
    """Cause and fix in a sentence or two; None when there is nothing to mend."""
    checks: tuple[CheckReport, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    visibility: Audience = Audience.STUDENT
    kind: str = ""
    """The kind of the criterion, as the assignment file names it; empty in reports of earlier versions."""
    text: tuple[str, ...] = ()
    """What the rubric says, by paragraphs; the first says when the criterion passes."""
    part: str | None = None
    """The id of the part of the exercise after which it has to pass; None if it belongs to none."""
    not_yet: bool = False
    """Whether it failed, and nothing but what a later part asks for is missing."""
    override: Override | None = None
    """The word of a person on this criterion. `points` are theirs then; the status is what was found."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to mend: it passed, or a person gave all of its points."""
        given = self.override is not None and self.override.points >= self.max_points
        return self.status is Status.PASSED or given


@dataclass(frozen=True)
class Flag:
    """Something an instructor should look at; costs no points by itself."""

    id: str
    message: str


class Tick(StrEnum):
    """How an item of the checklist stands."""

    DONE = "done"
    OPEN = "open"
    """Not done, or not done right."""
    LOOK = "look"
    """Nothing that was observed shows it: for a person to look at."""


@dataclass(frozen=True)
class ChecklistEntry:
    """An item of the exercise's checklist. It has no points of its own."""

    text: str
    tick: Tick
    optional: bool = False
    criteria: tuple[str, ...] = ()
    """Ids of the criteria that the tick follows from; empty if it follows from files or runs."""
    part: str | None = None
    """The id of the part of the exercise that it belongs to; None if it belongs to none."""


class Standing(StrEnum):
    """How a part of the exercise stands."""

    DONE = "done"
    CURRENT = "current"
    """The part that the student is at."""
    LATER = "later"
    OPTIONAL = "optional"
    """Nothing of it is required, and it is not done."""


@dataclass(frozen=True)
class PartReport:
    """A part of the exercise. It has no points of its own."""

    id: str
    title: str
    standing: Standing


@dataclass(frozen=True)
class AssignmentInfo:
    """The assignment whose rubric the submission was judged by."""

    id: str
    title: str
    sha256: str


@dataclass(frozen=True)
class SubmissionInfo:
    """The submission that was judged."""

    id: str
    source: str
    sha256: str


@dataclass(frozen=True)
class RunInfo:
    """The software that the submission was judged with, and how long it took."""

    postgres: str
    backend: str
    isolation: str
    seconds: float
    grader: str
    alembic: str
    sqlalchemy: str
    python: str
    packages: tuple[str, ...] = field(default_factory=tuple)
    """What the assignment's requirements name, each with its version."""


@dataclass(frozen=True)
class Person:
    """A person as the roster describes them; an empty text where the roster says nothing."""

    name: str = ""
    email: str = ""
    username: str = ""
    id_number: str = ""
    """What Moodle calls the ID number."""
    moodle_id: str = ""
    """The number after `Participant` in Moodle's offline worksheet."""
    canvas_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""
    github_username: str = ""


@dataclass(frozen=True)
class GradeReport:
    """The whole report; its field order is the file's key order."""

    assignment: AssignmentInfo
    submission: SubmissionInfo
    status: str
    """`graded`, or `error`: needs a new run and has no score."""
    score: float | None
    max_score: float
    bonus: float | None
    max_bonus: float
    criteria: tuple[CriterionReport, ...]
    flags: tuple[Flag, ...]
    run: RunInfo
    error: str | None = None
    """Why there is no verdict, when `status` is `error`."""
    next_step: str | None = None
    """The first thing the student should do; None when everything required passed."""
    checklist: tuple[ChecklistEntry, ...] = ()
    """Empty if the assignment has none, or the submission was not tried."""
    parts: tuple[PartReport, ...] = ()
    """In the order in which students do them; empty if the assignment has none, or the submission was not
    tried."""
    visibility: Visibility = field(default_factory=Visibility)
    person: Person | None = None
    """Whose it is, as the roster says; None if there is no roster, or it does not say."""
    override: Override | None = None
    """The word of a person on the score as a whole."""
    late: Lateness | None = None
    """None if the assignment has no rule for late work, or nobody knows when this was handed in."""
    computed: Computed | None = None
    """What the grader itself found; None if nothing was changed."""
    schema_version: str = field(default=SCHEMA_VERSION)
