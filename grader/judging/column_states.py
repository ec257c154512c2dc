"""What a column is before and after a change, and which revision changed it.

Goes by the schemas that were seen on the way up and down, and by the rows that were in them. Must not know
what the change is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.assignment.objects import ExpectedColumn
from grader.judging import growth, lookup, wording
from grader.judging.terms import Terms
from grader.observations.model import Observations, StairwayStep
from grader.observations.revisions import FunctionFacts
from grader.observations.schema import SchemaKind, SchemaSnapshot

_CARRYING = frozenset({"bulk_insert", "exec_driver_sql", "execute", "run_async"})
"""Operations that can carry values from one column to another."""


@dataclass(frozen=True)
class ColumnState:
    """What a column is asked to be at one moment."""

    column: ExpectedColumn
    default: str | None = None
    """The server default as SQL; None if any is right."""

    @property
    def name(self) -> str:
        """The column with its table."""
        return f"{self.column.table}.{self.column.name}"

    def within(self, terms: Terms, names_of: ExpectedColumn) -> ColumnState:
        """The state in the words of a submission.

        Args:
            terms: the words.
            names_of: the column as it is at head, in those words. The table has that name throughout.
        """
        own = terms.column(self.column)
        return replace(self, column=own).in_table(names_of.table)

    def in_table(self, table: str) -> ColumnState:
        """The same state of a column of another table."""
        return replace(self, column=replace(self.column, table=table))

    def is_in(self, snapshot: SchemaSnapshot | None, terms: Terms) -> bool:
        """Whether a schema has the column in this state."""
        if snapshot is None:
            return False
        found = snapshot.find(SchemaKind.COLUMN, self.name)
        if found is None or not lookup.column(snapshot, self.column).as_asked:
            return False
        type_name, default = str(found.properties.get("type")), found.properties.get("default")
        return self.default is None or lookup.same_default(
            type_name, self.default, default, terms.same_defaults
        )

    def described(self) -> str:
        """The state in words: `character varying(80)`, `text, not null`."""
        types, nullable = " or ".join(self.column.types), self.column.nullable
        parts = [types] if types else []
        parts += [] if nullable is None else ["nullable" if nullable else "not null"]
        if self.default is not None:
            parts.append("no server default" if self.default == "NULL" else f"server default {self.default}")
        return ", ".join(parts) or self.name

    def found(self, snapshot: SchemaSnapshot) -> str:
        """What a schema has instead, in words."""
        text = wording.column(snapshot, self.column.table, self.column.name)
        found = snapshot.find(SchemaKind.COLUMN, self.name)
        if found is None or self.default is None:
            return text
        default = found.properties.get("default")
        return f"{text}, {'no server default' if default is None else f'server default {default}'}"


@dataclass(frozen=True)
class Seen:
    """The revision that made a change."""

    step: StairwayStep | None
    """None if no revision did."""
    reason: str | None = None
    """Why a revision that seems to have made it does not count."""
    table: str = ""
    """What the table was called before that revision."""


@dataclass(frozen=True)
class Change:
    """A change of a column that is asked for, in the words of a submission."""

    before: ColumnState
    after: ColumnState

    @property
    def renames(self) -> bool:
        """Whether the column gets another name."""
        return self.before.column.name != self.after.column.name

    def in_tables(self, below: str, above: str) -> Change:
        """The same change where the table has one name before it, and another one after it."""
        return Change(self.before.in_table(below), self.after.in_table(above))

    @property
    def what(self) -> str:
        """What changes, in a word: `length`, `type`, `name`."""
        before, after = self.before, self.after
        if self.renames:
            return "name"
        types = (before.column.types, after.column.types)
        if all(types) and types[0] != types[1]:
            bases = {name.partition("(")[0] for name in (*before.column.types, *after.column.types)}
            is_text = len(bases) == 1 and bases <= {"character varying", "character"}
            return "length" if is_text else "type"
        if before.column.nullable is not None and before.column.nullable != after.column.nullable:
            return "nullability"
        return "default" if before.default != after.default else "type"

    @property
    def _made(self) -> ColumnState:
        """What a revision makes of the column: of the new state that of which the old one says how it was."""
        old, new = self.before, self.after
        column = replace(
            new.column,
            types=new.column.types if old.column.types else (),
            nullable=None if old.column.nullable is None else new.column.nullable,
        )
        made = ColumnState(column, None if old.default is None else new.default)
        says_nothing = made == ColumnState(ExpectedColumn(column.table, column.name))
        return new if says_nothing and not self.renames else made

    @property
    def not_made(self) -> str:
        """That no revision made the change, in words."""
        if self.renames:
            return f"no revision renames {self.before.name}"
        return f"no revision changes it from {self.before.described()}"

    def seen(self, observations: Observations, terms: Terms) -> Seen:
        """The last revision that made the change. A later one may give the table another name."""
        lost, table = None, self.after.column.table
        for stair in reversed(observations.stairway):
            before = observations.snapshots.get(stair.before)
            after = observations.snapshot_after(stair.up)
            below = growth.name_before(before, after, table)
            change, table = self.in_tables(below, table), below
            if change.lies_between(before, after, terms):
                lost = change.values_lost(observations, stair)
                if lost is None:
                    return Seen(stair, table=below)
        return Seen(None, lost)

    def lies_between(self, before: SchemaSnapshot | None, after: SchemaSnapshot | None, terms: Terms) -> bool:
        """Whether the change lies between two schemas."""
        if not self.before.is_in(before, terms) or not self._made.is_in(after, terms):
            return False
        return not self.renames or self._is_rename(before, after)

    def _is_rename(self, before: SchemaSnapshot | None, after: SchemaSnapshot | None) -> bool:
        """Whether only the old name is there before, and only the new one after."""
        old, new = self.before, self.after
        pairs = (
            (before, f"{old.column.table}.{new.column.name}"),
            (after, f"{new.column.table}.{old.column.name}"),
        )
        return all(seen is not None and seen.find(SchemaKind.COLUMN, name) is None for seen, name in pairs)

    def values_lost(self, observations: Observations, stair: StairwayStep) -> str | None:
        """That the values did not come along with the new name; None if they did."""
        if not self.renames:
            return None
        table, column = self.before.column.table, self.before.column.name
        text = (
            f"revision {stair.revision} drops {self.before.name} and adds {self.after.name}: that is another "
            "column, and the values are lost"
        )
        for rows in observations.rows:
            is_it = (rows.revision, rows.direction) == (stair.revision, "up") and rows.step.succeeded
            if is_it and rows.rows_before.get(table):
                losses = (loss for loss in rows.losses if loss.table == table)
                return text if any(loss.column in (None, column) for loss in losses) else None
        revision = observations.graph.get(stair.revision) if observations.graph else None
        return text if revision is not None and drops_column(revision.upgrade) else None


def drops_column(function: FunctionFacts | None) -> bool:
    """Whether a function drops a column and has no operation that can carry its values anywhere."""
    names = {name.rpartition(".")[2] for name in function.operations} if function is not None else set()
    return "drop_column" in names and not names & _CARRYING
