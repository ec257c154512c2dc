"""Mistakes in rows that a revision changes: left as they are, changed to wrong values, not explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.proof.operators.made import (
    sql_of,
)
from grader.proof.operators.mutant import Change, chaff, change
from grader.proof.operators.operations import Operation
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import (
    Edit,
    plain_string,
)

_DATA = re.compile(r"\s*(UPDATE|INSERT|DELETE|WITH|MERGE)\b", re.IGNORECASE)

_NUMBER = re.compile(r"(?<![\w.'])(\d+)(?![\w.'])")


@chaff("The rows that are there are not changed.")
def data_change_left_out(project: Project) -> Iterator[Change]:
    """Leaves SQL that changes rows, or `bulk_insert`, out of an upgrade."""
    for step, operation in _data(project, "upgrade"):
        edits = step.source.drop_statements(operation.statement)
        yield change(f"{step.label} lacks {_quoted(operation)}.", (step.source, edits))


@chaff("The rows are not changed back.")
def data_not_restored(project: Project) -> Iterator[Change]:
    """Leaves SQL that changes rows, or `bulk_insert`, out of a downgrade."""
    for step, operation in _data(project, "downgrade"):
        edits = step.source.drop_statements(operation.statement)
        yield change(f"downgrade() of {step.label} lacks {_quoted(operation)}.", (step.source, edits))


@chaff("The rows are changed to wrong values.")
def data_change_wrong(project: Project) -> Iterator[Change]:
    """Writes ten times a number. Applies to SQL that changes rows and holds a number."""
    for step, operation in _data(project, "upgrade"):
        node, text = operation.argument("sql"), sql_of(operation) or ""
        other = _NUMBER.sub(lambda found: f"{found[1]}0", text, count=1)
        if other != text and (plain := plain_string(node)) is not None:
            sentence = f"{step.label} runs {other!r} instead of {text!r}."
            yield change(sentence, (step.source, [step.source.replace(plain, repr(other))]))


@chaff("SQL by hand is not explained.")
def explanation_left_out(project: Project) -> Iterator[Change]:
    """Takes comments and paragraphs of the docstring out of a revision with SQL."""
    for step in project.steps:
        if any(item.name in ("execute", "bulk_insert") for item in (*step.upgrade, *step.downgrade)):
            first, edits = step.source.tree.body[0], list[Edit]()
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                bare = f'"""{step.revision.message}\n\nRevision ID: {step.id}\n"""'
                edits = [step.source.replace(first, bare)]
                if len(step.source.text(first).split("\n\n")) > 2:  # noqa: PLR2004 - the message, and the ids
                    yield change(f"{step.label} does not say what its SQL is for.", (step.source, edits))


def _data(project: Project, function: str) -> Iterator[tuple[Step, Operation]]:
    """The operations that change rows."""
    for step in project.steps:
        for operation in step.upgrade if function == "upgrade" else step.downgrade:
            text = sql_of(operation)
            if operation.name == "bulk_insert" or (text is not None and _DATA.match(text)):
                yield step, operation


def _quoted(operation: Operation) -> str:
    return repr(sql_of(operation) or "bulk_insert")
