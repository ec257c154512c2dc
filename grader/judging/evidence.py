"""What the criteria are judged on: the schema at head, how it came about, and which revisions ran.

Only this module decides what of the student's own run counts. It knows no criterion and writes no verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader.judging import outside
from grader.judging.comparison import compare
from grader.observations.model import Observations, StairwayStep, StepRecord
from grader.observations.revisions import ModelsCall, RevisionGraph
from grader.observations.schema import Difference, SchemaKind, SchemaObject, SchemaSnapshot

EMPTY = SchemaSnapshot(objects=())
REAL_TABLES = ("table", "partitioned table")
"""The values of the property `relation` of a table that holds rows of its own."""

NO_CHANGE = frozenset({"comment", "owner", "privileges"})
"""Properties that are no part of what a revision changes in the schema."""
STORAGE = frozenset(
    {"options", "storage", "compression", "statistics", "clustered", "tablespace", "replica_identity"}
)
"""The same for tables, columns and indexes: how PostgreSQL keeps rows, and not which rows there can be."""
_CARRYING = frozenset({"batch_alter_table", "bulk_insert", "exec_driver_sql", "execute", "run_async"})
"""Operations that can carry rows from one table to another."""
_STORED = frozenset({SchemaKind.TABLE, SchemaKind.COLUMN, SchemaKind.INDEX})
SET_UP = frozenset({SchemaKind.SCHEMA, SchemaKind.EXTENSION})
"""What an env.py may set up before its revisions run, and commit."""

Trail = tuple[tuple[str, SchemaSnapshot], ...]
"""The revisions on the way up, each with the schema after it."""


@dataclass(frozen=True)
class JudgedSchema:
    """The head schema that the schema criteria are judged on."""

    snapshot: SchemaSnapshot
    trail: Trail
    """How the schema came about, as far as the revisions were run one by one."""
    outside: tuple[Difference, ...] = ()
    """What the student's own run has besides, made by something else than a revision."""


def judged_schema(observations: Observations) -> JudgedSchema | None:
    """The schema to judge: that of the student's own run, without what comes from outside of the revisions.

    Returns:
        None if no upgrade was observed.
    """
    head = own_head(observations)
    if head is None:
        return None
    found = _outside(observations, head)
    steps = _trail(observations, ((stair.revision, stair.up) for stair in observations.stairway))
    trail = tuple((revision, outside.without(snapshot, found)) for revision, snapshot in steps)
    return JudgedSchema(outside.without(head, found), trail, found)


def _outside(observations: Observations, head: SchemaSnapshot) -> tuple[Difference, ...]:
    """What of the student's own head comes from outside of the revisions.

    A replay that gives the same schema proves that nothing does. One that fails or gives another proves
    nothing, because the revisions may need what the student's own env.py sets up: then the runs decide in
    which that was taken apart.
    """
    replayed = replay_head(observations)
    if observations.replay is None or replayed == head:
        return ()
    if replayed is None and observations.replay.one_shot.unseen is None:
        return ()
    more = outside.beyond(replayed, head) if replayed is not None else ()
    runs = observations.outside
    if runs is None:  # an earlier version saved this, and judged by the replay alone
        return more
    empty = observations.snapshots.get(runs.before)
    emptied = observations.snapshot_after(runs.emptied)
    if empty is None or emptied is None or (replayed_to_head(observations) and not more):
        return ()
    upgrade = upgrade_step(observations)
    arrived = upgrade is not None and runs.bodies.succeeded and runs.bodies.versions == upgrade.versions
    return outside.from_runs(
        head,
        empty=empty,
        emptied=emptied,
        bodies=observations.snapshot_after(runs.bodies) if arrived else None,
        alone=observations.snapshot_after(observations.replay.one_shot),
    )


def origin_unseen(observations: Observations) -> StepRecord | None:
    """The step after which it could not be seen what comes from outside of the revisions; None if it could.

    What was not seen proves nothing, so what the submission did there earns it nothing either.
    """
    runs = observations.outside
    return runs.emptied if runs is not None and runs.emptied.unseen is not None else None


def not_explained(observations: Observations) -> tuple[Difference, ...]:
    """What the student's own run has and the revisions alone do not make, although nothing else makes it.

    The revisions then need what the student's own env.py sets up, or the student's code told the runs apart.
    """
    judged, replayed = judged_schema(observations), replay_head(observations)
    if judged is None or replayed is None or judged.outside:
        return ()
    return outside.beyond(replayed, judged.snapshot)


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


def _trail(observations: Observations, steps: Iterable[tuple[str, StepRecord]]) -> Trail:
    pairs = ((revision, observations.snapshot_after(step)) for revision, step in steps)
    return tuple((revision, snapshot) for revision, snapshot in pairs if snapshot is not None)


def changing_revisions(observations: Observations, judged: JudgedSchema | None) -> tuple[str, ...]:
    """The revisions that changed the schema, as the database shows, in the order in which they ran.

    Comments, owners, privileges and storage settings are no change. Neither is what a revision has the models
    make.

    Args:
        observations: what was seen of the submission.
        judged: the judged schema; what comes from outside of the revisions is no change of theirs.
    """
    found = judged.outside if judged is not None else ()
    by_models = models_in_revisions(observations)
    return tuple(
        stair.revision
        for stair in observations.stairway
        if stair.revision not in by_models
        and any(map(_is_of_the_schema, _changes(observations, stair, found)))
    )


def touching_revisions(observations: Observations, judged: JudgedSchema | None) -> tuple[str, ...]:
    """The revisions that only changed comments, owners, privileges or storage settings."""
    found = judged.outside if judged is not None else ()
    all_changes = ((stair, _changes(observations, stair, found)) for stair in observations.stairway)
    return tuple(
        stair.revision
        for stair, differences in all_changes
        if differences and not any(map(_is_of_the_schema, differences))
    )


def models_in_revisions(observations: Observations) -> dict[str, ModelsCall]:
    """The revisions that have the models make tables, with the call that their files show."""
    graph = observations.graph
    found: dict[str, ModelsCall] = {}
    for stair in observations.stairway:
        revision = graph.get(stair.revision) if graph is not None else None
        call = revision.upgrade.models_call if revision is not None and revision.upgrade else None
        before = {item.name for item in tables(observations.snapshots.get(stair.before))}
        after = {item.name for item in tables(observations.snapshot_after(stair.up))}
        if call is not None and after - before:
            found[stair.revision] = call
    return found


def _changes(
    observations: Observations, stair: StairwayStep, found: Sequence[Difference]
) -> tuple[Difference, ...]:
    before, after = observations.snapshots.get(stair.before), observations.snapshot_after(stair.up)
    if before is None or after is None:
        return ()
    return changed(outside.without(before, found), outside.without(after, found))


def _is_of_the_schema(item: Difference) -> bool:
    """Whether a difference is one in what the database can hold or do."""
    if item.kind is SchemaKind.DEFAULT_PRIVILEGES or item.property in NO_CHANGE:
        return False
    return item.property not in STORAGE or item.kind not in _STORED


def not_reached(observations: Observations, judged: JudgedSchema | None) -> tuple[str, ...]:
    """The revisions that were not tried, or whose upgrade did not succeed, in their order."""
    graph = observations.graph
    ran = {stair.revision for stair in observations.stairway if stair.revision in (stair.up.versions or ())}
    if judged is not None and judged.outside:
        ran |= {revision for revision, _ in judged.trail}
    return tuple(item.id for item in graph.revisions if item.id not in ran) if graph else ()


def not_restored(observations: Observations, stair: StairwayStep) -> tuple[Difference, ...]:
    """How the schema after a revision's downgrade differs from the one before its upgrade."""
    before, after = observations.snapshots.get(stair.before), observations.snapshot_after(stair.down)
    return not_undone(observations, before, after)


def not_undone(
    observations: Observations, before: SchemaSnapshot | None, after: SchemaSnapshot | None
) -> tuple[Difference, ...]:
    """The differences that a way back leaves. What env.py sets up is not for a revision to undo."""
    if before is None or after is None:
        return ()
    found = set_up_by_env(observations)
    return changed(outside.without(before, found), outside.without(after, found))


def made_again(observations: Observations) -> tuple[str, ...]:
    """The tables that the head's downgrade dropped and made again without the rows that were in them.

    A table may be made again if its rows are carried over, as `batch_alter_table(recreate="always")` does.
    The rows pass shows it. Where none of these tables took rows, it is enough that downgrade() has an
    operation that can carry rows.
    """
    graph, names = observations.graph, observations.one_shot.made_again if observations.one_shot else ()
    head = graph.get(graph.head) if graph is not None and graph.head is not None else None
    if not names or head is None:
        return ()
    downs = (item for item in observations.rows if (item.revision, item.direction) == (head.id, "down"))
    rows = next((item for item in downs if item.step.succeeded and item.step.unseen is None), None)
    filled = [name for name in names if rows is not None and rows.rows_before.get(name)]
    if rows is None or not filled:
        operations = head.downgrade.operations if head.downgrade is not None else ()
        return () if any(name.rpartition(".")[2] in _CARRYING for name in operations) else names
    gone = Counter(item.table for item in rows.losses if item.column is None)
    # A row or two may have to go on the way back. Most of them may not.
    lost = {name for name in filled if 2 * gone[name] >= rows.rows_before[name]}
    # Of many losses, the last one stands for those of several tables.
    rest = rows.losses[-1].table.split(", ") if lost else []
    return tuple(name for name in filled if name in lost or name in rest)


def set_up_by_env(observations: Observations) -> tuple[Difference, ...]:
    """The schemas and extensions that env.py makes, as far as a run without the revisions shows them."""
    runs = observations.outside
    empty = observations.snapshots.get(runs.before) if runs is not None else None
    emptied = observations.snapshot_after(runs.emptied) if runs is not None else None
    return outside.set_up(empty, emptied) if empty is not None and emptied is not None else ()


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
    Where every revision changed something under the student's own env.py, none was skipped: then only what is
    gone after the revisions is missing, because the same revisions may make other things without that env.py.
    """
    head, replayed = own_head(observations), replay_head(observations)
    if head is None or replayed is None or not replayed_to_head(observations):
        return ()
    there = {_last(table.name) for table in tables(head)}
    columns = {_last(column.name, 2) for column in head.of_kind(SchemaKind.COLUMN)}
    replayed_tables = [table.name for table in tables(replayed)]
    missing = [name for name in replayed_tables if _last(name) not in there]
    missing += [
        column.name
        for column in replayed.of_kind(SchemaKind.COLUMN)
        if column.properties.get("table") in replayed_tables
        and column.properties.get("table") not in missing
        and _last(column.name, 2) not in columns
    ]
    made = observations.snapshot_after(observations.outside.bodies) if observations.outside else None
    if made is not None and observations.graph is not None:
        ran = {stair.revision for stair in observations.stairway if _changes(observations, stair, ())}
        if ran.issuperset(revision.id for revision in observations.graph.revisions):
            known = {item.name for item in made.objects}
            missing = [name for name in missing if name in known]
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
    return step.unseen is None and sorted(step.versions or ()) == sorted(expected)


def seconds(*steps: StepRecord | None) -> float:
    """Seconds that the steps took together."""
    return sum(step.seconds for step in steps if step is not None)
