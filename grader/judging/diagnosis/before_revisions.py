"""What is wrong before any revision comes into it: a student whose `env.py` fails cannot make one.

Knows no criterion.
"""

from __future__ import annotations

from grader.judging.diagnosis.failures import failure
from grader.judging.diagnosis.families import chain, effects
from grader.judging.diagnosis.interface import Diagnosis
from grader.judging.diagnosis.traceback_text import errors
from grader.observations.model import Observations
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import StepRecord

_WITHOUT_REVISIONS = (
    "schema_outside_migrations",
    "metadata_none",
    "metadata_empty",
)
"""Diagnoses of a run without revisions: the first revision would be made wrongly or not at all."""
_READING = "alembic/script/revision.py"
"""Every error of a revision file that is being read comes through this file of Alembic's."""


def diagnose_environment(observations: Observations) -> Diagnosis | None:
    """What is wrong with `env.py`, or with what it loads.

    Returns:
        None if that works, or if it was a revision that failed.
    """
    step = observations.one_shot.upgrade if observations.one_shot else None
    graph = observations.graph
    if step is None or graph is None:
        return None
    if not step.succeeded:
        found = failure(step, observations)
        return found if _before_revisions(step, graph, found) else None
    if graph.revisions:
        return None
    if step.versions is None and step.snapshot is not None:
        # Alembic makes the version table even where there are no revisions.
        return effects.without_effect(step, observations)
    effect = effects.observed_effects(observations)
    return next((item for item in effect if item.id in _WITHOUT_REVISIONS), None)


def _before_revisions(step: StepRecord, graph: RevisionGraph, found: Diagnosis) -> bool:
    """Whether a command failed before Alembic read any revision."""
    files = {item.path for item in graph.revisions} | {item.path for item in graph.problems if item.path}
    if found.id in chain.KINDS or found.path in files or "Running upgrade" in step.output:
        return False
    if found.id == "unrecognised_error" and found.path is None:
        return False
    return not any(frame.path.endswith(_READING) for frame in errors(step.output)[0].frames)
