"""What to do where the database lacks tables or columns that are asked for: what is known decides the advice.

The models may have them already, under another name or in another shape; or the database has them under
another name. Must not know which criterion asks.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from grader.judging import hints, places, wording
from grader.judging.rubric import Place
from grader.observations.model import Observations
from grader.observations.schema import SchemaKind, SchemaSnapshot

_ALIKE = 0.75
_SHORTEST = 3
"""Characters of a name that may be the beginning or the end of another one."""


@dataclass(frozen=True)
class Missing:
    """A table or a column that is asked for and that the database does not have."""

    table: str
    column: str | None = None
    """None for the table as a whole."""

    @property
    def name(self) -> str:
        """`categories`, or `users.bio`."""
        return f"{self.table}.{self.column}" if self.column else self.table


def advice(missing: Sequence[Missing], observations: Observations, head: SchemaSnapshot) -> str | None:
    """What to do first about all of these; None if nothing better is known than that they are missing.

    Args:
        missing: at least one; columns of a table that is missing itself are left out.
        observations: what was seen of the submission.
        head: the schema that lacks them.
    """
    models = observations.models
    if models is not None and models.step.succeeded and not models.tables:
        # Autogenerate would find nothing, whatever the models say.
        return hints.of_runs(observations, ("metadata_none", "metadata_empty"))
    whole = {item.table for item in missing if item.column is None}
    own = [item for item in dict.fromkeys(missing) if item.column is None or item.table not in whole]
    described = observations.snapshot_after(models.step) if models is not None else None
    for item in own:
        other = _alike(item, head, observations.reference)
        if other is not None:
            return _rename(item, other, observations)
    if described is None or any(_is_in_a_revision(item, observations) for item in own):
        return None  # a revision is about it, and what it did is not what was asked
    for item in own:
        other = None if _has(described, item) else _alike(item, described, observations.reference)
        if other is not None:
            return _rename_in_models(item, other, observations)
    return _make(own, described, observations)


def _make(own: Sequence[Missing], described: SchemaSnapshot, observations: Observations) -> str:
    """What to do where nothing is under another name: into the models, and into a revision."""
    there = sorted(
        (item for item in own if _has(described, item)), key=lambda item: _line(item, observations)
    )
    absent = [item for item in own if item not in there]
    if absent:
        place = _at(places.of_models(observations, absent[0].table))
        return f"Add {_listed(absent)} to the models{place}. {_revision(own, 'Then make')}"
    wrong = [text for item in there if (text := _other_than_asked(item, described, observations))]
    place = _at(_place(there[0], observations))
    makes = "no revision makes it" if len(there) == 1 else "no revision makes them"
    if wrong:
        return (
            f"The models have {'; '.join(wrong)}. Correct that first{place}: {makes} yet. "
            f"{_revision(there, 'Then make')}"
        )
    return f"The models have {_listed(there)}{place}, and {makes}. {_revision(there, 'Make')}"


def _revision(items: Sequence[Missing], make: str) -> str:
    command = f'alembic revision --autogenerate -m "{_message(items)}"'
    return f"{make} the revision: `{command}`. Look over its upgrade(), and run `alembic upgrade head`."


def _message(items: Sequence[Missing]) -> str:
    """What a revision says that makes all of these: `add bio and avatar_url to users`."""
    tables = {item.table for item in items}
    if len(tables) == 1 and all(item.column for item in items):
        return f"add {_joined([str(item.column) for item in items])} to {items[0].table}"
    return f"add {_joined([item.name for item in items])}"


def _rename(item: Missing, other: str, observations: Observations) -> str:
    """What to do where the database has it under another name."""
    place = _at(places.of_models(observations, item.table, [other] if item.column else []))
    if item.column:
        there, rename = (
            f"{item.table}.{other}",
            f'op.alter_column("{item.table}", "{other}", new_column_name="{item.column}")',
        )
    else:
        there, rename = other, f'op.rename_table("{other}", "{item.table}")'
        place = _at(places.of_models(observations, other))
    command = f'alembic revision -m "rename {other} to {item.column or item.table}"'
    return (
        f"There is {there}, and the exercise asks for {item.name}. If that is what it is meant to be, rename "
        f"it: in the models{place}, and by `{command}` with `{rename}` in upgrade() and the opposite in "
        "downgrade(). Then run `alembic upgrade head`."
    )


def _rename_in_models(item: Missing, other: str, observations: Observations) -> str:
    """What to do where only the models have it, under another name: no revision has to know that name."""
    there = f"{item.table}.{other}" if item.column else other
    place = _at(
        places.of_models(observations, item.table, [other])
        if item.column
        else places.of_models(observations, other)
    )
    return (
        f"The models have {there}{place}, and the exercise asks for {item.name}. If that is what it is meant "
        "to be, rename it there before you make the revision."
    )


def _alike(item: Missing, snapshot: SchemaSnapshot, reference: SchemaSnapshot | None) -> str | None:
    """A table or a column that nobody asks for and whose name is much like the one that is missing."""
    if reference is None:
        return None
    if item.column is None:
        there = [found.name for found in snapshot.of_kind(SchemaKind.TABLE)]
        asked = {found.name for found in reference.of_kind(SchemaKind.TABLE)}
    else:
        there, asked = _columns(snapshot, item.table), set(_columns(reference, item.table))
    name = item.column or item.table
    return next((other for other in there if other not in asked and _are_alike(name, other)), None)


def _are_alike(name: str, other: str) -> bool:
    short, long = sorted((name.lower(), other.lower()), key=len)
    if len(short) >= _SHORTEST and (long.startswith(short) or long.endswith(short)):
        return True
    return difflib.SequenceMatcher(None, short, long).ratio() >= _ALIKE


def _columns(snapshot: SchemaSnapshot, table: str) -> list[str]:
    return [item.name.removeprefix(f"{table}.") for item in snapshot.within(SchemaKind.COLUMN, table)]


def _has(snapshot: SchemaSnapshot, item: Missing) -> bool:
    kind = SchemaKind.COLUMN if item.column else SchemaKind.TABLE
    return snapshot.find(kind, item.name) is not None


def _is_in_a_revision(item: Missing, observations: Observations) -> bool:
    """Whether a line of a revision's upgrade() is about it."""
    revisions = observations.graph.revisions if observations.graph is not None else ()
    mentions = (mention for found in revisions if found.upgrade for mention in found.upgrade.mentions)
    return any(
        mention.table == item.table and (item.column is None or item.column in mention.columns)
        for mention in mentions
    )


def _other_than_asked(item: Missing, described: SchemaSnapshot, observations: Observations) -> str | None:
    """A column of the models that the exercise asks for in another way, in words."""
    reference = observations.reference
    asked = reference.find(SchemaKind.COLUMN, item.name) if reference is not None and item.column else None
    found = described.find(SchemaKind.COLUMN, item.name)
    if asked is None or found is None:
        return None
    compared = ("type", "nullable")
    if all(asked.properties.get(key) == found.properties.get(key) for key in compared):
        return None
    ours, theirs = wording.column_type(found.properties), wording.column_type(asked.properties)
    return f"{item.name} as {ours}, and the exercise asks for {theirs}"


def _place(item: Missing, observations: Observations) -> Place | None:
    return places.of_models(observations, item.table, [item.column] if item.column else [])


def _line(item: Missing, observations: Observations) -> tuple[bool, str, int, str]:
    """Where the models have it; tables first, as the others belong to them."""
    found = _place(item, observations)
    return (item.column is not None, found.path if found else "", found.line if found else 0, item.name)


def _at(place: Place | None) -> str:
    return f" ({place})" if place is not None else ""


def _listed(items: Sequence[Missing]) -> str:
    return _joined([item.name for item in items])


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
