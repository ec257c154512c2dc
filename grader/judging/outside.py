"""What of a schema comes from outside of the revisions: `create_all()` in env.py, say.

Works on snapshots alone. Only this module says what counts as made by something else than a revision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.judging.comparison import compare
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaObject, SchemaSnapshot

CONNECTION = ("owner", "privileges")
"""Properties that depend on the connection over which an object was created."""
_KEYS = (SchemaKind.CONSTRAINT, SchemaKind.INDEX)
_OWNERS = (SchemaKind.TABLE, SchemaKind.VIEW, SchemaKind.FOREIGN_TABLE, SchemaKind.COLUMN, SchemaKind.TYPE)
_SET_UP = (SchemaKind.SCHEMA, SchemaKind.EXTENSION)
"""What an env.py may make: Alembic itself needs the schema of its version table to be there."""
_VERSION_COLUMN = "version_num"


def beyond(alone: SchemaSnapshot, head: SchemaSnapshot) -> tuple[Difference, ...]:
    """What is in `head` and not in the schema that the revisions make alone, or is different there."""
    differences = compare.strict(alone, head)
    if differences and not compare.equivalent(alone, head, defaults=False, extra=True):
        # The names of keys may come from the naming convention of the student's metadata, which only the
        # student's env.py hands to Alembic. Such names do not count as schema from outside the revisions.
        differences = tuple(d for d in differences if d.kind not in _KEYS)
    return tuple(item for item in differences if _counts(item))


def from_runs(
    head: SchemaSnapshot,
    *,
    empty: SchemaSnapshot,
    emptied: SchemaSnapshot,
    bodies: SchemaSnapshot | None,
    alone: SchemaSnapshot | None,
) -> tuple[Difference, ...]:
    """What of a schema the runs of the student's own env.py show to come from outside of the revisions.

    Args:
        head: the schema of the student's own run.
        empty: that of an empty database.
        emptied: that of a run in which the revisions do nothing.
        bodies: that of a run which ends right after the revisions; None if it did not get there.
        alone: that which the revisions make without the student's env.py, as far as they get. What they make
            is not from outside, whatever else makes it too.
    """
    kept = [*_made(empty, emptied, head)]
    if bodies is not None:
        kept += (item for item in compare.strict(bodies, head) if _counts(item))
    ours = _version_tables(head, emptied)
    outside = [item for item in kept if item not in ours and not (alone and _is_in(alone, item))]
    return compare.strict(without(head, outside), head)


def set_up(empty: SchemaSnapshot, emptied: SchemaSnapshot) -> tuple[Difference, ...]:
    """The schemas and extensions that a run without the revisions made in an empty database."""
    new = (item for item in emptied.objects if item.kind in _SET_UP)
    return tuple(
        Difference(ChangeKind.EXTRA, item.kind, item.name)
        for item in new
        if (item.kind, item.name) not in empty.by_name
    )


def without(snapshot: SchemaSnapshot, outside: Sequence[Difference]) -> SchemaSnapshot:
    """A schema without what comes from outside and what belongs to that; changed properties as they were."""
    if not outside:
        return snapshot
    gone = {(item.kind, item.name) for item in outside if item.property is None}
    owners = {name for kind, name in gone if kind in _OWNERS}
    changed = {(item.kind, item.name, item.property): item for item in outside if item.property is not None}
    return SchemaSnapshot(
        tuple(
            _changed_back(item, changed)
            for item in snapshot.objects
            if (item.kind, item.name) not in gone
            and item.properties.get("table") not in owners
            and item.properties.get("owned_by") not in owners
        )
    )


def _changed_back(
    item: SchemaObject, changed: Mapping[tuple[SchemaKind, str, str], Difference]
) -> SchemaObject:
    before = {
        name: found.expected
        for name, value in item.properties.items()
        if (found := changed.get((item.kind, item.name, name))) is not None and found.found == value
    }
    return SchemaObject(item.kind, item.name, {**item.properties, **before}) if before else item


def _counts(item: Difference) -> bool:
    if item.change is ChangeKind.MISSING or item.kind in _SET_UP:
        return False
    # The criterion `configuration` judges which of the two connections created a table.
    return item.property not in (*CONNECTION, "comment")


def _made(empty: SchemaSnapshot, emptied: SchemaSnapshot, head: SchemaSnapshot) -> Iterator[Difference]:
    """What a run without the revisions made, and the whole run has too."""
    for item in emptied.objects:
        key = (item.kind, item.name)
        if key in head.by_name and key not in empty.by_name and item.kind not in _SET_UP:
            yield Difference(ChangeKind.EXTRA, *key)


def _is_in(alone: SchemaSnapshot, item: Difference) -> bool:
    """Whether the revisions alone make a thing, or give a property its value."""
    there = alone.find(item.kind, item.name)
    if there is None or item.property is None:
        return there is not None
    return there.properties.get(item.property) == item.found


def _version_tables(*snapshots: SchemaSnapshot) -> set[Difference]:
    """Alembic's own tables and their parts. The first of them is not in a snapshot, but its triggers are."""
    found: set[Difference] = set()
    for snapshot in snapshots:
        relations = {item.name for item in snapshot.objects if item.kind in _OWNERS}
        tables = {
            table.name
            for table in snapshot.of_kind(SchemaKind.TABLE)
            if [column.name for column in snapshot.within(SchemaKind.COLUMN, table.name)]
            == [f"{table.name}.{_VERSION_COLUMN}"]
        }
        for item in snapshot.objects:
            owner = item.properties.get("table")
            if item.name in tables or (owner is not None and (owner in tables or owner not in relations)):
                found.add(Difference(ChangeKind.EXTRA, item.kind, item.name))
    return found
