"""Criteria that pass although something that they name is not as in the reference solution.

Such a criterion asks for less than it could. Another one may see the mistake, or none.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.assignment.model import Assignment, CriterionSettings
from grader.assignment.objects import ExpectedSchema, column_name
from grader.judging import evidence, growth, wording
from grader.judging.comparison import compare
from grader.judging.sides import subject
from grader.observations.model import Observations
from grader.observations.schema import Difference, SchemaKind, SchemaSnapshot
from grader.report.model import GradeReport, Status

_ASPECTS = ("type", "nullable")
"""The properties of a column that a criterion of the kind `schema` asks for."""


def overlooked(
    assignment: Assignment, report: GradeReport, reference: Observations, answer: Observations
) -> Iterator[tuple[str, str]]:
    """The ids of such criteria, each with what it does not see.

    Args:
        assignment: the rubric.
        report: what it made of the answer.
        reference: what was seen of the reference solution.
        answer: what was seen of the answer, which holds a mistake.
    """
    passed = {item.id for item in report.criteria if item.status is Status.PASSED}
    for item in assignment.criteria:
        if item.id not in passed:
            continue
        found = None
        if item.kind == "schema":
            found = _in_schema(item.settings.expected(), reference, answer)
        elif item.kind == "column_change":
            found = _on_the_way(item, reference, answer)
        if found is not None:
            yield item.id, found


def _in_schema(expected: ExpectedSchema, reference: Observations, answer: Observations) -> str | None:
    wanted, found = evidence.judged_schema(reference), evidence.judged_schema(answer)
    if wanted is None or found is None:
        return None
    differences = compare.equivalent(
        wanted.snapshot, found.snapshot, defaults=False, extra=False, actions=False
    )
    within = tuple(item for item in differences if _is_named(item, expected))
    if within:
        return wording.in_brief(within, "")
    grown = {item.name for item in growth.origins(expected, reference, wanted) if item.later}
    at_once = [item.name for item in growth.origins(expected, answer, found) if not item.later]
    missing = [name for name in at_once if name in grown]
    return f"made in one go with what was there before: {', '.join(missing)}" if missing else None


def _is_named(item: Difference, expected: ExpectedSchema) -> bool:
    """Whether a criterion names the table or the column that a difference is about."""
    table, columns = subject(item)
    named = {(column.table, column.name) for column in expected.columns}
    if item.kind is SchemaKind.TABLE:
        return item.property is None and table in expected.tables
    if item.kind is SchemaKind.COLUMN and item.property not in (None, *_ASPECTS):
        return False
    if item.kind not in (SchemaKind.COLUMN, SchemaKind.CONSTRAINT):
        return False
    return table in expected.tables or any((table, column) in named for column in columns)


def _on_the_way(item: CriterionSettings, reference: Observations, answer: Observations) -> str | None:
    """A column that undoing its change makes another one than in the reference solution."""
    table, name = column_name(item.settings.column)
    wanted, found = _restored(reference, table, name), _restored(answer, table, name)
    if wanted is None or found is None or wanted == found:
        return None
    return f"{item.settings.column} is {found} after the downgrade, and not {wanted}"


def _restored(observations: Observations, table: str, name: str) -> str | None:
    """What a column is after undoing the last revision that changed it, in words."""
    for stair in reversed(observations.stairway):
        before = _described(observations.snapshots.get(stair.before), table, name)
        if _described(observations.snapshot_after(stair.up), table, name) != before and before is not None:
            return _described(observations.snapshot_after(stair.down) if stair.down else None, table, name)
    return None


def _described(snapshot: SchemaSnapshot | None, table: str, name: str) -> str | None:
    found = snapshot.find(SchemaKind.COLUMN, f"{table}.{name}") if snapshot is not None else None
    if found is None:
        return None
    return wording.described_type(
        str(found.properties.get("type")), nullable=bool(found.properties.get("nullable"))
    )
