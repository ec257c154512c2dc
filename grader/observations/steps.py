"""One step of a trial: what was run, in which pass, how it ended, and what the database showed afterwards.

A step is told by its `action`, its `target` and its `trial_pass`. Its `command` is only for people to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Pass(StrEnum):
    """The part of a trial that a step belongs to."""

    ONE_SHOT = "one_shot"
    """What the exercise asks for, in one go on an empty database."""
    STAIRWAY = "stairway"
    """Every revision up, down and up again."""
    ROWS = "rows"
    """The chain up and down over tables that hold rows."""
    DATA = "data"
    """The chain over rows of the assignment, which were put in just before one of its revisions."""
    MODELS = "models"
    """The tables of the student's models, created in an empty database."""
    REPLAY = "replay"
    """The revisions alone, under a neutral env.py of the harness."""
    OUTSIDE = "outside"
    """The student's own command without the revisions, and without what env.py does after them."""
    ATOMIC = "atomic"
    """Upgrades that are broken off at the end of a revision."""
    OFFLINE = "offline"
    """Commands with `--sql`, without a database, and the SQL that they wrote, on an empty database."""


STUDENT_PASSES = frozenset({Pass.ONE_SHOT, Pass.STAIRWAY, Pass.ROWS, Pass.DATA})
"""The passes that run the student's revisions under the student's own env.py."""


class StepAction(StrEnum):
    """What a step does."""

    UPGRADE = "upgrade"
    """`upgrade` to the target for the first time."""
    DOWNGRADE = "downgrade"
    """`downgrade` to the target."""
    REAPPLY = "reapply"
    """`upgrade` to the target again, after a downgrade."""
    CURRENT = "current"
    """`current`: prints the revision that the database is at."""
    HISTORY = "history"
    """`history`: prints all revisions."""
    WRITE_SQL = "write_sql"
    """An upgrade or a downgrade with `--sql`."""
    RUN_SQL = "run_sql"
    """The SQL that such a command wrote, run statement by statement by the harness."""
    CREATE_TABLES = "create_tables"
    """`create_all` of the student's `target_metadata`."""


class Limit(StrEnum):
    """Which limit a step ran into."""

    TIME = "time"
    """It took longer than it may."""
    OUTPUT = "output"
    """It printed more than it may."""
    MEMORY = "memory"
    """It used more memory than it may."""
    KILLED = "killed"
    """A signal ended it, and it was none of the limits above."""
    SERVER = "server"
    """It needed more disk or memory of the database server than it may use."""
    SIZE = "size"
    """It left more in the database than is read."""
    TRIAL = "trial"
    """It was not run, because the steps before it had taken too long together."""


@dataclass(frozen=True)
class StepRecord:
    """One command of a student's chain and what the database looked like after it."""

    command: str
    """As a student would type it, for showing only: `alembic upgrade head`."""
    trial_pass: Pass
    action: StepAction
    exit_code: int | None
    """None when the step was ended by a limit or a signal."""
    stdout: str
    stderr: str
    seconds: float
    target: str | None = None
    """Where an upgrade, a downgrade or a replay goes: `head`, `-1`, `base` or a revision's id."""
    revision: str | None = None
    """The revision that the step applies or undoes, in a pass that takes one revision at a time."""
    limit: Limit | None = None
    versions: tuple[str, ...] | None = None
    """The rows of the version table afterwards; None when there is no version table."""
    snapshot: str | None = None
    """Digest of the schema afterwards: a key of `Observations.snapshots`."""
    unseen: str | None = None
    """Why the database could not be looked at afterwards, for what the submission did: part of a sentence.
    Then there is no snapshot. None if it was looked at, or was not to be."""

    @property
    def succeeded(self) -> bool:
        """The command claims success; whether it is true is for the database to say."""
        return self.exit_code == 0 and self.limit is None

    @property
    def output(self) -> str:
        """Both streams, errors last, as shown in reports."""
        return "\n".join(part for part in (self.stdout.rstrip(), self.stderr.rstrip()) if part)
