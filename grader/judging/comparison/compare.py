"""The two comparisons of snapshots: `strict` and `equivalent`.

`strict` compares a schema with an earlier state of itself: has anything changed? `equivalent` compares two
schemas by different authors: do they accept the same rows? Names of constraints, owners, comments and storage
settings do not matter for it. This module does not know what a difference is worth or what caused it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
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
    *(SchemaKind.SCHEMA, SchemaKind.TABLE, SchemaKind.COLUMN, SchemaKind.CONSTRAINT, SchemaKind.INDEX),
    *(SchemaKind.TYPE, SchemaKind.SEQUENCE, SchemaKind.VIEW, SchemaKind.FUNCTION, SchemaKind.TRIGGER),
)
"""Kinds in the order in which differences are listed; all others come after them."""
_RULES = frozenset({SchemaKind.CONSTRAINT, SchemaKind.DOMAIN_CONSTRAINT, SchemaKind.INDEX})
_DECLARED = _RULES | {SchemaKind.TABLE, SchemaKind.COLUMN, SchemaKind.TYPE, SchemaKind.SEQUENCE}
"""Kinds that models can declare. An extra object of another kind is no difference for `equivalent`: a trigger
or a policy can only come from SQL in a revision, which is allowed, and no model could declare it."""
_BY_STRUCTURE = _RULES | {SchemaKind.COLUMN, SchemaKind.DEFAULT_PRIVILEGES}
_TABLE_PROPERTIES = frozenset(
    {"relation", "persistence", "inherits", "partition_of", "partition_bound", "partition_key"}
)
_ROW_SECURITY = frozenset({"row_security", "row_security_forced"})
_COLUMN_PROPERTIES = ("nullable", "not_null_unchecked", "generated", "collation")
_IMMATERIAL = frozenset({"owner", "privileges", "comment", "version", "statistics", "target", "storage"})

_WHOLE = frozenset({SchemaKind.TABLE, SchemaKind.VIEW, SchemaKind.FOREIGN_TABLE, SchemaKind.TYPE})
"""Kinds whose parts are not listed if the whole object is missing or extra."""

_Pair = tuple[SchemaObject | None, SchemaObject | None]
_Enums = Mapping[PropertyValue, PropertyValue]
"""An enum as the types of columns write it, with its labels."""
SameDefaults = tuple[str, str, str]
"""A column's type, and two defaults that give it the same value: the expected one and the one found."""
_Located = tuple[PropertyValue, Difference]
"""A difference, and the table that its object belongs to."""


# A chain of hundreds of revisions is compared several times over, and few of its schemas differ.
@lru_cache(maxsize=16)
def strict(before: SchemaSnapshot, after: SchemaSnapshot) -> tuple[Difference, ...]:
    """Every difference between two states of one schema; none exactly if their digests are equal.

    Names matter, the order of a table's columns does not. The parts of a table that is missing or extra are
    not listed beside it.
    """
    if before is after:  # observations hold each schema only once
        return ()
    # Most of a schema is the same before and after, and comparing whole objects is fast.
    earlier, later = before.by_name, after.by_name
    pairs: list[_Pair] = [(was, later.get(name)) for name, was in earlier.items()]
    pairs += [(None, is_) for name, is_ in later.items() if name not in earlier]
    return _in_report_order(
        located for was, is_ in pairs if was != is_ for located in _compared(was, is_, lambda _: True)
    )


def equivalent(
    expected: SchemaSnapshot,
    found: SchemaSnapshot,
    *,
    defaults: bool,
    extra: bool,
    actions: bool = True,
    same_defaults: Collection[SameDefaults] = (),
) -> tuple[Difference, ...]:
    """What is different in `found`, as far as it matters to the rows that the tables can hold.

    Constraints and indexes match by what they enforce. A unique index matches a unique constraint, an
    identity column a serial one, and an enum any other with the same labels. Both schemas must come from
    servers of the same version.

    Args:
        expected: The schema that is asked for.
        found: The schema that is there.
        defaults: Whether the columns' defaults in the database count.
        extra: Whether tables, columns, constraints, indexes, types and sequences only in `found` count.
        actions: Whether actions, deferral and MATCH of a foreign key count where `expected` sets none.
        same_defaults: Defaults that are known to give the same value although they are written differently.
    """
    return _equivalent(
        expected,
        found,
        defaults=defaults,
        extra=extra,
        actions=actions,
        same_defaults=tuple(same_defaults),
    )


# Criteria, pictures and the class page ask the same of the same two schemas.
@lru_cache(maxsize=16)
def _equivalent(
    expected: SchemaSnapshot,
    found: SchemaSnapshot,
    *,
    defaults: bool,
    extra: bool,
    actions: bool,
    same_defaults: tuple[SameDefaults, ...],
) -> tuple[Difference, ...]:
    located = (
        *_named_objects(expected, found, defaults=defaults),
        *_enums(expected, found),
        *_columns(expected, found, defaults=defaults, same_defaults=same_defaults),
        *_rules(expected, found, actions=actions),
    )
    reported = _DECLARED if extra else frozenset[SchemaKind]()
    listed = _in_report_order(
        item for item in located if item[1].change is not ChangeKind.EXTRA or item[1].kind in reported
    )
    return tuple(
        item for item in listed if item.change is not ChangeKind.EXTRA or not _comes_with_sql(item, found)
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
        if (item.kind, item.property) != (SchemaKind.COLUMN, "type")
        or (item.name, item.found) not in accepted
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


def _in_report_order(located: Iterable[_Located]) -> tuple[Difference, ...]:
    """In the order of a report, without the parts of tables that are themselves missing or extra."""
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
    named = (filter(_goes_by_name, side.objects) for side in (expected, found))
    for ours, theirs in _paired(*named):
        if (theirs is None and _is_sequence_of(found, ours)) or (
            ours is None and _is_sequence_of(expected, theirs)
        ):
            continue
        for table, item in _compared(ours, theirs, lambda name: name not in _IMMATERIAL):
            if item.kind is not SchemaKind.TABLE or item.property in {None, *_TABLE_PROPERTIES}:
                if item.property != "default" or defaults:
                    yield table, item
            elif item.property in _ROW_SECURITY and item.expected:
                # Row security that is only in `found` is like a policy: no model could declare it.
                yield table, item


def _comes_with_sql(item: Difference, found: SchemaSnapshot) -> bool:
    """Whether an extra object belongs to something that only SQL makes.

    It is a partition of a table, or a type or a sequence that a function or a view uses.
    """
    extra = found.find(item.kind, item.name)
    if extra is None:
        return False
    if item.kind is SchemaKind.TABLE:
        return extra.properties.get("partition_of") is not None
    if item.kind not in (SchemaKind.TYPE, SchemaKind.SEQUENCE):
        return False
    name = re.compile(rf"\b{re.escape(item.name.rpartition('.')[2])}\b")
    users = (*found.of_kind(SchemaKind.FUNCTION), *found.of_kind(SchemaKind.VIEW))
    return any(name.search(f"{user.name} {user.properties.get('definition')}") for user in users)


def _is_sequence_of(schema: SchemaSnapshot, item: SchemaObject | None) -> bool:
    """Whether a schema has this sequence, as one that a column owns. SQL can say so, and models cannot."""
    return (
        item is not None
        and item.kind is SchemaKind.SEQUENCE
        and schema.find(SchemaKind.SEQUENCE, item.name) is not None
    )


def _goes_by_name(item: SchemaObject) -> bool:
    if item.kind is SchemaKind.SEQUENCE:
        return not item.properties.get("owned_by")
    # A schema holds no rows: what is in it is compared under the schema's name.
    return item.kind is not SchemaKind.SCHEMA and item.kind not in _BY_STRUCTURE and not _is_enum(item)


def _is_enum(item: SchemaObject) -> bool:
    return item.kind is SchemaKind.TYPE and item.properties.get("type") == "enum"


def _enums(expected: SchemaSnapshot, found: SchemaSnapshot) -> Iterator[_Located]:
    """Enums match by their labels, whatever their names are; the rest match by name."""
    ours = list(filter(_is_enum, expected.objects))
    theirs = list(filter(_is_enum, found.objects))
    known = set(map(_labels, ours)) & set(map(_labels, theirs))
    for left, right in _paired(
        (item for item in ours if _labels(item) not in known),
        (item for item in theirs if _labels(item) not in known),
    ):
        yield from _compared(left, right, lambda name: name == "labels")


def _columns(
    expected: SchemaSnapshot,
    found: SchemaSnapshot,
    *,
    defaults: bool,
    same_defaults: Collection[SameDefaults],
) -> Iterator[_Located]:
    our_enums, their_enums = _enum_labels(expected), _enum_labels(found)
    for ours, theirs in _paired(expected.of_kind(SchemaKind.COLUMN), found.of_kind(SchemaKind.COLUMN)):
        if ours is None or theirs is None:
            yield from _compared(ours, theirs, lambda _: False)
            continue
        yield from _compared(ours, theirs, _COLUMN_PROPERTIES.__contains__)
        yield from _types(ours, our_enums, theirs, their_enums)
        counts = _draws_from_sequence(ours), _draws_from_sequence(theirs)
        yield from _changed(ours, "autoincrement", *counts)
        for name in ("default", "expression") if defaults and not any(counts) else ("expression",):
            if _value(ours, name) != _value(theirs, name) and _pair(ours, theirs, name) not in same_defaults:
                yield from _compared(ours, theirs, name.__eq__)


def _enum_labels(snapshot: SchemaSnapshot) -> _Enums:
    return {item.properties["written"]: _labels(item) for item in snapshot.objects if _is_enum(item)}


def _labels(item: SchemaObject) -> PropertyValue:
    """The labels of an enum. PostgreSQL has enums without any."""
    return item.properties.get("labels", ())


def _types(
    expected: SchemaObject, our_enums: _Enums, found: SchemaObject, their_enums: _Enums
) -> Iterator[_Located]:
    ours, theirs = str(expected.properties["type"]), str(found.properties["type"])
    our_labels, their_labels = our_enums.get(ours.rstrip("[]")), their_enums.get(theirs.rstrip("[]"))
    if our_labels is None and their_labels is None:
        yield from _changed(expected, "type", ours, theirs)
    elif our_labels != their_labels or ours.count("[]") != theirs.count("[]"):
        # Two enums of the same name would look equal in a report, so their labels are shown.
        same_name = ours == theirs
        yield from _changed(
            expected, "type", our_labels if same_name else ours, their_labels if same_name else theirs
        )


def _draws_from_sequence(column: SchemaObject) -> bool:
    """Whether a column takes its values from a sequence: serial or identity."""
    default = column.properties.get("default")
    return column.properties.get("identity") is not None or expressions.takes_next_value(default)


def _value(column: SchemaObject, name: str) -> str | None:
    text = column.properties.get(name)
    return expressions.default(text, str(column.properties["type"])) if isinstance(text, str) else None


def _pair(expected: SchemaObject, found: SchemaObject, name: str) -> tuple[PropertyValue, ...]:
    """A column's type with both texts of a default, as `same_defaults` holds them."""
    return found.properties["type"], expected.properties.get(name), found.properties.get(name)


def _rules(expected: SchemaSnapshot, found: SchemaSnapshot, *, actions: bool) -> Iterator[_Located]:
    ours, theirs = _by_key(expected), _by_key(found)
    for key in ours.keys() | theirs.keys():
        if key not in ours:
            rule = theirs[key][0]
            if _is_declared(rule, found):
                yield rule.owner, Difference(ChangeKind.EXTRA, rule.kind, rule.text)
        elif key not in theirs:
            rule = ours[key][0]
            yield rule.owner, Difference(ChangeKind.MISSING, rule.kind, rule.text)
        else:
            # If several constraints are the same rule, the pair with the fewest differences counts.
            pairs = product(ours[key], theirs[key])
            yield from min((_rule_differences(*pair, actions=actions) for pair in pairs), key=len)


def _is_declared(rule: EnforcedRule, snapshot: SchemaSnapshot) -> bool:
    """Whether models can declare a rule: not the index of a materialised view, which they cannot either."""
    views = (SchemaKind.VIEW, SchemaKind.FOREIGN_TABLE)
    return all(snapshot.find(kind, rule.owner) is None for kind in views)


def _by_key(snapshot: SchemaSnapshot) -> dict[Hashable, list[EnforcedRule]]:
    found: dict[Hashable, list[EnforcedRule]] = {}
    for rule in rules_of(snapshot):
        found.setdefault(rule.key, []).append(rule)
    return found


def _rule_differences(expected: EnforcedRule, found: EnforcedRule, *, actions: bool) -> list[_Located]:
    pairs = ((name, value, found.properties.get(name)) for name, value in expected.properties.items())
    return [
        (expected.owner, Difference(ChangeKind.CHANGED, expected.kind, expected.text, name, ours, theirs))
        for name, ours, theirs in pairs
        if ours != theirs and (actions or not expected.leaves_open(name))
    ]
