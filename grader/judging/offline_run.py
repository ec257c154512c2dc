"""What the commands with `--sql` and their SQL show. Writes no verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.judging import evidence, outside
from grader.judging.comparison import compare
from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.revisions import Revision
from grader.observations.schema import Difference, SchemaSnapshot
from grader.observations.steps import StepAction, StepRecord

_NO_ANSWER = re.compile(
    r"NoneType|MockConnection|No inspection system|without a renderable value|[Cc]onnection refused"
    r"|Connect call failed"
)
"""What Python says to code that asks a database for an answer where there is none."""


def failed(observations: Observations) -> Iterator[StepRecord]:
    """The steps that failed, without those of revisions that need an answer of the database."""
    run = observations.offline
    steps = (run.upgrade, run.upgrade_run, run.downgrade, run.downgrade_run) if run is not None else ()
    for step in steps:
        if step is None or (step in (steps[2:]) and not way_back_works(observations)):
            continue
        if not step.succeeded and reading_revision(step, observations) is None:
            yield step


def reading_revision(step: StepRecord | None, observations: Observations) -> Revision | None:
    """The revision that a command with `--sql` failed at, if its file shows that it reads from the database.

    What is printed alone says nothing: the file has to have such a line.
    """
    if step is None or step.action is not StepAction.WRITE_SQL or step.exit_code in (0, None):
        return None
    found = errors(step.output)
    clues = [Clue(step, observations, item, found[0].frames) for item in found[:1]]
    for clue in clues:
        if not _NO_ANSWER.search(clue.error):
            continue
        paths = [frame.path for frame in clue.own_frames]
        for revision in observations.graph.revisions if observations.graph else ():
            facts = revision.downgrade if _is_way_back(step) else revision.upgrade
            through = any(path == revision.path or revision.path.endswith(f"/{path}") for path in paths)
            if through and facts is not None and facts.reads_at is not None:
                return revision
    return None


def _is_way_back(step: StepRecord) -> bool:
    return ":" in (step.target or "")


def way_back_works(observations: Observations) -> bool:
    """Whether every downgrade restores what it should with a database. If not, its SQL cannot either."""
    return bool(observations.stairway) and all(
        item.down is not None
        and item.down.succeeded
        and item.down.unseen is None
        and not evidence.not_restored(observations, item)
        for item in observations.stairway
    )


def differences_at_head(observations: Observations) -> tuple[Difference, ...]:
    """How the schema that the SQL of the upgrade makes differs from that of the submission's own upgrade."""
    run, judged = observations.offline, evidence.judged_schema(observations)
    made = observations.snapshot_after(run.upgrade_run) if run is not None else None
    if made is None or judged is None:
        return ()
    return _different(judged.snapshot, outside.without(made, judged.outside))


def differences_at_base(observations: Observations) -> tuple[Difference, ...]:
    """What the SQL of the downgrade leaves in the database."""
    run = observations.offline
    made = observations.snapshot_after(run.downgrade_run) if run is not None else None
    empty = observations.snapshots.get(run.before) if run is not None else None
    left = () if made is None or empty is None else _different(empty, made)
    # What env.py sets up is not for a revision to undo. If one leaves such a thing with a database too, its
    # downgrade is not asked for here.
    return tuple(item for item in left if item.kind not in evidence.SET_UP)


def _different(expected: SchemaSnapshot, found: SchemaSnapshot) -> tuple[Difference, ...]:
    # Whose the objects are depends on the role that runs the SQL.
    return tuple(item for item in compare.strict(expected, found) if item.property not in outside.CONNECTION)


def printed(step: StepRecord) -> str:
    """The first line that was printed beside the SQL and is no comment of SQL; nothing if there is none."""
    lines = (line.strip() for line in step.stdout.splitlines())
    return next((line for line in lines if line and not line.startswith("--")), "")
