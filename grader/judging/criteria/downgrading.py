"""Criteria about the way back: `downgrade`, `username_length` and `reversible_chain`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

from grader.assignment.model import ExpectedColumn
from grader.judging import evidence, hints, wording
from grader.judging.comparison import compare
from grader.judging.criteria.schema import column_asked, outside_note
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, criterion
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import Difference, SchemaSnapshot
from grader.report.model import Evidence

SCHEMA_WEIGHT = 2
"""That the schema is what it was counts for more than that the command ended well."""
UNDOING = (
    "empty_downgrade",
    "not_implemented",
    "revision_part_missing",
    "left_behind",
    "downgrade_incomplete",
)
"""Diagnoses of a downgrade() that does not undo its upgrade()."""


@criterion("downgrade", title="Downgrade by one", requires=("upgrade_head",))
def downgrade(case: Case) -> Judgement:
    """`alembic downgrade -1` from head ends at its parent, with exactly the schema of that on the way up."""
    observations, graph = case.observations, case.observations.graph
    one_shot = observations.one_shot
    step = one_shot.downgrade if one_shot else None
    if one_shot is None or step is None or graph is None or graph.head is None:
        return Unjudged("`alembic downgrade -1` was not run although the upgrade succeeded.")
    at_head = observations.snapshot_after(one_shot.upgrade)
    after = observations.snapshot_after(step)
    parent = schema_before(observations, graph.head)
    if at_head is None or after is None or parent is None:
        return Unjudged("The schema at the parent of the head or after the downgrade was not looked at.")
    left = compare.strict(parent, after)
    undone = _undone_check(step, graph, graph.head, did_nothing=_did_nothing(parent, at_head, after))
    checks = (undone, _schema_check(step, graph, graph.head, left))
    arrived = evidence.same_versions(step, evidence.versions_below(graph, graph.head))
    listed = wording.differences("Not as it was at the parent on the way up", left) if arrived else ()
    return Verdict(
        checks,
        evidence=(*listed, *(() if undone.passed else wording.output(step))),
        hint=undoing_hint(observations, graph.head, step, left) if left or not undone.passed else None,
        seconds=step.seconds,
    )


def schema_before(observations: Observations, revision: str) -> SchemaSnapshot | None:
    """The schema just below a revision, as it was on the way up, or None when no pass saw it."""
    for stair in observations.stairway:
        if stair.revision == revision:
            return observations.snapshots.get(stair.before)
    # The stairway did not get there; the replay may have.
    states = observations.replay.steps if observations.replay else ()
    for (_, below), (reached, _) in pairwise(states):
        if reached == revision:
            return observations.snapshot_after(below)
    return None


def _did_nothing(parent: SchemaSnapshot, at_head: SchemaSnapshot, after: SchemaSnapshot) -> bool:
    return bool(compare.strict(parent, at_head)) and not compare.strict(at_head, after)


def _undone_check(step: StepRecord, graph: RevisionGraph, head: str, *, did_nothing: bool) -> Check:
    parents = evidence.versions_below(graph, head)
    arrived = evidence.same_versions(step, parents)
    if not step.succeeded:
        found = wording.ending(step)
    elif not arrived:
        found = f"the version table: {wording.versions(step)}"
    elif did_nothing:
        found = f"{wording.or_base(parents)}, but the schema is still that of {head}: nothing was undone"
    else:
        found = wording.or_base(parents)
    return Check(
        "undone",
        f"`{step.command}` undoes the head revision",
        passed=step.succeeded and arrived and not did_nothing,
        expected=wording.or_base(parents),
        found=found,
        revision=head,
    )


def _schema_check(step: StepRecord, graph: RevisionGraph, head: str, left: tuple[Difference, ...]) -> Check:
    arrived = evidence.same_versions(step, evidence.versions_below(graph, head))
    return Check(
        "schema",
        "The schema is what it was at the parent on the way up",
        # Without having arrived, an equal schema only says that the head revision changed nothing.
        passed=arrived and not left,
        expected="exactly the same schema",
        found=wording.in_brief(left, "the same schema") if arrived else "it did not get to the parent",
        revision=head,
        weight=SCHEMA_WEIGHT,
    )


def undoing_hint(
    observations: Observations, revision: str, step: StepRecord | None, left: tuple[Difference, ...]
) -> str:
    """What to do about a revision's downgrade() that fails or does not undo its upgrade().

    Args:
        observations: what was seen of the submission.
        revision: the revision that was to be undone.
        step: the command that failed or did nothing, if one did.
        left: how the schema differs from what it was before the revision.
    """
    diagnosed = hints.of_step(step, observations) or hints.of_runs(observations, UNDOING, revision)
    if diagnosed is not None:
        return diagnosed
    return (
        f"downgrade() of revision {revision} should take back what upgrade() did, the last operation first"
        f"{': ' if left else ''}{wording.in_brief(left, '')}."
    )


@criterion("username_length", title="Shorter usernames", requires=("upgrade_head",))
def username_length(case: Case) -> Judgement:
    """At head `users.username` is VARCHAR(50), and the downgrade of the revision that did it restores 80."""
    observations = case.observations
    judged = evidence.judged_schema(observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    if not case.expectations.columns:
        return Unjudged("The assignment names no column for this criterion.")
    column = case.expectations.columns[0]
    old_type = case.expectations.restored_type or ""
    did_it = _changed_by(observations, column, old_type)
    length = column_asked(column).check(judged)
    restored = _restored_check(observations, column, old_type, did_it)
    return Verdict(
        (length, restored),
        evidence=outside_note(judged),
        hint=_length_hint(observations, column, old_type, did_it, length),
        seconds=evidence.seconds(did_it.up, did_it.down) if did_it else 0.0,
    )


def _length_hint(
    observations: Observations,
    column: ExpectedColumn,
    old_type: str,
    did_it: StairwayStep | None,
    length: Check,
) -> str:
    name = f"{column.table}.{column.name}"
    if did_it is None and length.passed:
        return (
            f"{name} has the new length from the start. Create it with {old_type} first, and shorten it in a "
            "revision of its own that can be undone."
        )
    if did_it is None:
        return (
            f"This step is optional and costs nothing: a revision that makes {name} {column.types[0]} "
            f"(op.batch_alter_table), with a downgrade() back to {old_type}, earns the bonus."
        )
    if not length.passed:
        return f"At head {length.found}; expected {length.expected}. See what the revisions after it change."
    advice = f"Let downgrade() of revision {did_it.revision} alter {name} back to {old_type}."
    return hints.of_step(did_it.down, observations) or advice


def _restored_check(
    observations: Observations, column: ExpectedColumn, old_type: str, did_it: StairwayStep | None
) -> Check:
    after = observations.snapshot_after(did_it.down) if did_it else None
    if did_it is None:
        found = f"no revision changes it from {old_type}"
    elif did_it.down is None or after is None:
        found = wording.ending(did_it.down)
    else:
        found = wording.column(after, column.table, column.name)
        if not did_it.down.succeeded:
            found = f"{wording.ending(did_it.down)}; {found}"
    return Check(
        "restored",
        f"The downgrade gives {column.table}.{column.name} its old length back",
        passed=_column_type(after, column) == old_type,
        expected=old_type,
        found=found,
        revision=did_it.revision if did_it else None,
    )


def _column_type(snapshot: SchemaSnapshot | None, column: ExpectedColumn) -> object:
    found = snapshot.find("column", f"{column.table}.{column.name}") if snapshot else None
    return found.properties.get("type") if found else None


def _changed_by(observations: Observations, column: ExpectedColumn, old_type: str) -> StairwayStep | None:
    """The last revision that took the column from its old type to the one asked for."""
    changed = None
    for stair in observations.stairway:
        before = _column_type(observations.snapshots.get(stair.before), column)
        after = _column_type(observations.snapshot_after(stair.up), column)
        if before == old_type and after in column.types:
            changed = stair
    return changed


@criterion("reversible_chain", title="Every revision can be undone", requires=("upgrade_head",))
def reversible_chain(case: Case) -> Judgement:
    """Each revision goes up, down to exactly the schema before it, and up again; at base nothing is left."""
    observations, graph = case.observations, case.observations.graph
    if graph is None or not observations.stairway:
        return Unjudged("The revisions were not run one by one.")
    stairs = {stair.revision: stair for stair in observations.stairway}
    flaws = [
        (revision.id, _flaw(observations, graph, stairs.get(revision.id))) for revision in graph.revisions
    ]
    checks = [
        Check(
            f"revision_{revision}",
            f"Revision {revision}: up, down, up",
            passed=flaw is None,
            expected="the schema before it, then its own again",
            found=flaw or "both exactly",
            revision=revision,
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
    """What is wrong with a revision's way up, down and up, or None."""
    if stair is None:
        return "not reached, because a revision below it failed"
    failed = next((item for item in _ways(stair) if item[1] is None or not item[1].succeeded), None)
    if failed is not None:
        return f"{failed[0]}: {wording.ending(failed[1])}"
    below = evidence.versions_below(graph, stair.revision)
    if stair.down is not None and not evidence.same_versions(stair.down, below):
        return f"the downgrade did not get to {wording.or_base(below)}, but to {wording.versions(stair.down)}"
    left = not_restored(observations, stair)
    if left:
        return f"after the downgrade: {wording.in_brief(left, '')}"
    other = _changed(observations.snapshot_after(stair.up), observations.snapshot_after(stair.again))
    return f"after the second upgrade: {wording.in_brief(other, '')}" if other else None


def _ways(stair: StairwayStep) -> tuple[tuple[str, StepRecord | None], ...]:
    return (("the upgrade", stair.up), ("the downgrade", stair.down), ("the second upgrade", stair.again))


def not_restored(observations: Observations, stair: StairwayStep) -> tuple[Difference, ...]:
    """How the schema after a revision's downgrade differs from the one before its upgrade."""
    return _changed(observations.snapshots.get(stair.before), observations.snapshot_after(stair.down))


def _changed(before: SchemaSnapshot | None, after: SchemaSnapshot | None) -> tuple[Difference, ...]:
    return compare.strict(before, after) if before is not None and after is not None else ()


def _base_check(observations: Observations, graph: RevisionGraph) -> Check:
    """At base nothing is left, after the first revision's downgrade and after the whole way down."""
    empty = observations.snapshots.get(observations.stairway[0].before) or evidence.EMPTY
    arrivals = [s.down for s in observations.stairway if not evidence.versions_below(graph, s.revision)]
    if observations.rows and observations.rows[-1].direction == "down":
        arrivals.append(observations.rows[-1].step)
    at_base = [step for step in arrivals if step is not None and step.succeeded and not step.versions]
    seen = (compare.strict(empty, observations.snapshot_after(step) or empty) for step in at_base)
    left = tuple(dict.fromkeys(chain.from_iterable(seen)))
    found = (
        wording.in_brief(left, "nothing but the version table")
        if at_base
        else "the chain did not get to base"
    )
    return Check(
        "base",
        "Nothing is left at base",
        passed=bool(at_base) and not left,
        expected="nothing but the version table: no table, type, sequence or function",
        found=found,
    )


def _chain_evidence(observations: Observations) -> Iterator[Evidence]:
    for stair in observations.stairway:
        left = not_restored(observations, stair) if stair.down is not None and stair.down.succeeded else ()
        yield from wording.differences(f"After the downgrade of {stair.revision}", left)
        for _, step in _ways(stair):
            if step is not None and not step.succeeded:
                yield from wording.output(step)


def _chain_hint(observations: Observations, stair: StairwayStep | None) -> str:
    if stair is None:
        return (
            "Run `alembic downgrade base` and look what is left in the database: each revision has to "
            "undo all that it did."
        )
    failing = next(
        (s for s in (stair.up, stair.down, stair.again) if s is not None and not s.succeeded), None
    )
    left = not_restored(observations, stair)
    return undoing_hint(observations, stair.revision, failing, left)
