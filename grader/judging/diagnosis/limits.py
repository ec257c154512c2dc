"""Commands that were ended before they came to an end, and commands that ended without a word.

Knows nothing of error texts.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import Advice
from grader.observations.steps import Limit

IDS: Mapping[Limit, str] = {
    Limit.TIME: "time_limit",
    Limit.OUTPUT: "output_limit",
    Limit.MEMORY: "memory_limit",
    Limit.KILLED: "killed",
}
SUMMARIES: Mapping[str, str] = {
    "time_limit": "The command did not end in time: a loop, a sleep, or a wait for a lock",
    "output_limit": "The command printed more than it may",
    "memory_limit": "The command used more memory than it may",
    "killed": "The command was ended by a signal",
    "stopped_early": "The command stopped without an error message: sys.exit() in env.py or the app",
}

_CAUSES: Mapping[Limit, str] = {
    Limit.TIME: "did not end within its time limit",
    Limit.OUTPUT: "printed more than it may and was ended",
    Limit.MEMORY: "used more memory than it may and was ended",
    Limit.KILLED: "was ended by a signal",
}
_FIXES: Mapping[Limit, str] = {
    Limit.TIME: "Look for an endless loop, a sleep, or a second connection (db.session, db.engine, another "
    "engine) that keeps a table locked while the migration waits for it; use only op and op.get_bind() in "
    "migrations.",
    Limit.OUTPUT: "Take print() out of loops and turn echo=True off.",
    Limit.MEMORY: 'Read rows in portions, or change them in SQL: `op.execute("UPDATE …")`.',
    Limit.KILLED: "Take out whatever ends processes (os.kill, os.abort) or starts masses of them.",
}


def limit_advice(clue: Clue, limit: Limit) -> Advice:
    """Why a limit was hit, as far as it can be told, and during which revision."""
    revision = clue.revision
    place = Location(revision.path, None, revision.id) if revision else Location()
    during = f" while the revision {revision.id} was running ({described(place)})" if revision else ""
    seconds = f" after {clue.step.seconds:.0f} s" if limit is Limit.TIME else ""
    return Advice(f"`{clue.step.command}` {_CAUSES[limit]}{seconds}{during}.", _FIXES[limit], place)


def silent_advice(clue: Clue) -> Advice:
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
