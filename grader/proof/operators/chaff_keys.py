"""Mistakes in keys, uniqueness, checks and indexes: left out, over other columns, pointing elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proof.operators.made import (
    made_columns,
    made_constraints,
    model_column,
    one_a_table,
    telling,
    unmade,
)
from grader.proof.operators.models import Model
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Constraint
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import Edit, called, calls, constant, keyword, texts


@chaff("A unique constraint is missing from the migrations.")
def unique_left_out(project: Project) -> Iterator[Change]:
    """Also a unique index, and `unique=True` in a column of a revision. One a table."""
    yield from _left_out(project, one_a_table(made_constraints(project, "unique", "unique_index")))
    for step, column in one_a_table(made_columns(project)):
        if given := keyword(column.call, "unique"):
            edits = step.source.drop_arguments(column.call, given)
            yield change(
                f"{step.label}: {column.table}.{column.name} need not be unique.", (step.source, edits)
            )


@chaff("A unique constraint is missing from models and migrations.")
def unique_forgotten(project: Project) -> Iterator[Change]:
    """Applies where the models write it as `unique=True`, or as an element of the table's arguments."""
    yield from _forgotten(project, made_constraints(project, "unique", "unique_index"))


@chaff("A foreign key is missing from the migrations.")
def foreign_key_left_out(project: Project) -> Iterator[Change]:
    """Also `ForeignKey(...)` in a column of a revision. One a table."""
    yield from _left_out(project, one_a_table(made_constraints(project, "foreign_key")))
    for step, column in one_a_table(made_columns(project)):
        for argument in column.call.args:
            if called(argument) == "ForeignKey":
                edits = step.source.drop_arguments(column.call, argument)
                sentence = f"{step.label}: {column.table}.{column.name} refers to nothing."
                yield change(sentence, (step.source, edits))


@chaff("A foreign key is missing from models and migrations.")
def foreign_key_forgotten(project: Project) -> Iterator[Change]:
    """Applies where the models write it as `ForeignKey(...)` or `foreign_key=` in the column."""
    yield from _forgotten(project, made_constraints(project, "foreign_key"))


@chaff("A check is missing from the migrations.")
def check_left_out(project: Project) -> Iterator[Change]:
    """Leaves one check a table out of the revision that makes it."""
    yield from _left_out(project, one_a_table(made_constraints(project, "check")))


@chaff("A check is missing from models and migrations.")
def check_forgotten(project: Project) -> Iterator[Change]:
    """Applies where the models have one check in the table's arguments."""
    yield from _forgotten(project, made_constraints(project, "check"))


@chaff("An index is missing from the migrations.")
def index_left_out(project: Project) -> Iterator[Change]:
    """Leaves one index a table out of the revision that makes it."""
    yield from _left_out(project, one_a_table(made_constraints(project, "index")))


@chaff("An index is missing from models and migrations.")
def index_forgotten(project: Project) -> Iterator[Change]:
    """Applies where the models write it as `index=True`, or as an element of the table's arguments."""
    yield from _forgotten(project, made_constraints(project, "index"))


@chaff("A table has no primary key.")
def primary_key_left_out(project: Project) -> Iterator[Change]:
    """Does not apply to a table that a foreign key refers to: PostgreSQL would refuse that key."""
    referred = _referred_tables(project)
    for step, item in made_constraints(project, "primary_key"):
        if item.table not in referred:
            yield change(
                f"{step.label} makes {item.table} without a primary key.", (step.source, unmade(step, item))
            )


def _left_out(project: Project, made: Iterator[tuple[Step, Constraint]]) -> Iterator[Change]:
    for step, item in made:
        if item.kind in ("unique", "unique_index") and _is_referred_to(project, item):
            continue
        sentence = f"{step.label} makes no {_WORDS[item.kind]} {item.said}."
        yield change(sentence, (step.source, unmade(step, item)))


def _forgotten(project: Project, made: Iterator[tuple[Step, Constraint]]) -> Iterator[Change]:
    for step, item in telling(made):
        found = _in_models(project, item)
        if found is None or (item.kind in ("unique", "unique_index") and _is_referred_to(project, item)):
            continue
        model, edits = found
        yield change(
            f"Neither the models nor {step.label} have the {_WORDS[item.kind]} {item.said}.",
            (step.source, unmade(step, item)),
            (model.source, edits),
        )


_WORDS = {
    "unique": "unique constraint",
    "unique_index": "unique index",
    "foreign_key": "foreign key",
    "check": "check",
    "index": "index",
}


def _in_models(project: Project, item: Constraint) -> tuple[Model, list[Edit]] | None:
    """The edits that take a constraint out of the models; None where it is not found there."""
    if len(item.columns) == 1 and item.kind != "check":
        found = model_column(project, item.table, item.columns[0])
        if found is not None and found[1].call is not None:
            model, call = found[0], found[1].call
            name = {"unique": "unique", "unique_index": "unique", "index": "index"}.get(
                item.kind, "foreign_key"
            )
            given: ast.keyword | ast.expr | None = keyword(call, name)
            given = given or (found[1].foreign_key if item.kind == "foreign_key" else None)
            if given is not None:
                more = [other for other in call.keywords if other.arg == "ondelete" and name == "foreign_key"]
                return model, [*model.source.drop_arguments(call, given, *more)]
    for model in project.models:
        arguments = model.arguments() if model.table == item.table else None
        for element in arguments.elts if arguments else ():
            if isinstance(element, ast.Call) and _is_same(item, element):
                return model, [_without_element(model, arguments, element)]
    return None


def _is_same(item: Constraint, element: ast.Call) -> bool:
    kinds = {
        "UniqueConstraint": ("unique",),
        "CheckConstraint": ("check",),
        "Index": ("index", "unique_index"),
        "ForeignKeyConstraint": ("foreign_key",),
    }
    if item.kind not in kinds.get(called(element) or "", ()):
        return False
    if item.kind == "check":
        condition = item.operation.argument("condition") if not item.is_element else item.call.args[0]
        return constant(element.args[0]) == constant(condition)
    if item.kind == "foreign_key":
        return texts(element.args[0]) == item.columns
    names = tuple(name for name in map(constant, element.args) if name is not None)
    return names[-len(item.columns) :] == item.columns


def _without_element(model: Model, arguments: ast.Tuple | None, element: ast.Call) -> Edit:
    rest = [item for item in (arguments.elts if arguments else ()) if item is not element]
    written = "".join(f"{model.source.text(item)}, " for item in rest)
    return model.source.replace(arguments or element, f"({written.rstrip() if rest else ''})")


def _referred_tables(project: Project) -> set[str]:
    """The tables that a foreign key of the chain refers to."""
    referred: set[str] = set()
    for step in project.steps:
        for call in calls(step.source.tree, "ForeignKeyConstraint", "ForeignKey"):
            names = [text for node in call.args for text in (texts(node) or (constant(node),)) if text]
            referred |= {name.rpartition(".")[0] for name in names if "." in name}
        for operation in step.upgrade:
            target = (
                constant(operation.argument("referent_table"))
                if operation.name == "create_foreign_key"
                else None
            )
            referred |= {target} if target else set()
            referred |= set() if operation.name != "execute" else _words(operation.call)
    return referred


def _words(call: ast.Call) -> set[str]:
    """The words of an SQL text: a table that it names is one that something may rest on."""
    text = constant(call.args[0]) if call.args else None
    return set((text or "").replace("(", " ").replace(",", " ").split())


def _is_referred_to(project: Project, item: Constraint) -> bool:
    """Whether a foreign key refers to the columns of a unique constraint."""
    wanted = [f"{item.table}.{column}" for column in item.columns]
    for step in project.steps:
        for call in calls(step.source.tree, "ForeignKeyConstraint"):
            if len(call.args) > 1 and texts(call.args[1]) == tuple(wanted):
                return True
    return False
