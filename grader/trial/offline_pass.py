"""The offline pass: the commands with `--sql`, without a database, and then the SQL that they wrote.

Both commands run in one process, as the second costs little there. Where it fails there, it is run once more
by itself, as a student would type it.
"""

from __future__ import annotations

from collections import Counter

from grader.observations.model import OfflinePass, OneShotPass
from grader.runtime.postgres.databases import RoleLabel
from grader.trial.step_runner import StepRunner, StepRunners

_UP, _DOWN = ("upgrade", "head"), ("downgrade", "head:base")


def offline_pass(runners: StepRunners, used: StepRunner, one_shot: OneShotPass) -> OfflinePass:
    """Write the SQL of the whole way up and down, and run it on an empty database.

    Args:
        runners: makes another database where one is needed.
        used: a database that was used before.
        one_shot: the pass with the submission's own upgrade; it shows over which connection tables are made.
    """
    written = used.write_sql(_UP, _DOWN) or used.write_sql(_UP)
    up = written[0]
    if not up.record.succeeded:
        return OfflinePass(up.record)
    down = written[1] if len(written) > 1 else used.write_sql(_DOWN)[0]
    owner = _owner(one_shot)
    with runners.emptied(used) as runner:
        before = runner.look()
        up_run = runner.run_sql(up.record.command, up.statements, owner)
        there = down.record.succeeded and up_run.succeeded and up_run.unseen is None
        down_run = runner.run_sql(down.record.command, down.statements, owner) if there else None
    return OfflinePass(up.record, up_run, down.record, down_run, before)


def _owner(one_shot: OneShotPass) -> RoleLabel:
    """The connection over which most tables are made."""
    counts = Counter(one_shot.owners.values())
    return "pooled" if counts["pooled"] > counts["direct"] else "direct"
