"""Whether a schema grew: columns that a later revision added to a table, tables that came after the first.

Goes by the schemas that were seen on the way up, never by what a file says. Knows no criterion by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.assignment.objects import ExpectedSchema
from grader.judging import evidence, hints, outside, places
from grader.judging.evidence import JudgedSchema, Trail
from grader.judging.rubric import Check
from grader.observations.model import Observations
from grader.observations.revisions import Revision
from grader.observations.schema import SchemaKind, SchemaSnapshot

NOT_SEEN = ""
"""In the place of a revision: it is not known which one made a state of the schema."""


@dataclass(frozen=True)
class Origin:
    """How a table or a column that has to be added later came into the schema."""

    table: str
    column: str | None
    """None for the table as a whole."""
    there: bool = True
    """Whether it is there at head."""
    later: bool = False
    """Whether a schema was seen that it was added to."""
    revision: str | None = None
    """The revision that made it in one go with what has to be there first; None if that was not seen."""

    @property
    def name(self) -> str:
        """`categories`, or `users.bio`."""
        return f"{self.table}.{self.column}" if self.column else self.table


def origins(expected: ExpectedSchema, observations: Observations, judged: JudgedSchema) -> tuple[Origin, ...]:
    """All that an assignment wants to be added later, with how it came.

    These are the tables that it names, and the columns that it names of other tables. What counts is what is
    there at head: something that an earlier revision dropped again may have come with it.
    """
    trail = _way_up(observations, judged)
    tables = (_of_table(trail, name) for name in expected.tables)
    columns = (
        _of_column(trail, item.table, item.name)
        for item in expected.columns
        if item.table not in expected.tables
    )
    return (*tables, *columns)


def _way_up(observations: Observations, judged: JudgedSchema) -> Trail:
    """The schema after each revision that was seen to run, and last the schema at head.

    Where the revisions did not run one by one up to head, it is not known which of them made a state.
    """
    graph, below = observations.graph, observations.below_head
    reached = {item.revision for item in observations.stairway if item.revision in (item.up.versions or ())}
    trail = tuple((revision, snapshot) for revision, snapshot in judged.trail if revision in reached)
    head = graph.head if graph is not None else None
    by_itself = head in reached or (graph is not None and len(graph.revisions) == 1)
    parent = observations.snapshot_after(below) if below is not None and below.succeeded else None
    if parent is not None:
        trail, by_itself = (*trail, (NOT_SEEN, outside.without(parent, judged.outside))), True
    return (*trail, (head if head and by_itself else NOT_SEEN, judged.snapshot))


def _of_table(trail: Trail, name: str) -> Origin:
    if not _has(trail[-1][1], name):
        return Origin(name, None, there=False)
    if any(evidence.tables(snapshot) and not _has(snapshot, name) for _, snapshot in trail):
        return Origin(name, None, later=True)
    first = next(revision for revision, snapshot in trail if _has(snapshot, name))
    return Origin(name, None, revision=first or None)


def _of_column(trail: Trail, table: str, name: str) -> Origin:
    if not _has(trail[-1][1], table, name):
        return Origin(table, name, there=False)
    states = list(_states_of(trail, table))
    if any(not _has(snapshot, known, name) for known, _, snapshot in states):
        return Origin(table, name, later=True)
    return Origin(table, name, revision=states[-1][1] or None)


def _states_of(trail: Trail, table: str) -> Iterator[tuple[str, str, SchemaSnapshot]]:
    """The schemas that have a table, newest first: its name there, the revision, and the schema."""
    newer: SchemaSnapshot | None = None
    for revision, snapshot in reversed(trail):
        table = name_before(snapshot, newer, table)
        if _has(snapshot, table):
            yield table, revision, snapshot
        newer = snapshot


def name_before(before: SchemaSnapshot | None, after: SchemaSnapshot | None, table: str) -> str:
    """What a table was called before a revision, by its name after it."""
    if before is None or after is None or _has(before, table) or not _has(after, table):
        return table
    return _earlier_name(before, after, table) or table


def _earlier_name(before: SchemaSnapshot, after: SchemaSnapshot, table: str) -> str | None:
    """The table that became this one: gone when this one appears, with half of its columns or more."""
    columns = _columns(after, table)
    for item in evidence.tables(before):
        old = _columns(before, item.name)
        if not _has(after, item.name) and 2 * len(old & columns) >= max(len(old), len(columns)):
            return item.name
    return None


def _columns(snapshot: SchemaSnapshot, table: str) -> set[str]:
    return {item.name.removeprefix(f"{table}.") for item in snapshot.within(SchemaKind.COLUMN, table)}


def _has(snapshot: SchemaSnapshot, table: str, column: str | None = None) -> bool:
    """Whether there is a table of that name with rows of its own, and whether it has the column."""
    found = snapshot.find(SchemaKind.TABLE, table)
    if found is None or found.properties.get("relation") not in evidence.REAL_TABLES:
        return False
    return column is None or snapshot.find(SchemaKind.COLUMN, f"{table}.{column}") is not None


def any_too_early(found: Sequence[Origin]) -> bool:
    """Whether something is there at head and was not added later; what is missing does not count."""
    return any(item.there and not item.later for item in found)


def check(found: Sequence[Origin], observations: Observations, weight: int) -> Check:
    """The check that all of these were added to a schema that was there already.

    Args:
        found: at least one.
        observations: what was seen of the submission.
        weight: the weight of the check.
    """
    tables = [item.name for item in found if item.column is None]
    columns = [item.name for item in found if item.column is not None]
    asked = [f"{_listed(tables)} by a later revision than the first"] if tables else []
    asked += [f"{_listed(columns)} by a later revision than the one that makes the table"] if columns else []
    wrong = [item for item in found if not item.later]
    first = next((item for item in wrong if item.revision), None)
    return Check(
        "evolves",
        "The schema grew to it, revision by revision",
        passed=not wrong,
        expected="; ".join(asked),
        found="; ".join(_told(wrong)) or "added by a later revision",
        revision=first.revision if first else None,
        place=places.of_revision(observations, first.revision, first.table, _names([first]))
        if first
        else None,
        weight=weight,
    )


def hint(found: Sequence[Origin], observations: Observations) -> str | None:
    """How to let the schema grow; None if it did, or if something is missing altogether."""
    wrong = [item for item in found if item.there and not item.later]
    if not wrong:
        return None
    first = next((item.revision for item in wrong if item.revision), None)
    revision = observations.graph.get(first) if observations.graph and first else None
    if revision is None:
        return (
            f"No revision was seen to add {_listed([item.name for item in wrong])}, because the revisions do "
            "not run one at a time. On an empty database run `alembic upgrade +1` again and again: mend the "
            "revision that stops, or split it."
        )
    together = [item for item in wrong if item.revision == first]
    names = _listed([item.name for item in together])
    place = places.of_revision(observations, first, together[0].table, _names(together))
    cause = f"{_made(together)} ({place or revision.path}). "
    asked = "The exercise asks for a schema that grows: these come later, by a revision of their own. "
    by_models = hints.of_runs(observations, ("create_all_in_revision",), first)
    if by_models is not None:
        return (
            f"{cause}{asked}{by_models} Leave {names} out there, and make a revision that adds it: `alembic "
            f'revision -m "add {names}"`. {_right_after(revision, observations)}'
        ).rstrip()
    return (
        f'{cause}{asked}Run `alembic downgrade base` on your own database, and `alembic revision -m "add '
        f'{names}"`. Move {names} from {revision.path} into the new file: in upgrade() `op.create_table(…)` '
        "for a table and `op.add_column(…)` for a column, then its foreign key; in downgrade() the opposite, "
        f"the last one first. {_right_after(revision, observations)}Then run `alembic upgrade head`."
    )


def _right_after(revision: Revision, observations: Observations) -> str:
    """How a new revision comes right after another one: later ones may need what it makes."""
    graph = observations.graph
    following = [item.path for item in graph.revisions if revision.id in item.parents] if graph else []
    if not following:
        return ""
    return (
        f'It comes right after that one: write `down_revision = "{revision.id}"` into it, and its own id as '
        f"down_revision into {_listed(following)}. "
    )


def _told(wrong: Sequence[Origin]) -> Iterator[str]:
    for revision in dict.fromkeys(item.revision for item in wrong if item.revision):
        yield _made([item for item in wrong if item.revision == revision])
    for item in wrong:
        if not item.there:
            yield f"{item.name} is not there"
        elif item.revision is None:
            yield f"no revision was seen to add {item.name}"


def _made(together: Sequence[Origin]) -> str:
    """What one revision made that should have come later."""
    tables = [item.name for item in together if item.column is None]
    made = [f"the first tables and {_listed(tables)} with them"] if tables else []
    for name in dict.fromkeys(item.table for item in together if item.column is not None):
        columns = [str(item.column) for item in together if item.table == name and item.column is not None]
        made.append(f"{name} with {_listed(columns)}")
    return f"Revision {together[0].revision} makes {_listed(made)}"


def _names(found: Sequence[Origin]) -> tuple[str, ...]:
    return tuple(item.column for item in found if item.column is not None)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
