"""What a chain makes: its columns and constraints, each with the revision that makes it.

Chooses those that an operator changes. Must not know how it changes them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeVar

from grader.proof.operators.models import Model, ModelColumn
from grader.proof.operators.operations import Column, Constraint, Operation, columns_of, constraints_of
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import Edit, constant, texts

_Thing = TypeVar("_Thing", Column, Constraint)


def made_columns(project: Project) -> Iterator[tuple[Step, Column]]:
    """The columns that revisions make and that stand at head as they were made; no primary keys."""
    for step in project.steps:
        for operation in step.upgrade:
            for column in columns_of(operation):
                if not column.is_key and not is_touched(project, step, column):
                    yield step, column


def made_constraints(project: Project, *kinds: str) -> Iterator[tuple[Step, Constraint]]:
    """The constraints and indexes that revisions make, and that no later one drops."""
    dropped = {
        (operation.table, operation.object)
        for step in project.steps
        for operation in step.upgrade
        if operation.name in ("drop_constraint", "drop_index")
    }
    gone = {
        operation.table
        for step in project.steps
        for operation in step.upgrade
        if operation.name == "drop_table"
    }
    for step in project.steps:
        for operation in step.upgrade:
            for item in constraints_of(operation):
                known = item.kind in kinds and item.table not in gone
                if known and (item.name is None or (item.table, item.name) not in dropped):
                    yield step, item


def telling(made: Iterable[tuple[Step, _Thing]]) -> Iterator[tuple[Step, _Thing]]:
    """All that later revisions make, and one thing for each table of a first revision.

    An exercise hands out its first revision, or asks for what comes after it. More would tell the same.
    """
    seen: set[str] = set()
    for step, item in made:
        if step.revision.parents:
            yield step, item
        elif item.table not in seen:
            seen.add(item.table)
            yield step, item


def one_a_table(made: Iterable[tuple[Step, _Thing]]) -> Iterator[tuple[Step, _Thing]]:
    """The first thing of each table."""
    seen: set[str] = set()
    for step, item in made:
        if item.table not in seen:
            seen.add(item.table)
            yield step, item


def is_touched(project: Project, maker: Step, column: Column) -> bool:
    """Whether an upgrade changes, renames or drops a column, or its table, after it was made."""
    for step in project.steps:
        for operation in step.upgrade:
            if operation.name in ("drop_table", "rename_table") and operation.table == column.table:
                return True
            of_it = operation.table == column.table and operation.column == column.name
            if of_it and operation.name in ("drop_column", "alter_column"):
                return True
            if step is not maker and is_made_again(operation, column):
                return True
    return False


def is_made_again(operation: Operation, column: Column) -> bool:
    """Whether another operation makes a column of that name in that table."""
    return any((item.table, item.name) == (column.table, column.name) for item in columns_of(operation))


def model_column(project: Project, table: str, column: str) -> tuple[Model, ModelColumn] | None:
    """Where the models declare a column; None where that is not in one place."""
    found = [
        (model, item) for model in project.models if model.table == table and (item := model.column(column))
    ]
    return found[0] if len(found) == 1 else None


def sql_of(operation: Operation) -> str | None:
    """The text of `op.execute(...)`, where it is a plain string."""
    return constant(operation.argument("sql")) if operation.name == "execute" else None


def speaks_of(operation: Operation, *words: str) -> bool:
    """Whether all of these words stand in the strings of an operation."""
    said = " ".join(
        node.value
        for node in ast.walk(operation.statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    for sign in '.,;()"=<>':
        said = said.replace(sign, " ")
    return set(words) <= set(said.split())


def without_column(project: Project, step: Step, column: Column) -> list[Edit] | None:
    """The edits of a revision that leave a column out of it, with all that rests on it there.

    None where more would be needed: another revision uses it, a key elsewhere refers to it, or SQL names it.
    """
    if any(
        _rests_on(operation, column, elsewhere=other is not step)
        for other in project.steps
        for operation in (*other.upgrade, *other.downgrade)
    ):
        return None
    source = step.source
    edits: list[Edit] = []
    gone: set[str | None] = set()
    mine = [item for item in (*step.upgrade, *step.downgrade) if item.table == column.table]
    for operation in mine:
        if operation is column.operation and operation.name == "create_table":
            with_it = [item.call for item in constraints_of(operation) if column.name in item.columns]
            edits += source.drop_arguments(operation.call, column.call, *with_it)
        elif _names(operation, column.name):
            edits += source.drop_statements(operation.statement)
            gone.add(operation.object)
    for operation in mine:
        if operation.name in ("drop_constraint", "drop_index") and operation.object in gone - {None}:
            edits += source.drop_statements(operation.statement)
    return edits


def _rests_on(operation: Operation, column: Column, *, elsewhere: bool) -> bool:
    """Whether an operation cannot do without a column, and cannot be left out with it."""
    if refers_to(operation, column.table, column.name):
        return True
    is_raw = operation.name in ("execute", "bulk_insert", "create_check_constraint")
    if is_raw and speaks_of(operation, column.name):
        return True
    if operation.table != column.table:
        return False
    checks = [item for item in constraints_of(operation) if item.kind == "check" and item.is_element]
    in_check = any(column.name in ast.unparse(item.call.args[0]) for item in checks)
    return in_check or (elsewhere and _names(operation, column.name))


def refers_to(operation: Operation, table: str, column: str) -> bool:
    """Whether a foreign key refers to a column."""
    if operation.name == "create_foreign_key":
        remote = texts(operation.argument("remote_cols")) or ()
        return constant(operation.argument("referent_table")) == table and column in remote
    return any(
        f"{table}.{column}" in (texts(item.target) or ())
        for item in constraints_of(operation)
        if item.kind == "foreign_key"
    )


def _names(operation: Operation, column: str) -> bool:
    if operation.name == "create_table":
        return False
    return operation.column == column or any(column in item.columns for item in constraints_of(operation))


def unmade(step: Step, constraint: Constraint) -> Iterator[Edit]:
    """The edits that leave out a constraint, and on the way back what drops it."""
    source = step.source
    if constraint.is_element:
        call = constraint.operation.call
        yield from source.drop_arguments(call, constraint.call)
        return
    yield from source.drop_statements(constraint.operation.statement)
    for operation in step.downgrade:
        drops = operation.name in ("drop_constraint", "drop_index")
        if drops and operation.object == constraint.name and constraint.name is not None:
            yield from source.drop_statements(operation.statement)
