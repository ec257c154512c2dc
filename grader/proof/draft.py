"""Drafts an assignment file from what a reference solution was seen to do.

The draft has a criterion for what each revision changes, and one for each kind that needs no settings. What
an instructor has to look over stands in comments. Must not know how the solution was tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from grader.judging import evidence
from grader.judging.comparison import compare
from grader.judging.comparison.rules import names
from grader.judging.evidence import Trail
from grader.observations.model import Observations
from grader.observations.schema import ChangeKind, Difference, SchemaKind, SchemaObject, SchemaSnapshot
from grader.proof.toml_text import criterion_table, toml_key, toml_value
from grader.report.model import Status

_MOST_ID = 40
_CHANGE_POINTS = 25
"""Points of all criteria together that ask for what a revision changes."""
_UP, _CURRENT, _HISTORY, _DOWN, _MODELS = 20, 10, 10, 15, 20
ADVICE = ("configuration", "reapply", "stairway", "rows", "offline", "atomic", "unedited", "explained")
"""The kinds that a draft has as advice without points."""


@dataclass(frozen=True)
class Models:
    """Where the reference models are, as `[reference]` names them."""

    models: str
    metadata: str
    schema: str


@dataclass(frozen=True)
class DraftCriterion:
    """One criterion of a draft."""

    id: str
    kind: str
    keys: Mapping[str, object] = field(default_factory=dict)
    comment: str = ""


def draft(
    observations: Observations,
    *,
    assignment_id: str,
    models: Models | None,
    solution: str,
    advice: Mapping[str, Status],
    project: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """The text of an assignment file.

    Args:
        observations: what was seen of the reference solution. Its upgrade has to have got to head.
        assignment_id: the id of the assignment.
        models: where the reference models are; None if they were not found.
        solution: the folder of the reference solution, relative to the file.
        advice: the kinds that give advice without points, and how the solution itself fares.
        project: the keys of `[project]` with which the solution was tried.
    """
    changes = list(_numbered(_changes(observations)))
    graph = observations.graph
    count = len(evidence.changing_revisions(observations, evidence.judged_schema(observations)))
    revisions = [item.id for item in graph.revisions] if graph else []
    return "\n".join(
        (
            *_head(assignment_id, revisions),
            *_reference(models),
            *_project(observations, project),
            "# The points are a proposal: they have to add up to max_score. Write titles and texts for what",
            "# students shall read in their words; without them, the kind makes them of what is asked for.",
            "",
            *criterion_table("upgrade", "upgrade", _UP),
            *_of_changes(changes),
            *criterion_table("current", "current", _CURRENT),
            *criterion_table("history", "history", _HISTORY, {"minimum_revisions": max(1, min(count, 3))}),
            *criterion_table("downgrade", "downgrade", _DOWN),
            *criterion_table("models", "models", _MODELS + (0 if changes else _CHANGE_POINTS)),
            "# Advice. Give a criterion points to make it count.",
            "",
            *_advice(advice),
            *_accepted(changes),
            *_proof(solution),
        )
    )


def _advice(advice: Mapping[str, Status]) -> Iterator[str]:
    for kind, status in advice.items():
        if status is not Status.FAILED:
            yield from criterion_table(kind, kind, 0, {"group": "practice"})
    failed = [kind for kind, status in advice.items() if status is Status.FAILED]
    if failed:
        yield f"# Left out, because the reference solution itself fails them: {', '.join(failed)}."
        yield ""


def _head(assignment_id: str, revisions: Sequence[str]) -> Iterator[str]:
    yield "# A draft, made from what the revisions of a reference solution do."
    yield "# Look over the lines that begin with #."
    yield ""
    yield 'schema_version = "2"'
    yield f"id = {toml_value(assignment_id)}"
    yield f"title = {toml_value(assignment_id.replace('_', ' ').capitalize())}"
    yield "max_score = 100"
    if revisions:
        yield "# Revisions that students may share. Leave out those that you do not hand out."
        yield f"handed_out_revisions = {toml_value(revisions)}"
    yield ""


def _reference(models: Models | None) -> Iterator[str]:
    if models is None:
        yield "# The reference models were not found. If there are some, name them. Without, the students'"
        yield "# own models are all that a database is compared with."
        yield "# [reference]"
        yield '# models = "app.py"'
        yield '# metadata = "db.metadata"'
        yield '# schema = "reference_schema.sql"'
    else:
        yield "[reference]"
        yield f"models = {toml_value(models.models)}"
        yield f"metadata = {toml_value(models.metadata)}"
        yield f"schema = {toml_value(models.schema)}"
    yield ""


def _project(observations: Observations, given: Mapping[str, object]) -> Iterator[str]:
    layout = observations.submission.layout
    root = layout.root if layout is not None else "."
    found = {} if layout is None or layout.application is None else {"flask_app": layout.application}
    keys = {**found, **given}
    if root == "." and not keys:
        return
    yield "[project]"
    if root != "." and "alembic_root" not in keys:
        yield "# Without this line, the folder is looked for in each submission."
        yield f"# alembic_root = {toml_value(root)}"
    yield from (f"{toml_key(key)} = {toml_value(value)}" for key, value in keys.items())
    yield ""


def _of_changes(changes: Sequence[DraftCriterion]) -> Iterator[str]:
    points = _shared_out(_CHANGE_POINTS, len(changes))
    for item, worth in zip(changes, points, strict=True):
        yield from criterion_table(item.id, item.kind, worth, item.keys, item.comment)


def _shared_out(points: int, over: int) -> list[int]:
    """Whole points that add up."""
    return [points // over + (place < points % over) for place in range(over)] if over else []


def _accepted(changes: Sequence[DraftCriterion]) -> Iterator[str]:
    """Columns whose change could be made optional, for the instructor to decide."""
    changed = [item for item in changes if item.kind == "column_change"]
    for item in changed:
        before, after = item.keys["from"], item.keys["to"]
        if (
            isinstance(before, Mapping)
            and isinstance(after, Mapping)
            and "type" in before
            and "type" in after
        ):
            yield f"# If the change of {item.keys['column']} is optional, the models may have either type:"
            yield "# [[accept]]"
            yield f"# column = {toml_value(item.keys['column'])}"
            yield f"# type = {toml_value([before['type'], after['type']])}"
            yield ""


def _proof(solution: str) -> Iterator[str]:
    yield "# The reference solution, from which `grader assignment check` makes right and wrong answers."
    yield "[proof]"
    yield f"solution = {toml_value(solution)}"
    yield ""


def _numbered(criteria: Iterable[DraftCriterion]) -> Iterator[DraftCriterion]:
    """The criteria under ids that differ."""
    seen: dict[str, int] = {}
    for item in criteria:
        seen[item.id] = seen.get(item.id, 0) + 1
        number = seen[item.id]
        yield (
            item if number == 1 else DraftCriterion(f"{item.id}_{number}", item.kind, item.keys, item.comment)
        )


def _changes(observations: Observations) -> Iterator[DraftCriterion]:
    """A criterion for what each revision does after the first one that makes tables."""
    judged = evidence.judged_schema(observations)
    if judged is None:
        return
    before = evidence.EMPTY
    begun = False
    for revision, after in _whole_trail(observations, judged.trail, judged.snapshot):
        if begun:
            found = observations.graph.get(revision) if observations.graph else None
            message = found.message if found is not None else revision
            yield from _of_revision(before, after, judged.snapshot, message)
        begun = begun or bool(evidence.tables(after))
        before = after


def _whole_trail(
    observations: Observations, trail: Trail, head: SchemaSnapshot
) -> Iterator[tuple[str, SchemaSnapshot]]:
    yield from trail
    last = observations.graph.head if observations.graph else None
    if last is not None and (not trail or trail[-1][0] != last):
        yield last, head


def _of_revision(
    before: SchemaSnapshot, after: SchemaSnapshot, head: SchemaSnapshot, message: str
) -> Iterator[DraftCriterion]:
    differences = compare.strict(before, after)
    comment = f"Revision: {' '.join(message.split()) or 'no message'}."
    renamed = dict(_renamed(before, after, differences))
    asked = _schema_keys(before, after, head, differences, set(renamed.values()))
    if asked:
        yield DraftCriterion(_slug(message), "schema", {"evolves": True, **asked}, comment)
    for old, new in renamed.items():
        table, _, name = new.partition(".")
        keys = {"column": new, "from": {"name": old.partition(".")[2]}, "to": {"name": name}}
        if head.find(SchemaKind.COLUMN, new):
            yield DraftCriterion(_slug(f"{table} {name}"), "column_change", keys, comment)
    changed = dict.fromkeys(
        item.name
        for item in differences
        if item.kind is SchemaKind.COLUMN
        and item.change is ChangeKind.CHANGED
        and item.property in ("type", "nullable", "default")
    )
    for name in changed:
        was, is_ = before.find(SchemaKind.COLUMN, name), after.find(SchemaKind.COLUMN, name)
        if was is not None and is_ is not None and head.find(SchemaKind.COLUMN, name) is not None:
            yield DraftCriterion(_slug(name), "column_change", _change_keys(name, was, is_), comment)


def _change_keys(name: str, was: SchemaObject, is_: SchemaObject) -> dict[str, object]:
    old: dict[str, object] = {}
    new: dict[str, object] = {}
    for key in ("type", "nullable"):
        if was.properties.get(key) != is_.properties.get(key):
            old[key], new[key] = was.properties.get(key), is_.properties.get(key)
    if was.properties.get("default") != is_.properties.get("default"):
        old["default"], new["default"] = _default(was), _default(is_)
    return {"column": name, "from": old, "to": new}


def _default(column: SchemaObject) -> dict[str, object]:
    return {"sql": str(column.properties.get("default") or "NULL")}


def _renamed(
    before: SchemaSnapshot, after: SchemaSnapshot, differences: Sequence[Difference]
) -> Iterator[tuple[str, str]]:
    """Columns that have another name now: one of a type is gone from a table, and one of it has come."""
    gone = _columns_of(differences, ChangeKind.MISSING)
    come = _columns_of(differences, ChangeKind.EXTRA)
    for old in gone:
        table = old.partition(".")[0]
        was = before.find(SchemaKind.COLUMN, old)
        alike = [
            new
            for new in come
            if new.partition(".")[0] == table
            and (is_ := after.find(SchemaKind.COLUMN, new)) is not None
            and was is not None
            and all(is_.properties.get(key) == was.properties.get(key) for key in ("type", "nullable"))
        ]
        if len(alike) == 1:
            yield old, alike[0]


def _columns_of(differences: Sequence[Difference], change: ChangeKind) -> list[str]:
    return [item.name for item in differences if item.kind is SchemaKind.COLUMN and item.change is change]


def _schema_keys(
    before: SchemaSnapshot,
    after: SchemaSnapshot,
    head: SchemaSnapshot,
    differences: Sequence[Difference],
    renamed: set[str],
) -> dict[str, object]:
    """What a revision adds and removes, as far as head bears it out."""
    made = [
        item.name
        for item in differences
        if item.kind is SchemaKind.TABLE and item.change is ChangeKind.EXTRA and _at(head, item.name)
    ]
    added = [
        name
        for name in _columns_of(differences, ChangeKind.EXTRA)
        if name not in renamed and head.find(SchemaKind.COLUMN, name) is not None
    ]
    columns = [item for table in made for item in head.within(SchemaKind.COLUMN, table)]
    columns += [item for name in added if (item := head.find(SchemaKind.COLUMN, name)) is not None]
    new = [
        item
        for item in head.of_kind(SchemaKind.CONSTRAINT)
        if after.find(SchemaKind.CONSTRAINT, item.name) and not before.find(SchemaKind.CONSTRAINT, item.name)
    ]
    gone = [
        item.name
        for item in differences
        if item.change is ChangeKind.MISSING
        and item.kind in (SchemaKind.TABLE, SchemaKind.COLUMN)
        and head.find(item.kind, item.name) is None
        and not _moved(item.name, before, after, renamed)
    ]
    keys: dict[str, object] = {
        "tables": made,
        "primary_keys": [_keyed(item) for item in new if item.properties.get("type") == "primary key"],
        "unique": [_keyed(item) for item in new if item.properties.get("type") == "unique"]
        + _unique_indexes(before, after, head),
        "foreign_keys": [_foreign_key(item) for item in new if item.properties.get("type") == "foreign key"],
        "absent": gone,
        "columns": {
            item.name: {
                "type": item.properties.get("type"),
                "nullable": bool(item.properties.get("nullable")),
            }
            for item in columns
        },
    }
    return {key: value for key, value in keys.items() if value}


def _moved(name: str, before: SchemaSnapshot, after: SchemaSnapshot, renamed: set[str]) -> bool:
    """Whether a column that is gone has only got another name."""
    was = before.find(SchemaKind.COLUMN, name)
    return was is not None and any(
        (is_ := after.find(SchemaKind.COLUMN, new)) is not None
        and new.partition(".")[0] == name.partition(".")[0]
        and is_.properties.get("type") == was.properties.get("type")
        for new in renamed
    )


def _at(head: SchemaSnapshot, table: str) -> bool:
    found = head.find(SchemaKind.TABLE, table)
    return found is not None and found.properties.get("relation") in evidence.REAL_TABLES


def _unique_indexes(before: SchemaSnapshot, after: SchemaSnapshot, head: SchemaSnapshot) -> list[str]:
    return [
        f"{item.properties.get('table')}({', '.join(names(item, 'keys'))})"
        for item in head.of_kind(SchemaKind.INDEX)
        if item.properties.get("unique")
        and not item.properties.get("backs_constraint")
        and not item.properties.get("predicate")
        and not item.properties.get("expression")
        and after.find(SchemaKind.INDEX, item.name)
        and not before.find(SchemaKind.INDEX, item.name)
    ]


def _keyed(item: SchemaObject) -> str:
    return f"{item.properties.get('table')}({', '.join(names(item, 'columns'))})"


def _foreign_key(item: SchemaObject) -> object:
    target = f"{item.properties.get('target_table')}({', '.join(names(item, 'target_columns'))})"
    text = f"{_keyed(item)} -> {target}"
    action = str(item.properties.get("on_delete") or "no action").lower()
    return text if action == "no action" else {"key": text, "on_delete": action}


def _slug(text: str) -> str:
    """An id of letters, digits and `_` from a message."""
    words = "_".join(re.findall(r"[a-z0-9]+", text.lower()))[:_MOST_ID].strip("_")
    return words if words[:1].isalpha() else f"change_{words}".strip("_")
