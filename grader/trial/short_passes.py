"""The passes of a few steps: one-shot, models, replay, and what comes from outside of the revisions."""

from __future__ import annotations

from grader.observations.model import ModelsPass, OneShotPass, OutsidePass, ReplayPass
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.models_pass import models_pass
from grader.trial.step_runner import StepRunner, StepRunners


def one_shot_pass(runner: StepRunner) -> OneShotPass:
    """What the exercise asks for. Only `history` runs after an upgrade that failed or cannot be seen."""
    upgrade = runner.migrate(Pass.ONE_SHOT, StepAction.UPGRADE, "head")
    history = runner.migrate(Pass.ONE_SHOT, StepAction.HISTORY, look=False)
    upgraded = upgrade.succeeded and upgrade.unseen is None
    if upgraded and not history.succeeded:
        # Alembic runs env.py for this command only with that option, and the revisions may need it.
        again = runner.migrate(Pass.ONE_SHOT, StepAction.HISTORY, look=False, options=("--indicate-current",))
        history = again if again.succeeded else history
    if not upgraded:
        return OneShotPass(upgrade, history=history)
    owners = runner.owners(upgrade)
    current = runner.migrate(Pass.ONE_SHOT, StepAction.CURRENT, look=False)
    at_head = runner.tables()
    downgrade = runner.migrate(Pass.ONE_SHOT, StepAction.DOWNGRADE, "-1")
    if not downgrade.succeeded or downgrade.unseen is not None:
        return OneShotPass(upgrade, current, history, downgrade, None, owners)
    below = runner.tables()
    made_again = (name for name in owners if at_head and below.get(name, 0) not in (0, *at_head.values()))
    reapply = runner.migrate(Pass.ONE_SHOT, StepAction.REAPPLY, "head")
    return OneShotPass(upgrade, current, history, downgrade, reapply, owners, tuple(sorted(made_again)))


def models_and_replay(
    runners: StepRunners, used: StepRunner, one_shot: OneShotPass, made: tuple[StepRecord, int | None]
) -> tuple[ModelsPass, ReplayPass, OutsidePass | None]:
    """The passes in a database that was used before. It is emptied before each that runs a step in it.

    Args:
        runners: makes another database where one is needed.
        used: has the database of the one-shot pass.
        one_shot: that pass.
        made: the step that made the tables of the models, and how many there are.

    Where the replay gives the schema of the student's own run, nothing comes from outside of the revisions,
    and there is no third pass.
    """
    runs = used.runs_of_upgrade
    models = models_pass(runners, used, made, one_shot.upgrade)
    with runners.emptied(used) as runner:
        replayed = runner.replay("head")
    if replayed.succeeded and replayed.snapshot == one_shot.upgrade.snapshot:
        return models, ReplayPass(replayed), None
    return models, ReplayPass(replayed), _outside_pass(runners, used, one_shot, runs)


def _outside_pass(runners: StepRunners, used: StepRunner, one_shot: OneShotPass, runs: int) -> OutsidePass:
    """The student's own `upgrade head` without what env.py does after the revisions, and without them.

    Args:
        runners: makes a new database if the used one cannot be emptied.
        used: a database that was used before.
        one_shot: the pass with the whole `upgrade head`.
        runs: how often env.py ran migrations in it.
    """
    with runners.emptied(used) as runner:
        before = runner.look()
        bodies = runner.migrate(Pass.OUTSIDE, StepAction.UPGRADE, "head", leave_after=runs)
    arrived = bodies.succeeded and bodies.versions == one_shot.upgrade.versions
    with runners.emptied(used) as runner:
        # If the end of env.py is already told apart from the revisions, only its beginning is asked for.
        emptied = runner.migrate(
            Pass.OUTSIDE, StepAction.UPGRADE, "head", emptied=True, leave_after=runs if arrived else None
        )
    return OutsidePass(before, bodies, emptied)
