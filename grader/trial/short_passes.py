"""The passes of a few steps: one-shot and replay, with the models in between."""

from __future__ import annotations

from grader.observations.model import ModelsPass, OneShotPass, ReplayPass
from grader.observations.revisions import RevisionGraph
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.models_pass import models_pass
from grader.trial.step_runner import StepRunner, StepRunners


def one_shot_pass(runner: StepRunner) -> OneShotPass:
    """What the exercise asks for. After a failed upgrade only `history` runs."""
    upgrade = runner.migrate(Pass.ONE_SHOT, StepAction.UPGRADE, "head")
    history = runner.migrate(Pass.ONE_SHOT, StepAction.HISTORY, look=False)
    if not upgrade.succeeded:
        return OneShotPass(upgrade, history=history)
    owners = runner.owners(upgrade)
    current = runner.migrate(Pass.ONE_SHOT, StepAction.CURRENT, look=False)
    downgrade = runner.migrate(Pass.ONE_SHOT, StepAction.DOWNGRADE, "-1")
    reapply = None
    if downgrade.succeeded:
        reapply = runner.migrate(Pass.ONE_SHOT, StepAction.REAPPLY, "head")
    return OneShotPass(upgrade, current, history, downgrade, reapply, owners)


def models_and_replay(
    runners: StepRunners, used: StepRunner, graph: RevisionGraph, one_shot: OneShotPass
) -> tuple[ModelsPass, ReplayPass]:
    """Both passes in a database that was used before. It is emptied before each."""
    models = models_pass(runners, used, one_shot.upgrade)
    with runners.emptied(used, "replay") as runner:
        replayed = runner.replay("head")
    if replayed.succeeded and replayed.snapshot == one_shot.upgrade.snapshot:
        return models, ReplayPass(replayed)
    return models, ReplayPass(replayed, _replayed_one_by_one(runners, graph))


def _replayed_one_by_one(runners: StepRunners, graph: RevisionGraph) -> tuple[tuple[str, StepRecord], ...]:
    """The revisions alone, up to the first that fails. Shows which of them makes another schema."""
    steps: list[tuple[str, StepRecord]] = []
    with runners.new("replaysteps") as runner:
        for revision in graph.revisions:
            step = runner.replay(revision.id, revision=revision.id)
            steps.append((revision.id, step))
            if not step.succeeded:
                break
    return tuple(steps)
