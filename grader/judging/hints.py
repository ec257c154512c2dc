"""Hints from diagnoses, for criteria: of a failed step, of what the runs show, or of the files.

Each function returns None if there is no diagnosis. The criterion then writes a hint of its own.
"""

from __future__ import annotations

from collections.abc import Collection

from grader.judging import wording
from grader.judging.diagnosis import (
    UNDOING,
    diagnose_blocking,
    diagnose_effects,
    diagnose_environment,
    diagnose_files,
    diagnose_step,
)
from grader.observations.model import Observations, StepRecord
from grader.observations.schema import Difference


def of_step(step: StepRecord | None, observations: Observations) -> str | None:
    """Why a step failed, or had no effect although it reported success, and what to do."""
    found = diagnose_step(step, observations) if step is not None else None
    return found.text if found is not None else None


def of_environment(observations: Observations) -> str | None:
    """Why `env.py` does not work although no revision has run yet, and what to do."""
    found = diagnose_environment(observations)
    return found.text if found is not None else None


def of_what_blocks(observations: Observations) -> str | None:
    """What in the files prevents the chain from running, and what to do."""
    return next((found.text for found in diagnose_blocking(observations)), None)


def of_runs(observations: Observations, ids: Collection[str], revision: str | None = None) -> str | None:
    """The first diagnosis with one of these ids. What the runs show comes before what the files say.

    Args:
        observations: what was seen of the submission.
        ids: the ids of the diagnoses that fit.
        revision: if given, the diagnosis must be about this revision.
    """
    for found in (*diagnose_effects(observations), *diagnose_files(observations)):
        if found.id in ids and revision in (None, found.revision):
            return found.text
    return None


def of_downgrade(
    observations: Observations, revision: str, step: StepRecord | None, left: tuple[Difference, ...]
) -> str:
    """What to do about a revision's downgrade() that fails or does not undo its upgrade().

    Args:
        observations: what was seen of the submission.
        revision: the revision that was to be undone.
        step: the command that failed or did nothing, if one did.
        left: how the schema differs from what it was before the revision.
    """
    diagnosed = of_step(step, observations) or of_runs(observations, UNDOING, revision)
    if diagnosed is not None:
        return diagnosed
    return (
        f"downgrade() of revision {revision} should take back what upgrade() did, the last operation first"
        f"{': ' if left else ''}{wording.in_brief(left, '')}."
    )
