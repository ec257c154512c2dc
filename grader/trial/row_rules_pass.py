"""Tries the rows of the assignment on the tables at head: which do they take, and which do they refuse?

Runs only where a criterion has such rows. Must not know which answer is the right one.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.assignment.aliases import Aliases
from grader.assignment.row_rules import RowRule
from grader.observations.model import OneShotPass
from grader.observations.probes import TriedRows
from grader.observations.steps import Pass, StepAction
from grader.runtime.postgres.sessions import Unseen
from grader.trial import rows
from grader.trial.step_runner import StepRunner, StepRunners


def row_rules_pass(
    runners: StepRunners,
    used: StepRunner,
    one_shot: OneShotPass,
    rules: Sequence[RowRule],
    aliases: Aliases,
) -> tuple[TriedRows, ...]:
    """Try the rows of all rules, and leave rows in the database.

    Args:
        runners: makes a new database where the used one is not at head.
        used: has the database of the one-shot pass.
        one_shot: that pass. It got to head.
        rules: the rules; none if there is nothing to try.
        aliases: other names of their tables and columns.
    """
    if not rules:
        return ()
    head, again = one_shot.upgrade, one_shot.reapply
    try:
        if again is not None and again.succeeded and again.snapshot == head.snapshot:
            return used.try_rows(rules, aliases)
        with runners.new() as runner:
            upgraded = runner.migrate(Pass.ROWS, StepAction.UPGRADE, "head")
            if upgraded.snapshot == head.snapshot:
                return runner.try_rows(rules, aliases)
        reason = "a second `upgrade head` on an empty database did not give the same schema"
    except Unseen as unseen:
        reason = str(unseen)
    return tuple(rows.not_tried(rule, reason, own_doing=True) for rule in rules)
