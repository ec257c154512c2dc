"""Mistakes in single columns: left out, of another type, length or nullability, under another name.

A mistake in a revision alone is one that the models show. One in models and revision alike is seen only by a
criterion that asks for the column.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.proof.operators.made import (
    made_columns,
    model_column,
    one_a_table,
    telling,
    without_column,
)
from grader.proof.operators.models import Model, ModelColumn
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Column
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import (
    Edit,
    Source,
    called,
    calls,
    constant,
    is_constant,
    keyword,
    sqlalchemy_prefix,
)

_OTHER_TYPES = {
    "string": "Text()",
    "varchar": "Text()",
    "unicode": "Text()",
    "autostring": "Text()",
    "text": "String(length=255)",
    "unicodetext": "String(length=255)",
    "integer": "BigInteger()",
    "biginteger": "Integer()",
    "smallinteger": "Integer()",
    "boolean": "Integer()",
    "date": "DateTime()",
    "time": "String(length=8)",
    "numeric": "Float()",
    "decimal": "Float()",
    "float": "Integer()",
    "uuid": "String(length=36)",
    "json": "Text()",
    "jsonb": "Text()",
    "enum": "String(length=255)",
}
"""What students take for a type; the length is the one that tutorials write."""


@chaff("A column is missing from the migrations.")
def column_left_out(project: Project) -> Iterator[Change]:
    """The models have the column, no revision makes it. One column a table.

    Does not apply to a column that another revision, a key elsewhere or SQL uses.
    """
    found = (
        (step, column)
        for step, column in made_columns(project)
        if without_column(project, step, column) is not None
    )
    for step, column in one_a_table(found):
        edits = without_column(project, step, column) or []
        yield change(f"{step.label} does not make {column.table}.{column.name}.", (step.source, edits))


@chaff("A column is missing from models and migrations.")
def column_forgotten(project: Project) -> Iterator[Change]:
    """Models and revisions agree: neither has the column.

    Does not apply to a column that another revision, a key elsewhere, SQL or a table's arguments use.
    """
    for step, column in telling(_in_both(project)):
        edits = without_column(project, step, column)
        found = model_column(project, column.table, column.name)
        if edits is None or found is None or _is_named_elsewhere(project, *found):
            continue
        model, attribute = found
        yield change(
            f"Neither the models nor {step.label} have {column.table}.{column.name}.",
            (step.source, edits),
            (model.source, model.source.drop_statements(attribute.statement)),
        )


@chaff("The models lack a column that the migrations make.")
def column_not_in_models(project: Project) -> Iterator[Change]:
    """The revisions are right; the class was left as it was. One column a table, of later revisions."""
    for step, column in one_a_table(_later(made_columns(project))):
        found = model_column(project, column.table, column.name)
        if found is None or _is_named_elsewhere(project, *found):
            continue
        model, attribute = found
        yield change(
            f"The class {model.node.name} lacks {column.name}, which {step.label} makes.",
            (model.source, model.source.drop_statements(attribute.statement)),
        )


@chaff("A column has another type in the migrations.")
def other_type(project: Project) -> Iterator[Change]:
    """The type is one that students take for the right one. One column a table.

    Does not apply to keys, or where the type is not written as a call or a name of SQLAlchemy's.
    """
    for step, column in one_a_table(_typed(project)):
        written, edits = with_type(step.source, column.type, other_type_of(column.type))
        yield change(f"{step.label} makes {column.table}.{column.name} {written}.", (step.source, edits))


@chaff("A column has another type in models and migrations.")
def other_type_everywhere(project: Project) -> Iterator[Change]:
    """Models and revisions agree on a type that was not asked for.

    Does not apply where the models leave the type to an annotation.
    """
    for step, column in telling(_typed(project)):
        found = model_column(project, column.table, column.name)
        if found is None or found[1].type is None:
            continue
        model, attribute = found
        other = other_type_of(column.type)
        written, edits = with_type(step.source, column.type, other)
        _, of_model = with_type(model.source, attribute.type, other)
        yield change(
            f"{column.table}.{column.name} is {written} in the models and in {step.label}.",
            (step.source, edits),
            (model.source, of_model),
        )


@chaff("A text column has another length in the migrations.")
def other_length(project: Project) -> Iterator[Change]:
    """255, or 100 where it is 255. One column a table. Applies to types with a length."""
    for step, column in one_a_table(_with_length(project)):
        length, edit = other_length_of(step.source, column.type)
        yield change(
            f"{step.label} makes {column.table}.{column.name} {length} characters long.", (step.source, edit)
        )


@chaff("A text column has another length in models and migrations.")
def other_length_everywhere(project: Project) -> Iterator[Change]:
    """Models and revisions agree on a length that was not asked for."""
    for step, column in telling(_with_length(project)):
        found = model_column(project, column.table, column.name)
        if found is None:
            continue
        model, attribute = found
        of_model = _model_length(model, attribute)
        if of_model:
            length, edit = other_length_of(step.source, column.type)
            yield change(
                f"{column.table}.{column.name} has {length} characters in the models and in {step.label}.",
                (step.source, edit),
                (model.source, of_model),
            )


@chaff("A column allows NULL, or refuses it, only in the migrations.")
def other_nullability(project: Project) -> Iterator[Change]:
    """Turns `nullable` of one column a table. Does not apply where a required column is added to a table."""
    for step, column in one_a_table(_with_nullability(project)):
        edit = _nullability(step.source, column.call, required=not column.is_required)
        allows = "allows NULL" if column.is_required else "refuses NULL"
        yield change(f"{column.table}.{column.name} {allows} in {step.label}.", (step.source, [edit]))


@chaff("A column allows NULL, or refuses it, in models and migrations.")
def other_nullability_everywhere(project: Project) -> Iterator[Change]:
    """Models and revisions agree. Does not apply where the models leave it to an annotation."""
    for step, column in telling(_with_nullability(project)):
        found = model_column(project, column.table, column.name)
        if found is None or found[1].call is None:
            continue
        model, call = found[0], found[1].call
        edit = _nullability(step.source, column.call, required=not column.is_required)
        of_model = _nullability(model.source, call, required=not column.is_required)
        allows = "allows NULL" if column.is_required else "refuses NULL"
        yield change(
            f"{column.table}.{column.name} {allows} in the models and in {step.label}.",
            (step.source, [edit]),
            (model.source, [of_model]),
        )


@chaff("A column has another name.")
def column_misspelt(project: Project) -> Iterator[Change]:
    """The column ends in `_x`, in models and revision alike; the attribute of the class stays.

    Applies to a column of `db.Column` or `mapped_column` that nothing else names.
    """
    for step, column in one_a_table(_later(_in_both(project))):
        found = model_column(project, column.table, column.name)
        alone = without_column(project, step, column) is not None
        if found is None or not alone or _is_named_elsewhere(project, *found):
            continue
        model, attribute = found
        if attribute.call is None or attribute.is_field or not _is_first_a_type(attribute.call):
            continue
        name = f"{column.name}_x"
        edits = [*_renamed(step, column, name)]
        first = attribute.call.args[0] if attribute.call.args else None
        of_model = (
            Edit(model.source.start(first), model.source.start(first), f'"{name}", ')
            if first
            else model.source.add_argument(attribute.call, f'name="{name}"')
        )
        yield change(
            f"{column.table}.{column.name} is called {name} in the models and in {step.label}.",
            (step.source, edits),
            (model.source, [of_model]),
        )


def _later(made: Iterable[tuple[Step, Column]]) -> Iterator[tuple[Step, Column]]:
    """Those that a later revision than the first makes."""
    return ((step, column) for step, column in made if step.revision.parents)


def _in_both(project: Project) -> Iterator[tuple[Step, Column]]:
    return (
        (step, column)
        for step, column in made_columns(project)
        if model_column(project, column.table, column.name) is not None
    )


def _typed(project: Project) -> Iterator[tuple[Step, Column]]:
    for step, column in made_columns(project):
        keys = [*column.elements("foreign_key")] or any(
            called(argument) == "ForeignKey" for argument in column.call.args
        )
        if not keys and column.type is not None and other_type_of(column.type):
            yield step, column


def other_type_of(node: ast.expr | None) -> str:
    """What is written instead of a type; empty where nothing is known."""
    name = (called(node or ast.Pass()) or _last_name(node)).lower()
    if name in ("datetime", "timestamp"):
        zone = keyword(node, "timezone") if isinstance(node, ast.Call) else None
        has_zone = zone is not None and is_constant(zone.value, value=True)
        return "DateTime()" if has_zone else "DateTime(timezone=True)"
    return _OTHER_TYPES.get(name, "")


def _last_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def with_type(source: Source, node: ast.expr | None, other: str) -> tuple[str, list[Edit]]:
    """A type in the place of another one, and how a sentence names it."""
    prefix, imports = sqlalchemy_prefix(source)
    if node is None:
        return other, []
    return other, [source.replace(node, f"{prefix}{other}"), *imports]


def _with_length(project: Project) -> Iterator[tuple[Step, Column]]:
    for step, column in made_columns(project):
        if column.type is not None and _length_node(column.type) is not None:
            yield step, column


def _length_node(node: ast.expr | None) -> ast.Constant | None:
    if called(node or ast.Pass()) not in ("String", "VARCHAR", "AutoString", "Unicode", "CHAR"):
        return None
    if not isinstance(node, ast.Call):
        return None
    given = keyword(node, "length")
    value = given.value if given else (node.args[0] if node.args else None)
    return value if isinstance(value, ast.Constant) and isinstance(value.value, int) else None


def _other_length(length: object) -> int:
    return 100 if length == 255 else 255  # noqa: PLR2004 - the length that tutorials write


def other_length_of(source: Source, node: ast.expr | None) -> tuple[int, list[Edit]]:
    """Another length than that of a type, and the edits that write it; none where it has none."""
    value = _length_node(node)
    if value is None:
        return 0, []
    other = _other_length(value.value)
    return other, [source.replace(value, str(other))]


def _model_length(model: Model, attribute: ModelColumn) -> list[Edit]:
    value: ast.expr | None = _length_node(attribute.type)
    if value is None and attribute.is_field and attribute.call is not None:
        given = keyword(attribute.call, "max_length")
        value = given.value if given else None
    if not isinstance(value, ast.Constant):
        return []
    return [model.source.replace(value, str(_other_length(value.value)))]


def _with_nullability(project: Project) -> Iterator[tuple[Step, Column]]:
    for step, column in made_columns(project):
        # NOT NULL without a default cannot be added to rows: another mistake, with an operator of its own.
        added = column.operation.name == "add_column" and not column.is_required
        if not added or step.revision.parents == ():
            yield step, column


def _nullability(source: Source, call: ast.Call, *, required: bool) -> Edit:
    return source.set_keyword(call, "nullable", str(not required))


def _renamed(step: Step, column: Column, name: str) -> Iterator[Edit]:
    """All strings of a revision that are the column's name in an operation on its table."""
    for operation in (*step.upgrade, *step.downgrade):
        if operation.table != column.table:
            continue
        inside: ast.AST = operation.call
        for node in ast.walk(inside):
            if (
                isinstance(node, ast.Constant)
                and node.value == column.name
                and node is not operation.argument("name")
            ):
                yield step.source.replace(node, f'"{name}"')


def _is_first_a_type(call: ast.Call) -> bool:
    return not call.args or constant(call.args[0]) is None


def _is_named_elsewhere(project: Project, model: Model, attribute: ModelColumn) -> bool:
    """Whether more than the attribute itself speaks of a column: table arguments, keys of other classes."""
    arguments = model.arguments()
    if any(attribute.name in text for text in _strings(arguments)):
        return True
    return any(
        f"'{model.table}.{attribute.name}'" in ast.unparse(statement)
        for other in project.models
        for statement in other.node.body
    )


def _strings(node: ast.AST | None) -> Iterator[str]:
    """The strings of an expression, but for names of constraints."""
    for call in (
        calls(node, "CheckConstraint", "UniqueConstraint", "Index", "ForeignKeyConstraint") if node else ()
    ):
        for argument in call.args:
            yield from (
                i.value
                for i in ast.walk(argument)
                if isinstance(i, ast.Constant) and isinstance(i.value, str)
            )
