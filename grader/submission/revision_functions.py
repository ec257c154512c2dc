"""Reads the source of `upgrade()` and `downgrade()`: whether they are empty, and which operations they call.

For explanations in reports only. No verdict rests on it: the database shows what a revision really does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice

from grader.observations.files import Mention
from grader.observations.revisions import FunctionFacts
from grader.submission.revision_mentions import mentions, table_of
from grader.submission.revision_sessions import session_facts, texts_of

_RECORDED_METHODS = frozenset(
    {"create_all", "drop_all", "execute", "commit", "rollback", "autocommit_block", "create", "drop"}
)
"""Methods that are recorded on any object: a connection, a session, metadata, a type."""

_NOT_OPERATIONS = frozenset({"f", "get_bind", "get_context"})
"""Members of `op` that change nothing."""

_ENDING = re.compile(r"(?:^|;)\s*(?:(COMMIT|END)|ROLLBACK|ABORT)\s*(?:;|$)", re.IGNORECASE)

_MOST_OPERATIONS = 500
_MOST_MENTIONS = 500
_MOST_HELPERS = 50

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def function_facts(module: ast.Module, name: str) -> FunctionFacts | None:
    """Facts about the module's function of that name; None if the module has no such name.

    A name that is bound to anything but a function of this file (an import, a lambda) counts as not empty.
    """
    functions = {item.name: item for item in _module_level(module) if isinstance(item, _Function)}
    function = functions.get(name)
    if function is None:
        bound = _bound_elsewhere(module, name)
        if isinstance(bound, ast.Name) and bound.id in functions:
            function = functions[bound.id]
        elif bound is not None:
            return FunctionFacts(bound.lineno, empty=False)
        else:
            return None
    calls = _Calls(functions, _op_names(module))
    operations = list(islice(calls.of(function), _MOST_OPERATIONS))
    body = [statement for statement in function.body if not _does_nothing(statement)]
    used = (item for item in functions.values() if item.name in calls.entered)
    session = session_facts(used, functions, texts_of(module))
    return FunctionFacts(
        line=function.lineno,
        # Alembic does not await a coroutine, so it does nothing either.
        empty=not body or isinstance(function, ast.AsyncFunctionDef),
        raises=_exception(body[0]) if len(body) == 1 else None,
        operations=tuple(operation for operation, _ in operations),
        mentions=tuple(mention for _, named in operations for mention in named)[:_MOST_MENTIONS],
        ends_at=calls.ends_at,
        autocommit_at=session.autocommit_at,
        needless_autocommit_at=session.needless_autocommit_at,
        connects_at=session.connects_at,
        reads_at=session.reads_at,
    )


def _module_level(module: ast.Module) -> Iterator[ast.stmt]:
    """The statements of the module and of its `if`, `try` and `with` blocks, in the order of the source."""
    waiting = list(reversed(module.body))
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            inner = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
            waiting.extend(reversed(inner))


def _bound_elsewhere(module: ast.Module, name: str) -> ast.expr | ast.alias | None:
    """The value that an assignment or an import at module level gives to a name."""
    found: ast.expr | ast.alias | None = None
    for statement in _module_level(module):
        if isinstance(statement, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == name for target in statement.targets):
                found = statement.value
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name) in (name, "*"):
                    found = alias
    return found


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    return False


def _exception(statement: ast.stmt) -> str | None:
    """The name of the exception that a `raise` statement raises; None for other statements."""
    if not isinstance(statement, ast.Raise):
        return None
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    if isinstance(raised, ast.Attribute):
        return raised.attr
    return raised.id if isinstance(raised, ast.Name) else "an exception"


def _op_names(module: ast.Module) -> Mapping[str, str]:
    """The names of Alembic's operations in this file, each with its full name: `op`, `op.add_column`."""
    names = {"op": "op"}
    for statement in ast.walk(module):
        if isinstance(statement, ast.ImportFrom) and statement.module in ("alembic", "alembic.op"):
            for alias in statement.names:
                if statement.module == "alembic.op":
                    names[alias.asname or alias.name] = f"op.{alias.name}"
                elif alias.name == "op":
                    names[alias.asname or alias.name] = "op"
    return names


@dataclass
class _Calls:
    """Finds the operations that a function calls, directly or by other functions of the same file."""

    functions: Mapping[str, _Function]
    names: Mapping[str, str]
    entered: set[str] = field(default_factory=set)
    ends_at: int | None = None
    """The first line that ends the transaction."""

    def of(self, function: _Function) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        """The operations, each with the tables that it names. Each helper function is followed once."""
        self.entered.add(function.name)
        nodes = list(ast.walk(function))
        batches = tuple(islice(_batches(nodes), _MOST_OPERATIONS))
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        # A call that ends earlier runs earlier: `op.get_bind()` before the `.execute(...)` on it.
        calls.sort(key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))
        for call in calls:
            helper = self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
            if helper is not None:
                if helper.name not in self.entered and len(self.entered) < _MOST_HELPERS:
                    yield from self.of(helper)
                continue
            operation = self._operation(call.func, {batch.name for batch in batches})
            if operation is not None:
                table = next((batch.table for batch in batches if batch.holds(call)), None)
                in_batch = table if operation.startswith("batch_op.") else None
                yield operation, tuple(mentions(call, operation.rpartition(".")[2], in_batch))
            ending = _ending(call) if operation in ("op.execute", "execute") else None
            if ending is not None:
                yield ending, ()
            if ending is not None or operation in ("commit", "rollback"):
                self.ends_at = self.ends_at or call.lineno

    def _operation(self, called: ast.expr, batches: AbstractSet[str]) -> str | None:
        if isinstance(called, ast.Name):
            known = self.names.get(called.id, "")
            return known if known.startswith("op.") else None
        if not isinstance(called, ast.Attribute):
            return None
        owner = called.value
        if isinstance(owner, ast.Attribute) and owner.attr == "op":  # alembic.op.add_column
            prefix: str | None = "op"
        elif isinstance(owner, ast.Name):
            prefix = "batch_op" if owner.id in batches else self.names.get(owner.id)
        else:
            prefix = None
        if prefix in ("op", "batch_op"):
            return None if called.attr in _NOT_OPERATIONS else f"{prefix}.{called.attr}"
        return called.attr if called.attr in _RECORDED_METHODS else None


@dataclass(frozen=True)
class _Batch:
    """A block `with op.batch_alter_table(table) as name`."""

    name: str
    table: str | None
    block: ast.With

    def holds(self, call: ast.Call) -> bool:
        """Whether a call is in the block and is made on its name."""
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        end = self.block.end_lineno or self.block.lineno
        return (
            isinstance(owner, ast.Name) and owner.id == self.name and self.block.lineno <= call.lineno <= end
        )


def _batches(nodes: list[ast.AST]) -> Iterator[_Batch]:
    return (
        _Batch(item.optional_vars.id, table_of(item.context_expr, "batch_alter_table"), node)
        for node in nodes
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name)
        and isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr == "batch_alter_table"
    )


def _ending(call: ast.Call) -> str | None:
    """How the SQL text in a call ends the transaction: `commit`, `rollback`, or None where it does not."""
    for argument in call.args[:1]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = _ENDING.search(node.value)
                if match is not None:
                    return "commit" if match[1] else "rollback"
    return None
