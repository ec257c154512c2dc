"""The atomic pass: what is left of a revision that is broken off at its very end?

The first upgrade is broken off at the head. A run in one transaction leaves nothing then, and that shows the
same of every revision: there is no more to run. Otherwise a revision below was committed by itself, and the
upgrade to it is broken off next.
"""

from __future__ import annotations

from grader.observations.model import AtomicPass, BrokenOff
from grader.trial.step_runner import StepRunner, StepRunners


def atomic_pass(runners: StepRunners, used: StepRunner, head: str) -> AtomicPass:
    """Break off upgrades, each on an empty database.

    Args:
        runners: makes another database where one is needed.
        used: a database that was used before.
        head: the head of the chain.
    """
    before = ""
    attempts: list[BrokenOff] = []
    waiting, seen = [head], {head}
    while waiting:
        with runners.emptied(used) as runner:
            before = before or runner.look()
            attempt = runner.break_off(waiting.pop())
        attempts.append(attempt)
        reached = attempt.step.versions or ()
        if not attempt.broken_off or attempt.step.unseen is not None or attempt.revision in reached:
            break
        waiting += [revision for revision in reached if revision not in seen]
        seen.update(reached)
    return AtomicPass(before, tuple(attempts))
