"""Creates the reference schema in an empty database, and asks there what the assignment's words mean.

It is read by the same code and on the same server as a student's schema, and treated like one: rows are tried
in it, and defaults are compared. This module knows no assignment: the caller passes the DDL and the
questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2 import extensions

from grader.assignment.objects import ExpectedDefault
from grader.assignment.row_rules import RowRule
from grader.errors import ConfigurationError
from grader.observations.probes import TriedRows
from grader.observations.reference import SYNTAX_ERROR, ReferenceFacts
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.trial.rows import NamedRule, seed, try_rows
from grader.trial.schema.default_values import asked_defaults, same_defaults
from grader.trial.schema.queries import refused_queries
from grader.trial.schema.snapshot import take_snapshot
from grader.trial.schema.type_names import all_type_names, type_names


@dataclass(frozen=True)
class Questions:
    """What is to be found out beside the reference schema."""

    reference_sql: str | None = None
    """Trusted SQL: it comes from the assignment, never from a submission. None if there is no reference."""
    extensions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Types as the assignment writes them."""
    defaults: tuple[ExpectedDefault, ...] = ()
    rules: tuple[RowRule, ...] = ()
    queries: tuple[str, ...] = ()


def reference_facts(
    inspector: extensions.connection, connect: Callable[[], extensions.connection], asked: Questions
) -> ReferenceFacts:
    """Create the reference schema, and answer the questions.

    Args:
        inspector: To an empty database, with the right to create objects in the schema `public`. They are
            not removed.
        connect: Opens another session like that.
        asked: The questions.

    Raises:
        ConfigurationError: PostgreSQL refuses the DDL.
        psycopg2.OperationalError: the connection is lost.
    """
    snapshot = None
    if asked.reference_sql is not None:
        snapshot = reference_snapshot(inspector, asked.reference_sql)
    types, unknown = type_names(inspector, asked.types)
    schemas = [snapshot] if snapshot is not None else []
    refused = refused_queries(inspector, asked.queries)
    if snapshot is None:
        refused = {query: refusal for query, refusal in refused.items() if refusal[0] == SYNTAX_ERROR}
    pairs = asked_defaults(schemas, asked.defaults, {})
    return ReferenceFacts(
        snapshot,
        types,
        unknown,
        all_type_names(inspector) if unknown else (),
        same_defaults(lambda _: connect(), pairs, printed=True) if pairs else (),
        _tried(inspector, connect, asked.rules) if snapshot is not None and asked.rules else (),
        refused,
    )


def reference_snapshot(connection: extensions.connection, reference_sql: str) -> SchemaSnapshot:
    """Run the reference's DDL and take a snapshot of what it created.

    Raises:
        ConfigurationError: PostgreSQL refuses the DDL.
        psycopg2.OperationalError: the connection is lost.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = public, extensions")
            cursor.execute(reference_sql)
    except (
        psycopg2.ProgrammingError,
        psycopg2.DataError,
        psycopg2.IntegrityError,
        psycopg2.NotSupportedError,
    ) as error:
        raise ConfigurationError(
            f"PostgreSQL does not take the assignment's reference schema: {str(error).strip()}",
            next_step="Correct the reference schema, then grade again.",
        ) from error
    if not connection.autocommit:
        connection.commit()
    return take_snapshot(connection)


def _tried(
    inspector: extensions.connection, connect: Callable[[], extensions.connection], rules: Sequence[RowRule]
) -> tuple[TriedRows, ...]:
    """Try the rows in the reference's own tables."""
    owners = {
        str(item.properties.get("owner")) for item in take_snapshot(inspector).of_kind(SchemaKind.TABLE)
    }
    snapshot = take_snapshot(inspector, role_labels=dict.fromkeys(owners, "direct"))
    seed(lambda _: connect(), snapshot, inspector, round=0)
    named = [NamedRule(rule, rule.table, {name: name for name in rule.columns}) for rule in rules]
    return try_rows(lambda _: connect(), snapshot, inspector, named)
