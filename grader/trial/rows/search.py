"""One row to put into a table: the values that each column may have, and what to try after a refusal.

Pure: it is told which columns a refusal was about, and gives the next combination of their values. It must
not know why the values were refused.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MOST_COMBINATIONS = 3000


@dataclass(frozen=True)
class OwnValue:
    """The value that the same row has in another column, for a row that refers to itself."""

    column: str


@dataclass(frozen=True)
class Expression:
    """A value that PostgreSQL works out from SQL of the harness's own or of the assignment."""

    text: str


Cell = str | OwnValue | Expression | None


@dataclass(frozen=True)
class ColumnChoice:
    """Columns that get their values together: one column, or all columns of a foreign key."""

    columns: tuple[str, ...]
    options: tuple[tuple[Cell, ...], ...]
    """The values that may be put into them, the likeliest first; never empty."""


class RowSearch:
    """Which option each choice of a row has at the moment."""

    def __init__(self, slots: Sequence[ColumnChoice], chosen: Sequence[int] = ()) -> None:
        """Begin with the given options (of an earlier row that was accepted), or with the first ones."""
        self._slots = tuple(slots)
        chosen = [*chosen, *[0] * len(slots)][: len(slots)]
        self.chosen = [min(c, len(slot.options) - 1) for c, slot in zip(chosen, slots, strict=True)]
        self._walks: dict[tuple[int, ...], Iterator[tuple[int, ...]]] = {}

    def cells(self) -> dict[str, Cell]:
        """The row as chosen. If choices overlap, the later one decides."""
        return {
            column: cell
            for slot, choice in zip(self._slots, self.chosen, strict=True)
            for column, cell in zip(slot.columns, slot.options[choice], strict=True)
        }

    def covers(self, columns: Sequence[str]) -> bool:
        """True if a choice gives values to one of the columns; False if the database itself does."""
        return any(not set(columns).isdisjoint(slot.columns) for slot in self._slots)

    def advance(self, columns: Sequence[str]) -> bool:
        """Choose the next combination of options for the columns; False if none is left."""
        involved = tuple(
            place
            for place, slot in enumerate(self._slots)
            if len(slot.options) > 1 and not set(columns).isdisjoint(slot.columns)
        )
        if not involved:
            return False
        if involved not in self._walks:
            start = tuple(self.chosen[place] for place in involved)
            sizes = [len(self._slots[place].options) for place in involved]
            self._walks[involved] = (found for found in _combinations(sizes) if found != start)
        following = next(self._walks[involved], None)
        if following is None:
            return False
        for place, choice in zip(involved, following, strict=True):
            self.chosen[place] = choice
        return True


def _combinations(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """Combinations of options, the likeliest first: those with low numbers, changed in few places."""
    limit = max(sizes)
    while limit > 2 and math.prod(min(size, limit) for size in sizes) > _MOST_COMBINATIONS:  # noqa: PLR2004 - two
        limit -= 1
    ranges = [range(min(size, limit)) for size in sizes]
    found = itertools.islice(itertools.product(*ranges), _MOST_COMBINATIONS)
    return sorted(found, key=lambda choices: (sum(choices), max(choices)))
