"""Right answers that write the same schema otherwise: other names, orders and operations."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.proof.operators.made import made_constraints
from grader.proof.operators.mutant import Change, change, wheat
from grader.proof.operators.operations import Column, Operation, columns_of, constraints_of
from grader.proof.operators.project import Project, Step
from grader.proof.operators.source import (
    Edit,
    Source,
    called,
    calls,
    constant,
    keyword,
    plain_string,
    sqlalchemy_prefix,
    texts,
)

_IN_CAPITALS = {
    "Integer": "INTEGER",
    "BigInteger": "BIGINT",
    "String": "VARCHAR",
    "Text": "TEXT",
    "Boolean": "BOOLEAN",
    "DateTime": "TIMESTAMP",
    "Date": "DATE",
    "Numeric": "NUMERIC",
}
_IN_BATCHES = frozenset(
    {
        *("add_column", "drop_column", "alter_column", "drop_constraint"),
        *("create_foreign_key", "create_unique_constraint", "create_check_constraint"),
    }
)


@wheat("Constraints and indexes have names of the student's own.")
def own_names(project: Project) -> Iterator[Change]:
    """Every name in an operation begins with `own_`. Does not apply to names that SQL speaks of."""
    said = " ".join(
        node.value
        for step in project.steps
        for call in calls(step.source.tree, "execute")
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    parts: list[tuple[Source, list[Edit]]] = []
    for step in project.steps:
        nodes = [(node, constant(node)) for node in map(plain_string, _names(step)) if node is not None]
        edits = [
            step.source.replace(node, f'"own_{name}"') for node, name in nodes if name and name not in said
        ]
        parts.append((step.source, edits))
    yield change("Each constraint and index is called own_ and what it was called.", *parts)


@wheat("Unique indexes stand for unique constraints.")
def indexes_for_unique(project: Project) -> Iterator[Change]:
    """Applies to `UniqueConstraint` in `create_table`."""
    for step in project.steps:
        edits: list[Edit] = []
        for operation in step.upgrade:
            elements = [
                i for i in constraints_of(operation) if i.kind == "unique" and i.is_element and i.columns
            ]
            if elements and operation.is_plain:
                edits += step.source.drop_arguments(operation.call, *(item.call for item in elements))
                lines = [
                    f'op.create_index("ux_{item.table}_{"_".join(item.columns)}", "{item.table}", '
                    f"{list(item.columns)!r}, unique=True)"
                    for item in elements
                ]
                edits.append(step.source.insert_after(operation.statement, *lines))
        if edits:
            yield change(f"{step.label} makes unique indexes.", (step.source, edits))


@wheat("Unique constraints stand for unique indexes.")
def unique_for_indexes(project: Project) -> Iterator[Change]:
    """Applies to `create_index(..., unique=True)`."""
    for step, item in made_constraints(project, "unique_index"):
        name, node = item.operation.argument("name"), item.columns_node
        if item.operation.is_plain and item.operation.batch is None and name and node:
            source = step.source
            made = f'op.create_unique_constraint({source.text(name)}, "{item.table}", {source.text(node)})'
            edits = [source.replace(item.operation.statement, made)]
            dropping = f'op.drop_constraint({source.text(name)}, "{item.table}")'
            edits += [
                source.replace(drop.call, dropping)
                for drop in step.downgrade
                if drop.name == "drop_index" and drop.object == item.name and drop.batch is None
            ]
            yield change(f"{step.label} makes a unique constraint {item.said}.", (source, edits))


@wheat("Keys are GENERATED AS IDENTITY.")
def identity_for_serial(project: Project) -> Iterator[Change]:
    """Applies to integer keys of one column that refers to nothing."""
    for step in project.steps:
        prefix, imports = sqlalchemy_prefix(step.source)
        edits = [
            Edit(*(step.source.end(column.type),) * 2, f", {prefix}Identity()")
            for operation in step.upgrade
            for column in columns_of(operation)
            if operation.name == "create_table" and column.type is not None and _is_own_key(column)
        ]
        if edits:
            yield change(f"The keys of {step.label} are identity columns.", (step.source, [*edits, *imports]))


@wheat("Columns are in another order.")
def other_order_of_columns(project: Project) -> Iterator[Change]:
    """From last to first, in each `create_table`, and in operations that add several to one table."""
    for step in project.steps:
        edits = [edit for operation in step.upgrade for edit in _turned_columns(step.source, operation)]
        added = [item for item in step.upgrade if item.name == "add_column" and item.is_plain]
        if len({item.table for item in added}) == 1 and len(added) == len(step.upgrade):
            statements = [item.statement for item in added]
            edits += _turned(step.source, statements)
        if edits:
            yield change(f"{step.label} makes its columns from last to first.", (step.source, edits))


@wheat("Constraints are made after their tables.")
def constraints_afterwards(project: Project) -> Iterator[Change]:
    """By operations of their own. Applies to unique and foreign keys in `create_table`."""
    for step in project.steps:
        edits: list[Edit] = []
        for operation in step.upgrade:
            found = [
                i for i in constraints_of(operation) if i.is_element and i.kind in ("unique", "foreign_key")
            ]
            lines = [line for item in found if (line := _afterwards(step.source, item.call, item.table))]
            if lines and len(lines) == len(found) and operation.is_plain:
                edits += step.source.drop_arguments(operation.call, *(item.call for item in found))
                edits.append(step.source.insert_after(operation.statement, *lines))
        if edits:
            yield change(f"{step.label} makes its constraints after the tables.", (step.source, edits))


@wheat("Types are written as SQL writes them.")
def types_in_capitals(project: Project) -> Iterator[Change]:
    """`sa.VARCHAR` for `sa.String`. Applies where `sqlalchemy` is imported as a module."""
    parts: list[tuple[Source, list[Edit]]] = []
    for step in project.steps:
        prefix, imports = sqlalchemy_prefix(step.source)
        edits = [
            step.source.replace(call.func, f"{prefix}{_IN_CAPITALS[call.func.attr]}")
            for call in calls(step.source.tree, *_IN_CAPITALS)
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == prefix.rstrip(".")
        ]
        if edits and not imports:
            parts.append((step.source, edits))
    if parts:
        yield change("All revisions write their types in capitals.", *parts)


@wheat("Tables are changed in batch mode.")
def batch_mode(project: Project) -> Iterator[Change]:
    """`with op.batch_alter_table(...)` around each operation on columns and constraints."""
    parts: list[tuple[Source, list[Edit]]] = []
    for step in project.steps:
        edits = [
            step.source.replace(item.statement, _in_batch(step.source, item))
            for item in (*step.upgrade, *step.downgrade)
            if item.name in _IN_BATCHES and item.is_plain and item.batch is None and item.table
        ]
        parts += [(step.source, edits)] if edits else []
    if parts:
        yield change("All revisions change tables in batch mode.", *parts)


@wheat("Tables are changed without batch mode.")
def without_batch_mode(project: Project) -> Iterator[Change]:
    """Applies to `with op.batch_alter_table(...)` over operations alone."""
    for step in project.steps:
        every = [item for item in (*step.upgrade, *step.downgrade) if item.batch is not None]
        blocks = {id(item.batch): item.batch for item in every if item.batch}
        edits: list[Edit] = []
        for block in blocks.values():
            own = [item for item in every if item.batch is block and item.is_plain]
            if len(own) == len(block.body) and all(item.name in _IN_BATCHES for item in own):
                margin = f"\n{' ' * block.col_offset}"
                edits.append(step.source.replace(block, margin.join(_direct(step.source, i) for i in own)))
        if edits:
            yield change(f"{step.label} does without batch mode.", (step.source, edits))


def _names(step: Step) -> Iterator[ast.expr | None]:
    """Where the operations of a revision name constraints and indexes."""
    for operation in (*step.upgrade, *step.downgrade):
        yield operation.argument("name")
        for item in constraints_of(operation):
            given = keyword(item.call, "name") if item.is_element else None
            yield given.value if given else None


def _is_own_key(column: Column) -> bool:
    """Whether a column is the whole key of its table, an integer, and no foreign key."""
    keys = [item for item in constraints_of(column.operation) if item.kind == "primary_key"]
    alone = not keys or keys[0].columns == (column.name,)
    refers = any(
        item.kind == "foreign_key" and column.name in item.columns
        for item in constraints_of(column.operation)
    )
    plain = len(column.call.args) == 2  # noqa: PLR2004 - its name and its type
    return column.is_key and alone and not refers and plain and called(column.type or ast.Pass()) == "Integer"


def _turned_columns(source: Source, operation: Operation) -> Iterator[Edit]:
    if operation.name == "create_table":
        yield from _turned(source, [column.call for column in columns_of(operation)])


def _turned(source: Source, nodes: Sequence[ast.expr | ast.stmt]) -> Iterator[Edit]:
    if len(nodes) > 1:
        for node, other in zip(nodes, reversed(nodes), strict=True):
            yield source.replace(node, source.text(other))


def _afterwards(source: Source, call: ast.Call, table: str) -> str | None:
    """The operation that makes what an element of `create_table` makes; None where it is not known."""
    name = keyword(call, "name")
    written = source.text(name.value) if name else "None"
    rest = "".join(f", {source.text(item)}" for item in call.keywords if item.arg != "name")
    if called(call) == "UniqueConstraint":
        columns = ", ".join(source.text(item) for item in call.args)
        return f'op.create_unique_constraint({written}, "{table}", [{columns}]{rest})'
    remote = texts(call.args[1])
    if not remote or len({item.rpartition(".")[0] for item in remote}) != 1:
        return None
    target, columns = remote[0].rpartition(".")[0], repr([item.rpartition(".")[2] for item in remote])
    local = source.text(call.args[0])
    return f'op.create_foreign_key({written}, "{table}", "{target}", {local}, {columns}{rest})'


def _in_batch(source: Source, operation: Operation) -> str:
    table = operation.argument("table_name")
    given = [item for item in operation.call.args if item is not table]
    more = [item for item in operation.call.keywords if item.value is not table]
    arguments = ", ".join([*map(source.text, given), *map(source.text, more)])
    margin = " " * operation.statement.col_offset
    return (
        f'with op.batch_alter_table("{operation.table}") as batch_op:\n'
        f"{margin}    batch_op.{operation.name}({arguments})"
    )


def _direct(source: Source, operation: Operation) -> str:
    arguments = [*map(source.text, operation.call.args), *map(source.text, operation.call.keywords)]
    named_first = operation.name.startswith("create_") or operation.name == "drop_constraint"
    arguments.insert(1 if named_first else 0, f'"{operation.batch_table}"')
    return f"op.{operation.name}({', '.join(arguments)})"
