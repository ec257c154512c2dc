"""Which revision made a table or a column, told from the schemas after each revision.

A table or a column that was renamed is followed under its earlier names. Goes by the schemas alone, never by
what a file says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.observations.schema import SchemaKind, SchemaSnapshot

_REAL = ("table", "partitioned table")
Columns = Mapping[str, str]
"""The columns of a table, each with its type."""


@dataclass(frozen=True)
class State:
    """The schema after a revision."""

    revision: str | None
    """None for the empty database, and where it is not known which revision came last."""
    snapshot: SchemaSnapshot
    nullability: bool = False
    """Whether two columns that differ in taking NULL are of different types."""

    @cached_property
    def tables(self) -> dict[str, Columns]:
        """The tables with rows of their own, by name."""
        found: dict[str, dict[str, str]] = {
            item.name: {}
            for item in self.snapshot.of_kind(SchemaKind.TABLE)
            if item.properties.get("relation") in _REAL
        }
        for item in self.snapshot.of_kind(SchemaKind.COLUMN):
            table = str(item.properties.get("table"))
            if table in found:
                nullable = self.nullability and item.properties.get("nullable")
                type_ = f"{item.properties.get('type')}{', nullable' if nullable else ''}"
                found[table][item.name.removeprefix(f"{table}.")] = type_
        return dict(found)


def earlier_table(before: State, after: State, name: str) -> str | None:
    """The name that a table had one revision earlier; None if it was not there.

    It is the same name, or that of a table which is gone and has more columns in common, at least half.
    """
    own = set(after.tables[name])

    def alike(other: str) -> float:
        columns = set(before.tables[other])
        return len(own & columns) / max(1, len(own), len(columns))

    candidates = [other for other in before.tables if other not in after.tables and alike(other) >= 0.5]  # noqa: PLR2004 - half
    if name in before.tables:
        candidates.insert(0, name)
    return max(candidates, key=alike, default=None)


def earlier_column(before: Columns, after: Columns, name: str) -> str | None:
    """The name that a column had one revision earlier; None if it was not there.

    It is the same name, or that of the only column of its type that is gone, if no other one of it is new.
    """
    if before.get(name) == after[name]:
        return name
    gone = [other for other, type_ in before.items() if other not in after and type_ == after[name]]
    new = [other for other, type_ in after.items() if other not in before and type_ == after[name]]
    if len(gone) == 1 and new in ([], [name]):
        return gone[0]
    return name if name in before else None


def name_at(states: Sequence[State], place: int, name: str) -> str:
    """The name that a table has in one of the schemas, when it has the given name in another one."""
    if name in states[place].tables:
        return name
    for later in range(place + 1, len(states)):
        if name in states[later].tables:
            return _back(states, later, place, name) or name
    for earlier in range(place - 1, -1, -1):
        if name in states[earlier].tables:
            return _forward(states, earlier, place, name) or name
    return name


def _back(states: Sequence[State], start: int, end: int, name: str | None) -> str | None:
    for place in range(start, end, -1):
        if name is not None:
            name = earlier_table(states[place - 1], states[place], name)
    return name


def _forward(states: Sequence[State], start: int, end: int, name: str | None) -> str | None:
    for place in range(start, end):
        before, after = states[place], states[place + 1]
        name = next((other for other in after.tables if earlier_table(before, after, other) == name), None)
    return name


def changes_of(states: Sequence[State], table: str, column: str | None = None) -> list[int]:
    """The places of the schemas in which a table or a column became what it is, the latest first.

    The last is where it was made. The others are where it got its name, or its type. Empty if no schema has
    it.
    """
    start = next(
        (place for place in reversed(range(len(states))) if _has(states[place], table, column)), None
    )
    if start is None:
        return []
    return list(_changes(states, start, table, column))


def _changes(states: Sequence[State], start: int, table: str, column: str | None) -> Iterator[int]:
    for place in range(start, 0, -1):
        before, after = states[place - 1], states[place]
        earlier = earlier_table(before, after, table)
        if earlier is None:
            yield place
            return
        if column is None:
            if earlier != table:
                yield place
        else:
            old, new = before.tables[earlier], after.tables[table]
            name = earlier_column(old, new, column)
            if name is None:
                yield place
                return
            if name != column or old[name] != new[column]:
                yield place
            column = name
        table = earlier


def _has(state: State, table: str, column: str | None) -> bool:
    return table in state.tables and (column is None or column in state.tables[table])


def place_of(states: Sequence[State], changes: Sequence[int], takes: Callable[[int], bool]) -> int | None:
    """The place of the schema whose revision the rows have to be put in before.

    Of several changes it is the earliest one before which the tables and columns of the rows are there.
    Otherwise the earliest one before which there is any table at all. None if there was never one.

    Args:
        states: the schemas, the empty one first.
        changes: see `changes_of`.
        takes: whether the schema at a place has the tables and columns of the rows.
    """
    later = [place for place in changes if states[place - 1].tables]
    fits = [place for place in later if takes(place - 1)]
    return min(fits or later, default=None)
