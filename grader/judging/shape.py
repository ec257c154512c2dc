"""The shape of a chain: the schemas that it makes, whatever its revisions and constraints are called.

For people who look for submissions that have something in common. No verdict rests on it.
"""

from __future__ import annotations

import hashlib

import msgspec

from grader.judging import wording
from grader.judging.comparison import compare
from grader.judging.evidence import JudgedSchema
from grader.observations.schema import PropertyValue, SchemaKind, SchemaObject, SchemaSnapshot
from grader.report.details import Shape

_NAMED_FREELY = frozenset({SchemaKind.CONSTRAINT, SchemaKind.INDEX, SchemaKind.SEQUENCE})
"""Kinds of objects whose names make no difference here: what they do does."""
_NOT_COMPARED = frozenset(
    {"definition", "owner", "privileges", "comment", "backs_constraint", "default", "owned_by"}
)
"""Properties that hold names of such objects, or who made them."""

_MOST_OBJECTS = 100_000
"""Of all steps together. A chain of 120 revisions has fewer. Beyond, comparing takes many seconds."""


def shape_of(judged: JudgedSchema | None, reference: SchemaSnapshot | None) -> Shape | None:
    """The shape of a chain; None if its schema at head is exactly the reference's, as many right answers' is.

    None, too, for a chain that makes more than can be compared in a moment.

    Two chains have the same shape if they make the same schema at each step. Names of constraints, indexes
    and sequences make no difference.
    """
    if judged is None or reference is None:
        return None
    snapshots = [*(snapshot for _, snapshot in judged.trail), judged.snapshot]
    if sum(len(snapshot.objects) for snapshot in snapshots) > _MOST_OBJECTS:
        return None
    own = compare.equivalent(reference, judged.snapshot, defaults=False, extra=True, actions=False)
    if not own:
        return None
    digest = hashlib.sha256(msgspec.json.encode([*map(_of, snapshots)])).hexdigest()[:16]
    return Shape(digest, wording.in_brief(own, ""))


def _of(snapshot: SchemaSnapshot) -> list[str]:
    return sorted(
        msgspec.json.encode(_without_names(item), order="deterministic").decode() for item in snapshot.objects
    )


def _without_names(item: SchemaObject) -> tuple[str, str, dict[str, PropertyValue]]:
    name = "" if item.kind in _NAMED_FREELY else item.name
    kept = {key: value for key, value in item.properties.items() if key not in _NOT_COMPARED}
    return item.kind.value, name, kept
