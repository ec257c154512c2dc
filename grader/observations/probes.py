"""What a table did with rows that an assignment gives: which it took, which it refused, and why.

Must not know what is wrong with any of that.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TriedRow:
    """One row that was tried at head, and taken out again."""

    values: dict[str, str]
    """The values that the assignment gives, each as SQL, by the names of the assignment."""
    taken: bool | None = None
    """Whether the table took it; None if it was not tried."""
    said: str = ""
    """PostgreSQL's message, if it refused the row."""
    by_a_rule: bool = True
    """False if PostgreSQL refused the row for another reason than what is in it, such as a type that does not
    fit, or a row of the same key."""


@dataclass(frozen=True)
class TriedRows:
    """What one table did with the rows of one rule."""

    table: str
    """By its name in the assignment."""
    accepted: tuple[TriedRow, ...]
    """The rows that it has to take."""
    refused: tuple[TriedRow, ...]
    """The rows that it must not take."""
    problem: str | None = None
    """Why no row could be tried: what is missing, or PostgreSQL's message about the other columns."""
    own_doing: bool = False
    """Whether that is the submission's doing: a table or a column is missing, for example."""
