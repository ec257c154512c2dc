"""All that a criterion may look at, as one value that can be saved: what the harness saw, not what it means.

`trial` fills it, and it is kept beside the report. Texts in it are clean (no control characters), cut to a
limit and free of credentials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from grader.observations.data import DataRun
from grader.observations.earlier import with_new_keys
from grader.observations.files import Finding, FindingKind, Layout, SubmissionFacts
from grader.observations.lacks import Lack
from grader.observations.probes import TriedRows
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import StepRecord

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class OneShotPass:
    """What the exercise asks for, on one empty database. Steps after a failed one are None."""

    upgrade: StepRecord
    current: StepRecord | None = None
    history: StepRecord | None = None
    downgrade: StepRecord | None = None
    reapply: StepRecord | None = None
    owners: dict[str, str] = field(default_factory=dict)
    """The tables at head, each with the connection that owns it: `direct` or `pooled`."""
    made_again: tuple[str, ...] = ()
    """The tables that are there before and after the downgrade, and that it dropped and made anew."""


@dataclass(frozen=True)
class StairwayStep:
    """One revision, up, down and up again."""

    revision: str
    before: str
    """Digest of the schema before the first upgrade."""
    up: StepRecord
    down: StepRecord | None = None
    again: StepRecord | None = None


@dataclass(frozen=True)
class RowLoss:
    """A value that was in a row and is gone or changed."""

    table: str
    column: str | None
    """None if a whole row or the whole table is gone."""
    expected: str
    found: str | None
    migrated: bool = False
    """True if a revision had put the row in. All other rows are the harness's."""


@dataclass(frozen=True)
class RowsStep:
    """One revision applied (or undone) over tables that hold rows."""

    revision: str
    direction: Literal["up", "down"]
    step: StepRecord
    rows_before: dict[str, int] = field(default_factory=dict)
    """How many rows each table had when the step began."""
    losses: tuple[RowLoss, ...] = ()
    seeded: dict[str, int] = field(default_factory=dict)
    """How many rows were put into each table after the step (on the way up)."""
    seed_problems: dict[str, str] = field(default_factory=dict)
    """Tables into which no row could be put, with PostgreSQL's message."""
    examples: dict[str, str] = field(default_factory=dict)
    """For a step that failed: one row of each table in which the harness had put rows, as text."""


@dataclass(frozen=True)
class ModelsPass:
    """The student's own `target_metadata`, created by `create_all` in an empty database.

    Models that need what a revision makes (a type, a sequence, a function) are created beside that.
    """

    step: StepRecord
    tables: int | None = None
    """How many tables the metadata has; None if there is no metadata."""
    same_defaults: tuple[tuple[str, str, str], ...] = ()
    """Defaults that models and head write differently and that PostgreSQL gives the same value: the type of
    the column, the default of the models, and that at head."""


@dataclass(frozen=True)
class ReplayPass:
    """The revisions alone, under a neutral env.py of the harness."""

    one_shot: StepRecord
    steps: tuple[tuple[str, StepRecord], ...] = ()
    """Each revision with its step: an earlier version ran them if the replay gave another schema."""


@dataclass(frozen=True)
class OutsidePass:
    """The student's own `upgrade head`, taken apart: what of the schema do the revisions not make?

    Only run if the replay does not give the schema of the student's own run. Each step begins with an empty
    database.
    """

    before: str
    """Digest of the schema of the empty database."""
    bodies: StepRecord
    """All revisions, and nothing that env.py would do after them."""
    emptied: StepRecord
    """Only what comes before the revisions, if `bodies` got to where the whole run did. Otherwise all that
    env.py does, with revisions whose upgrade() does nothing."""


@dataclass(frozen=True)
class BrokenOff:
    """An upgrade from an empty database that was broken off at the end of a revision."""

    revision: str
    """The revision that was broken off: all of it had run, and its number was in the version table."""
    step: StepRecord
    broken_off: bool
    """Whether it came to that. False where the revision was not run as Alembic runs revisions."""


@dataclass(frozen=True)
class AtomicPass:
    """What is left of revisions that are broken off. Each attempt begins with an empty database.

    The first attempt is broken off at the head. Where revisions below it were committed by themselves, those
    at which that happened are attempted next.
    """

    before: str
    """Digest of the schema of the empty database."""
    attempts: tuple[BrokenOff, ...]


@dataclass(frozen=True)
class OfflinePass:
    """`upgrade head --sql` and `downgrade head:base --sql`, and what their SQL does to an empty database.

    The commands have no database. A step that its predecessors left nothing to do for is None.
    """

    upgrade: StepRecord
    """The first command. Its standard output is what was printed beside the SQL."""
    upgrade_run: StepRecord | None = None
    """The SQL of the first command. Its error output is what PostgreSQL refused."""
    downgrade: StepRecord | None = None
    downgrade_run: StepRecord | None = None
    """The SQL of the second command, where that of the first one has been run."""
    before: str = ""
    """Digest of the schema of the empty database, where SQL was run."""


@dataclass(frozen=True)
class Environment:
    """What the submission was tried with."""

    postgres: str
    backend: str
    isolation: str
    grader: str
    alembic: str
    sqlalchemy: str
    python: str
    packages: tuple[str, ...] = field(default_factory=tuple)
    """What the assignment's requirements name, each with its version."""


@dataclass(frozen=True)
class Observations:
    """Everything seen of one submission. A report is a pure function of this and of the assignment."""

    submission: SubmissionFacts
    graph: RevisionGraph | None
    """None if the submission has no Alembic set-up."""
    environment: Environment
    reference: SchemaSnapshot | None
    """The schema of the reference models, created in the same server and read by the same code. None if the
    exercise has none."""
    seconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by part: `server`, `worker`, `steps`, `snapshots`, ..."""
    one_shot: OneShotPass | None = None
    stairway: tuple[StairwayStep, ...] = ()
    rows: tuple[RowsStep, ...] = ()
    models: ModelsPass | None = None
    replay: ReplayPass | None = None
    outside: OutsidePass | None = None
    atomic: AtomicPass | None = None
    """None if the assignment asks for no such thing."""
    offline: OfflinePass | None = None
    """None if the assignment asks for no such thing."""
    below_head: StepRecord | None = None
    """`upgrade` to the parent of the head in one go. Only run if the stairway did not get to the head."""
    data: tuple[DataRun, ...] = ()
    """The rows of the assignment, for each group of criteria that put in the same ones."""
    snapshots: dict[str, SchemaSnapshot] = field(default_factory=dict)
    """Each schema once, by its digest."""
    reference_sha256: str = ""
    """Over the DDL of `reference`; empty if nothing was compared."""
    lacks: tuple[Lack, ...] = ()
    """What steps failed for that neither the submission nor the harness got wrong: it was not there."""
    types: dict[str, str] = field(default_factory=dict)
    """Types as the assignment writes them (`varchar(50)`), each as PostgreSQL writes it."""
    asked_defaults: tuple[tuple[str, str, str], ...] = ()
    """Defaults that the assignment and a schema write differently and that PostgreSQL gives the same value:
    the type of the column, the default of the assignment, and that of the schema."""
    tried_rows: tuple[TriedRows, ...] = ()
    """What the tables at head did with the rows of the assignment."""
    schema_version: str = SCHEMA_VERSION

    def snapshot_after(self, step: StepRecord | None) -> SchemaSnapshot | None:
        """The schema after a step; None if it was not looked at."""
        return self.snapshots.get(step.snapshot) if step is not None and step.snapshot else None

    def student_steps(self) -> Iterator[StepRecord]:
        """Every step that ran the student's own revisions under their own env.py, pass by pass."""
        run = self.one_shot
        steps = [run.upgrade, run.current, run.history, run.downgrade, run.reapply] if run else []
        for stair in self.stairway:
            steps += [stair.up, stair.down, stair.again]
        steps.append(self.below_head)
        yield from (step for step in steps if step is not None)
        yield from (rows.step for rows in self.rows)
        for over_data in self.data:
            yield from over_data.steps

    def own_steps(self) -> Iterator[StepRecord]:
        """The steps whose endings may be held against a submission: those of its own commands and models.

        The revisions alone, or a run without them, may fail for want of the other half.
        """
        yield from self.student_steps()
        if self.models is not None:
            yield self.models.step

    def all_steps(self) -> Iterator[StepRecord]:
        """Every step of every pass."""
        yield from self.own_steps()
        if self.replay is not None:
            yield self.replay.one_shot
            yield from (step for _, step in self.replay.steps)
        if self.outside is not None:
            yield self.outside.bodies
            yield self.outside.emptied
        if self.atomic is not None:
            yield from (attempt.step for attempt in self.atomic.attempts)
        if self.offline is not None:
            run = self.offline
            steps = (run.upgrade, run.upgrade_run, run.downgrade, run.downgrade_run)
            yield from (step for step in steps if step is not None)


def encode(observations: Observations) -> bytes:
    """Serialise as readable JSON."""
    return msgspec.json.format(msgspec.json.encode(observations, order="deterministic"), indent=1)


# Created while only one thread runs: msgspec crashes if two threads are the first to decode a type.
_OBSERVATIONS = msgspec.json.Decoder(Observations)


def decode(data: bytes) -> Observations:
    """Read what `encode` wrote, in this version or in an earlier one.

    Raises:
        msgspec.ValidationError: the data is not of this layout; the message names the place.
        msgspec.DecodeError: the data is not JSON.
    """
    try:
        return _OBSERVATIONS.decode(data)
    except msgspec.ValidationError as problem:
        try:
            complete = with_new_keys(msgspec.json.decode(data))
        except (LookupError, TypeError, AttributeError):
            raise problem from None
        return msgspec.convert(complete, Observations)


# Names of the modules beside this one that others may import from here.
__all__ = ["Finding", "FindingKind", "Layout", "StepRecord", "SubmissionFacts"]
