"""Kind `column_change`: a revision of its own changes a column, and can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from grader.assignment import objects
from grader.assignment.model import Group
from grader.assignment.objects import ExpectedColumn, ExpectedDefault, ExpectedSchema
from grader.assignment.tables import (
    ColumnName,
    Flag,
    KindSettings,
    Mistake,
    Name,
    Table,
    Text,
    Texts,
    Value,
    Way,
    sql_of,
)
from grader.judging import column_hints, evidence, expected_objects, places, wording
from grader.judging.column_states import Change, ColumnState, Seen, drops_column
from grader.judging.evidence import JudgedSchema
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, kind
from grader.judging.terms import Terms, terms_of
from grader.observations.model import Observations


class State(Table, frozen=True, kw_only=True):
    """What a column is before or after the change. What is not given may be anything."""

    type: Text | Texts | UnsetType = UNSET
    """The type, as PostgreSQL writes it or in short; of a list, each type is right."""
    nullable: Flag | UnsetType = UNSET
    """Whether the column takes NULL."""
    default: Value | UnsetType = UNSET
    """The server default: `"new"`, or as SQL `{ sql = "now()" }`. `{ sql = "NULL" }` stands for none."""
    name: Name | UnsetType = UNSET
    """The column's name, where the change gives it another one."""

    def of(self, table: str, name: str) -> ColumnState:
        """The state as a value.

        Args:
            table: the table.
            name: the column's name, if the state gives none.
        """
        return ColumnState(
            ExpectedColumn(
                table,
                name if isinstance(self.name, UnsetType) else self.name,
                types=() if isinstance(self.type, UnsetType) else objects.types(self.type),
                nullable=None if isinstance(self.nullable, UnsetType) else self.nullable,
            ),
            None if isinstance(self.default, UnsetType) else sql_of(self.default),
        )


GivenState = Annotated[State, Meta(title="a table like { type = ... }")]


class Settings(KindSettings, frozen=True, kw_only=True, tag="column_change"):
    """The change of a column."""

    column: ColumnName
    """The column, as `"table.column"`: its name at head, or the one that it had before."""
    before: GivenState = msgspec.field(name="from")
    """What the column is before the change: one or more of `type`, `nullable`, `default` and `name`."""
    to: GivenState
    """What the column is at head."""
    restored: GivenState | Flag = True
    """Whether undoing the revision has to give back what was before: `false` if the way back is not asked
    for. Or what the column has to be then, if that is something else."""
    in_reference: Flag = True
    """Whether the reference schema has the column as it is at head. Before anything is graded, the file is
    checked against the reference; `false` is for a change that the reference models do not have."""

    @property
    def change(self) -> Change:
        """The change, in the words of the assignment."""
        table, name = objects.column_name(self.column)
        return Change(self.before.of(table, name), self.to.of(table, name))

    def parts(self) -> Iterator[tuple[Way, ExpectedSchema]]:
        """What has to be so at head."""
        column, default = self.change.after.column, self.change.after.default
        yield ("to",), ExpectedSchema(columns=(column,))
        if default is not None:
            yield ("to",), ExpectedSchema(defaults=(ExpectedDefault(column.table, column.name, default),))

    def types_asked(self) -> Iterator[tuple[Way, str]]:
        """The types of all states."""
        states = (("from", self.before), ("to", self.to), ("restored", self.restored))
        for key, state in states:
            if isinstance(state, State):
                yield from (((key,), written) for written in state.of("", "").column.types)

    def defaults_asked(self) -> Iterator[ExpectedDefault]:
        """The server defaults of all states, by each name of the column."""
        table, name = objects.column_name(self.column)
        states = [
            item.of(table, name) for item in (self.before, self.to, self.restored) if isinstance(item, State)
        ]
        for own in dict.fromkeys(state.column.name for state in states):
            for state in states:
                if state.default is not None:
                    yield ExpectedDefault(table, own, state.default)

    def mistakes(self) -> Iterator[Mistake]:
        """States that say nothing, a change that changes nothing, and a new name without the old one."""
        change = self.change
        for key, state in (("from", self.before), ("to", self.to), ("restored", self.restored)):
            if state == State():
                yield (key,), "says nothing: give it a `type`, `nullable`, a `default` or a `name`."
        names = {change.before.column.name, change.after.column.name}
        if objects.column_name(self.column)[1] not in names:
            yield (
                ("column",),
                f"has none of the two names that `from` and `to` give: {', '.join(sorted(names))}.",
            )
        if change.before == change.after:
            yield ("to",), "is the same as `from`."


def _title(settings: Settings) -> str:
    change = settings.change
    if change.renames:
        return f"Column {change.before.name} renamed to {change.after.column.name}"
    return f"Column {settings.column} changed"


def _text(settings: Settings) -> str:
    change = settings.change
    if change.renames:
        done = f"At head, `{change.before.name}` is called `{change.after.column.name}`, with all its values"
        stated = change.after.described()
        done += f", and is {stated}" if stated != change.after.name else ""
        did = "a revision of its own renamed it"
    else:
        done = f"At head, `{settings.column}` is {change.after.described()}"
        did = f"a revision of its own changed it from {change.before.described()}"
    back = "" if settings.restored is False else ", and undoing that revision gives it back"
    return f"{done}; {did}{back}."


@kind("column_change", Settings, title=_title, text=_text, requires=("upgrade",))
def column_change(case: Case[Settings]) -> Judgement:
    """At head the column is what it has to become; undoing the revision that changed it restores it."""
    observations, settings = case.observations, case.settings
    judged = evidence.judged_schema(observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    terms = terms_of(observations, case.assignment)
    head = terms.column(settings.change.after.column)
    change = Change(settings.change.before.within(terms, head), settings.change.after.within(terms, head))
    seen = change.seen(observations, terms)
    checks = (*_at_head(settings, observations, judged, terms), _of_revision(case, change, seen, terms, head))
    steps = (seen.step.up, seen.step.down) if seen.step else ()
    return Verdict(
        checks,
        evidence=expected_objects.outside_note(judged),
        hint=column_hints.hint(observations, change, seen, checks, bonus=settings.group is Group.BONUS),
        seconds=evidence.seconds(*steps),
    )


def _at_head(
    settings: Settings, observations: Observations, judged: JudgedSchema, terms: Terms
) -> tuple[Check, ...]:
    """The checks of the column at head."""
    return tuple(
        item.check(judged, observations)
        for _, part in settings.parts()
        for item in expected_objects.objects_expected(part, terms)
    )


def _of_revision(
    case: Case[Settings], change: Change, seen: Seen, terms: Terms, head: ExpectedColumn
) -> Check:
    """The check of the revision that made the change, or of its downgrade if that has to give it back."""
    settings = case.settings
    if settings.restored is False:
        return _changed_check(change, seen)
    restored = change.before
    if isinstance(settings.restored, State):
        restored = settings.restored.of(*objects.column_name(settings.column)).within(terms, head)
    restored = restored.in_table(seen.table or head.table)
    return _restored_check(case.observations, restored, change, seen, terms)


def _changed_check(change: Change, seen: Seen) -> Check:
    return Check(
        "changed",
        f"A revision of its own changes {change.after.name}",
        passed=seen.step is not None,
        expected=f"from {change.before.described()} to {change.after.described()}",
        found=f"revision {seen.step.revision} did it" if seen.step else seen.reason or change.not_made,
        revision=seen.step.revision if seen.step else None,
    )


def _restored_check(
    observations: Observations, restored: ColumnState, change: Change, seen: Seen, terms: Terms
) -> Check:
    down = seen.step.down if seen.step else None
    after = observations.snapshot_after(down)
    lost = _lost_on_the_way_back(observations, change, seen)
    if seen.step is None:
        found = seen.reason or change.not_made
    elif down is None or after is None:
        found = wording.ending(down)
    else:
        found = lost or restored.found(after)
        if not down.succeeded:
            found = f"{wording.ending(down)}; {found}"
    return Check(
        "restored",
        f"The downgrade gives {change.after.name} its old {change.what} back",
        passed=restored.is_in(after, terms) and lost is None,
        expected=restored.described(),
        found=found,
        revision=seen.step.revision if seen.step else None,
        place=places.of_downgrade(observations, seen.step.revision if seen.step else None),
    )


def _lost_on_the_way_back(observations: Observations, change: Change, seen: Seen) -> str | None:
    """That a downgrade gives a column its old name by another column, without the values."""
    revision = observations.graph.get(seen.step.revision) if observations.graph and seen.step else None
    if not change.renames or revision is None or not drops_column(revision.downgrade):
        return None
    return f"{change.after.name} is dropped and {change.before.name} is added, without the values"
