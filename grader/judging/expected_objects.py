"""The tables, columns and keys that an assignment expects at head, and the verdict on them.

For criteria whose expectations are data of the assignment; knows no criterion by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader.assignment.model import Expectations, ExpectedColumn
from grader.judging import evidence, growth, lookup, places, wording
from grader.judging.evidence import JudgedSchema
from grader.judging.lookup import Found
from grader.judging.rubric import Case, Check, Judgement, Place, Unjudged, Verdict
from grader.observations.model import Observations
from grader.observations.schema import SchemaSnapshot
from grader.report.model import Evidence


@dataclass(frozen=True)
class ExpectedObject:
    """One table, column or key that is expected, and how to find it."""

    id: str
    title: str
    expected: str
    look: Callable[[SchemaSnapshot], Found]
    table: str
    columns: tuple[str, ...] = ()

    def check(self, judged: JudgedSchema, observations: Observations) -> Check:
        """The check of it, with the revision that made it what it is, and the line that did."""
        found = self.look(judged.snapshot)
        revision = evidence.last_changed_at(judged.trail, self._state)
        place = None if found.as_asked else self._place(observations, revision)
        return Check(self.id, self.title, found.as_asked, self.expected, found.text, revision, place)

    def _place(self, observations: Observations, revision: str | None) -> Place | None:
        """The line of the revision that made it; of what no revision made, the line of the models."""
        made = places.of_revision(observations, revision, self.table, self.columns)
        return made or places.of_models(observations, self.table, self.columns)

    def _state(self, snapshot: SchemaSnapshot) -> Found | None:
        found = self.look(snapshot)
        return found if found.there else None


def verdict_on(case: Case) -> Judgement:
    """Judge everything that the assignment expects of a criterion, at head."""
    judged = evidence.judged_schema(case.observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    asked = tuple(objects_expected(case.expectations))
    checks = tuple(item.check(judged, case.observations) for item in asked)
    hint = _hint(asked, case.observations, judged)
    if case.expectations.evolves:
        came = growth.origins(case.expectations, case.observations, judged)
        # A third of the points: as much as half of the other checks together.
        checks = (
            *(replace(item, weight=2) for item in checks),
            growth.check(came, case.observations, weight=len(checks)),
        )
        hint = hint or growth.hint(came, case.observations)
    return Verdict(
        checks=checks,
        evidence=outside_note(judged),
        hint=hint,
        seconds=evidence.seconds(evidence.upgrade_step(case.observations)),
    )


def outside_note(judged: JudgedSchema) -> tuple[Evidence, ...]:
    """A note for the case that the judged schema is not the one of the student's own run."""
    title = "Judged on what the revisions alone make; this comes from elsewhere and is only in your own run"
    return wording.differences(title, judged.outside)


def objects_expected(expectations: Expectations) -> Iterator[ExpectedObject]:
    """Each table, column and key that is expected, tables first."""
    for name in expectations.tables:
        look = partial(lookup.table, name=name)
        yield ExpectedObject(
            f"table_{name}", f"{name} is a table", "a table in the schema public", look, name
        )
    for column in expectations.columns:
        yield column_expected(column)
    for key in expectations.primary_keys:
        title, expected = f"Primary key of {key.table}", f"a primary key on ({', '.join(key.columns)})"
        look = partial(lookup.primary_key, asked=key)
        key_id = f"primary_key_{key.table}"
        yield ExpectedObject(key_id, title, expected, look, key.table, key.columns)
    for key in expectations.unique:
        title = f"{key.table}.{', '.join(key.columns)} is unique"
        expected = f"a unique constraint or a unique index on ({', '.join(key.columns)})"
        look = partial(lookup.uniqueness, asked=key)
        key_id = f"unique_{key.table}_{'_'.join(key.columns)}"
        yield ExpectedObject(key_id, title, expected, look, key.table, key.columns)
    for reference in expectations.foreign_keys:
        title = f"{reference.table}.{', '.join(reference.columns)} points at {reference.target_table}"
        target = f"{reference.target_table}({', '.join(reference.target_columns)})"
        expected = f"a foreign key ({', '.join(reference.columns)}) to {target}"
        look = partial(lookup.foreign_key, asked=reference)
        key_id = f"foreign_key_{reference.table}_{'_'.join(reference.columns)}"
        yield ExpectedObject(key_id, title, expected, look, reference.table, reference.columns)


def column_expected(column: ExpectedColumn) -> ExpectedObject:
    """A column that is expected."""
    return ExpectedObject(
        id=f"column_{column.table}_{column.name}",
        title=f"Column {column.table}.{column.name}",
        expected=wording.described_type(" or ".join(column.types), nullable=column.nullable),
        look=partial(lookup.column, asked=column),
        table=column.table,
        columns=(column.name,),
    )


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
    if not found.there:
        first = f"The models have it{at}:" if right_in_models else f"Add it to the models{at},"
        return (
            f"{first} make a revision with `alembic revision --autogenerate`, see that its upgrade() holds "
            "the change, and upgrade."
        )
    made = f" ({check.place})" if check.place else ""
    first = "The models are right. Write" if right_in_models else f"Correct the models{at} and write"
    return (
        f"{first} the change into a revision; autogenerate does not see every change of a type or a key, so "
        f"add the op.alter_column() or op.create_...() by hand where it is missing{made}."
    )
