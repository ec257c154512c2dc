"""Criteria about what is there at head: `user_columns` and `category_table`.

What they ask for is data of the assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from grader.assignment.model import Expectations, ExpectedColumn
from grader.judging import evidence, lookup, wording
from grader.judging.evidence import JudgedSchema
from grader.judging.lookup import Found
from grader.judging.rubric import Case, Check, Judgement, Unjudged, Verdict, criterion
from grader.observations.model import Observations
from grader.observations.schema import SchemaSnapshot
from grader.report.model import Evidence


@dataclass(frozen=True)
class ExpectedObjects:
    """One table, column or key that is asked for, and how to look for it."""

    id: str
    title: str
    expected: str
    look: Callable[[SchemaSnapshot], Found]

    def check(self, judged: JudgedSchema) -> Check:
        """The check of it, with the revision that made it what it is."""
        found = self.look(judged.snapshot)
        revision = evidence.turning_point(judged.trail, self._state)
        return Check(self.id, self.title, found.as_asked, self.expected, found.text, revision)

    def _state(self, snapshot: SchemaSnapshot) -> Found | None:
        found = self.look(snapshot)
        return found if found.there else None


@criterion("user_columns", title="Columns bio and avatar_url", requires=("upgrade_head",))
def user_columns(case: Case) -> Judgement:
    """At head `users` has `bio` TEXT NULL and `avatar_url` VARCHAR(255) NULL."""
    return _as_expected(case)


@criterion("category_table", title="Table categories", requires=("upgrade_head",))
def category_table(case: Case) -> Judgement:
    """At head `categories` is a real table with its columns and keys; `posts.category_id` points at it."""
    return _as_expected(case)


def _as_expected(case: Case) -> Judgement:
    judged = evidence.judged_schema(case.observations)
    if judged is None:
        return Unjudged("The schema at head was not looked at.")
    asked = tuple(things_asked(case.expectations))
    return Verdict(
        checks=tuple(item.check(judged) for item in asked),
        evidence=outside_note(judged),
        hint=_hint(asked, case.observations, judged),
        seconds=upgrade_seconds(case.observations),
    )


def upgrade_seconds(observations: Observations) -> float:
    """What the upgrade took whose outcome the schema criteria look at."""
    return evidence.seconds(observations.one_shot.upgrade if observations.one_shot else None)


def outside_note(judged: JudgedSchema) -> tuple[Evidence, ...]:
    """Says so where the judged schema is not that of the student's own run."""
    title = "Judged on what the revisions alone make; this is only in your own run, from outside of them"
    return wording.differences(title, judged.outside)


def things_asked(expectations: Expectations) -> Iterator[ExpectedObjects]:
    """Each table, column and key that is expected, tables first."""
    for name in expectations.tables:
        look = partial(lookup.table, name=name)
        yield ExpectedObjects(f"table_{name}", f"{name} is a table", "a table in the schema public", look)
    for column in expectations.columns:
        yield column_asked(column)
    for key in expectations.primary_keys:
        title, expected = f"Primary key of {key.table}", f"a primary key on ({', '.join(key.columns)})"
        look = partial(lookup.primary_key, asked=key)
        yield ExpectedObjects(f"primary_key_{key.table}", title, expected, look)
    for key in expectations.unique:
        title = f"{key.table}.{', '.join(key.columns)} is unique"
        expected = f"a unique constraint or a unique index on ({', '.join(key.columns)})"
        look = partial(lookup.uniqueness, asked=key)
        yield ExpectedObjects(f"unique_{key.table}_{'_'.join(key.columns)}", title, expected, look)
    for reference in expectations.foreign_keys:
        title = f"{reference.table}.{', '.join(reference.columns)} points at {reference.target_table}"
        target = f"{reference.target_table}({', '.join(reference.target_columns)})"
        expected = f"a foreign key ({', '.join(reference.columns)}) to {target}"
        look = partial(lookup.foreign_key, asked=reference)
        yield ExpectedObjects(
            f"foreign_key_{reference.table}_{'_'.join(reference.columns)}", title, expected, look
        )


def column_asked(column: ExpectedColumn) -> ExpectedObjects:
    """A column that is expected."""
    return ExpectedObjects(
        id=f"column_{column.table}_{column.name}",
        title=f"Column {column.table}.{column.name}",
        expected=wording.described_type(" or ".join(column.types), nullable=column.nullable),
        look=partial(lookup.column, asked=column),
    )


def _hint(asked: Sequence[ExpectedObjects], observations: Observations, judged: JudgedSchema) -> str | None:
    wrong = next((item for item in asked if not item.look(judged.snapshot).as_asked), None)
    if wrong is None:
        return None
    one_shot = observations.one_shot
    own = observations.snapshot_after(one_shot.upgrade if one_shot else None)
    if judged.outside and own is not None and wrong.look(own).as_asked:
        return (
            f"{wrong.title}: your database has it, but no revision makes it. Something else does "
            "(create_all() or SQL in env.py or in the app): take that out, and let a revision do it."
        )
    found, check = wrong.look(judged.snapshot), wrong.check(judged)
    where = f" (since revision {check.revision})" if check.revision else ""
    problem = f"{wrong.title}: expected {wrong.expected}, but {found.text}{where}."
    if not found.there:
        return (
            f"{problem} Add it to the models, make a revision with `alembic revision --autogenerate`, "
            "see that its upgrade() holds the change, and upgrade."
        )
    return (
        f"{problem} Correct the models and write the change into a revision; autogenerate does not see "
        "every change of a type or a key, so add the op.alter_column() or op.create_...() by hand "
        "where it is missing."
    )
