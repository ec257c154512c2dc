"""Mistakes in keys and indexes that are there: they refer to another table, or are over other columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.made import (
    made_columns,
    made_constraints,
    one_a_table,
    telling,
)
from grader.proof.operators.models import Model
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Constraint, columns_of
from grader.proof.operators.project import Project
from grader.proof.operators.source import (
    Edit,
    Source,
    constant,
    keyword,
    texts,
)


@chaff("A foreign key refers to another table.")
def foreign_key_elsewhere(project: Project) -> Iterator[Change]:
    """To the key of a table that was made earlier, in models and migrations. Applies to keys called `id`."""
    for step, item in telling(made_constraints(project, "foreign_key")):
        target = _target(item)
        others = [table for table in _tables_before(project, item) if table not in (target, item.table)]
        if not others or target is None or item.target is None or len(item.columns) != 1:
            continue
        written = f'"{others[0]}"' if constant(item.target) else f'["{others[0]}.id"]'
        parts = [(step.source, [step.source.replace(item.target, written)])]
        for model, node in _model_targets(project, item):
            parts.append((model.source, [model.source.replace(node, f'"{others[0]}.id"')]))
        yield change(f"{item.said} refers to {others[0]} instead of {target}.", *parts)


@chaff("A foreign key does something else when the row that it refers to is deleted.")
def on_delete_changed(project: Project) -> Iterator[Change]:
    """Leaves `ondelete` out, or writes CASCADE where there is none; in models and migrations."""
    for step, item in telling(made_constraints(project, "foreign_key")):
        given = keyword(item.call, "ondelete")
        parts: list[tuple[Source, list[Edit]]] = []
        pairs: list[tuple[Source, ast.Call]] = [(step.source, item.call)]
        pairs += [(model.source, call) for model, call in _model_key_calls(project, item)]
        for source, call in pairs:
            own = keyword(call, "ondelete")
            edits = (
                source.drop_arguments(call, own) if own else [source.add_argument(call, "ondelete='CASCADE'")]
            )
            parts.append((source, list(edits)))
        does = "does nothing on delete" if given else "deletes with the row that it refers to"
        yield change(f"The foreign key {item.said} {does}.", *parts)


@chaff("Uniqueness is over more columns than asked.")
def unique_over_more(project: Project) -> Iterator[Change]:
    """Takes the next column of the table in. One a table. Applies to `UniqueConstraint` in `create_table`."""
    for step, item in one_a_table(made_constraints(project, "unique")):
        if item.is_element:
            columns = [column.name for column in columns_of(item.operation)]
            more = next((name for name in columns if name not in item.columns), None)
            if more is not None:
                edit = Edit(*(step.source.end(item.call.args[-1]),) * 2, f', "{more}"')
                yield change(f"{item.said} is unique only together with {more}.", (step.source, [edit]))


@chaff("An index is over other columns than asked.")
def index_over_other_columns(project: Project) -> Iterator[Change]:
    """Leaves the last column out; an index over one column is made over another one of the table."""
    for step, item in made_constraints(project, "index"):
        if item.columns_node is None:
            continue
        columns = [column.name for _, column in made_columns(project) if column.table == item.table]
        other = item.columns[:-1] or tuple(name for name in columns if name not in item.columns)[:1]
        if other:
            edits = [step.source.replace(item.columns_node, repr(list(other)))]
            yield change(f"The index {item.said} is over {', '.join(other)}.", (step.source, edits))


def _target(item: Constraint) -> str | None:
    """The table that a foreign key refers to."""
    if (name := constant(item.target)) is not None:
        return name
    names = texts(item.target)
    return names[0].rpartition(".")[0] if names and len(names) == 1 and names[0].endswith(".id") else None


def _tables_before(project: Project, item: Constraint) -> Iterator[str]:
    """The tables with a key `id` that are made before a foreign key is."""
    for step in project.steps:
        for operation in step.upgrade:
            if operation is item.operation:
                return
            names = [column for column in columns_of(operation) if column.name == "id" and column.is_key]
            if operation.name == "create_table" and names and operation.table:
                yield operation.table


def _model_key_calls(project: Project, item: Constraint) -> Iterator[tuple[Model, ast.Call]]:
    """Where the models write a foreign key: `ForeignKey(...)`, or the field that has `foreign_key=`."""
    for model in project.models:
        found = (
            model.column(item.columns[0]) if model.table == item.table and len(item.columns) == 1 else None
        )
        if found is None or found.call is None:
            continue
        key = found.foreign_key or (found.call if keyword(found.call, "foreign_key") else None)
        if key is not None:
            yield model, key


def _model_targets(project: Project, item: Constraint) -> Iterator[tuple[Model, ast.expr]]:
    for model, call in _model_key_calls(project, item):
        given = keyword(call, "foreign_key")
        yield model, given.value if given else call.args[0]
