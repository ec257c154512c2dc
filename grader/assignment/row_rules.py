"""Rows that a table has to take and rows that it has to refuse, as values.

Must not know how a row is tried, or what makes a table refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GivenRow = Mapping[str, str]
"""The values that a row has in some columns, each as SQL. The grader fills all other columns."""


@dataclass(frozen=True)
class RowRule:
    """What the rules of one table have to do with rows."""

    table: str
    accepted: tuple[GivenRow, ...]
    """Rows that the table has to take."""
    refused: tuple[GivenRow, ...]
    """Rows that it must not take. What they do not give is as in the first row of `accepted`."""
    title: str | None = None
    """What the rule is for, in the words of the instructor."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the rows give values, in the order in which they are named."""
        return tuple(dict.fromkeys(name for row in (*self.accepted, *self.refused) for name in row))
