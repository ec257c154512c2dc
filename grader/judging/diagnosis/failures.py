"""Why a command failed: the first diagnosis that knows one of its errors. Knows no criterion."""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.families import KINDS, limits, unrecognised
from grader.judging.diagnosis.interface import Diagnosis, diagnosis
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.steps import StepRecord


def failure(step: StepRecord, observations: Observations) -> Diagnosis:
    """Why a command failed: its limit, or the error that ended it, those that led to it, the whole output."""
    found = errors(step.output)
    clues = [Clue(step, observations, item, found[0].frames) for item in found]
    if step.limit is not None:
        name, kind = next((name, kind) for name, kind in KINDS.items() if kind.limit is step.limit)
        return diagnosis(name, limits.ended(clues[0], step.limit, kind.fix))
    for clue in clues:
        for name, kind in KINDS.items():
            advice = kind.of_error(clue)
            if advice is not None:
                return diagnosis(name, advice, clue.place)
    # The last clue is the whole output. A single clue says that there is no error in it.
    if len(clues) == 1:
        return diagnosis("stopped_early", limits.silent(clues[0]))
    return diagnosis("unrecognised_error", unrecognised.unrecognised(clues[0]))


def repeated_branches(observations: Observations) -> Iterator[Diagnosis]:
    """Branches that make the same thing. Joining their heads, as the files alone suggest, does not help."""
    for stair in observations.stairway:
        if not stair.up.succeeded:
            found = failure(stair.up, observations)
            if found.id == "branches_repeat":
                yield found
