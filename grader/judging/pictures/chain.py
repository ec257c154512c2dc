"""The revision chain as a picture: what each revision changed, how its steps ended, what was left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.judging import wording
from grader.judging.comparison import compare
from grader.judging.evidence import JudgedSchema, set_up_by_env
from grader.judging.outside import CONNECTION, without
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import Revision
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaSnapshot
from grader.report.details import ChainLink, Change, StepPicture
from grader.report.model import Status

MAX_CHANGES = 30
MAX_WITH_ALL_CHANGES = 50
MAX_CHANGES_OF_MANY = 4
"""The changes shown of each revision, in chains of up to so many revisions and in longer ones."""
_SIGNS = {ChangeKind.EXTRA: "+", ChangeKind.MISSING: "-", ChangeKind.CHANGED: "~"}
_NOT_TRIED = StepPicture(Status.SKIPPED, "not tried")


def chain_links(observations: Observations, judged: JudgedSchema | None) -> tuple[ChainLink, ...]:
    """One link a revision file, in the order in which `upgrade` takes them.

    What a revision changed is read from the stairway, without what comes from outside of the revisions.
    """
    graph = observations.graph
    if graph is None:
        return ()
    stairs = {stair.revision: stair for stair in observations.stairway}
    found = judged.outside if judged is not None else ()
    most = MAX_CHANGES if len(graph.revisions) <= MAX_WITH_ALL_CHANGES else MAX_CHANGES_OF_MANY
    return tuple(
        _link(item, observations, stairs.get(item.id), found, is_head=item.id in graph.heads, most=most)
        for item in graph.revisions
    )


def changes(
    before: SchemaSnapshot | None, after: SchemaSnapshot | None, most: int = MAX_CHANGES
) -> tuple[Change, ...]:
    """What changed from one state of a schema to a later one; the first few changes.

    Owners and privileges are left out: they only say over which connection an object was made.
    """
    if before is None or after is None:
        return ()
    found = [item for item in compare.strict(before, after) if item.property not in CONNECTION]
    is_implied = _implied_by(found)
    told = [item for item in found if not is_implied(item)]
    shown = [
        Change(_SIGNS[item.change], _text(item, before if item.change is ChangeKind.MISSING else after))
        for item in told[:most]
    ]
    if len(told) > most:
        shown.append(Change("~", f"and {len(told) - most} more"))
    return tuple(shown)


def _link(
    revision: Revision,
    observations: Observations,
    stair: StairwayStep | None,
    found: Sequence[Difference],
    *,
    is_head: bool,
    most: int,
) -> ChainLink:
    made: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()
    up = down = again = _NOT_TRIED
    if stair is not None:
        before = observations.snapshots.get(stair.before)
        top, bottom = observations.snapshot_after(stair.up), observations.snapshot_after(stair.down)
        made = changes(_without(before, found), _without(top, found), most)
        # After a failed downgrade everything is still there. That is no news.
        if stair.down is not None and stair.down.succeeded:
            ours = set_up_by_env(observations)
            left = changes(_without(before, ours), _without(bottom, ours), most)
        up, down = _way(stair.up), _way(stair.down, left)
        again = _way(stair.again, changes(top, observations.snapshot_after(stair.again)))
    return ChainLink(
        revision=revision.id,
        message=revision.message,
        path=revision.path,
        parents=revision.parents,
        is_head=is_head,
        changes=made,
        up=up,
        down=down,
        again=again,
        left=left,
    )


def _way(step: StepRecord | None, other: Sequence[Change] = ()) -> StepPicture:
    """How a step ended; `other` are the differences that the schema after it should not have."""
    if step is None:
        return _NOT_TRIED
    if not step.succeeded:
        return StepPicture(Status.FAILED, wording.ending(step))
    if other:
        return StepPicture(
            Status.FAILED, "it ended without an error, but leaves another schema than it should"
        )
    return StepPicture(Status.PASSED, "it ended without an error")


def _without(snapshot: SchemaSnapshot | None, found: Sequence[Difference]) -> SchemaSnapshot | None:
    return without(snapshot, found) if snapshot is not None else None


def _implied_by(found: Sequence[Difference]) -> Callable[[Difference], bool]:
    """Tells whether another line says the same: an index behind a key, a sequence behind a serial column."""
    keys = {(item.change, item.name) for item in found if item.kind is SchemaKind.CONSTRAINT}
    owners = {
        change: tuple(
            f"{item.name.replace('.', '_')}_"
            for item in found
            if item.kind in (SchemaKind.TABLE, SchemaKind.COLUMN) and item.change is change
        )
        for change in ChangeKind
    }

    def is_implied(item: Difference) -> bool:
        if item.property is not None:
            return False
        if item.kind is SchemaKind.INDEX:
            return (item.change, item.name) in keys
        return item.kind is SchemaKind.SEQUENCE and item.name.startswith(owners[item.change])

    return is_implied


def _text(item: Difference, snapshot: SchemaSnapshot) -> str:
    """A difference in words.

    Args:
        item: the difference.
        snapshot: the schema that has the object.
    """
    thing = f"{item.kind} {item.name}"
    if item.property is not None:
        was, is_ = wording.value(item.expected), wording.value(item.found)
        return f"{thing}: {item.property} was {was}, is {is_}"
    if item.kind is SchemaKind.TABLE:
        columns = len(snapshot.within(SchemaKind.COLUMN, item.name))
        return f"{thing} ({wording.counted(columns, 'column')})"
    there = snapshot.find(item.kind, item.name)
    if item.kind is SchemaKind.COLUMN and there is not None:
        return f"{thing} ({wording.column_type(there.properties)})"
    return thing
