"""What became of rows that the assignment has put in: the steps over them, and the answers to queries.

Values are texts as PostgreSQL writes them, clean and bounded. Must not know which answers are right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.observations.steps import StepRecord


@dataclass(frozen=True)
class DataAnswer:
    """What PostgreSQL answered to one query."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """The type of each column, without its size: `character varying`, `numeric`, `order_status`."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    refused: str | None = None
    """Why there are no rows: PostgreSQL's message, or what stood in the way."""
    code: str = ""
    """The SQLSTATE of the refusal; empty where PostgreSQL gave none."""


@dataclass(frozen=True)
class DataRun:
    """Rows that were put in just before a revision, up to head and down again."""

    key: str
    """`DataProbe.key`: which rows, and before what."""
    revision: str | None = None
    """The revision just before which the rows were put in; None if none was found."""
    lacking: str | None = None
    """Why no revision was found, as a part of a sentence."""
    below: StepRecord | None = None
    """The upgrade to where the rows are put in."""
    refused: str | None = None
    """What PostgreSQL said to rows that it did not take."""
    code: str = ""
    """The SQLSTATE of that."""
    upgrade: StepRecord | None = None
    """The upgrade to head, over the rows."""
    at_head: dict[str, DataAnswer] = field(default_factory=dict)
    """The answer to each query at head."""
    downgrade: StepRecord | None = None
    """The way back to where the rows were put in. Only run if there are queries to ask then."""
    after: dict[str, DataAnswer] = field(default_factory=dict)
    """The answer to each query after the way back."""

    @property
    def steps(self) -> tuple[StepRecord, ...]:
        """The steps that were run."""
        return tuple(step for step in (self.below, self.upgrade, self.downgrade) if step is not None)
