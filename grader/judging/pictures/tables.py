"""The schema at head as a picture: tables, columns and rules, each marked against the reference models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.judging import evidence, wording
from grader.judging.comparison import compare
from grader.judging.comparison.rules import EnforcedRule, rules_of
from grader.judging.evidence import JudgedSchema
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaObject, SchemaSnapshot
from grader.report.details import ColumnPicture, Mark, RulePicture, TablePicture

MAX_COLUMNS = 60
"""The number of columns of a table in the picture at most, besides those of the reference."""
MAX_TABLES = 60
"""The number of tables in the picture at most. Tables that only the submission has are left out first."""
_MARKS = {ChangeKind.MISSING: Mark.MISSING, ChangeKind.EXTRA: Mark.EXTRA, ChangeKind.CHANGED: Mark.DIFFERENT}
_WRONG = frozenset({Mark.MISSING, Mark.DIFFERENT})
_Found = Mapping[tuple[SchemaKind, str], list[Difference]]
"""The differences by kind and name."""


def table_pictures(
    reference: SchemaSnapshot | None, judged: JudgedSchema | None, accepted: Collection[tuple[str, str]]
) -> tuple[TablePicture, ...]:
    """The reference's tables by name, then those that only the submission has.

    Args:
        reference: what is asked for; None if the exercise has no reference. Then nothing is marked.
        judged: the schema at head.
        accepted: columns, each with a type that it may have instead (`Assignment.accepted_types`).

    Returns:
        Nothing when no upgrade was observed.
    """
    if judged is None:
        return ()
    reference = judged.snapshot if reference is None else reference
    differences = compare.accepting(
        compare.equivalent(reference, judged.snapshot, defaults=False, extra=True, actions=False), accepted
    )
    found: dict[tuple[SchemaKind, str], list[Difference]] = {}
    for item in evidence.with_revisions(differences, judged.trail):
        found.setdefault((item.kind, item.name), []).append(item)
    rules = _Rules(_by_owner(reference), _by_owner(judged.snapshot))
    asked = [item.name for item in evidence.tables(reference)]
    extra = [item.name for item in evidence.tables(judged.snapshot) if item.name not in asked]
    return tuple(
        _table(name, reference, judged.snapshot, found, rules)
        for name in [*sorted(asked), *sorted(extra)][:MAX_TABLES]
    )


@dataclass(frozen=True)
class _Rules:
    """The rules of both schemas, by table. Made once: it takes longer than the rest of the picture."""

    reference: Mapping[str, Sequence[EnforcedRule]]
    schema: Mapping[str, Sequence[EnforcedRule]]


def _by_owner(schema: SchemaSnapshot) -> Mapping[str, Sequence[EnforcedRule]]:
    found: dict[str, list[EnforcedRule]] = {}
    for rule in rules_of(schema):
        found.setdefault(rule.owner, []).append(rule)
    return found


def _table(
    name: str, reference: SchemaSnapshot, schema: SchemaSnapshot, found: _Found, known: _Rules
) -> TablePicture:
    is_there = any(item.name == name for item in evidence.tables(schema))
    if not is_there:
        # A view of that name may have columns. They are no columns of a table.
        schema = SchemaSnapshot(())
    mark = (
        Mark.EXTRA
        if reference.find(SchemaKind.TABLE, name) is None
        else _mark(found.get((SchemaKind.TABLE, name)))
    )
    columns = tuple(_columns(name, reference, schema, found, mark))
    there = known.schema.get(name, ()) if is_there else ()
    rules = tuple(_rules(name, known.reference.get(name, ()), there, found, mark))
    if not is_there:
        mark = Mark.MISSING
    elif _WRONG & ({part.mark for part in columns} | {part.mark for part in rules}):
        mark = Mark.DIFFERENT
    return TablePicture(name, mark, columns, rules)


def _columns(
    table: str, reference: SchemaSnapshot, schema: SchemaSnapshot, found: _Found, mark: Mark
) -> Iterator[ColumnPicture]:
    ours = {item.name: item for item in reference.within(SchemaKind.COLUMN, table)}
    theirs = {item.name: item for item in schema.within(SchemaKind.COLUMN, table)}
    shown = ours.keys() | sorted(theirs.keys() - ours.keys())[:MAX_COLUMNS]
    for full_name in sorted(shown, key=lambda name: (not name.endswith(".id"), name)):
        name = full_name.removeprefix(f"{table}.")
        item = theirs.get(full_name)
        if item is None:
            yield ColumnPicture(name, wording.column_type(ours[full_name].properties), Mark.MISSING)
            continue
        differences = found.get((SchemaKind.COLUMN, full_name), [])
        own = mark if mark is Mark.EXTRA else _mark(differences)
        yield ColumnPicture(
            name,
            wording.column_type(item.properties),
            own,
            _expected(ours.get(full_name), differences) if own is Mark.DIFFERENT else None,
            next((d.revision for d in differences if d.revision), None),
        )


def _expected(item: SchemaObject | None, differences: Iterable[Difference]) -> str | None:
    """What is asked for: type, nullability, and the other properties that differ."""
    if item is None:
        return None
    others = [
        f"{d.property} {wording.value(d.expected)}"
        for d in differences
        if d.property not in ("type", "nullable")
    ]
    return ", ".join([wording.column_type(item.properties), *others])


def _rules(
    table: str, reference: Sequence[EnforcedRule], there: Sequence[EnforcedRule], found: _Found, mark: Mark
) -> Iterator[RulePicture]:
    suffix = f" on {table}"
    told = dict.fromkeys((rule.kind, rule.text) for rule in there)
    for kind, text in told:
        differences = found.get((kind, text), [])
        own = mark if mark is Mark.EXTRA else _mark(differences)
        expected = "; ".join(f"{d.property} {wording.value(d.expected)}" for d in differences if d.property)
        yield RulePicture(text.removesuffix(suffix), own, expected or None)
    for rule in reference:
        differences = found.get((rule.kind, rule.text), [])
        if not there or any(d.change is ChangeKind.MISSING for d in differences):
            yield RulePicture(rule.text.removesuffix(suffix), Mark.MISSING)


def _mark(differences: Iterable[Difference] | None) -> Mark:
    """The mark of one object: that of its first difference."""
    marks = [_MARKS[item.change] for item in differences or ()]
    return marks[0] if marks else Mark.AS_ASKED
