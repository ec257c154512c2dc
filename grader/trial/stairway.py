"""The stairway pass: every revision up, down and up again, on tables without rows."""

from __future__ import annotations

from collections.abc import Sequence

from grader.observations.model import StairwayStep
from grader.observations.revisions import Revision, RevisionGraph
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.step_runner import StepRunner, StepRunners


def stairway(runners: StepRunners, used: StepRunner, graph: RevisionGraph) -> tuple[StairwayStep, ...]:
    """Take every revision. After a step that went wrong, go on from a new database.

    Args:
        runners: makes the new databases.
        used: a database that was used before; it is emptied and used first.
        graph: the revisions.
    """
    done: list[StairwayStep] = []
    remaining = list(graph.revisions)
    while remaining:
        with runners.new() if done else runners.emptied(used) as runner:
            if done and not _arrives(runner, done[-1].revision):
                break
            steps = _take_while_sound(runner, graph, remaining)
        done += steps
        remaining = remaining[len(steps) :]
        last = steps[-1]
        if not last.up.succeeded or last.up.unseen or (last.down and last.down.limit):
            break
    return tuple(done)


def _arrives(runner: StepRunner, revision: str) -> bool:
    step = runner.upgrade_to(revision, Pass.STAIRWAY)
    return step.succeeded and step.unseen is None


def below_head(
    runners: StepRunners, graph: RevisionGraph, stairs: Sequence[StairwayStep]
) -> StepRecord | None:
    """Upgrade to the parent of the head in one go, if the stairway did not get to the head.

    Some chains only go up all at once, and yet the schema below the head has to be known.
    """
    head = graph.get(graph.head) if graph.head else None
    if head is None or len(head.parents) != 1 or any(stair.revision == head.id for stair in stairs):
        return None
    with runners.new() as runner:
        return runner.migrate(Pass.STAIRWAY, StepAction.UPGRADE, head.parents[0])


def _take_while_sound(
    runner: StepRunner, graph: RevisionGraph, revisions: Sequence[Revision]
) -> list[StairwayStep]:
    """Take revisions until the database is not where it would be after a sound chain."""
    steps: list[StairwayStep] = []
    for revision in revisions:
        before = runner.look()
        up = runner.upgrade_to(revision.id, Pass.STAIRWAY)
        if not up.succeeded or up.unseen:
            steps.append(StairwayStep(revision.id, before, up))
            break
        down = runner.undo(revision, graph, Pass.STAIRWAY)
        if not down.succeeded or down.unseen:
            steps.append(StairwayStep(revision.id, before, up, down))
            if (down.versions, down.snapshot) == (up.versions, up.snapshot):
                continue  # PostgreSQL rolled all of it back, so the database is still at this revision
            break
        again = runner.upgrade_to(revision.id, Pass.STAIRWAY, again=True)
        steps.append(StairwayStep(revision.id, before, up, down, again))
        if not again.succeeded or again.snapshot != up.snapshot:
            break
    return steps
