"""What the criteria are judged on: the schema at head, how it came about, and which revisions ran.

Only this module decides between the student's own run and the replay. It knows no criterion and writes no
verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader.judging.comparison import compare
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import RevisionGraph
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaObject, SchemaSnapshot

EMPTY = SchemaSnapshot(objects=())
REAL_TABLES = ("table", "partitioned table")
"""The values of the property `relation` of a table that holds rows of its own."""

CONNECTION = ("owner", "privileges")
"""Properties that depend on the connection over which an object was created."""

Trail = tuple[tuple[str, SchemaSnapshot], ...]
"""The revisions on the way up, each with the schema after it."""


@dataclass(frozen=True)
class JudgedSchema:
    """The head schema that the schema criteria are judged on."""

    snapshot: SchemaSnapshot
    trail: Trail
    """How the schema came about, as far as the revisions were run one by one."""
    outside: tuple[Difference, ...] = ()
    """What the student's own run has and the revisions alone do not create.

    If there is any, `snapshot` is the schema of the replay.
    """


def judged_schema(observations: Observations) -> JudgedSchema | None:
    """The schema to judge: the student's own run's, or the replay's if the run has more than that.

    Returns:
        None if no upgrade was observed.
    """
    head, replay = own_head(observations), observations.replay
    if head is None:
        return None
    replayed = replay_head(observations)
    if replay and replayed and replayed != head and (outside := _outside(replayed, head)):
        return JudgedSchema(replayed, _trail(observations, replay.steps), outside)
    return JudgedSchema(head, _trail(observations, ((s.revision, s.up) for s in observations.stairway)))


def own_head(observations: Observations) -> SchemaSnapshot | None:
    """The schema after the student's own `alembic upgrade head`, or None if it was not looked at."""
    return observations.snapshot_after(upgrade_step(observations))


def upgrade_step(observations: Observations) -> StepRecord | None:
    """The student's own `alembic upgrade head`, or None if it was not run."""
    return observations.one_shot.upgrade if observations.one_shot else None


def replay_head(observations: Observations) -> SchemaSnapshot | None:
    """The schema that the revisions alone create, or None if there was no replay.

    Some chains cannot be replayed in one go: they use an enum value right after they add it, under an env.py
    with a transaction for each revision. Such a chain counts up to where it gets one revision at a time.
    """
    replay = observations.replay
    if replay is None:
        return None
    trail = () if replayed_to_head(observations) else _trail(observations, replay.steps)
    return trail[-1][1] if trail else observations.snapshot_after(replay.one_shot)


def replayed_to_head(observations: Observations) -> bool:
    """Whether the database shows that the revisions alone, in one go, got to the head."""
    graph, replay = observations.graph, observations.replay
    if graph is None or graph.head is None or replay is None:
        return False
    return replay.one_shot.succeeded and same_versions(replay.one_shot, (graph.head,))


def _outside(replayed: SchemaSnapshot, head: SchemaSnapshot) -> tuple[Difference, ...]:
    """What is in `head` and not in `replayed`, or is different there."""
    differences = compare.strict(replayed, head)
    if not compare.equivalent(replayed, head, defaults=False, extra=True):
        # The names of keys may come from the naming convention of the student's metadata, which only the
        # student's env.py hands to Alembic. Such names do not count as schema from outside the revisions.
        differences = tuple(d for d in differences if d.kind not in (SchemaKind.CONSTRAINT, SchemaKind.INDEX))
    # The criterion `configuration` judges which of the two connections created a table.
    return tuple(
        d for d in differences if d.change is not ChangeKind.MISSING and d.property not in CONNECTION
    )


def _trail(observations: Observations, steps: Iterable[tuple[str, StepRecord]]) -> Trail:
    pairs = ((revision, observations.snapshot_after(step)) for revision, step in steps)
    return tuple((revision, snapshot) for revision, snapshot in pairs if snapshot is not None)


def changing_revisions(observations: Observations, judged: JudgedSchema | None) -> tuple[str, ...]:
    """The revisions that changed the schema, as the database shows, in the order in which they ran.

    They are taken from the student's own run. If the judged schema is the replay's, they are taken from that.
    """
    if judged is not None and judged.outside:
        before = (
            observations.snapshots.get(observations.stairway[0].before) if observations.stairway else None
        )
        states = [before or EMPTY, *(snapshot for _, snapshot in judged.trail)]
        pairs = zip(states, judged.trail, strict=False)
        return tuple(revision for earlier, (revision, later) in pairs if compare.strict(earlier, later))
    return tuple(
        stair.revision
        for stair in observations.stairway
        if changed(observations.snapshots.get(stair.before), observations.snapshot_after(stair.up))
    )


def not_restored(observations: Observations, stair: StairwayStep) -> tuple[Difference, ...]:
    """How the schema after a revision's downgrade differs from the one before its upgrade."""
    return changed(observations.snapshots.get(stair.before), observations.snapshot_after(stair.down))


def changed(before: SchemaSnapshot | None, after: SchemaSnapshot | None) -> tuple[Difference, ...]:
    """The differences between two states of a schema; none where one of them is not known."""
    return compare.strict(before, after) if before is not None and after is not None else ()


def last_changed_at(trail: Trail, state: Callable[[SchemaSnapshot], object]) -> str | None:
    """The revision that brought something into the state that it has at the end of the trail.

    Args:
        trail: the schema after each revision.
        state: returns the state of the thing in a schema; None if the thing is not there.

    Returns:
        None if the state never changed, such as that of a column that no revision creates.
    """
    turned, previous = None, state(EMPTY)
    for revision, snapshot in trail:
        current = state(snapshot)
        if current != previous:
            turned, previous = revision, current
    return turned


def with_revisions(differences: Sequence[Difference], trail: Trail) -> tuple[Difference, ...]:
    """The same differences, each with the revision at which it first appears, if the trail shows that."""
    return tuple(
        item if item.revision else replace(item, revision=last_changed_at(trail, partial(_state, item)))
        for item in differences
    )


def _state(difference: Difference, snapshot: SchemaSnapshot) -> object:
    found = snapshot.find(difference.kind, difference.name)
    if found is None or difference.property is None:
        return found is not None
    return found.properties.get(difference.property)


def tables(snapshot: SchemaSnapshot | None) -> tuple[SchemaObject, ...]:
    """The tables with rows of their own, in any schema, without the version table."""
    found = snapshot.of_kind(SchemaKind.TABLE) if snapshot is not None else ()
    return tuple(item for item in found if item.properties.get("relation") in REAL_TABLES)


def missing_from_own_run(observations: Observations) -> tuple[str, ...]:
    """Tables and columns that the revisions create in the replay and that are not in the student's own run.

    If there are any although the version table names the head, the version was stamped. Empty if there was no
    replay or it did not get to head. A table counts as there if it is in another schema than in the replay.
    """
    head, replayed = own_head(observations), replay_head(observations)
    if head is None or replayed is None or not replayed_to_head(observations):
        return ()
    there = {_last(table.name) for table in tables(head)}
    columns = {_last(column.name, 2) for column in head.of_kind(SchemaKind.COLUMN)}
    made = [table.name for table in tables(replayed)]
    missing = [name for name in made if _last(name) not in there]
    missing += [
        column.name
        for column in replayed.of_kind(SchemaKind.COLUMN)
        if column.properties.get("table") in made
        and column.properties.get("table") not in missing
        and _last(column.name, 2) not in columns
    ]
    return tuple(missing)


def _last(name: str, parts: int = 1) -> str:
    """The last parts of a qualified name."""
    return ".".join(name.split(".")[-parts:])


def a_revision_ran(observations: Observations) -> bool:
    """Whether the database shows that a revision ran under the student's own env.py.

    The proof is a row in the version table together with at least one table. What a command printed proves
    nothing, and neither does the replay, which runs without the student's env.py.
    """
    return any(
        step.versions and tables(observations.snapshot_after(step)) for step in observations.student_steps()
    )


def versions_below(graph: RevisionGraph, revision: str) -> tuple[str, ...]:
    """What the version table holds just before a revision is applied: its parents, sorted; empty for base.

    If the chain has branches, the heads of the branches that were applied before are among them.
    """
    ids = [item.id for item in graph.revisions]
    below = graph.revisions[: ids.index(revision)] if revision in ids else ()
    parents = {parent for item in below for parent in item.parents}
    return tuple(sorted(item.id for item in below if item.id not in parents))


def same_versions(step: StepRecord, expected: Sequence[str]) -> bool:
    """Whether the version table held exactly these revisions after the step. No table counts as empty."""
    return sorted(step.versions or ()) == sorted(expected)


def seconds(*steps: StepRecord | None) -> float:
    """Seconds that the steps took together."""
    return sum(step.seconds for step in steps if step is not None)
