"""Puts rows into every table, as the student's role that owns it, in as few round trips as possible.

A student's triggers, defaults, rules and CHECKs run when a row is put in. So this must never happen over the
harness's own session. That session only reads the catalogue and, by COPY, the rows of parent tables.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection

from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.trial.rows.candidates import candidates
from grader.trial.rows.layout import Column, Constraint, Table, TableLayout, read_layout
from grader.trial.rows.reading import OpenMetered, RowBudget, TableContent, TableRows, read_table
from grader.trial.rows.search import Cell, ColumnChoice, Expression, OwnValue, RowSearch
from grader.trial.rows.sessions import OwnerLabel, Refused, StudentSessions
from grader.trial.rows.values import ColumnTarget, parse_type
from grader.trial.rows.wishes import Wishes, as_type

MOST_ATTEMPTS = 80
"""How many times a row is tried with different values before its table is given up."""
_MOST_PARENTS = 40
ENOUGH_ROWS = 24
"""A table with that many rows gets more only after a revision that changed it."""

_OWN_RULES = frozenset(
    {errorcodes.UNIQUE_VIOLATION, errorcodes.EXCLUSION_VIOLATION, errorcodes.CHECK_VIOLATION}
)
_CHECKS = frozenset({errorcodes.EXCLUSION_VIOLATION, errorcodes.CHECK_VIOLATION})
_NO_SUCH_VALUE = "22"  # the class of SQLSTATEs for data that a type does not accept
_LABELS: dict[str | None, OwnerLabel] = {"direct": "direct", "pooled": "pooled"}
_NOTHING = sql.SQL("")
_TAKEN_AWAY = "PostgreSQL put in no row: a trigger or a rule of the table took it away"
_TAKE_BACK = sql.SQL("; ROLLBACK")  # statements that are sent together are one transaction


@dataclass(frozen=True)
class SeedResult:
    """The result of putting rows into every table."""

    seeded: dict[str, int] = field(default_factory=dict)
    """How many rows were put into each table."""
    problems: dict[str, str] = field(default_factory=dict)
    """Tables that accepted no row, or whose sequence gives ids that are in use, with PostgreSQL's message."""
    checked: frozenset[str] = frozenset()
    """Those of them whose CHECK or exclusion constraints refused all rows that were tried."""
    unwished: frozenset[tuple[str, str, str]] = frozenset()
    """Values in place of wished ones that the table does not accept, as table, column and text."""
    refused: frozenset[tuple[str, str, str]] = frozenset()
    """Those wished ones."""


def full_tables(before: TableRows, after: TableRows) -> frozenset[str]:
    """The tables that need no more rows: a step left their columns as they were, and they hold `ENOUGH_ROWS`.

    Without this, a chain of a hundred revisions would fill each table a hundred times.
    """
    return frozenset(
        name
        for name, content in after.tables.items()
        if len(content.rows) >= ENOUGH_ROWS
        and name in before.tables
        and content.columns == before.tables[name].columns
    )


def seed(
    connect: Callable[[OwnerLabel], connection],
    snapshot: SchemaSnapshot,
    inspector: connection,
    *,
    round: int,  # noqa: A002 - what the trial calls it
    rows_per_table: int = 2,
    without: Collection[str] = (),
    filled: Collection[str] = (),
    wishes: Wishes | None = None,
    open_metered: OpenMetered | None = None,
) -> SeedResult:
    """Put new rows into every ordinary table of schema `public`.

    Columns with a sequence take their values from it. All other columns get a value, also nullable ones and
    those with a default. Foreign keys refer to rows that are there. If a row is refused, other values are
    tried, up to a limit. It is no problem if a table has rows of earlier rounds and its own rules allow no
    more: for example, if all values of a unique enum are used up.

    Args:
        connect: Opens a session that commits by itself, as the role behind a label of the property `owner`.
        snapshot: The schema as it is now; without the version table.
        inspector: The harness's own connection to the same database.
        round: How often rows were put into this database before. Rows of different rounds have different
            values.
        rows_per_table: How many rows each table gets.
        without: Tables that get no rows.
        filled: Tables that migrations fill: lookup tables. They get no rows either, and it is only tried
            whether they would take one. Exception: an empty one that another table needs rows of.
        wishes: What the rows should look like.
        open_metered: See `RowBudget`.

    Raises:
        HarnessFault: `connect` cannot open a session.
        psycopg2.Error: the harness's own session failed.
    """
    owners = {item.name: str(item.properties.get("owner")) for item in snapshot.of_kind(SchemaKind.TABLE)}
    numbers = range(round * rows_per_table, (round + 1) * rows_per_table)
    try:
        layout = read_layout(inspector, owners)
        with StudentSessions(connect, inspector) as sessions:
            seeder = Seeder(sessions, owners, layout, inspector, numbers, wishes or Wishes(), filled)
            seeder.open_metered = open_metered
            # A trigger or a rule may put rows of any size into any table.
            seeder.size_known = not any(map(snapshot.of_kind, (SchemaKind.TRIGGER, SchemaKind.RULE)))
            return seeder.run(without)
    finally:
        if not inspector.closed:
            inspector.rollback()


def seeding_order(tables: Sequence[Table]) -> list[Table]:
    """Parents before children. If tables refer to each other in a circle, a nullable key is filled last."""
    remaining = {table.name: table for table in tables}
    parents = {
        required: {table.name: _parents(table, required_only=required) - {table.name} for table in tables}
        for required in (False, True)
    }
    ordered: list[Table] = []
    while remaining:
        chosen = next(
            (
                name
                for required in (False, True)
                for name in remaining
                if parents[required][name].isdisjoint(remaining)
            ),
            next(iter(remaining)),
        )
        ordered.append(remaining.pop(chosen))
    return ordered


def _parents(table: Table, *, required_only: bool) -> set[str]:
    nullable = {column.name for column in table.columns if column.nullable}
    return {
        key.target
        for key in table.of_type("f")
        if key.target is not None and not (required_only and nullable.intersection(key.columns))
    }


class Unfilled(Exception):  # noqa: N818 - the result for a table, not an error of the harness
    """A table did not get all its rows."""

    def __init__(
        self, message: str, *, full: bool = False, checked: bool = False, sequence_behind: bool = False
    ) -> None:
        super().__init__(message)
        self.checked = checked
        """True if a CHECK or an exclusion constraint refused them."""
        self.full = full
        """True if the table's own rules refused all values that were tried."""
        self.sequence_behind = sequence_behind
        """True if an id that the database itself gave was already in use."""


@dataclass
class Seeder:
    """One round over all tables."""

    sessions: StudentSessions
    owners: Mapping[str, str]
    layout: TableLayout
    inspector: connection
    numbers: range
    wishes: Wishes
    filled: Collection[str]
    open_metered: OpenMetered | None = None
    size_known: bool = True
    without_wishes: set[str] = field(default_factory=set)
    """Tables whose rows cannot be as wished."""
    preferred: dict[tuple[str, str, int], list[str | None]] = field(default_factory=dict)
    """The values that were wished, by table, column and row."""
    accepted: set[tuple[str, str, str]] = field(default_factory=set)
    unwished: set[tuple[str, str, str]] = field(default_factory=set)
    """Values of the rows that were put in, as table, column and text: those that were wished, and others."""
    refused: set[tuple[str, str, str]] = field(default_factory=set)
    """Values that were wished where others were put in."""
    contents: dict[str, TableContent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = {table.name: table for table in self.layout.tables if table.root is None}
        self.types = {item.name: item for item in self.layout.types}

    def run(self, without: Collection[str]) -> SeedResult:
        """Put rows into all tables but some."""
        seeded: dict[str, int] = {}
        problems: dict[str, str] = {}
        checked: set[str] = set()
        for table in seeding_order(list(self.tables.values())):
            seeded[table.label] = 0
            if table.label in without:
                continue
            lookup = table.label in self.filled
            try:
                if not lookup or (not self._content(table.name).rows and self._is_needed(table)):
                    self._fill_somehow(table, seeded)
                elif self._content(table.name).rows:
                    self._probe(table)
            except Unfilled as reason:
                enough = lookup or seeded[table.label] or (reason.full and self._content(table.name).rows)
                if reason.sequence_behind or not enough:
                    problems[table.label] = str(reason)
                    checked.update([table.label] if reason.checked else [])
            self.contents.pop(table.name, None)
        unwished, refused = self.unwished - self.accepted, self.refused - self.accepted
        return SeedResult(seeded, problems, frozenset(checked), frozenset(unwished), frozenset(refused))

    def search_with(self, table: Table, given: Mapping[str, Cell]) -> RowSearch:
        """The search for a row of a table that has given values in some columns."""
        slots = [
            slot for slot in self._slots(table, self.numbers[0]) if given.keys().isdisjoint(slot.columns)
        ]
        return RowSearch([*slots, ColumnChoice(tuple(given), (tuple(given.values()),))])

    def try_out(self, table: Table, row: Mapping[str, Cell], *, before: sql.Composable = _NOTHING) -> None:
        """Put a row in, and take it out again, with what was done before it.

        Raises:
            Refused: the table does not take it.
        """
        if self.sessions.try_out(self._owner(table), before + self._statement(table, [row])) <= 0:
            raise Refused(_TAKEN_AWAY)

    def concerns(self, table: Table, refusal: Refused, given: Collection[str]) -> bool:
        """Whether a refusal is about one of some columns, or says of no column that it is about that."""
        columns = self._concerned(table, refusal)
        return not columns or not set(columns).isdisjoint(given)

    def another(self, table: Table, search: RowSearch, refusal: Refused, given: Collection[str]) -> bool:
        """Choose other values for the columns that are not given; False if the given ones were refused.

        Raises:
            Unfilled: the given ones were not, and there are no other values to choose.
        """
        if search.advance(self._concerned(table, refusal)):
            return True
        if not self.concerns(table, refusal, given):
            raise Unfilled(str(refusal))
        return False

    def _is_needed(self, table: Table) -> bool:
        """True if rows of another table have to refer to one of this table."""
        others = (item for item in self.tables.values() if item.name != table.name)
        return any(table.name in _parents(item, required_only=True) for item in others)

    def _probe(self, table: Table) -> None:
        """Try whether a table takes another row, and put none in."""
        state = self._sequence_state(table)
        try:
            self._try_row(table, RowSearch(self._slots(table, self.numbers[0])), state, keep=False)
        finally:
            if state != _NOTHING:
                with suppress(Refused):
                    self.sessions.run(self._owner(table), state)

    def _fill_somehow(self, table: Table, seeded: dict[str, int]) -> None:
        """Put rows in as wished, or as usual if no such row is accepted."""
        try:
            self._fill(table, seeded)
        except Unfilled:
            if seeded[table.label] or not any(self.wishes.rows.get(table.label, ())):
                raise
            self.without_wishes.add(table.label)
            self._fill(table, seeded)

    def _fill(self, table: Table, seeded: dict[str, int]) -> None:
        searches = [RowSearch(self._slots(table, number)) for number in self.numbers]
        rows = [search.cells() for search in searches]
        state = self._sequence_state(table) if self._is_choosy(table) else _NOTHING
        if not any(isinstance(cell, OwnValue) for row in rows for cell in row.values()):
            try:
                seeded[table.label] = self._insert(table, rows)
            except Refused as refusal:
                self._go_on(table, searches[0], refusal, refusal)
            else:
                for number, row in zip(self.numbers, rows, strict=True):
                    self._note(table, number, row)
                return
        # Row by row. Ids that a refused attempt took are put back: a sequence that is behind stays behind.
        chosen: Sequence[int] = ()
        for number in self.numbers:
            search = RowSearch(self._slots(table, number), chosen)
            self._try_row(table, search, state)
            self._note(table, number, search.cells())
            seeded[table.label] += 1
            chosen = () if self.wishes.rows.get(table.label) else search.chosen
            self.contents.pop(table.name, None)
            state = self._sequence_state(table)

    def _try_row(self, table: Table, search: RowSearch, state: sql.Composable, *, keep: bool = True) -> None:
        first: Refused | None = None
        for _ in range(MOST_ATTEMPTS):
            try:
                self._insert(table, [search.cells()], before=state, keep=keep)
            except Refused as refusal:
                first = first or refusal
                self._go_on(table, search, refusal, first)
            else:
                return
        raise self._refused(first) if first else Unfilled("no row was tried")

    def _go_on(self, table: Table, search: RowSearch, refusal: Refused, first: Refused) -> None:
        """Choose other values after a refusal, or give the table up if there are none to choose."""
        columns = self._concerned(table, refusal)
        if not columns and refusal.code.startswith(_NO_SUCH_VALUE):
            columns = self._concerned(table, first)  # the guess was no value of the type: try the next one
        if search.advance(columns):
            return
        if search.covers(columns):
            raise self._refused(first) from refusal
        behind = refusal.code == errorcodes.UNIQUE_VIOLATION and bool(columns)
        raise Unfilled(str(refusal), checked=refusal.code in _CHECKS, sequence_behind=behind) from refusal

    def _refused(self, first: Refused) -> Unfilled:
        return Unfilled(str(first), full=first.code in _OWN_RULES, checked=first.code in _CHECKS)

    def _note(self, table: Table, number: int, row: Mapping[str, Cell]) -> None:
        """Note which values of a new row were wished."""
        if table.label in self.without_wishes:
            return
        for column, cell in row.items():
            wished = self.preferred.get((table.label, column, number))
            if not wished or not isinstance(cell, str):
                continue
            (self.accepted if cell in wished else self.unwished).add((table.label, column, cell))
            if cell not in wished:
                self.refused.update((table.label, column, text) for text in wished if text is not None)

    def _is_choosy(self, table: Table) -> bool:
        """True if first values are often refused, so that the state of the sequences is needed beforehand."""
        domains = any(parse_type(column.type).base in self.types for column in table.columns)
        return domains or any(item.type in "cx" for item in table.constraints)

    def _slots(self, table: Table, number: int) -> list[ColumnChoice]:
        keys = [self._key_slot(table, key, number) for key in table.of_type("f")]
        referring = {name for slot in keys for name in slot.columns}
        own = [
            self._column_slot(
                table, column, ColumnTarget(table.name, column.name, place, number, self.wishes.plain)
            )
            for place, column in enumerate(table.columns, start=1)
            if column.name not in referring
            and not column.generated
            and column.identity != "a"
            and column.sequence is None
        ]
        return [*own, *keys]

    def _column_slot(self, table: Table, column: Column, place: ColumnTarget) -> ColumnChoice:
        definitions = [check.definition for check in table.of_type("c") if column.name in check.columns]
        distinct = any(column.name in item.columns for item in table.constraints if item.type in "pux")
        values = candidates(
            column.type, place, self.types, definitions, nullable=column.nullable, distinct=distinct
        )
        wished = self._wished_values(table, column, place, distinct=distinct)
        self.preferred[table.label, column.name, place.number] = wished
        kind = self.types.get(column.type)
        if table.label in self.without_wishes:
            wished = []
        elif kind is not None and kind.kind == "e":
            wished = [text for text in wished if text in kind.labels]
        return ColumnChoice((column.name,), tuple((value,) for value in dict.fromkeys([*wished, *values])))

    def _wished_values(
        self, table: Table, column: Column, place: ColumnTarget, *, distinct: bool
    ) -> list[str | None]:
        """Values that are tried before all others."""
        number = place.number - self.numbers[0]
        values: list[str | None] = []
        if self.wishes.like_earlier and not distinct:
            content = self._content(table.name)
            earlier = content.project([column.name])[::-1] if column.name in content.columns else []
            values += [text for (text,) in earlier[number : number + 1] if text is not None]
        wish = self.wishes.of(table.label, number).get(column.name)
        if wish is not None and (column.nullable or wish.text is not None):
            values.append(as_type(wish, column.type))
        return [*values, *self.wishes.default(table.label, column.name, number, column.type)]

    def _key_slot(self, table: Table, key: Constraint, number: int) -> ColumnChoice:
        """A foreign key's values: the parents' newest rows first, a different one for each new row."""
        options: list[tuple[Cell, ...]] = []
        parent = self.tables.get(key.target or "")
        if parent is not None:
            content = self._content(parent.name)
            if set(key.target_columns) <= set(content.columns):
                found = [row for row in content.project(key.target_columns) if None not in row]
                place = number % len(self.numbers)
                newest = found[::-1][:_MOST_PARENTS]
                options = [*newest[place:], *newest[:place]]
                wished = self._wished_key(table, key, place)
                if parent.label in self.filled:
                    options = [*found[:_MOST_PARENTS]]  # a later revision may take its own rows away again
                elif wished in found:
                    options = [wished, *(option for option in options if option != wished)]
        nullable = {column.name for column in table.columns if column.nullable}
        if nullable.intersection(key.columns):
            known = options[0] if options else (None,) * len(key.columns)
            options.append(
                tuple(None if n in nullable else c for n, c in zip(key.columns, known, strict=True))
            )
        elif key.target == table.name:
            options.append(tuple(OwnValue(name) for name in key.target_columns))
        if not options:
            raise Unfilled(f'a row needs one of "{key.target}" to refer to, and there is none')
        return ColumnChoice(key.columns, tuple(options))

    def _wished_key(self, table: Table, key: Constraint, place: int) -> tuple[str | None, ...]:
        row = {} if table.label in self.without_wishes else self.wishes.of(table.label, place)
        return tuple(row[name].text if name in row else None for name in key.columns)

    def _content(self, name: str) -> TableContent:
        if name not in self.contents:
            budget = RowBudget(self.open_metered, size_known=self.size_known)
            self.contents[name] = read_table(self.inspector, self.layout, self.tables[name], budget)
        return self.contents[name]

    def _insert(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Cell]],
        *,
        before: sql.Composable = _NOTHING,
        keep: bool = True,
    ) -> int:
        """Put all rows in, or none, and commit, in one round trip. Unless `keep`, take them out again."""
        statement = self._statement(table, rows)
        if not keep:
            self.sessions.run(self._owner(table), before + statement + _TAKE_BACK)
            return 0
        counted = self.sessions.run(self._owner(table), before + statement)[0]
        if counted <= 0:
            raise Refused(_TAKEN_AWAY)
        return len(rows) if counted >= (len(rows) if rows[0] else 1) else counted

    def _statement(self, table: Table, rows: Sequence[Mapping[str, Cell]]) -> sql.Composable:
        target = sql.Identifier("public", table.name)
        if not rows[0]:
            one = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(target)
            return sql.SQL("; ").join([one] * len(rows))
        names = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
        tuples = sql.SQL(", ").join(
            sql.SQL("({})").format(sql.SQL(", ").join(self._cell(table, row, name) for name in row))
            for row in rows
        )
        return sql.SQL("INSERT INTO {} ({}) VALUES {}").format(target, names, tuples)

    def _cell(self, table: Table, row: Mapping[str, Cell], name: str) -> sql.Composable:
        cell = row[name]
        own = row.get(cell.column) if isinstance(cell, OwnValue) else cell
        if isinstance(own, Expression):
            return sql.SQL(own.text)
        if not isinstance(cell, OwnValue):
            return sql.Literal(cell)
        column = next(item for item in table.columns if item.name == cell.column)
        if isinstance(own, str) or column.sequence is None:
            return sql.Literal(own if isinstance(own, str) else None)
        return sql.SQL("pg_catalog.currval({})").format(sql.Literal(column.sequence))

    def _sequence_state(self, table: Table) -> sql.Composable:
        """Statements that set the table's sequences back to their values of now."""
        sequences = [column.sequence for column in table.columns if column.sequence is not None]
        if not sequences:
            return _NOTHING
        states = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, last_value, is_called FROM {}").format(sql.Literal(name), sql.SQL(name))
            for name in sequences
        )
        try:
            found = self.sessions.run(self._owner(table), states)[1]
        except Refused as refusal:
            raise Unfilled(str(refusal)) from refusal
        return sql.SQL("").join(
            sql.SQL("SELECT pg_catalog.setval({}, {}, {}); ").format(*map(sql.Literal, state))
            for state in found
        )

    def _owner(self, table: Table) -> OwnerLabel:
        label = self.owners.get(table.label)
        if label in _LABELS:
            return _LABELS[label]
        raise Unfilled(f'the table belongs to the role "{label}", which is none of the two it could be')

    def _concerned(self, table: Table, refusal: Refused) -> tuple[str, ...]:
        """The columns that a refusal is about."""
        if refusal.domain is not None:
            return tuple(c.name for c in table.columns if self._consists_of(c.type, refusal.domain))
        named = next((item for item in table.constraints if item.name == refusal.constraint), None)
        if named is not None:
            return named.columns
        return (refusal.column,) if refusal.column is not None else ()

    def _consists_of(self, type_name: str, wanted: str) -> bool:
        """True if a column's type is the domain of that name, or is built from it."""
        kind = self.types.get(type_name) or self.types.get(parse_type(type_name).base)
        if kind is None:
            return False
        if kind.name.rpartition(".")[2].strip('"') == wanted:
            return True
        inner = (*kind.attributes, *([kind.base] if kind.base else []))
        return any(self._consists_of(item, wanted) for item in inner)
