"""The tables, columns and keys that an assignment expects at head, and the verdict on them.

For criteria whose expectations are data of the assignment; knows no criterion by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader.assignment.objects import ExpectedColumn, ExpectedSchema
from grader.judging import evidence, growth, lookup, missing_hints, places, row_rules, wording
from grader.judging.evidence import JudgedSchema
from grader.judging.lookup import Found
from grader.judging.missing_hints import Missing
from grader.judging.rubric import Check, Judgement, Place, Unjudged, Verdict
from grader.judging.terms import Terms
from grader.observations.model import Observations
from grader.observations.schema import SchemaKind, SchemaSnapshot
from grader.report.model import Evidence

PLAIN = Terms()
"""The words of an assignment as they are."""


@dataclass(frozen=True)
class ExpectedObject:
    """One table, column or key that is expected, and how to find it."""

    id: str
    title: str
    expected: str
    look: Callable[[SchemaSnapshot], Found]
    table: str
    columns: tuple[str, ...] = ()
    by_hand: str | None = None
    """What a revision has to hold for it, where autogenerate does not write that."""
    missing: Missing | None = None
    """What is missing where it is not there at all; None for keys and rules."""

    def check(self, judged: JudgedSchema, observations: Observations) -> Check:
        """The check of it, with the revision that made it what it is, and the line that did."""
        found = self.look(judged.snapshot)
        revision = evidence.last_changed_at(judged.trail, self._state)
        place = None if found.as_asked else self._place(observations, judged, revision)
        return Check(self.id, self.title, found.as_asked, self.expected, found.text, revision, place)

    def _place(self, observations: Observations, judged: JudgedSchema, revision: str | None) -> Place | None:
        """The line of the revision that made it; of what no revision made, the line of the models.

        Where the models do not tell either, the line of the revision that made the column.
        """
        made = places.of_revision(observations, revision, self.table, self.columns)
        in_models = made or places.of_models(observations, self.table, self.columns)
        if in_models is not None or not self.columns:
            return in_models
        name = f"{self.table}.{self.columns[0]}"
        column = evidence.last_changed_at(judged.trail, lambda seen: seen.find(SchemaKind.COLUMN, name))
        return places.of_revision(observations, column, self.table, self.columns)

    def _state(self, snapshot: SchemaSnapshot) -> Found | None:
        found = self.look(snapshot)
        return found if found.there else None


def verdict_on(
    expected: ExpectedSchema, observations: Observations, terms: Terms = PLAIN, *, evolves: bool
) -> Judgement:
    """Judge everything that a criterion expects at head; with `evolves`, also that the schema grew to it."""
    judged = evidence.judged_schema(observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    own = terms.schema(expected)
    asked = tuple(objects_expected(expected, terms))
    checks = tuple(item.check(judged, observations) for item in asked)
    hint = _hint(asked, observations, judged)
    for rule, own_rule in zip(expected.rows, own.rows, strict=True):
        tried = row_rules.judged(rule, own_rule, observations, judged)
        if isinstance(tried, Unjudged):
            return tried
        checks = (*checks, tried.check)
        hint = hint or tried.hint or None
    checks = tuple(_with_consequences(row_rules.with_own_ids(checks), asked, judged))
    if evolves:
        came = growth.origins(own, observations, judged)
        grown = growth.check(came, observations, weight=len(checks))
        if not growth.any_too_early(came):
            missing = next((item.id for item in checks if not item.passed), None)
            grown = replace(grown, follows=missing)
        # A third of the points: as much as half of the other checks together.
        checks = (*(replace(item, weight=2) for item in checks), grown)
        hint = hint or growth.hint(came, observations)
    return Verdict(
        checks=checks,
        evidence=outside_note(judged),
        hint=hint,
        seconds=evidence.seconds(evidence.upgrade_step(observations)),
    )


def _with_consequences(
    checks: Sequence[Check], asked: Sequence[ExpectedObject], judged: JudgedSchema
) -> Iterator[Check]:
    """The checks, of which those that cannot pass for want of the same table or column follow the first."""
    causes: dict[str, str] = {}
    for position, check in enumerate(checks):
        absent = position < len(asked) and not asked[position].look(judged.snapshot).there
        if check.passed or not absent:
            yield check
            continue
        cause = causes.setdefault(check.found, check.id)
        yield check if cause == check.id else replace(check, follows=cause)


def outside_note(judged: JudgedSchema) -> tuple[Evidence, ...]:
    """A note for the case that the judged schema is not the one of the student's own run."""
    title = "Judged on what the revisions alone make; this comes from elsewhere and is only in your own run"
    return wording.differences(title, judged.outside)


def objects_expected(expected: ExpectedSchema, terms: Terms = PLAIN) -> Iterator[ExpectedObject]:
    """Each table, column, key and type that is expected, tables first, and what must be gone last.

    Ids are made of the names of the assignment, all else of the submission's own.
    """
    for name in expected.tables:
        own_name = terms.names.table(name)
        yield ExpectedObject(
            id=f"table_{name}",
            title=f"{own_name} is a table",
            expected="a table in the schema public",
            look=partial(lookup.table, name=own_name),
            table=own_name,
            missing=Missing(own_name),
        )
    yield from (column_expected(column, terms) for column in expected.columns)
    yield from keys_expected(expected, terms)
    yield from _details_expected(expected, terms)


def column_expected(column: ExpectedColumn, terms: Terms = PLAIN) -> ExpectedObject:
    """A column that is expected."""
    own = terms.column(column)
    types = " or ".join(own.types) or "a column"
    return ExpectedObject(
        id=f"column_{column.table}_{column.name}",
        title=f"Column {own.table}.{own.name}",
        expected=wording.described_type(types, nullable=own.nullable),
        look=partial(lookup.column, asked=own),
        table=own.table,
        columns=(own.name,),
        missing=Missing(own.table, own.name),
    )


def keys_expected(expected: ExpectedSchema, terms: Terms = PLAIN) -> Iterator[ExpectedObject]:
    """The keys that are expected."""
    for key in expected.primary_keys:
        own = terms.key(key)
        yield ExpectedObject(
            id=f"primary_key_{key.table}",
            title=f"Primary key of {own.table}",
            expected=f"a primary key on ({', '.join(own.columns)})",
            look=partial(lookup.primary_key, asked=own),
            table=own.table,
            columns=own.columns,
        )
    for key in expected.unique:
        own = terms.key(key)
        yield ExpectedObject(
            id=f"unique_{key.table}_{'_'.join(key.columns)}",
            title=f"{own.table}.{', '.join(own.columns)} is unique",
            expected=f"a unique constraint or a unique index on ({', '.join(own.columns)})",
            look=partial(lookup.uniqueness, asked=own),
            table=own.table,
            columns=own.columns,
        )
    for reference in expected.foreign_keys:
        points = terms.foreign_key(reference)
        target = f"{points.target_table}({', '.join(points.target_columns)})"
        action = f" on delete {points.on_delete}" if points.on_delete else ""
        yield ExpectedObject(
            id=f"foreign_key_{reference.table}_{'_'.join(reference.columns)}",
            title=f"{points.table}.{', '.join(points.columns)} points at {points.target_table}",
            expected=f"a foreign key ({', '.join(points.columns)}) to {target}{action}",
            look=partial(lookup.foreign_key, asked=points),
            table=points.table,
            columns=points.columns,
        )


def _details_expected(expected: ExpectedSchema, terms: Terms) -> Iterator[ExpectedObject]:
    for index in expected.indexes:
        own = terms.index(index)
        sort = {True: "a unique index", False: "an index that is not unique", None: "an index"}[own.unique]
        yield ExpectedObject(
            id=f"index_{index.table}_{'_'.join(index.columns)}",
            title=f"Index of {own.table} on {', '.join(own.columns)}",
            expected=f"{sort} on ({', '.join(own.columns)})",
            look=partial(lookup.index, asked=own),
            table=own.table,
            columns=own.columns,
        )
    for enum in expected.enums:
        type_ = terms.enum(enum)
        name = type_.type or f"{type_.table}.{type_.column}"
        yield ExpectedObject(
            id=f"enum_{enum.type or f'{enum.table}_{enum.column}'}",
            title=f"{'Type' if type_.type else 'Column'} {name} is an enum",
            expected=f"an enum of ({', '.join(type_.labels)})",
            look=partial(lookup.enum, asked=type_),
            table=type_.table or name,
            columns=(type_.column,) if type_.column else (),
            by_hand="`ALTER TYPE ... ADD VALUE ...` or `CREATE TYPE ... AS ENUM (...)` in an op.execute()",
        )
    for default in expected.defaults:
        value = terms.default(default)
        yield ExpectedObject(
            id=f"default_{default.table}_{default.column}",
            title=f"Server default of {value.table}.{value.column}",
            expected="no server default" if value.sql == "NULL" else f"the server default {value.sql}",
            look=partial(lookup.default, asked=value, same=terms.same_defaults),
            table=value.table,
            columns=(value.column,),
            by_hand=_alter_default(value.table, value.column, value.sql),
        )
    for item in expected.absent:
        gone = terms.gone(item)
        name = f"{gone.table}.{gone.column}" if gone.column else gone.table
        drop = (
            f'`op.drop_column("{gone.table}", "{gone.column}")`'
            if gone.column
            else f'`op.drop_table("{name}")`'
        )
        yield ExpectedObject(
            id=f"absent_{item.table}_{item.column}" if item.column else f"absent_{item.table}",
            title=f"{name} is gone",
            expected=f"no {'column' if gone.column else 'table'} {name}",
            look=partial(lookup.gone, asked=gone),
            table=gone.table,
            columns=(gone.column,) if gone.column else (),
            by_hand=drop,
        )


def _alter_default(table: str, column: str, default: str) -> str:
    written = "None" if default == "NULL" else f"sa.text({default!r})"
    return f'`op.alter_column("{table}", "{column}", server_default={written})`'


def _hint(asked: Sequence[ExpectedObject], observations: Observations, judged: JudgedSchema) -> str | None:
    wrong = next((item for item in asked if not item.look(judged.snapshot).as_asked), None)
    if wrong is None:
        return None
    own = evidence.own_head(observations)
    if judged.outside and own is not None and wrong.look(own).as_asked:
        return (
            f"{wrong.title}: your database has it, but no revision makes it. Something else does "
            "(create_all() or SQL in env.py or in the app): take that out, and let a revision do it."
        )
    found, check = wrong.look(judged.snapshot), wrong.check(judged, observations)
    missing = [item.missing for item in asked if item.missing and not item.look(judged.snapshot).there]
    if wrong.missing in missing:
        told = missing_hints.advice(missing, observations, judged.snapshot)
        if told is not None:
            return told
    where = f" (since revision {check.revision})" if check.revision else ""
    problem = f"{wrong.title}: expected {wrong.expected}, but {found.text}{where}."
    return f"{problem} {_fix(wrong, found, check, observations)}"


def _fix(wrong: ExpectedObject, found: Found, check: Check, observations: Observations) -> str:
    """What to do about something that is missing or different, on the side that is wrong."""
    models = observations.models
    described = observations.snapshot_after(models.step) if models else None
    right_in_models = described is not None and wrong.look(described).as_asked
    in_models = places.of_models(observations, wrong.table, wrong.columns)
    at = f" ({in_models})" if in_models else ""
    made = f" ({check.place})" if check.place else ""
    if wrong.by_hand is not None and not found.text.startswith(("there is no table", "there is no column")):
        first = "The models are as the exercise asks." if right_in_models else f"Correct the models{at}."
        return (
            f"{first} Make a revision with `alembic revision`, and write {wrong.by_hand} into its upgrade(), "
            "and the way back into its downgrade(). Then upgrade."
        )
    if not found.there:
        first = f"The models have it{at}:" if right_in_models else f"Add it to the models{at},"
        return (
            f"{first} make a revision with `alembic revision --autogenerate`, see that its upgrade() holds "
            "the change, and upgrade."
        )
    first = "The models are right. Write" if right_in_models else f"Correct the models{at} and write"
    return (
        f"{first} the change into a revision; autogenerate does not see every change of a type or a key, so "
        f"add the op.alter_column() or op.create_...() by hand where it is missing{made}."
    )
