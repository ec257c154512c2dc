"""The largest observations that the limits let pass, for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace

from grader.observations.model import Observations, StairwayStep
from grader.observations.schema import SchemaObject
from grader.observations.steps import Pass, StepAction
from grader.submission.revision_graph import MOST_REVISIONS
from grader.trial.schema.snapshot import MOST_OBJECTS
from grader.trial.trial_log import _LEAST_OUTPUT, MOST_SNAPSHOT_BYTES
from tests.unit.observation_builders import (
    CATEGORIES,
    column,
    graph,
    perfect,
    snapshot,
    step,
    table,
    with_head,
)

NAME = "n" * 55
TRACEBACK = (
    'Traceback (most recent call last):\n  File "alembic/versions/{0}.py", line 20, in upgrade\n'
    "    op.execute('nothing')\nsqlalchemy.exc.ProgrammingError: {0} "
)


def largest() -> Observations:
    """As many revisions as are graded, all of which fail, over schemas as large as are read."""
    chain = tuple(f"{number:012x}" for number in range(MOST_REVISIONS))
    schemas = [_schema(mark) for mark in _marks()]
    stairs = []
    for number, name in enumerate(chain):
        before, after = schemas[number % len(schemas)], schemas[(number + 1) % len(schemas)]
        text = TRACEBACK.format(name)
        output = text + "x" * (_LEAST_OUTPUT - len(text))
        up = step(StepAction.UPGRADE, name, versions=(name,), state=after, stderr=output)
        down = replace(up, action=StepAction.DOWNGRADE, exit_code=1)
        ways = (replace(item, trial_pass=Pass.STAIRWAY, revision=name) for item in (up, down, up))
        stairs.append(StairwayStep(name, snapshot(before).digest, *ways))
    seen = with_head(perfect(), (*CATEGORIES, *schemas[0]))
    known = {item.digest: item for item in map(snapshot, schemas)}
    return replace(
        seen,
        graph=replace(graph(*chain), heads=chain[-1:]),
        stairway=tuple(stairs),
        snapshots={**seen.snapshots, **known},
    )


def _marks() -> str:
    size = snapshot(_schema("a")).size
    return "abcdefghijklmnopqrstuvwxyz"[: MOST_SNAPSHOT_BYTES // size]


def _schema(mark: str) -> tuple[SchemaObject, ...]:
    """Tables of ten columns each."""
    objects: list[SchemaObject] = []
    for number in range(MOST_OBJECTS // 11 - 20):
        name = f"{NAME}{mark}{number}"
        objects += [table(name), *(column(name, f"{NAME}{place}", "text") for place in range(10))]
    return tuple(objects)
