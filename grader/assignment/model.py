"""An assignment as a value: title, criteria with their weights and settings, limits, how it is run.

Must not know the file that it comes from: `grader.assignment.file` reads that.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from grader.assignment.checklist import ChecklistItem
from grader.assignment.late import LateRule


class Group(StrEnum):
    """How the points of a criterion count: those of a bonus criterion come on top of the score."""

    REQUIRED = "required"
    BONUS = "bonus"
    PRACTICE = "practice"


class Audience(StrEnum):
    """Who may see a part of a report."""

    STUDENT = "student"
    """The student, and the instructor."""
    INSTRUCTOR = "instructor"
    """The instructor alone."""


@dataclass(frozen=True)
class Visibility:
    """Who may see hints and points. Who may see a whole criterion is part of that criterion's settings."""

    hints: Audience = Audience.STUDENT
    """Who may see hints and the next step."""
    points: Audience = Audience.STUDENT
    """Who may see points, also those of the whole submission."""


@dataclass(frozen=True)
class Part:
    """A part of an exercise, in which students do one thing after the other."""

    id: str
    title: str


@dataclass(frozen=True)
class CriterionSettings:
    """One criterion of an assignment: what it is called, what it weighs, and what its kind is to look at."""

    id: str
    """Chosen by the instructor. Reports, gradebooks and tests name the criterion by it."""
    kind: str
    """The name of the kind, which judges it."""
    title: str
    text: tuple[str, ...]
    """What the rubric says, by paragraphs: the first is the sentence "passes when ..."."""
    group: Group
    points: float
    settings: Any
    """The settings of the kind, of the type that the kind declares."""
    requires: tuple[str, ...] = ()
    """Ids of the criteria of this assignment that must have passed before this one can be judged."""
    visibility: Audience = Audience.STUDENT
    all_or_nothing: bool | None = None
    """Whether there are only points when all checks pass; None if its kind decides."""
    part: str | None = None
    """The id of the part of the exercise after which it has to pass; None if it belongs to none."""
    check_parts: Mapping[str, str] = field(default_factory=dict)
    """Ids of checks that have to pass after another part, each with the id of that part."""


@dataclass(frozen=True)
class Project:
    """How a submission is run: where its parts are, and what it needs besides its own files."""

    alembic_root: str | None = None
    """The folder of `alembic.ini` inside a submission; None if the folder is to be looked for."""
    flask_app: str | None = None
    """The value of `FLASK_APP`; None if the submission's own files say where the app is."""
    working_folder: str | None = None
    """The folder inside a submission in which commands are run; None for the folder of `alembic.ini`."""
    requirements: tuple[str, ...] = ()
    """What students' code imports besides the packages of every sandbox: `asyncpg==0.31.0`."""
    extensions: tuple[str, ...] = ()
    """Extensions that are made in every database before the first step, with the grader's own rights."""
    direct_url: tuple[str, ...] = ("DIRECT_URL",)
    """The variables that hold the URL of the direct connection."""
    pooled_url: tuple[str, ...] = ("DATABASE_URL",)
    """The variables that hold the URL of the pooled connection. Where both name the same one, the project has
    one connection, and no difference is made."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Further variables of every step."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of files that a staged submission gets where it lacks them, by path inside of it."""

    @property
    def one_connection(self) -> bool:
        """Whether both connections are named by one variable, so that there is one."""
        return not set(self.direct_url).isdisjoint(self.pooled_url)


MOST_OUTPUT_BYTES = 1024 * 1024
"""The highest value that `Limits.output_bytes` may have."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    step_seconds: float = 30.0
    """The wall time of one step."""
    trial_seconds: float = 300.0
    """The time of all steps together, with what is done for each of them. The first second of each is free,
    until twice this time is used up in that way."""
    output_bytes: int = 64 * 1024
    """How many bytes are kept of each of a step's two outputs; at most `MOST_OUTPUT_BYTES`."""
    submission_bytes: int = 50 * 1024 * 1024
    """The size of all files of a submission together."""
    submission_files: int = 5000
    """The number of files of a submission."""


class ProofKind(StrEnum):
    """What a proof of a rubric can find."""

    UNFAIR = "unfair"
    """A right answer loses points."""
    UNSEEN = "unseen"
    """A mistake costs nothing."""
    OVERLOOKED = "overlooked"
    """A criterion does not see a mistake in what it names; another one does."""
    DOUBLE = "double"
    """One mistake costs more than one criterion's worth."""
    DEAD = "dead"
    """No mistake fails a criterion."""


@dataclass(frozen=True)
class Accepted:
    """A finding of a proof that the instructor says is as it should be."""

    kind: ProofKind
    names: tuple[str, ...]
    """Ids of answers, names of operators, or ids of criteria."""
    reason: str


@dataclass(frozen=True)
class Proof:
    """How a rubric is proven."""

    solution: str | None = None
    """The folder of the reference solution, relative to the assignment file; None for that of the models."""
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """A validated assignment."""

    id: str
    title: str
    sha256: str
    """A hash of the assignment file and the reference schema. When it changes, verdicts may change."""
    criteria: tuple[CriterionSettings, ...]
    """In the order of the report."""
    reference_sql: str | None = None
    """The reference models as DDL. It is run in an empty database to get the reference snapshot. None if the
    exercise has no reference models: then only the students' own models are compared."""
    accepted_types: frozenset[tuple[str, str]] = frozenset()
    """Columns (`users.username`), each with a type that it may have instead of the reference's."""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tables (`subjects`) and columns (`grades.grade`) of the rubric, each with other names that count."""
    limits: Limits = Limits()
    project: Project = field(default_factory=Project)
    proof: Proof = field(default_factory=Proof)
    visibility: Visibility = field(default_factory=Visibility)
    late: LateRule | None = None
    """What late work costs; None if it costs nothing."""
    parts: tuple[Part, ...] = ()
    """In the order in which students do them; empty if the exercise has none."""
    checklist: tuple[ChecklistItem, ...] = ()
    """In the order of the report; empty if the exercise has none."""
    handed_out: tuple[str, ...] = ()
    """The ids of revisions that all students were given. Students may share these."""
    path: str | None = field(default=None, compare=False)
    """The assignment file, for messages about a mistake that only the reference shows."""

    @property
    def reference_sha256(self) -> str:
        """A hash of the reference schema. Observations keep it, to tell what they were compared with."""
        return hashlib.sha256((self.reference_sql or "").encode()).hexdigest()

    @property
    def max_score(self) -> float:
        """The sum of the points without those of bonus criteria."""
        return round(math.fsum(item.points for item in self.criteria if item.group is not Group.BONUS), 2)

    def criterion(self, criterion_id: str) -> CriterionSettings | None:
        """One criterion by its id; None if this assignment has none of that id."""
        return next((item for item in self.criteria if item.id == criterion_id), None)

    def of_kind(self, kind: str) -> tuple[CriterionSettings, ...]:
        """The criteria of one kind, in the order of the report."""
        return tuple(item for item in self.criteria if item.kind == kind)
