"""From what was observed of a submission to causes and fixes, in sentences for the student.

Pure functions of observations. They give no points, and know no criterion and no renderer. What a student's
command printed only helps to name the cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.judging import offline_run
from grader.judging.diagnosis.before_revisions import diagnose_environment
from grader.judging.diagnosis.failures import failure, repeated_branches
from grader.judging.diagnosis.families import KINDS, effects, offline, transactions
from grader.judging.diagnosis.file_findings import advisory, blocking
from grader.judging.diagnosis.interface import Diagnosis
from grader.observations.model import Observations
from grader.observations.steps import StepAction, StepRecord

DIAGNOSES: Mapping[str, str] = {name: kind.meaning for name, kind in KINDS.items()}
"""Every diagnosis id that there is, with one line on what it means."""


def diagnose_step(step: StepRecord, observations: Observations) -> Diagnosis | None:
    """Why a command failed, or why it did nothing although it claims success.

    Returns:
        None when the command succeeded and the database confirms it.
    """
    return effects.step_effect(step, observations) if step.succeeded else failure(step, observations)


def diagnose_blocking(observations: Observations) -> tuple[Diagnosis, ...]:
    """What in the files keeps the chain from running at all, the first thing to mend first."""
    return (*repeated_branches(observations), *blocking(observations))


def diagnose_files(observations: Observations) -> tuple[Diagnosis, ...]:
    """What the files alone say, what keeps the chain from running first."""
    return (*diagnose_blocking(observations), *advisory(observations))


def diagnose_effects(observations: Observations) -> tuple[Diagnosis, ...]:
    """What the runs show although no command complained, the first thing to mend first."""
    return (
        *repeated_branches(observations),
        *effects.observed_effects(observations),
        *transactions.observed(observations),
        *offline.observed(observations),
    )


def first_diagnosis(observations: Observations) -> Diagnosis | None:
    """The first thing the student should mend, or None when nothing is known to be wrong.

    In this order: an env.py that does not work, what keeps the chain from running, `upgrade head` and what it
    left in the database, the other commands as they follow, what only the passes together show, and what else
    the files say.
    """
    return next(_in_order(observations), None)


def all_diagnoses(observations: Observations) -> tuple[Diagnosis, ...]:
    """All that the student should mend, each id once, in the order of `first_diagnosis`."""
    found: dict[str, Diagnosis] = {}
    for item in _in_order(observations):
        found.setdefault(item.id, item)
    return tuple(found.values())


def root_causes(observations: Observations) -> tuple[str, ...]:
    """The ids of those of `all_diagnoses` that follow from none of the others, for counting."""
    found = all_diagnoses(observations)
    ids = {item.id for item in found}
    alone = {item.id for item in advisory(observations)}
    one_shot, graph = observations.one_shot, observations.graph
    arrived = one_shot is not None and graph is not None and one_shot.upgrade.versions == (graph.head,)
    again = _of_reapplying(observations) if ids & set(UNDOING) else set()
    roots = [
        item
        for number, item in enumerate(found)
        # Where head was not reached, all later commands fail for the first reason.
        if (number == 0 or arrived or item.id in alone) and item.id not in again
    ]
    places = {(item.path, item.line) for item in roots if item.id not in alone}
    return tuple(
        item.id
        for item in roots
        if not ids & set(_SHOWS_IN.get(item.id, ()))
        and not (item.id in alone and item.line and (item.path, item.line) in places)
    )


UNDOING = (
    "empty_downgrade",
    "not_implemented",
    "revision_part_missing",
    "left_behind",
    "downgrade_incomplete",
    "downgrade_recreates",
)
"""Diagnoses of a downgrade() that does not undo its upgrade()."""
_SHOWS_IN = {
    "empty_revision": ("schema_outside_migrations", "create_all_in_revision"),
    "several_bases": ("branches_repeat", "several_heads"),
    "several_heads": ("branches_repeat",),
    "downgrade_incomplete": ("empty_downgrade",),
}
"""Diagnoses that follow from one of the others listed."""


def _of_reapplying(observations: Observations) -> set[str]:
    """Diagnoses of revisions that are applied again, and of no other step."""
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for step in _steps(observations):
        found = diagnose_step(step, observations)
        if found is not None:
            seen[step.action is StepAction.REAPPLY].add(found.id)
    return seen[True] - seen[False]


def _in_order(observations: Observations) -> Iterator[Diagnosis]:
    environment = diagnose_environment(observations)
    if environment is not None:
        yield environment
    yield from diagnose_blocking(observations)
    for number, step in enumerate(_steps(observations)):
        found = diagnose_step(step, observations)
        if found is not None:
            yield found
        if number == 0:
            yield from effects.after_upgrade(observations)
    yield from effects.observed_effects(observations)
    yield from transactions.observed(observations)
    yield from (failure(step, observations) for step in offline_run.failed(observations))
    yield from offline.observed(observations)
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
    "UNDOING",
    "Diagnosis",
    "all_diagnoses",
    "diagnose_blocking",
    "diagnose_effects",
    "diagnose_environment",
    "diagnose_files",
    "diagnose_step",
    "first_diagnosis",
    "root_causes",
]
