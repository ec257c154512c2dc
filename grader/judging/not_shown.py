"""What a criterion answers where the trial shows less than the criterion needs.

What is not shown because of what the submission did is a failed check that says what was seen. Only where
nothing of the kind was seen, a part of the grader itself did not do its work: then there is no verdict.
"""

from __future__ import annotations

from grader.judging import hints, wording
from grader.judging.rubric import Check, Unjudged, Verdict
from grader.observations.model import Observations, StepRecord


def judgement(
    observations: Observations, check_id: str, title: str, lacking: str, *first: StepRecord | None
) -> Verdict | Unjudged:
    """A failed check, or no verdict.

    Args:
        observations: what was seen of the submission.
        check_id: the id of the check.
        title: the title of the check.
        lacking: what is not shown, as a sentence.
        first: the steps that would have shown it; the reason is looked for in them first.
    """
    found = _reason(observations, first)
    if found is None:
        return Unjudged(lacking)
    step, reason = found
    hint = hints.of_step(step, observations) or unseen_hint(step)
    check = Check(check_id, title, passed=False, expected="it can be looked at", found=reason)
    return Verdict((check,), wording.output(step), hint)


def unseen_hint(step: StepRecord) -> str | None:
    """What to do about a database that could not be looked at; None if it could."""
    if step.unseen is None:
        return None
    return (
        f"After `{step.command}` {wording.unseen(step)}. What it holds then cannot be judged: leave nothing "
        "running that uses the database, and keep expressions as simple as the exercise needs them."
    )


def _reason(
    observations: Observations, first: tuple[StepRecord | None, ...]
) -> tuple[StepRecord, str] | None:
    """The step because of which something is not shown, and what was seen of it."""
    steps = [*(step for step in first if step is not None), *observations.all_steps()]
    for step in steps:
        if step.unseen is not None:
            return step, f"after `{step.command}` {wording.unseen(step)}"
    own = [*(step for step in first if step is not None), *observations.own_steps()]
    for step in (*(s for s in own if s.limit is not None), *(s for s in own if not s.succeeded)):
        return step, f"`{step.command}`, {wording.when(step)}: {wording.ending(step)}"
    return None
