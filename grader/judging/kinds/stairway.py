"""Kind `stairway`: every revision can be undone, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, places, wording
from grader.judging.rubric import Case, Check, Judgement, Verdict, kind
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import RevisionGraph
from grader.report.model import Evidence


class Settings(KindSettings, frozen=True, kw_only=True, tag="stairway"):
    """No keys of its own."""


@kind("stairway", Settings, title="Every revision can be undone", requires=("upgrade",), once=True)
def stairway(case: Case[Settings]) -> Judgement:
    """Every revision can be applied, undone exactly and applied again, and at base nothing is left.

    Each downgrade restores exactly the schema from before its upgrade. At base only the version table is
    left.
    """
    observations, graph = case.observations, case.observations.graph
    if graph is None or not observations.stairway:
        lacking = "The revisions were not run one by one."
        return not_shown.judgement(observations, "base", "The revisions can be run one by one", lacking)
    stairs = {stair.revision: stair for stair in observations.stairway}
    flaws = [(item.id, _flaw(observations, graph, stairs.get(item.id))) for item in graph.revisions]
    checks = [
        Check(
            f"revision_{revision}",
            f"Revision {revision}: up, down, up",
            passed=flaw is None,
            expected="the schema before it, then its own again",
            found=flaw or "both exactly",
            revision=revision,
            place=places.of_downgrade(observations, revision),
        )
        for revision, flaw in flaws
    ]
    broken = next((revision for revision, flaw in flaws if flaw is not None), None)
    return Verdict(
        (*checks, _base_check(observations, graph)),
        evidence=tuple(_chain_evidence(observations)),
        hint=_chain_hint(observations, stairs.get(broken) if broken else None),
        seconds=sum(evidence.seconds(s.up, s.down, s.again) for s in observations.stairway),
    )


def _flaw(observations: Observations, graph: RevisionGraph, stair: StairwayStep | None) -> str | None:
    """What is wrong with a revision when it is applied, undone and applied again, or None."""
    if stair is None:
        return "not reached, because a revision below it failed"
    for way, step in _ways(stair):
        if step is None or not step.succeeded:
            return f"{way}: {wording.ending(step)}"
        if step.unseen is not None:
            return f"after {way} {wording.unseen(step)}"
    below = evidence.versions_below(graph, stair.revision)
    if stair.down is not None and not evidence.same_versions(stair.down, below):
        wanted, found = wording.version_table(below), wording.versions(stair.down)
        return f"the downgrade did not get to {wanted}, but to {found}"
    left = evidence.not_restored(observations, stair)
    if left:
        return f"after the downgrade: {wording.in_brief(left, '')}"
    other = evidence.changed(observations.snapshot_after(stair.up), observations.snapshot_after(stair.again))
    return f"after the second upgrade: {wording.in_brief(other, '')}" if other else None


def _ways(stair: StairwayStep) -> tuple[tuple[str, StepRecord | None], ...]:
    return (("the upgrade", stair.up), ("the downgrade", stair.down), ("the second upgrade", stair.again))


def _base_check(observations: Observations, graph: RevisionGraph) -> Check:
    """At base nothing is left, after the first revision's downgrade and after the whole way down."""
    empty = observations.snapshots.get(observations.stairway[0].before) or evidence.EMPTY
    arrivals = [s.down for s in observations.stairway if not evidence.versions_below(graph, s.revision)]
    if observations.rows and observations.rows[-1].direction == "down":
        arrivals.append(observations.rows[-1].step)
    done = [step for step in arrivals if step is not None and step.succeeded and step.unseen is None]
    at_base = [step for step in done if not step.versions]
    seen = (evidence.not_undone(observations, empty, observations.snapshot_after(step)) for step in at_base)
    left = tuple(dict.fromkeys(chain.from_iterable(seen)))
    nothing = "nothing but the version table"
    return Check(
        "base",
        "Nothing is left at base",
        passed=bool(at_base) and not left,
        expected=f"{nothing}: no table, type, sequence or function",
        found=wording.in_brief(left, nothing) if at_base else "the chain did not get to base",
    )


def _chain_evidence(observations: Observations) -> Iterator[Evidence]:
    for stair in observations.stairway:
        if stair.down is not None and stair.down.succeeded:
            left = evidence.not_restored(observations, stair)
            yield from wording.differences(f"After the downgrade of {stair.revision}", left)
        for _, step in _ways(stair):
            if step is not None and not step.succeeded:
                yield from wording.output(step)


def _chain_hint(observations: Observations, stair: StairwayStep | None) -> str:
    if stair is None:
        return (
            "Run `alembic downgrade base` and look at what is left in the database: each revision has to "
            "undo all that it did."
        )
    unseen = next((step for _, step in _ways(stair) if step is not None and step.unseen is not None), None)
    if unseen is not None and (hint := not_shown.unseen_hint(unseen)) is not None:
        return hint
    failing = next((step for _, step in _ways(stair) if step is not None and not step.succeeded), None)
    left = evidence.not_restored(observations, stair)
    return hints.of_downgrade(observations, stair.revision, failing, left)
