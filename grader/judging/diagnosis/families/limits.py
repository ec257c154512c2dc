"""Commands that a limit ended, and commands that ended without an error message.

Knows nothing of error texts.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import ENDING, Advice, DiagnosisKind, Family
from grader.observations.revisions import Revision
from grader.observations.steps import Limit

ENDINGS: Mapping[Limit, str] = {
    Limit.TIME: "did not end within its time limit",
    Limit.OUTPUT: "printed more than it may and was ended",
    Limit.MEMORY: "used more memory than it may and was ended",
    Limit.KILLED: "was ended by a signal",
    Limit.SERVER: "needed more disk or memory of the database server than it may use",
    Limit.SIZE: "left more in the database than the grader reads",
    Limit.TRIAL: "was not run: all commands together took longer than they may",
}
"""How a limit ends a command, in words that follow the command's name."""


def ended(clue: Clue, limit: Limit, fix: str) -> Advice:
    """Say what limit was hit and by which revision, as far as that is known."""
    revision = _left_too_much(clue) if limit is Limit.SIZE else clue.revision
    place = Location(revision.path, None, revision.id) if revision else Location()
    when = "after the revision {} had run" if limit is Limit.SIZE else "while the revision {} was running"
    during = f" {when.format(revision.id)} ({described(place)})" if revision else ""
    seconds = f" after {clue.step.seconds:.0f} s" if limit is Limit.TIME else ""
    return Advice(f"`{clue.step.command}` {ENDINGS[limit]}{seconds}{during}.", fix, place)


def _left_too_much(clue: Clue) -> Revision | None:
    """The first revision after which there was more than is read: a whole chain does not show which."""
    observations = clue.observations
    found = next((item.revision for item in observations.stairway if item.up.limit is Limit.SIZE), None)
    return observations.graph.get(found) if observations.graph and found else None


def silent(clue: Clue) -> Advice:
    """A failure that no error explains."""
    lines = [line.strip() for line in clue.step.output.splitlines() if line.strip()]
    last = f' Its last line was "{shortened(lines[-1], 160)}".' if lines else " It printed nothing."
    return Advice(
        f"`{clue.step.command}` stopped with exit code {clue.step.exit_code} and no error of Alembic or "
        f"Python.{last}",
        f"Take sys.exit(), exit() and os._exit() out of {clue.env_py}, the app and the revisions, and let "
        "errors through instead of catching them.",
        Location(clue.env_py),
    )


KINDS = {
    "time_limit": DiagnosisKind(
        "The command did not end in time: a loop, a sleep, or a wait for a lock",
        limit=Limit.TIME,
        fix="Look for an endless loop, a sleep, or a second connection (db.session, db.engine, another "
        "engine) that keeps a table locked while the migration waits for it; use only op and "
        "op.get_bind() in migrations.",
        otherwise=ENDING,
    ),
    "output_limit": DiagnosisKind(
        "The command printed more than it may",
        limit=Limit.OUTPUT,
        fix="Take print() out of loops and turn echo=True off.",
        otherwise=ENDING,
    ),
    "memory_limit": DiagnosisKind(
        "The command used more memory than it may",
        limit=Limit.MEMORY,
        fix='Read rows in portions, or change them in SQL: `op.execute("UPDATE …")`.',
        otherwise=ENDING,
    ),
    "killed": DiagnosisKind(
        "The command was ended by a signal",
        limit=Limit.KILLED,
        fix="Take out whatever ends processes (os.kill, os.abort) or starts very many of them.",
        otherwise=ENDING,
    ),
    "schema_too_large": DiagnosisKind(
        "The database holds more than is read",
        limit=Limit.SIZE,
        fix="Make only the tables, columns and comments that the exercise asks for, and take loops that make "
        "others out of the revisions.",
        otherwise=ENDING,
    ),
    "trial_limit": DiagnosisKind(
        "All commands together took longer than they may",
        limit=Limit.TRIAL,
        fix="Take whatever waits (time.sleep, pg_sleep) or works for long out of env.py and the revisions: "
        "each of them runs several times.",
        otherwise=ENDING,
    ),
    "stopped_early": DiagnosisKind(
        "The command stopped without an error message: sys.exit() in env.py or the app", otherwise=ENDING
    ),
}
FAMILY = Family("Limits", "limits", __doc__, KINDS)
