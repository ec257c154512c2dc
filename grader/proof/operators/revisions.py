"""Writes revision files, and changes what ties them together: ids, parents, messages.

Must not know why.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import Edit, Source, import_line, statements_of

NEW_IDS = ("5e0b7c19d2a4", "8f41a6c30d7e", "a07d5b92ec16", "c3e8f0a1475b", "d94b2760f8ac")
"""Ids of revisions that operators add."""


_BY_HAND = "# By hand: autogenerate does not write this."


def new_file(project: Project, number: int, name: str) -> str:
    """The path of a revision file that an operator adds."""
    return Project.below(project.versions, f"{NEW_IDS[number]}_{name}.py")


def new_revision(
    number: int,
    parents: Sequence[str],
    message: str,
    upgrade: Sequence[str] = (),
    downgrade: Sequence[str] = (),
) -> bytes:
    """A revision file in the style of Alembic's template."""
    parent = repr(parents[0]) if len(parents) == 1 else repr(tuple(parents))
    bodies = (_explained(lines) or ("pass",) for lines in (upgrade, downgrade))
    up, down = ("".join(f"    {line}\n" for line in lines) for lines in bodies)
    return (
        f'"""{message}\n\nRevision ID: {NEW_IDS[number]}\nRevises: {", ".join(parents)}\n\n"""\n'
        "from alembic import op\nimport sqlalchemy as sa\n\n\n"
        f"revision = {NEW_IDS[number]!r}\ndown_revision = {parent}\n"
        "branch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade():\n{up}\n\ndef downgrade():\n{down}"
    ).encode()


def execute(sql: str) -> str:
    """The statement that runs SQL."""
    return f"op.execute({sql!r})"


def assignment(source: Source, name: str) -> tuple[ast.stmt, ast.expr] | None:
    """The statement that sets a variable of a module, and the value."""
    for statement in source.tree.body:
        if isinstance(statement, ast.Assign):
            targets: list[ast.expr] = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            continue
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name:
            value = statement.value
            return (statement, value) if value is not None else None
    return None


def with_variable(step: Step, name: str, value: str) -> list[Edit]:
    """Give `revision` or `down_revision` another value."""
    found = assignment(step.source, name)
    return [step.source.replace(found[1], value)] if found else []


def with_message(step: Step, message: str) -> list[Edit]:
    """Give a revision another message; nothing where its docstring does not hold the one it has."""
    first = step.source.tree.body[0]
    if not isinstance(first, ast.Expr) or not step.revision.message:
        return []
    text = step.source.text(first)
    if step.revision.message not in text:
        return []
    return [step.source.replace(first, text.replace(step.revision.message, message, 1))]


def added(step: Step, upgrade: Sequence[str], downgrade: Sequence[str] = ()) -> Iterator[Edit]:
    """Put statements at the end of `upgrade()`, and at the beginning of `downgrade()`."""
    if upgrade:
        yield step.source.insert_after(step.functions["upgrade"].body[-1], *_explained(upgrade))
    if downgrade:
        yield from at_beginning(step, "downgrade", *downgrade)


def at_beginning(step: Step, function: str, *lines: str) -> Iterator[Edit]:
    """Put statements before all others of a function."""
    body = step.functions[function].body
    statements, lines = statements_of(step.functions[function]), _explained(lines)
    if statements:
        yield step.source.insert_before(statements[0], *lines)
    else:
        yield step.source.insert_after(body[-1], *lines)


def explained(sql: str, margin: int) -> str:
    """The statement that runs SQL in the place of another one, with a comment that says that it is meant."""
    return f"{_BY_HAND}\n{' ' * margin}{execute(sql)}"


def _explained(lines: Sequence[str]) -> tuple[str, ...]:
    """Statements, with a comment before SQL: without one it would be a second mistake."""
    runs_sql = any(line.startswith("op.execute") for line in lines)
    return (_BY_HAND, *lines) if runs_sql else tuple(lines)


def joined(project: Project, parent: Step, child: Step) -> dict[str, bytes | None]:
    """The files of a chain in which two neighbours are one revision, the parent's."""
    source, edits = parent.source, list[Edit]()
    for statement in child.source.tree.body:
        text = child.source.text(statement)
        known = any(source.text(other) == text for other in source.tree.body)
        if known or _is_of_every_revision(child, statement):
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            edits.append(import_line(source, text))
        else:
            edits.append(source.insert_before(parent.functions["upgrade"], *text.splitlines(), "", ""))
    upgrade, downgrade = (
        [line for item in statements_of(child.functions[name]) for line in child.source.lines_of(item)]
        for name in ("upgrade", "downgrade")
    )
    edits += added(parent, upgrade, downgrade)
    files: dict[str, bytes | None] = {parent.path: source.edited(*edits), child.path: None}
    for other in project.children(child):
        files[other.path] = other.source.edited(*with_variable(other, "down_revision", repr(parent.id)))
    return files


def _is_of_every_revision(step: Step, statement: ast.stmt) -> bool:
    """Whether a statement is the docstring, one of the four variables, or one of the two functions."""
    variables = ("revision", "down_revision", "branch_labels", "depends_on")
    own = [found[0] for name in variables if (found := assignment(step.source, name))]
    is_docstring = statement is step.source.tree.body[0] and isinstance(statement, ast.Expr)
    return is_docstring or statement in own or statement in step.functions.values()
