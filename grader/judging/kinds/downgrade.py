"""Kind `downgrade`: the head revision can be undone."""

from __future__ import annotations

from itertools import pairwise

from grader.assignment.tables import KindSettings
from grader.judging import evidence, hints, not_shown, places, wording
from grader.judging.comparison import compare
from grader.judging.rubric import Case, Check, Judgement, Place, Verdict, kind
from grader.observations.model import Observations, StepRecord
from grader.observations.schema import SchemaSnapshot

SCHEMA_WEIGHT = 2
"""The restored schema counts for more than a command that ends without an error."""
SCHEMA_TITLE = "The schema is what it was at the parent on the way up"


class Settings(KindSettings, frozen=True, kw_only=True, tag="downgrade"):
    """No keys of its own."""


@kind("downgrade", Settings, title="Downgrade by one", requires=("upgrade",), once=True)
def downgrade(case: Case[Settings]) -> Judgement:
    """`alembic downgrade -1` goes from head to its parent and restores exactly the schema that was there.

    It must undo something. The schema is compared with that at the parent on the way up. A table that is
    dropped and made again is not the same table, however much it looks like it, unless its rows are carried
    over.
    """
    observations, graph = case.observations, case.observations.graph
    one_shot = observations.one_shot
    step = one_shot.downgrade if one_shot else None
    if one_shot is None or step is None or graph is None or graph.head is None:
        lacking = "`alembic downgrade -1` was not run although the upgrade succeeded."
        return not_shown.judgement(observations, "undone", "The head revision can be undone", lacking)
    at_head = observations.snapshot_after(one_shot.upgrade)
    after = observations.snapshot_after(step)
    parent = schema_before(observations, graph.head)
    below_head = observations.below_head
    if parent is None and below_head is not None and not below_head.succeeded:
        return _no_way_to_the_parent(below_head, observations)
    if at_head is None or after is None or parent is None:
        lacking = "The schema at the parent of the head or after the downgrade was not looked at."
        return not_shown.judgement(observations, "schema", SCHEMA_TITLE, lacking, step, below_head)
    left = evidence.not_undone(observations, parent, after)
    anew = evidence.made_again(observations)
    below = evidence.versions_below(graph, graph.head)
    arrived = evidence.same_versions(step, below)
    did_nothing = bool(compare.strict(parent, at_head)) and not compare.strict(at_head, after)
    place = places.of_downgrade(observations, graph.head)
    undone = _undone_check(step, below, graph.head, place, did_nothing=did_nothing)
    schema = Check(
        "schema",
        SCHEMA_TITLE,
        # If the step did not get to the parent, an equal schema only means that the head changed nothing.
        passed=arrived and not left and not anew,
        expected="exactly the same schema",
        found=_found(wording.in_brief(left, "the same schema"), anew)
        if arrived
        else "it did not get to the parent",
        revision=graph.head,
        place=place,
        weight=SCHEMA_WEIGHT,
    )
    wrong = bool(left or anew) or not undone.passed
    listed = wording.differences("Not as it was at the parent on the way up", left) if arrived else ()
    return Verdict(
        (undone, schema),
        evidence=(*listed, *(() if undone.passed else wording.output(step))),
        hint=hints.of_downgrade(observations, graph.head, step, left) if wrong else None,
        seconds=step.seconds,
    )


def _found(schema: str, anew: tuple[str, ...]) -> str:
    again = f"dropped and made again, without the rows that were in them: {', '.join(anew)}"
    return f"{schema}; {again}" if anew else schema


def _no_way_to_the_parent(step: StepRecord, observations: Observations) -> Verdict:
    """The chain goes up to the head in one go, and neither one by one nor in one go to the head's parent."""
    check = Check(
        "schema",
        SCHEMA_TITLE,
        passed=False,
        expected=f"`{step.command}` ends without an error",
        found=wording.ending(step),
        revision=step.target,
    )
    return Verdict((check,), wording.output(step), hints.of_step(step, observations), step.seconds)


def schema_before(observations: Observations, revision: str) -> SchemaSnapshot | None:
    """The schema just below a revision, as it was on the way up, or None when no pass saw it."""
    for stair in observations.stairway:
        if stair.revision == revision:
            return observations.snapshots.get(stair.before)
    graph, below = observations.graph, observations.below_head
    if below is not None and graph is not None and revision == graph.head and below.succeeded:
        return observations.snapshot_after(below)
    # An earlier version saved the replay of each revision where the stairway did not get to this one.
    states = observations.replay.steps if observations.replay else ()
    for (_, below), (reached, _) in pairwise(states):
        if reached == revision:
            return observations.snapshot_after(below)
    return None


def _undone_check(
    step: StepRecord, below: tuple[str, ...], head: str, place: Place | None, *, did_nothing: bool
) -> Check:
    arrived, expected = evidence.same_versions(step, below), wording.version_table(below)
    if not step.succeeded:
        found = wording.ending(step)
    elif not arrived:
        found = f"the version table: {wording.versions(step)}"
    elif did_nothing:
        found = f"{expected}, but the schema is still that of {head}: nothing was undone"
    else:
        found = expected
    return Check(
        "undone",
        f"`{step.command}` undoes the head revision",
        passed=step.succeeded and arrived and not did_nothing,
        expected=expected,
        found=found,
        revision=head,
        place=place,
    )
