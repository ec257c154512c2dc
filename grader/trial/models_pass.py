"""The models pass: the tables of the student's models, made without any revision.

They are made in an empty database. Some models need what a revision makes: an enum with `create_type=False`,
a sequence or a function in a default, an extension, a schema. Where that fails, they are made beside all that
head has but tables and views. The empty database comes first, because it shows the types that the models make
themselves, and because it costs less.
"""

from __future__ import annotations

from grader.observations.model import ModelsPass
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.step_runner import StepRunner, StepRunners


def models_pass(runners: StepRunners, used: StepRunner, head: StepRecord) -> ModelsPass:
    """Create the tables of the models, in a database that was used before and is emptied.

    Args:
        runners: makes another database where one is needed.
        used: has the database to empty.
        head: the student's own upgrade to head.
    """
    with runners.emptied(used) as runner:
        models = _created(runner, head)
    if models.step.succeeded or models.step.limit is not None or models.step.unseen is not None:
        return models
    return _beside_head(runners, head) or models


def _beside_head(runners: StepRunners, head: StepRecord) -> ModelsPass | None:
    """The pass in a database at head without its tables; None if there is no such database."""
    with runners.new() as runner:
        upgraded = runner.migrate(Pass.MODELS, StepAction.UPGRADE, "head")
        if upgraded.snapshot != head.snapshot or not runner.drop_tables():
            return None
        return _created(runner, head, anew=True)


def _created(runner: StepRunner, head: StepRecord, *, anew: bool = False) -> ModelsPass:
    step, tables = runner.create_tables(anew=anew)
    return ModelsPass(step, tables, runner.same_defaults(step, head))
