"""Whether a revision's downgrade() undoes its upgrade(): for the criteria about downgrades."""

from __future__ import annotations

from grader.judging import hints, wording
from grader.judging.comparison import compare
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.schema import Difference, SchemaSnapshot

UNDOING = (
    "empty_downgrade",
    "not_implemented",
    "revision_part_missing",
    "left_behind",
    "downgrade_incomplete",
)
"""Diagnoses of a downgrade() that does not undo its upgrade()."""


def hint(
    observations: Observations, revision: str, step: StepRecord | None, left: tuple[Difference, ...]
) -> str:
    """What to do about a revision's downgrade() that fails or does not undo its upgrade().

    Args:
        observations: what was seen of the submission.
        revision: the revision that was to be undone.
        step: the command that failed or did nothing, if one did.
        left: how the schema differs from what it was before the revision.
    """
    diagnosed = hints.of_step(step, observations) or hints.of_runs(observations, UNDOING, revision)
    if diagnosed is not None:
        return diagnosed
    return (
        f"downgrade() of revision {revision} should take back what upgrade() did, the last operation first"
        f"{': ' if left else ''}{wording.in_brief(left, '')}."
    )


def not_restored(observations: Observations, stair: StairwayStep) -> tuple[Difference, ...]:
    """How the schema after a revision's downgrade differs from the one before its upgrade."""
    return changed(observations.snapshots.get(stair.before), observations.snapshot_after(stair.down))


def changed(before: SchemaSnapshot | None, after: SchemaSnapshot | None) -> tuple[Difference, ...]:
    """The differences between two states of a schema; none where one of them is not known."""
    return compare.strict(before, after) if before is not None and after is not None else ()
