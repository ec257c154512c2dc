"""Where a criterion gets its hint from: a diagnosis of the step that failed, of the runs, or of the files.

Each function returns None where nothing is known; the criterion then says what it knows itself.
"""

from __future__ import annotations

from collections.abc import Collection

from grader.judging.diagnosis import diagnose_blocking, diagnose_effects, diagnose_files, diagnose_step
from grader.observations.model import Observations, StepRecord


def of_step(step: StepRecord | None, observations: Observations) -> str | None:
    """Why a step failed, or did nothing although it claims success, and what to do."""
    found = diagnose_step(step, observations) if step is not None else None
    return found.text if found is not None else None


def of_what_blocks(observations: Observations) -> str | None:
    """What in the files keeps the chain from running at all, and what to do."""
    return next((found.text for found in diagnose_blocking(observations)), None)


def of_runs(observations: Observations, ids: Collection[str], revision: str | None = None) -> str | None:
    """The first diagnosis of one of these ids, of what the runs show and then of what the files say.

    Args:
        observations: what was seen of the submission.
        ids: the diagnoses that fit.
        revision: where given, the diagnosis has to be of this revision.
    """
    for found in (*diagnose_effects(observations), *diagnose_files(observations)):
        if found.id in ids and revision in (None, found.revision):
            return found.text
    return None
