"""From what was observed of a submission to causes and fixes, in sentences for the student.

Pure functions of observations. They give no points, and know no criterion and no renderer. What a student's
command printed only helps to name the cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.judging.diagnosis.clue import Clue
from grader.judging.diagnosis.families import KINDS, effects, limits, unrecognised
from grader.judging.diagnosis.file_findings import advisory, blocking
from grader.judging.diagnosis.interface import Diagnosis, diagnosis
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.steps import StepRecord

DIAGNOSES: Mapping[str, str] = {name: kind.meaning for name, kind in KINDS.items()}
"""Every diagnosis id that there is, with one line on what it means."""


def diagnose_step(step: StepRecord, observations: Observations) -> Diagnosis | None:
    """Why a command failed, or why it did nothing although it claims success.

    Returns:
        None when the command succeeded and the database confirms it.
    """
    return effects.step_effect(step, observations) if step.succeeded else _failure(step, observations)


def _failure(step: StepRecord, observations: Observations) -> Diagnosis:
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


def diagnose_blocking(observations: Observations) -> tuple[Diagnosis, ...]:
    """What in the files keeps the chain from running at all, the first thing to mend first."""
    return tuple(blocking(observations))


def diagnose_files(observations: Observations) -> tuple[Diagnosis, ...]:
    """What the files alone say, what keeps the chain from running first."""
    return (*blocking(observations), *advisory(observations))


def diagnose_effects(observations: Observations) -> tuple[Diagnosis, ...]:
    """What the runs show although no command complained, the first thing to mend first."""
    return tuple(effects.observed_effects(observations))


def first_diagnosis(observations: Observations) -> Diagnosis | None:
    """The first thing the student should mend, or None when nothing is known to be wrong.

    In this order: what keeps the chain from running, `upgrade head` and what it left in the database, the
    other commands as they follow, what only the passes together show, and what else the files say.
    """
    return next(_in_order(observations), None)


def all_diagnoses(observations: Observations) -> tuple[Diagnosis, ...]:
    """All that the student should mend, each id once, in the order of `first_diagnosis`."""
    found: dict[str, Diagnosis] = {}
    for item in _in_order(observations):
        found.setdefault(item.id, item)
    return tuple(found.values())


def _in_order(observations: Observations) -> Iterator[Diagnosis]:
    yield from blocking(observations)
    for number, step in enumerate(_steps(observations)):
        found = diagnose_step(step, observations)
        if found is not None:
            yield found
        if number == 0:
            yield from effects.after_upgrade(observations)
    yield from effects.observed_effects(observations)
    yield from advisory(observations)


def _steps(observations: Observations) -> tuple[StepRecord, ...]:
    """All steps of the student's own chain, in the order of the exercise; `upgrade head` is the first."""
    one_shot, models = observations.one_shot, observations.models
    found: list[StepRecord | None] = []
    if one_shot is not None:
        found += [one_shot.upgrade, one_shot.current, one_shot.history, one_shot.downgrade, one_shot.reapply]
    if models is not None:
        found.append(models.step)
    for stair in observations.stairway:
        found += [stair.up, stair.down, stair.again]
    found += [rows.step for rows in observations.rows]
    return tuple(step for step in found if step is not None)


__all__ = [
    "DIAGNOSES",
    "Diagnosis",
    "all_diagnoses",
    "diagnose_blocking",
    "diagnose_effects",
    "diagnose_files",
    "diagnose_step",
    "first_diagnosis",
]
