"""Mistakes in what values a column takes: defaults of the database, labels of enums, checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.proof.operators.made import (
    made_constraints,
    sql_of,
)
from grader.proof.operators.models import Model
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import columns_of
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import (
    called,
    constant,
    is_constant,
    keyword,
    plain_string,
)

_SIGN = re.compile(r">=|<=|>|<")

_OTHER_SIGN = {">=": ">", "<=": "<", ">": ">=", "<": "<="}

_LABELS = re.compile(r"(ENUM\s*\()([^()]*)(\))", re.IGNORECASE)


@chaff("A default of the database is missing from the migrations.")
def default_left_out(project: Project) -> Iterator[Change]:
    """Leaves `server_default` out of a column, or out of an `alter_column` that does more."""
    for step, table, column, call, given in _defaults(project):
        if len(call.keywords) > 1 or called(call) == "Column":
            edits = step.source.drop_arguments(call, given)
            yield change(f"{step.label} gives {table}.{column} no default.", (step.source, edits))


@chaff("A default of the database is another one, in models and migrations.")
def default_changed(project: Project) -> Iterator[Change]:
    """Applies to plain strings: `server_default="new"`."""
    for step, table, column, _, given in _defaults(project):
        text = constant(given.value)
        if text is None or not isinstance(given.value, ast.Constant):
            continue
        other = f"{text}1" if text.isdigit() else "other"
        parts = [(step.source, [step.source.replace(given.value, repr(other))])]
        for model, node in _model_defaults(project, table, column):
            parts.append((model.source, [model.source.replace(node, repr(other))]))
        # Labels of an enum are fixed: PostgreSQL would refuse another one.
        if not any(text in _labels(item) for item in project.steps):
            yield change(f"{step.label} gives {table}.{column} the default {other!r}.", *parts)


@chaff("An enum lacks a label.")
def label_left_out(project: Project) -> Iterator[Change]:
    """Leaves the last label out of `CREATE TYPE ... AS ENUM`. A label that is a default stays."""
    for step, node, text, found, labels in _enums(project):
        if len(labels) > 1 and not _is_default(project, labels[-1]):
            other = text.replace(found[0], f"{found[1]}{', '.join(labels[:-1])}{found[3]}")
            edits = [step.source.replace(node, repr(other))]
            yield change(f"{step.label} makes an enum without the label {labels[-1]}.", (step.source, edits))


@chaff("An enum has its labels in another order.")
def labels_in_other_order(project: Project) -> Iterator[Change]:
    """Turns the order in `CREATE TYPE ... AS ENUM` round: it is the order of comparisons."""
    for step, node, text, found, labels in _enums(project):
        if len(labels) > 1:
            other = text.replace(found[0], f"{found[1]}{', '.join(reversed(labels))}{found[3]}")
            edits = [step.source.replace(node, repr(other))]
            yield change(
                f"{step.label} makes an enum with its labels from last to first.", (step.source, edits)
            )


@chaff("A check allows other values, in models and migrations.")
def check_changed(project: Project) -> Iterator[Change]:
    """Writes `>=` for `>`, and the reverse."""
    for step, item in made_constraints(project, "check"):
        node = item.call.args[0] if item.is_element else item.operation.argument("condition")
        plain, text = plain_string(node), constant(node)
        if plain is None or text is None or not _SIGN.search(text):
            continue
        other = _SIGN.sub(lambda found: _OTHER_SIGN[found[0]], text, count=1)
        parts = [(step.source, [step.source.replace(plain, repr(other))])]
        for model in project.models:
            same = [n for n in ast.walk(model.node) if isinstance(n, ast.Constant) and n.value == text]
            if model.table == item.table and same:
                parts.append((model.source, [model.source.replace(same[0], repr(other))]))
        yield change(f"The check of {item.table} is {other}.", *parts)


def _defaults(project: Project) -> Iterator[tuple[Step, str, str, ast.Call, ast.keyword]]:
    """The columns that get a default of the database."""
    for step in project.steps:
        for operation in step.upgrade:
            for column in columns_of(operation):
                if given := keyword(column.call, "server_default"):
                    yield step, column.table, column.name, column.call, given
            given = keyword(operation.call, "server_default") if operation.name == "alter_column" else None
            if given and operation.table and operation.column and not is_constant(given.value, None):
                yield step, operation.table, operation.column, operation.call, given


def _model_defaults(project: Project, table: str, column: str) -> Iterator[tuple[Model, ast.expr]]:
    for model in project.models:
        found = model.column(column) if model.table == table else None
        if found is None or found.call is None:
            continue
        if given := keyword(found.call, "server_default"):
            yield model, given.value
        more = keyword(found.call, "sa_column_kwargs")
        if more is not None and isinstance(more.value, ast.Dict):
            for key, value in zip(more.value.keys, more.value.values, strict=True):
                if constant(key) == "server_default":
                    yield model, value


def _labels(step: Step) -> frozenset[str]:
    """The labels of the enums that a revision makes by SQL."""
    found = (_LABELS.search(sql_of(item) or "") for item in step.upgrade)
    return frozenset(label.strip().strip("'") for match in found if match for label in match[2].split(","))


def _enums(project: Project) -> Iterator[tuple[Step, ast.Constant, str, re.Match[str], list[str]]]:
    for step in project.steps:
        for operation in step.upgrade:
            text = sql_of(operation)
            found = _LABELS.search(text) if text else None
            plain = plain_string(operation.argument("sql"))
            if text and found and plain is not None:
                yield step, plain, text, found, [label.strip() for label in found[2].split(",")]


def _is_default(project: Project, label: str) -> bool:
    return any(constant(given.value) == label.strip("'") for *_, given in _defaults(project))
