"""Kind `atomic`: nothing stays of a revision that is broken off."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import atomicity, hints, not_shown, wording
from grader.judging.atomicity import Left
from grader.judging.diagnosis.families.transactions import KINDS
from grader.judging.rubric import Case, Check, Judgement, Place, Verdict, kind
from grader.observations.model import BrokenOff
from grader.report.model import Evidence

_TITLE = "Nothing stays of a revision that is broken off"
_EXPECTED = "the version and the schema from before it"


class Settings(KindSettings, frozen=True, kw_only=True, tag="atomic"):
    """No keys of its own."""


@kind("atomic", Settings, title="All or nothing", requires=("upgrade",), once=True)
def atomic(case: Case[Settings]) -> Judgement:
    """Of a revision that is broken off at its very end nothing stays, in the schema or in the version table.

    Tried with `upgrade head` on an empty database, and with revisions below that are committed by themselves.
    What PostgreSQL refuses in a transaction (`CREATE INDEX CONCURRENTLY`, say) may stand in an
    `autocommit_block()` that holds nothing else; then that stays, and costs nothing.
    """
    observations, run = case.observations, case.observations.atomic
    if run is None or observations.graph is None:
        lacking = "No upgrade was broken off although the upgrade to head succeeded."
        return not_shown.judgement(observations, "rolled_back", _TITLE, lacking)
    for attempt in run.attempts:
        if attempt.step.unseen is not None:
            return not_shown.judgement(observations, "rolled_back", _TITLE, "", attempt.step)
        if not attempt.broken_off:
            return _not_broken_off(attempt)
    left = atomicity.left_behind(observations)
    wrong = next((item for item in left if not item.demanded), None)
    check = Check(
        "rolled_back",
        _TITLE,
        passed=wrong is None,
        expected=_EXPECTED,
        found=_found(wrong) if wrong else "; ".join(["nothing stayed", *map(_found, left)]),
        revision=wrong.revision.id if wrong and _place(wrong) else None,
        place=_place(wrong) if wrong else None,
    )
    return Verdict(
        (check,),
        evidence=_evidence(wrong) if wrong else (),
        hint=hints.of_runs(observations, KINDS) if wrong else None,
        seconds=sum(attempt.step.seconds for attempt in run.attempts),
    )


def _found(left: Left) -> str:
    if left.stayed_whole:
        return f"{left.attempt.revision} was broken off at its end, and stayed whole, with its version"
    stayed = wording.in_brief(left.differences, "something", told=wording.thing)
    why = " in an autocommit_block(), as PostgreSQL demands it" if left.demanded else ""
    return f"{stayed} stayed of {left.revision.id}{why}"


def _place(left: Left) -> Place | None:
    """The line of the revision that it comes from; None if the file shows none."""
    facts = left.revision.upgrade
    lines = (facts.needless_autocommit_at, facts.ends_at, facts.connects_at) if facts else ()
    found = next((line for line in lines if line is not None), None)
    return Place(left.revision.path, found) if found is not None else None


def _evidence(left: Left) -> tuple[Evidence, ...]:
    title = f"What stayed when {left.attempt.revision} was broken off"
    return wording.differences(title, left.differences, told=wording.thing)


def _not_broken_off(attempt: BrokenOff) -> Verdict:
    """The upgrade went another way than through Alembic's own steps: nothing is known of it."""
    step = attempt.step
    check = Check(
        "rolled_back",
        _TITLE,
        passed=False,
        expected=_EXPECTED,
        found=f"the upgrade could not be broken off at the end of {attempt.revision}: {wording.ending(step)}",
        revision=attempt.revision,
    )
    hint = (
        "The revisions are not run by the process of the command itself, so it cannot be seen what stays of "
        "one that fails: let env.py call context.run_migrations()."
    )
    return Verdict((check,), wording.output(step), hint, step.seconds)
