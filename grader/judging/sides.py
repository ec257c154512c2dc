"""What to do where models and database differ: which of the two is wrong, where it is mended, and how.

What the exercise asks for decides which side is wrong. Where it asks for neither, the student does. Must not
know what a difference costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from grader.judging import places, wording
from grader.judging.comparison.autogenerate import not_looked_at
from grader.judging.rubric import Place
from grader.observations.model import Observations
from grader.observations.schema import ChangeKind, Difference, PropertyValue, SchemaKind


class Wrong(Enum):
    """The side that is not as the exercise asks."""

    MODELS = "models"
    DATABASE = "database"
    BOTH = "both"
    NEITHER = "neither"
    """The exercise does not say how it should be."""


@dataclass(frozen=True)
class Sides:
    """How models and database differ from what the exercise asks for."""

    models: tuple[Difference, ...]
    database: tuple[Difference, ...]

    def wrong(self, item: Difference) -> Wrong:
        """Which side is wrong in a difference between models and database."""
        models = any(_same_subject(item, other) for other in self.models)
        database = any(_same_subject(item, other) for other in self.database)
        if models and database:
            return Wrong.BOTH
        return Wrong.MODELS if models else Wrong.DATABASE if database else Wrong.NEITHER

    def decided_first(self, differences: Iterable[Difference]) -> tuple[Difference, ...]:
        """The same differences; those of which the exercise says how it should be come before all others."""
        return tuple(sorted(differences, key=lambda item: self.wrong(item) is Wrong.NEITHER))

    def asked(self, item: Difference) -> PropertyValue:
        """The value that the exercise asks for, where a property of `item` is wrong."""
        return next((other.expected for other in self.database if _same_subject(item, other)), None)


def _same_subject(item: Difference, other: Difference) -> bool:
    return (item.kind, item.name, item.property) == (other.kind, other.name, other.property)


def told(item: Difference) -> str:
    """A difference between models and database in words that say which side has what."""
    thing = f"{item.kind} {item.name}"
    since = f" (since revision {item.revision})" if item.revision else ""
    if item.change is ChangeKind.MISSING:
        return f"{thing} is in the models and not in the database"
    if item.change is ChangeKind.EXTRA:
        return f"{thing} is in the database and not in the models{since}"
    if item.property == "nullable":
        ours, theirs = ("nullable" if value else "not null" for value in (item.expected, item.found))
        return f"{thing} is {ours} in the models and {theirs} in the database{since}"
    ours, theirs = wording.value(item.expected), wording.value(item.found)
    return f"{thing}: {_named(item)} is {ours} in the models and {theirs} in the database{since}"


def place(observations: Observations, item: Difference, wrong: Wrong) -> Place | None:
    """Where a difference between models and database is mended."""
    in_models = places.of_models(observations, *subject(item))
    in_revision = place_in_revision(observations, item)
    if wrong is Wrong.MODELS:
        return in_models
    if wrong is Wrong.DATABASE:
        return in_revision or in_models
    return (in_revision if item.change is ChangeKind.EXTRA else in_models) or in_revision or in_models


def place_in_revision(observations: Observations, item: Difference) -> Place | None:
    """The line of a revision that made the database what it is; None for what the database does not have."""
    table, columns = subject(item)
    if item.revision is None and item.change is not ChangeKind.MISSING and item.kind is not SchemaKind.COLUMN:
        return places.of_rule(observations, table, columns)
    return places.of_revision(observations, item.revision, table, columns)


def without_consequences(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same differences without the keys and indexes of columns that are themselves missing or extra."""
    whole = {(item.change, *subject(item)) for item in differences if item.kind is SchemaKind.COLUMN}

    def follows(item: Difference) -> bool:
        table, columns = subject(item)
        is_rule = item.kind in (SchemaKind.CONSTRAINT, SchemaKind.INDEX) and item.property is None
        return is_rule and any((item.change, table, (column,)) in whole for column in columns)

    return tuple(item for item in differences if not follows(item))


def advice(observations: Observations, own: Sequence[Difference], sides: Sides) -> str:
    """What to do about the first difference between models and database; the others are only counted."""
    item, wrong = own[0], sides.wrong(own[0])
    models = _at(places.of_models(observations, *subject(item)))
    revision = _at(place_in_revision(observations, item))
    fix = {
        Wrong.MODELS: _mend_models(item, own, models),
        Wrong.DATABASE: (
            f"The models are as the exercise asks, so change the database{revision}: "
            f"{_mend_database(item, own)}"
        ),
        Wrong.BOTH: (
            f"The exercise asks for {wording.value(sides.asked(item))}: correct the models{models}, and make "
            "a revision that changes the database to it."
        ),
        Wrong.NEITHER: (
            "The exercise leaves this open. If the models are right: "
            f"{_mend_database(item, own)} If the database is right{revision}, "
            f"{_take_over(item, models)}."
        ),
    }[wrong]
    more = f" The report lists {wording.counted(len(own) - 1, 'more difference')}." if len(own) > 1 else ""
    return f"Models and database differ: {told(item)}. {fix}{more}"


def _mend_models(item: Difference, own: Sequence[Difference], models: str) -> str:
    seen = not_looked_at(item, own) is None
    shown = " `alembic check` shows the difference too." if seen else ""
    what = _take_over(item, models)
    return f"The database is as the exercise asks, so {what}; no revision is needed.{shown}"


def _take_over(item: Difference, models: str) -> str:
    """What makes the models as the database is."""
    if item.change is ChangeKind.MISSING:
        return f"take it out of the models{models}"
    if item.kind is SchemaKind.TABLE and item.change is ChangeKind.EXTRA and models:
        return (
            f"let target_metadata in env.py have the model that declares it{models}: import its module "
            "there, and take the metadata of its own Base"
        )
    return f"{'add it to' if item.change is ChangeKind.EXTRA else 'correct'} the models{models}"


def _mend_database(item: Difference, own: Iterable[Difference]) -> str:
    """The commands and operations of a revision that makes the database as the models are."""
    blind = not_looked_at(item, own)
    if blind is None:
        return '`alembic check` shows it, and `alembic revision --autogenerate -m "..."` writes the revision.'
    operation = _operation(item)
    by_hand = f": `{operation}` in upgrade(), and the way back in downgrade()" if operation else " by hand"
    return (
        f"`alembic check` does not look at {blind}, so write it into a revision "
        f"(`alembic revision`){by_hand}."
    )


def subject(item: Difference) -> tuple[str, tuple[str, ...]]:
    """The table and the columns that a difference is about."""
    if item.kind is SchemaKind.COLUMN:
        table, _, column = item.name.rpartition(".")
        return table, (column,)
    if item.kind in (SchemaKind.CONSTRAINT, SchemaKind.INDEX):
        listed = re.search(r"\(([^()]*)\)", item.name)
        columns = tuple(listed[1].split(", ")) if listed else ()
        return item.name.rpartition(" on ")[2], columns
    return item.name, ()


def _named(item: Difference) -> str:
    return {"default": "the server default", "type": "the type"}.get(item.property or "", item.property or "")


def _at(found: Place | None) -> str:
    return f" ({found})" if found else ""


def _operation(item: Difference) -> str | None:
    """The operation that changes the database to what the models say, where it is easily written."""
    table, columns = subject(item)
    if item.kind is SchemaKind.COLUMN and item.property == "default":
        value = f"sa.text({str(item.expected)!r})" if item.expected is not None else "None"
        return f'op.alter_column("{table}", "{columns[0]}", server_default={value})'
    if item.kind is SchemaKind.COLUMN and item.property == "type" and isinstance(item.expected, str):
        type_ = _in_sqlalchemy(item.expected)
        if type_ is not None:
            return f'op.alter_column("{table}", "{columns[0]}", type_={type_})'
    if item.kind is SchemaKind.CONSTRAINT and item.change is ChangeKind.MISSING:
        if item.name.startswith("check "):
            condition = item.name.removeprefix("check ").removesuffix(f" on {table}")
            return f'op.create_check_constraint("ck_{table}_...", "{table}", {condition[1:-1]!r})'
        if item.name.startswith("primary key "):
            return f'op.create_primary_key("pk_{table}", "{table}", {list(columns)!r})'
    return None


_TYPES = {
    "text": "sa.Text()",
    "integer": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "smallint": "sa.SmallInteger()",
    "boolean": "sa.Boolean()",
    "date": "sa.Date()",
    "timestamp without time zone": "sa.DateTime()",
    "timestamp with time zone": "sa.DateTime(timezone=True)",
    "character varying": "sa.String()",
    "numeric": "sa.Numeric()",
    "json": "sa.JSON()",
}


def _in_sqlalchemy(type_name: str) -> str | None:
    """A type of PostgreSQL as a revision writes it; None for the rarer ones."""
    name, _, arguments = type_name.partition("(")
    written = _TYPES.get(name)
    if written is None or not arguments:
        return written
    return f"{written.removesuffix(')')}{arguments.replace(',', ', ')}"
