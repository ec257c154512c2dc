"""Tries rows that an assignment gives: does a table take them? Nothing stays of them.

A row gets its other values as all rows do, so that only the given ones can be what it is refused for. It is
put in as the student's role that owns the table, and taken back. Must not know which answer is the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection

from grader.assignment.row_rules import GivenRow, RowRule
from grader.observations.probes import TriedRow, TriedRows
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.trial.rows.layout import Table, read_layout
from grader.trial.rows.search import Cell, Expression
from grader.trial.rows.seeding import MOST_ATTEMPTS, Seeder, Unfilled
from grader.trial.rows.sessions import OwnerLabel, Refused, StudentSessions
from grader.trial.rows.wishes import Wishes

_NO_RULE = (
    *("08", "0A", "25", "40", "42", "53", "54", "55", "57", "58", "XX"),
    errorcodes.UNIQUE_VIOLATION,
    errorcodes.EXCLUSION_VIOLATION,
)
"""Beginnings of the SQLSTATEs that say nothing of the values of a row by themselves: they are about the
statement, the server, or other rows. Source: appendix A of PostgreSQL's documentation."""
_KEY_IS_TAKEN = (errorcodes.UNIQUE_VIOLATION, errorcodes.EXCLUSION_VIOLATION)
_NOTHING = sql.SQL("")
_ROUND = 1_000
"""The number of the row, far above those of the rows that are there, so that its values are others."""


@dataclass(frozen=True)
class NamedRule:
    """A rule, and what the tables and columns of it are called in this database."""

    rule: RowRule
    table: str
    columns: Mapping[str, str]
    """By the names of the rule."""


def try_rows(
    connect: Callable[[OwnerLabel], connection],
    snapshot: SchemaSnapshot,
    inspector: connection,
    rules: Sequence[NamedRule],
) -> tuple[TriedRows, ...]:
    """Try the rows of all rules; the results are in the order of the rules.

    Args:
        connect: Opens a session as the role behind a label of the property `owner`.
        snapshot: The schema as it is now; without the version table. Tables that a row refers to need rows.
        inspector: The harness's own connection to the same database.
        rules: The rules.

    Raises:
        HarnessFault: `connect` cannot open a session.
        psycopg2.Error: the harness's own session failed.
    """
    owners = {item.name: str(item.properties.get("owner")) for item in snapshot.of_kind(SchemaKind.TABLE)}
    layout = read_layout(inspector, owners)
    tables = {table.label: table for table in layout.tables if table.root is None}
    with StudentSessions(connect, inspector) as sessions:
        seeder = Seeder(sessions, owners, layout, inspector, range(_ROUND, _ROUND + 1), Wishes(), ())
        return tuple(_tried(seeder, tables.get(named.table), named) for named in rules)


def not_tried(rule: RowRule, problem: str, *, own_doing: bool = False) -> TriedRows:
    """The result for a rule of which no row can be tried."""
    accepted, refused = (tuple(TriedRow(dict(row)) for row in rows) for rows in (rule.accepted, rule.refused))
    return TriedRows(rule.table, accepted, refused, problem, own_doing)


def _tried(seeder: Seeder, table: Table | None, named: NamedRule) -> TriedRows:
    rule = named.rule
    if table is None:
        return not_tried(rule, f"there is no table {named.table}", own_doing=True)
    there = {column.name for column in table.columns}
    for name in named.columns.values():
        if name not in there:
            return not_tried(rule, f"there is no column {named.table}.{name}", own_doing=True)
    try:
        return _with_whole_rows(seeder, table, named)
    except Unfilled as reason:
        try:
            return _with_rules_of_given_columns(seeder, table, named)
        except Unfilled:
            return not_tried(rule, str(reason))


def _with_whole_rows(seeder: Seeder, table: Table, named: NamedRule) -> TriedRows:
    """Try rows with values in all columns.

    Raises:
        Unfilled: the table takes none, for what is in the columns that are not given.
    """
    accepted: list[TriedRow] = []
    base: Mapping[str, Cell] | None = None
    for row in named.rule.accepted:
        found, tried = _accepted(seeder, table, named, row)
        base = base or found
        accepted.append(tried)
    refused = (
        TriedRow(dict(row)) if base is None else _refused(seeder, table, named, row, base)
        for row in named.rule.refused
    )
    return TriedRows(named.rule.table, tuple(accepted), tuple(refused))


def _with_rules_of_given_columns(seeder: Seeder, table: Table, named: NamedRule) -> TriedRows:
    """Try rows in which only the given columns have values, without the rules of all other columns.

    For tables with a rule that no row of the harness keeps. The rules are dropped in the same transaction.

    Raises:
        Unfilled: the table takes no row even so, for what is in the columns that are not given.
    """
    rule, loosened = named.rule, _without_other_rules(table, frozenset(named.columns.values()))
    accepted: list[TriedRow] = []
    for row in rule.accepted:
        given = _given(named, row)
        try:
            seeder.try_out(table, given, before=loosened)
        except Refused as refusal:
            if not seeder.concerns(table, refusal, given) or refusal.code.startswith(_NO_RULE):
                raise Unfilled(str(refusal)) from refusal
            accepted.append(TriedRow(dict(row), taken=False, said=str(refusal)))
        else:
            accepted.append(TriedRow(dict(row), taken=True))
    base = _given(named, rule.accepted[0])
    refused = (_refused(seeder, table, named, row, base, before=loosened) for row in rule.refused)
    return TriedRows(rule.table, tuple(accepted), tuple(refused))


def _without_other_rules(table: Table, given: frozenset[str]) -> sql.Composable:
    """Statements that drop what a table demands of columns that are not given."""
    name = sql.Identifier("public", table.name)
    others = [item for item in table.constraints if given.isdisjoint(item.columns)]
    indexes = [item for item in others if item.definition.startswith("CREATE")]
    statements = [
        *(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE; ").format(name, sql.Identifier(item.name))
            for item in others
            if item not in indexes
        ),
        *(sql.SQL("DROP INDEX {}; ").format(sql.Identifier("public", item.name)) for item in indexes),
        *(
            sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL; ").format(name, sql.Identifier(column.name))
            for column in table.columns
            if column.name not in given and not column.nullable and not column.identity
        ),
    ]
    return sql.SQL("").join(statements)


def _accepted(
    seeder: Seeder, table: Table, named: NamedRule, row: GivenRow
) -> tuple[Mapping[str, Cell] | None, TriedRow]:
    """Look for values of the other columns with which the table takes a row; the whole row, if it does.

    Raises:
        Unfilled: it takes none, for what is in the other columns.
    """
    given = _given(named, row)
    search = seeder.search_with(table, given)
    said = ""
    for _ in range(MOST_ATTEMPTS):
        cells = search.cells()
        try:
            seeder.try_out(table, cells)
        except Refused as refusal:
            said = said or str(refusal)
            if not seeder.another(table, search, refusal, given):
                if refusal.code in _KEY_IS_TAKEN:  # it holds such a row already
                    return cells, TriedRow(dict(row), taken=True)
                return None, TriedRow(dict(row), taken=False, said=str(refusal))
        else:
            return cells, TriedRow(dict(row), taken=True)
    raise Unfilled(said)


def _refused(
    seeder: Seeder,
    table: Table,
    named: NamedRule,
    row: GivenRow,
    base: Mapping[str, Cell],
    *,
    before: sql.Composable = _NOTHING,
) -> TriedRow:
    """Try a row that is like one that the table takes, but for the given values."""
    try:
        seeder.try_out(table, {**base, **_given(named, row)}, before=before)
    except Refused as refusal:
        return TriedRow(
            dict(row), taken=False, said=str(refusal), by_a_rule=not refusal.code.startswith(_NO_RULE)
        )
    return TriedRow(dict(row), taken=True)


def _given(named: NamedRule, row: GivenRow) -> dict[str, Cell]:
    return {named.columns[name]: Expression(value) for name, value in row.items()}
