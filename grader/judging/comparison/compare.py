"""The two comparisons of snapshots: `strict`, a schema against itself, and `equivalent`, against another's.

`strict` asks whether anything at all changed. `equivalent` asks whether two schemas hold the same rows to the
same rules, however their authors got there: names of constraints, owners, comments and storage settings are
left aside. What a difference is worth, and what caused it, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from itertools import product

from grader.judging.comparison import expressions
from grader.judging.comparison.rules import EnforcedRule, rules_of
from grader.observations.schema import (
    ChangeKind,
    Difference,
    PropertyValue,
    SchemaKind,
    SchemaObject,
    SchemaSnapshot,
)

_ORDER = (
    SchemaKind.SCHEMA,
    SchemaKind.TABLE,
    SchemaKind.COLUMN,
    SchemaKind.CONSTRAINT,
    SchemaKind.INDEX,
    SchemaKind.TYPE,
    SchemaKind.SEQUENCE,
    SchemaKind.VIEW,
    SchemaKind.FUNCTION,
    SchemaKind.TRIGGER,
)
"""Kinds in the order in which a person wants to hear of them; all others come after."""
_DECLARED = frozenset(
    {
        SchemaKind.TABLE,
        SchemaKind.COLUMN,
        SchemaKind.CONSTRAINT,
        SchemaKind.DOMAIN_CONSTRAINT,
        SchemaKind.INDEX,
        SchemaKind.TYPE,
        SchemaKind.SEQUENCE,
    }
)
"""What models can declare. What else is there without being expected is no difference for `equivalent`: a
trigger or a policy can only come from SQL in a revision, which is welcome, and no model could mention it."""
_BY_STRUCTURE = frozenset(
    {
        SchemaKind.COLUMN,
        SchemaKind.CONSTRAINT,
        SchemaKind.DOMAIN_CONSTRAINT,
        SchemaKind.INDEX,
        SchemaKind.DEFAULT_PRIVILEGES,
    }
)
_TABLE_PROPERTIES = frozenset(
    {"relation", "persistence", "inherits", "partition_of", "partition_bound", "partition_key"}
)
_ROW_SECURITY = frozenset({"row_security", "row_security_forced"})
_COLUMN_PROPERTIES = ("nullable", "not_null_unchecked", "generated", "collation")
_IMMATERIAL = frozenset({"owner", "privileges", "comment", "version", "statistics", "target", "storage"})

_WHOLE = frozenset({SchemaKind.TABLE, SchemaKind.VIEW, SchemaKind.FOREIGN_TABLE, SchemaKind.TYPE})
"""Kinds whose parts are not listed when they are missing or extra as a whole."""

_Pair = tuple[SchemaObject | None, SchemaObject | None]
_Enums = Mapping[PropertyValue, PropertyValue]
"""How the types of columns spell an enum, to its labels."""
_Located = tuple[PropertyValue, Difference]
"""A difference, and the table that its object belongs to."""


def strict(before: SchemaSnapshot, after: SchemaSnapshot) -> tuple[Difference, ...]:
    """Every difference between two states of one schema; none exactly when their digests are equal.

    Names count, the order of a table's columns does not. What belongs to a table that is missing or extra
    itself is not listed beside it.
    """
    if before is after:  # observations keep each schema once
        return ()
    # Most of a schema is the same before and after, and comparing whole objects is fast.
    earlier, later = before.by_name, after.by_name
    pairs: list[_Pair] = [(was, later.get(name)) for name, was in earlier.items()]
    pairs += [(None, is_) for name, is_ in later.items() if name not in earlier]
    return _settled(
        located for was, is_ in pairs if was != is_ for located in _compared(was, is_, lambda _: True)
    )


def equivalent(
    expected: SchemaSnapshot, found: SchemaSnapshot, *, defaults: bool, extra: bool
) -> tuple[Difference, ...]:
    """What `found` has other than `expected`, where it matters to the rows that the tables can hold.

    Constraints and indexes match by what they enforce, a unique index stands for a unique constraint,
    identity for serial, an enum for any other with the same labels. Both come from the same server version.

    Args:
        expected: The schema that is asked for.
        found: The schema that is there.
        defaults: Whether the columns' defaults in the database count.
        extra: Whether tables, columns, constraints, indexes, types and sequences only in `found` count.
    """
    located = (
        *_named_objects(expected, found, defaults=defaults),
        *_enums(expected, found),
        *_columns(expected, found, defaults=defaults),
        *_rules(expected, found),
    )
    reported = _DECLARED if extra else frozenset[SchemaKind]()
    return _settled(
        item for item in located if item[1].change is not ChangeKind.EXTRA or item[1].kind in reported
    )


def accepting(
    differences: Iterable[Difference], accepted: Collection[tuple[str, str]]
) -> tuple[Difference, ...]:
    """The differences that remain when some columns may be of other types than expected.

    Args:
        differences: As `equivalent` gives them.
        accepted: Columns (`users.username`), each with a type that it may have instead.
    """
    return tuple(
        item
        for item in differences
        if not (
            item.kind is SchemaKind.COLUMN and item.property == "type" and (item.name, item.found) in accepted
        )
    )


def _paired(expected: Iterable[SchemaObject], found: Iterable[SchemaObject]) -> Iterator[_Pair]:
    """Objects of the same kind and name; None where one side has no such object."""
    ours = {(item.kind, item.name): item for item in expected}
    theirs = {(item.kind, item.name): item for item in found}
    for key in ours.keys() | theirs.keys():
        yield ours.get(key), theirs.get(key)


def _compared(
    expected: SchemaObject | None, found: SchemaObject | None, counts: Callable[[str], bool]
) -> Iterator[_Located]:
    """The differences of one pair, in the properties that count."""
    if expected is None or found is None:
        change, item = (ChangeKind.EXTRA, found) if expected is None else (ChangeKind.MISSING, expected)
        if item is not None:
            yield item.properties.get("table"), Difference(change, item.kind, item.name)
        return
    for name in sorted(expected.properties.keys() | found.properties.keys()):
        if counts(name):
            yield from _changed(expected, name, expected.properties.get(name), found.properties.get(name))


def _changed(
    item: SchemaObject, name: str, expected: PropertyValue, found: PropertyValue
) -> Iterator[_Located]:
    if expected != found:
        difference = Difference(ChangeKind.CHANGED, item.kind, item.name, name, expected, found)
        yield item.properties.get("table"), difference


def _settled(located: Iterable[_Located]) -> tuple[Difference, ...]:
    """In reading order, without the parts of tables that are themselves missing or extra."""
    listed = list(located)
    whole = {
        (item.change, item.name)
        for _, item in listed
        if item.kind in _WHOLE and item.change is not ChangeKind.CHANGED
    }
    kept = [item for table, item in listed if (item.change, table) not in whole]
    ranks = {kind: rank for rank, kind in enumerate(_ORDER)}
    return tuple(
        sorted(kept, key=lambda d: (ranks.get(d.kind, len(ranks)), d.kind, d.name, d.property or ""))
    )


def _named_objects(expected: SchemaSnapshot, found: SchemaSnapshot, *, defaults: bool) -> Iterator[_Located]:
    """Everything that is known by its name: tables, views, functions, types, ..."""
    for ours, theirs in _paired(
        filter(_goes_by_name, expected.objects), filter(_goes_by_name, found.objects)
    ):
        for table, item in _compared(ours, theirs, lambda name: name not in _IMMATERIAL):
            is_switch = item.kind is SchemaKind.TABLE and item.property in _ROW_SECURITY
            if (
                item.property is None
                or item.kind is not SchemaKind.TABLE
                or item.property in _TABLE_PROPERTIES
            ):
                if item.property != "default" or defaults:
                    yield table, item
            elif is_switch and item.expected:
                # The other way round it is like a policy: no model could ask for it.
                yield table, item


def _goes_by_name(item: SchemaObject) -> bool:
    if item.kind is SchemaKind.SEQUENCE:
        return not item.properties.get("owned_by")
    return item.kind not in _BY_STRUCTURE and not _is_enum(item)


def _is_enum(item: SchemaObject) -> bool:
    return item.kind is SchemaKind.TYPE and item.properties.get("type") == "enum"


def _enums(expected: SchemaSnapshot, found: SchemaSnapshot) -> Iterator[_Located]:
    """Enums match by their labels, whatever they are called; what is left over, by name."""
    ours = list(filter(_is_enum, expected.objects))
    theirs = list(filter(_is_enum, found.objects))
    known = {item.properties["labels"] for item in ours} & {item.properties["labels"] for item in theirs}
    for left, right in _paired(
        (item for item in ours if item.properties["labels"] not in known),
        (item for item in theirs if item.properties["labels"] not in known),
    ):
        yield from _compared(left, right, lambda name: name == "labels")


def _columns(expected: SchemaSnapshot, found: SchemaSnapshot, *, defaults: bool) -> Iterator[_Located]:
    our_enums, their_enums = _enum_labels(expected), _enum_labels(found)
    for ours, theirs in _paired(expected.of_kind(SchemaKind.COLUMN), found.of_kind(SchemaKind.COLUMN)):
        if ours is None or theirs is None:
            yield from _compared(ours, theirs, lambda _: False)
            continue
        yield from _compared(ours, theirs, _COLUMN_PROPERTIES.__contains__)
        yield from _types(ours, our_enums, theirs, their_enums)
        counts = _takes_numbers(ours), _takes_numbers(theirs)
        yield from _changed(ours, "autoincrement", *counts)
        for name in ("default", "expression") if defaults and not any(counts) else ("expression",):
            if _value(ours, name) != _value(theirs, name):
                yield from _compared(ours, theirs, name.__eq__)


def _enum_labels(snapshot: SchemaSnapshot) -> _Enums:
    return {
        item.properties["written"]: item.properties["labels"] for item in snapshot.objects if _is_enum(item)
    }


def _types(
    expected: SchemaObject, our_enums: _Enums, found: SchemaObject, their_enums: _Enums
) -> Iterator[_Located]:
    ours, theirs = str(expected.properties["type"]), str(found.properties["type"])
    our_labels, their_labels = our_enums.get(ours.rstrip("[]")), their_enums.get(theirs.rstrip("[]"))
    if our_labels is None and their_labels is None:
        yield from _changed(expected, "type", ours, theirs)
    elif our_labels != their_labels or ours.count("[]") != theirs.count("[]"):
        # Two enums of the same name would read as if nothing had changed.
        same_name = ours == theirs
        yield from _changed(
            expected, "type", our_labels if same_name else ours, their_labels if same_name else theirs
        )


def _takes_numbers(column: SchemaObject) -> bool:
    """Whether it is a serial or an identity column."""
    default = column.properties.get("default")
    return column.properties.get("identity") is not None or expressions.takes_next_value(default)


def _value(column: SchemaObject, name: str) -> str | None:
    text = column.properties.get(name)
    return expressions.default(text, str(column.properties["type"])) if isinstance(text, str) else None


def _rules(expected: SchemaSnapshot, found: SchemaSnapshot) -> Iterator[_Located]:
    ours, theirs = _by_key(expected), _by_key(found)
    for key in ours.keys() | theirs.keys():
        if key not in theirs or key not in ours:
            change = ChangeKind.MISSING if key in ours else ChangeKind.EXTRA
            rule = (ours.get(key) or theirs[key])[0]
            yield rule.owner, Difference(change, rule.kind, rule.text)
            continue
        # Of several constraints that are the same rule, one that fits is enough.
        compared = [_rule_differences(*pair) for pair in product(ours[key], theirs[key])]
        yield from min(compared, key=len)


def _by_key(snapshot: SchemaSnapshot) -> dict[Hashable, list[EnforcedRule]]:
    found: dict[Hashable, list[EnforcedRule]] = {}
    for rule in rules_of(snapshot):
        found.setdefault(rule.key, []).append(rule)
    return found


def _rule_differences(expected: EnforcedRule, found: EnforcedRule) -> list[_Located]:
    return [
        (
            expected.owner,
            Difference(
                ChangeKind.CHANGED, expected.kind, expected.text, name, value, found.properties.get(name)
            ),
        )
        for name, value in expected.properties.items()
        if value != found.properties.get(name)
    ]
