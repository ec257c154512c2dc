"""From a command that failed to its diagnosis: the limit that ended it, or the error that it printed.

Knows no single diagnosis, but for the two that are left when no pattern fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.families import KINDS
from grader.judging.diagnosis.interface import Diagnosis, DiagnosisKind, diagnosis
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.steps import StepRecord


def failure(step: StepRecord, observations: Observations) -> Diagnosis:
    """Why a command failed.

    The error that ended the command is asked first, then those that led to it, then the whole output.
    """
    clues = tuple(_clues(step, observations))
    if step.limit is not None:
        return _advised(next(kind for kind in KINDS.values() if kind.limit is step.limit), clues[0])
    for clue in clues:
        for kind in KINDS.values():
            found = kind.of_error(clue)
            if found is not None:
                return found
    # The last clue is the whole output. A single clue says that there is no error in it.
    left = KINDS["stopped_early"] if len(clues) == 1 else KINDS["unrecognised_error"]
    return _advised(left, clues[0])


def _clues(step: StepRecord, observations: Observations) -> Iterator[Clue]:
    found = errors(step.output)
    for item in found:
        yield Clue(step, observations, item, found[0].frames)


def _advised(kind: DiagnosisKind, clue: Clue) -> Diagnosis:
    if kind.advise is None:
        raise TypeError(f"{kind.id} has no function that puts it into words")
    return diagnosis(kind.id, kind.advise(clue))
