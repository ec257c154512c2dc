"""An assignment as a value: title, criteria with their weights and expectations, limits.

Must not know the file that it comes from: `grader.assignment.file` reads that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

CRITERION_IDS = (
    "upgrade_head",
    "user_columns",
    "category_table",
    "current_revision",
    "history",
    "downgrade",
    "models_match",
    "username_length",
    "configuration",
    "reapply",
    "reversible_chain",
    "data_survival",
)
"""The ids of all criteria, in the order of the rubric. An assignment may leave some out, but not add any."""


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
class ExpectedColumn:
    """A column that a criterion asks for."""

    table: str
    name: str
    types: tuple[str, ...]
    """Accepted types, as PostgreSQL's `format_type` writes them: `character varying(255)`, `text`."""
    nullable: bool


@dataclass(frozen=True)
class ExpectedKey:
    """A primary key or a unique constraint that a criterion asks for."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ExpectedForeignKey:
    """A foreign key that a criterion asks for."""

    table: str
    columns: tuple[str, ...]
    target_table: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Expectations:
    """What one criterion asks for, as data."""

    columns: tuple[ExpectedColumn, ...] = ()
    tables: tuple[str, ...] = ()
    """Names of tables that must be in the schema `public`; a view does not count."""
    primary_keys: tuple[ExpectedKey, ...] = ()
    unique: tuple[ExpectedKey, ...] = ()
    foreign_keys: tuple[ExpectedForeignKey, ...] = ()
    evolves: bool = False
    """True if the tables must be made by a later revision than the first, and the columns of other tables
    must be added by a later revision than the one that made their table."""
    minimum_revisions: int = 0
    """How many revisions must change the schema."""
    restored_type: str | None = None
    """The type that a changed column must have again after the downgrade."""


@dataclass(frozen=True)
class CriterionSettings:
    """The weight, the expectations and the visibility of one criterion in this assignment."""

    id: str
    group: Group
    points: float
    expectations: Expectations = Expectations()
    visibility: Audience = Audience.STUDENT


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


@dataclass(frozen=True)
class Assignment:
    """A validated assignment."""

    id: str
    title: str
    sha256: str
    """A hash of the assignment file and the reference schema. When it changes, verdicts may change."""
    criteria: tuple[CriterionSettings, ...]
    """In the order of the report."""
    reference_sql: str
    """The reference models as DDL. It is run in an empty database to get the reference snapshot."""
    accepted_types: frozenset[tuple[str, str]] = frozenset()
    """Columns (`users.username`), each with a type that it may have instead of the reference's."""
    limits: Limits = Limits()
    alembic_root: str | None = None
    """The folder of `alembic.ini` inside a submission; None if the folder is to be looked for."""
    visibility: Visibility = field(default_factory=Visibility)
    handed_out: tuple[str, ...] = ()
    """The ids of revisions that all students were given. Students may share these."""

    @property
    def reference_sha256(self) -> str:
        """A hash of the reference schema. Observations keep it, to tell what they were compared with."""
        return hashlib.sha256(self.reference_sql.encode()).hexdigest()

    def criterion(self, criterion_id: str) -> CriterionSettings | None:
        """The settings of one criterion; None if this assignment leaves it out."""
        return next((item for item in self.criteria if item.id == criterion_id), None)
