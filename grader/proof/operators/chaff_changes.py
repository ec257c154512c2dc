"""Mistakes in columns that a revision changes: not changed, to another type, not changed back, made again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.chaff_columns import other_length_of, other_type_of, with_type
from grader.proof.operators.chaff_steps import said, undoes
from grader.proof.operators.made import (
    made_constraints,
)
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Operation, columns_of
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import (
    Edit,
    Source,
    constant,
    keyword,
    sqlalchemy_prefix,
)


@chaff("A column was not changed.")
def change_left_out(project: Project) -> Iterator[Change]:
    """Leaves `alter_column` out of a revision, there and back."""
    for step, operation in _alters(project):
        undoing = [item.statement for item in step.downgrade if undoes(item, operation)]
        edits = step.source.drop_statements(operation.statement, *undoing)
        yield change(f"{step.label} lacks {said(step.source, operation)}.", (step.source, edits))


@chaff("A column was changed to another type than asked.")
def changed_to_other_type(project: Project) -> Iterator[Change]:
    """Another length where the type has one, or another type. Applies to `alter_column(type_=...)`."""
    for step, operation in _alters(project):
        if edits := _other_alter(step.source, operation):
            sentence = f"{step.label} gives {operation.table}.{operation.column} another type."
            yield change(sentence, (step.source, edits))


@chaff("A downgrade does not give back the type that there was.")
def other_type_restored(project: Project) -> Iterator[Change]:
    """Applies to `alter_column(type_=...)` in a downgrade."""
    for step in project.steps:
        for operation in step.downgrade:
            if operation.name == "alter_column" and (edits := _other_alter(step.source, operation)):
                sentence = (
                    f"downgrade() of {step.label} gives {operation.table}.{operation.column} another type."
                )
                yield change(sentence, (step.source, edits))


@chaff("A downgrade does not give back whether a column allows NULL.")
def nullability_not_restored(project: Project) -> Iterator[Change]:
    """Applies to `alter_column(nullable=...)` in a downgrade."""
    for step in project.steps:
        for operation in step.downgrade:
            given = keyword(operation.call, "nullable") if operation.name == "alter_column" else None
            if given is not None:
                edits = step.source.drop_arguments(operation.call, given)
                sentence = f"downgrade() of {step.label} leaves whether {operation.column} allows NULL."
                yield change(sentence, (step.source, edits))


@chaff("What should be gone is still there.")
def old_left_behind(project: Project) -> Iterator[Change]:
    """Leaves `drop_column` or `drop_table` out of an upgrade, and its counterpart out of the downgrade."""
    for step in project.steps:
        for operation in step.upgrade:
            if operation.name in ("drop_column", "drop_table"):
                again = [item.statement for item in step.downgrade if undoes(operation, item)]
                edits = step.source.drop_statements(operation.statement, *again)
                yield change(f"{step.label} lacks {said(step.source, operation)}.", (step.source, edits))


@chaff("A column is dropped and made again instead of changed.")
def made_again(project: Project) -> Iterator[Change]:
    """As autogenerate writes a new name: `drop_column` and `add_column`. The rows lose what they held.

    Applies to `alter_column` with a type or a new name, where the type is known. What is unique stays so.
    """
    for step, operation in _alters(project):
        new, given = keyword(operation.call, "new_column_name"), keyword(operation.call, "type_")
        table, column = operation.table, operation.column
        known = _type_before(project, operation)
        prefix, imports = sqlalchemy_prefix(step.source)
        written = step.source.text(given.value) if given else known and f"{prefix}{known}"
        if (given is None and new is None) or written is None or table is None or not operation.is_plain:
            continue
        name = (constant(new.value) if new else None) or column
        required = "" if _allows_null(project, operation) else ", nullable=False"
        first, second = ("", "") if operation.batch else (f'"{table}", ', f'"{table}", ')
        owner = ast.unparse(operation.call.func).rpartition(".")[0]
        lines = [
            f'{owner}.drop_column({first}"{column}")',
            f'{owner}.add_column({second}{prefix}Column("{name}", {written}{required}))',
        ]
        lines += [
            f'{owner}.create_unique_constraint("{item.name}", {second}["{name}"])'
            for _, item in made_constraints(project, "unique")
            if item.table == table and item.columns == (column,)
        ]
        indented = f"\n{' ' * operation.statement.col_offset}".join(lines)
        edits = [step.source.replace(operation.statement, indented), *imports]
        yield change(f"{step.label} drops {table}.{column} and makes {name} again.", (step.source, edits))


@chaff("A column refuses NULL before the rows that are there have a value.")
def not_null_over_rows(project: Project) -> Iterator[Change]:
    """Adds it as NOT NULL without a default; in the end the column is what it should be.

    Applies to columns that are added to a table without a default of the database.
    """
    added = [(step, item) for step in project.steps for item in step.upgrade if item.name == "add_column"]
    for step, operation in added:
        for column in columns_of(operation):
            plain = operation.is_plain and operation.batch is None and not column.is_required
            if not plain or keyword(column.call, "server_default"):
                continue
            tightened = any(
                item.name == "alter_column" and item.column == column.name and item.table == column.table
                for item in step.upgrade
            )
            edits = [step.source.set_keyword(column.call, "nullable", "False")]
            if not tightened:
                relaxed = f'op.alter_column("{column.table}", "{column.name}", nullable=True)'
                edits.append(step.source.insert_after(operation.statement, relaxed))
            sentence = (
                f"{step.label} adds {column.table}.{column.name} as NOT NULL, over rows that have no value."
            )
            yield change(sentence, (step.source, edits))


@chaff("Values are not converted when the type changes.")
def conversion_left_out(project: Project) -> Iterator[Change]:
    """Leaves `postgresql_using` out of an `alter_column`."""
    for step, operation in _alters(project):
        if given := keyword(operation.call, "postgresql_using"):
            edits = step.source.drop_arguments(operation.call, given)
            sentence = f"{step.label} does not say how {operation.table}.{operation.column} is converted."
            yield change(sentence, (step.source, edits))


def _alters(project: Project) -> Iterator[tuple[Step, Operation]]:
    for step in project.steps:
        for operation in step.upgrade:
            if operation.name == "alter_column" and operation.column and operation.table:
                yield step, operation


def _other_alter(source: Source, operation: Operation) -> list[Edit]:
    """The edits that give an `alter_column` another type; none where it gives none."""
    given = keyword(operation.call, "type_")
    if given is None:
        return []
    if edits := other_length_of(source, given.value)[1]:
        return edits
    other = other_type_of(given.value)
    return with_type(source, given.value, other)[1] if other else []


def _type_before(project: Project, operation: Operation) -> str | None:
    """A column's type as the revision that made it writes it, without the name of SQLAlchemy's module."""
    for step in project.steps:
        for item in step.upgrade:
            for column in columns_of(item):
                same = (column.table, column.name) == (operation.table, operation.column)
                if same and column.type is not None:
                    prefix, _ = sqlalchemy_prefix(step.source)
                    text = step.source.text(column.type)
                    return text.removeprefix(prefix) if text.startswith(prefix) else None
    return None


def _allows_null(project: Project, operation: Operation) -> bool:
    for step in project.steps:
        for item in step.upgrade:
            for column in columns_of(item):
                if (column.table, column.name) == (operation.table, operation.column):
                    return not column.is_required
    return True
