"""The models pass: the tables of the student's models, made without any revision.

They are made in an empty database, before anything else has run: no other step can have left anything for
them, not even in the server, and none runs beside them. The revision files are not there.

Some models need what a revision makes: an enum with `create_type=False`, a sequence or a function in a
default, an extension, a schema. Where that fails, they are made beside all that head has but tables and
views. The empty database comes first, because it shows the types that the models make themselves.
"""

from __future__ import annotations

from grader.observations.model import ModelsPass
from grader.observations.steps import Pass, StepAction, StepRecord
from grader.trial.step_runner import StepRunner, StepRunners


def models_pass(
    runners: StepRunners, at_head: StepRunner, made: tuple[StepRecord, int | None], head: StepRecord
) -> ModelsPass:
    """What was made of the models in the empty database, or what is made beside head where that failed.

    Args:
        runners: makes another database where one is needed.
        at_head: has the database of the one-shot pass.
        made: the step in the empty database, and how many tables the models have.
        head: the student's own upgrade to head.
    """
    step, tables = made
    if step.succeeded:
        return ModelsPass(step, tables, at_head.same_defaults(step, head))
    beside_head = None if step.limit or step.unseen else _beside_head(runners, head)
    return beside_head or ModelsPass(step, tables)


def _beside_head(runners: StepRunners, head: StepRecord) -> ModelsPass | None:
    """The pass in a database at head without its tables; None if there is no such database."""
    with runners.new() as runner:
        upgraded = runner.migrate(Pass.MODELS, StepAction.UPGRADE, "head")
        if upgraded.snapshot != head.snapshot or not runner.drop_tables():
            return None
        step, tables = runner.create_tables(anew=True)
        return ModelsPass(step, tables, runner.same_defaults(step, head))
