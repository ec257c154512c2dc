"""The reference schema of an assignment, and what the assignment's words mean beside it.

Must not know how it was found out, or what the assignment asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.observations.probes import TriedRows
from grader.observations.schema import SchemaSnapshot

SYNTAX_ERROR = "42601"
"""The SQLSTATE of what is no SQL at all. Source: appendix A of PostgreSQL's documentation."""
Refusal = tuple[str, str]
"""An SQLSTATE and what PostgreSQL says."""


@dataclass(frozen=True)
class ReferenceFacts:
    """The reference schema, and what the assignment's words mean beside it."""

    snapshot: SchemaSnapshot | None
    """None if there is no reference."""
    types: dict[str, str] = field(default_factory=dict)
    """Types as the assignment writes them, each as PostgreSQL writes it."""
    unknown_types: dict[str, str] = field(default_factory=dict)
    """Types that PostgreSQL does not take, with what it says."""
    type_names: tuple[str, ...] = ()
    """All types of PostgreSQL and of the reference, where one of those that were asked for is unknown."""
    asked_defaults: tuple[tuple[str, str, str], ...] = ()
    """See `Observations.asked_defaults`; here about the reference."""
    tried_rows: tuple[TriedRows, ...] = ()
    """What the tables of the reference did with the rows of the assignment."""
    refused_queries: dict[str, Refusal] = field(default_factory=dict)
    """Queries that PostgreSQL does not take, each with the SQLSTATE and what it says. Without a reference,
    only what is no SQL at all."""
