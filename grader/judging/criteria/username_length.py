"""Criterion `username_length`: the optional step that shortens a column and can be undone."""

from __future__ import annotations

from grader.assignment.model import ExpectedColumn
from grader.judging import evidence, expected_objects, hints, places, wording
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, criterion
from grader.observations.model import Observations, StairwayStep
from grader.observations.schema import SchemaKind, SchemaSnapshot


@criterion(
    "username_length", "Shorter usernames", requires=("upgrade_head",), example="wrong_empty_downgrade"
)
def username_length(case: Case) -> Judgement:
    """At head, `users.username` is VARCHAR(50); undoing the revision that changed it restores VARCHAR(80)."""
    observations = case.observations
    judged = evidence.judged_schema(observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    if not case.expectations.columns:
        return Unjudged("The assignment names no column for this criterion.")
    column = case.expectations.columns[0]
    old_type = case.expectations.restored_type or ""
    did_it = _changed_by(observations, column, old_type)
    length = expected_objects.column_expected(column).check(judged, observations)
    restored = _restored_check(observations, column, old_type, did_it)
    return Verdict(
        (length, restored),
        evidence=expected_objects.outside_note(judged),
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
        place=places.of_downgrade(observations, did_it.revision if did_it else None),
    )


def _column_type(snapshot: SchemaSnapshot | None, column: ExpectedColumn) -> object:
    found = snapshot.find(SchemaKind.COLUMN, f"{column.table}.{column.name}") if snapshot else None
    return found.properties.get("type") if found else None


def _changed_by(observations: Observations, column: ExpectedColumn, old_type: str) -> StairwayStep | None:
    """The last revision that changed the column from its old type to the one asked for."""
    for stair in reversed(observations.stairway):
        before = _column_type(observations.snapshots.get(stair.before), column)
        after = _column_type(observations.snapshot_after(stair.up), column)
        if before == old_type and after in column.types:
            return stair
    return None
