"""An assignment as a value: title, rubric, weights, expectations as data, limits.

Knows nothing of the file it comes from: `assignment_file` reads that.
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
"""Every criterion that there is, in rubric order. An assignment may leave some out, but not add any."""


class Group(StrEnum):
    """What a criterion counts as."""

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
    """Who may see what every criterion has; of a whole criterion, its own `visibility` says so."""

    hints: Audience = Audience.STUDENT
    """Hints, and the next step."""
    points: Audience = Audience.STUDENT
    """Points, also those of the whole submission."""


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
    """A primary key or a uniqueness that a criterion asks for."""

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
    """What one criterion is judged against, as data."""

    columns: tuple[ExpectedColumn, ...] = ()
    tables: tuple[str, ...] = ()
    """Names that must be real tables in the schema `public`."""
    primary_keys: tuple[ExpectedKey, ...] = ()
    unique: tuple[ExpectedKey, ...] = ()
    foreign_keys: tuple[ExpectedForeignKey, ...] = ()
    minimum_revisions: int = 0
    """How many revisions must each change the schema."""
    restored_type: str | None = None
    """For a changed column: the type that the downgrade has to give back."""


@dataclass(frozen=True)
class CriterionSettings:
    """One criterion as this assignment weighs it."""

    id: str
    group: Group
    points: float
    expectations: Expectations = Expectations()
    visibility: Audience = Audience.STUDENT


@dataclass(frozen=True)
class Alternative:
    """A column of the reference for which other types are accepted as well."""

    table: str
    column: str
    types: tuple[str, ...]


MOST_OUTPUT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    step_seconds: float = 30.0
    output_bytes: int = 64 * 1024
    """Of each of the two streams of a step; at most `MOST_OUTPUT_BYTES`."""
    submission_bytes: int = 50 * 1024 * 1024
    submission_files: int = 5000


@dataclass(frozen=True)
class Assignment:
    """A validated assignment."""

    id: str
    title: str
    sha256: str
    """Over the assignment file and the reference schema: changes when verdicts might."""
    criteria: tuple[CriterionSettings, ...]
    """In report order."""
    reference_sql: str
    """The reference models as DDL, run in an empty database to get the reference snapshot."""
    alternatives: tuple[Alternative, ...] = ()
    limits: Limits = Limits()
    alembic_root: str | None = None
    """The folder of `alembic.ini` in a submission, where the assignment fixes it."""
    visibility: Visibility = field(default_factory=Visibility)
    handed_out: tuple[str, ...] = ()
    """The ids of revisions that all students were given: sharing one of them says nothing."""

    @property
    def reference_sha256(self) -> str:
        """What tells whether a submission was compared with this reference schema."""
        return hashlib.sha256(self.reference_sql.encode()).hexdigest()

    @property
    def accepted_types(self) -> frozenset[tuple[str, str]]:
        """Columns (`users.username`), each with a type that it may have instead of the reference's."""
        return frozenset(
            (f"{item.table}.{item.column}", type_) for item in self.alternatives for type_ in item.types
        )

    def criterion(self, criterion_id: str) -> CriterionSettings | None:
        """The settings of one criterion, or None when this assignment leaves it out."""
        return next((item for item in self.criteria if item.id == criterion_id), None)
