"""A Python file with its syntax tree, and changes to its text at the places of the tree's nodes.

The rest of the file stays as it is, byte for byte. Must not know what a file is for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from grader.submission.python_source import parse

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Edit:
    """A piece of a file's bytes, and the text that comes in its place."""

    start: int
    end: int
    text: str

    def is_inside(self, other: Edit) -> bool:
        """Whether it changes a part of what another edit replaces."""
        if self.start == self.end:
            return other.start < self.start < other.end
        larger = other.end - other.start > self.end - self.start
        return larger and other.start <= self.start and self.end <= other.end


@dataclass(frozen=True)
class Source:
    """A Python file.

    Raises:
        SourceError: when `tree` is asked for, and Python cannot parse the file.
    """

    path: str
    data: bytes

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return parse(self.data)

    @cached_property
    def _lines(self) -> tuple[int, ...]:
        """Where each line begins, and where the file ends."""
        ends = [match.end() for match in _LINE_END.finditer(self.data)]
        return (0, *ends, len(self.data))

    def start(self, node: _Placed) -> int:
        """The place of a node's first byte."""
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: _Placed) -> int:
        """The place after a node's last byte."""
        return self._lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def text(self, node: _Placed) -> str:
        """A node as the file writes it."""
        return self.data[self.start(node) : self.end(node)].decode()

    def edited(self, *edits: Edit) -> bytes:
        """The file with some changes. An edit inside of another one is left out."""
        data, done = self.data, len(self.data) + 1
        outer = [edit for edit in dict.fromkeys(edits) if not any(edit.is_inside(other) for other in edits)]
        # The last one first, so that places stay true. Of several at one place, the first comes first.
        for _, edit in sorted(enumerate(outer), key=lambda item: (-item[1].start, -item[1].end, -item[0])):
            if edit.end > done:
                raise ValueError(f"{self.path}: two changes of the same piece")
            data = data[: edit.start] + edit.text.encode() + data[edit.end :]
            done = edit.start
        return data

    def replace(self, node: _Placed, text: str) -> Edit:
        """Write something else in a node's place."""
        return Edit(self.start(node), self.end(node), text)

    def _arguments(self, call: ast.Call) -> list[ast.expr | ast.keyword]:
        arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        return sorted(arguments, key=self.start)

    def drop_arguments(self, call: ast.Call, *dropped: ast.expr | ast.keyword) -> Iterator[Edit]:
        """Leave arguments of a call out."""
        arguments = self._arguments(call)
        places = [place for place, item in enumerate(arguments) if any(item is other for other in dropped)]
        for first in (place for place in places if place - 1 not in places):
            last = next(place for place in range(first, len(arguments)) if place + 1 not in places)
            if last + 1 < len(arguments):
                yield Edit(self.start(arguments[first]), self.start(arguments[last + 1]), "")
            else:
                before = self.end(arguments[first - 1]) if first else self.start(arguments[first])
                yield Edit(before, self.end(arguments[last]), "")

    def add_argument(self, call: ast.Call, text: str) -> Edit:
        """Give a call one more argument, after its others."""
        arguments = self._arguments(call)
        if not arguments:
            return Edit(self.end(call) - 1, self.end(call) - 1, text)
        return Edit(self.end(arguments[-1]), self.end(arguments[-1]), f", {text}")

    def set_keyword(self, call: ast.Call, name: str, text: str) -> Edit:
        """Give a call a keyword argument, or that one another value."""
        for keyword in call.keywords:
            if keyword.arg == name:
                return self.replace(keyword.value, text)
        return self.add_argument(call, f"{name}={text}")

    def drop_statements(self, *statements: ast.stmt) -> Iterator[Edit]:
        """Leave statements out, with their lines. A body that has no others gets `pass`."""
        emptied = {id(last) for last in _last_of_emptied(self.tree, {id(item) for item in statements})}
        for statement in statements:
            if id(statement) in emptied or not self._has_lines_alone(statement):
                yield self.replace(statement, "pass")
            else:
                yield Edit(self._lines[statement.lineno - 1], self._after(statement), "")

    def insert_before(self, statement: ast.stmt, *lines: str) -> Edit:
        """Put statements before another one, with its indentation."""
        first = min((statement.lineno, *(item.lineno for item in getattr(statement, "decorator_list", ()))))
        place = self._lines[first - 1]
        indentation = " " * statement.col_offset
        return Edit(place, place, "".join(f"{indentation}{line}\n" if line else "\n" for line in lines))

    def insert_after(self, statement: ast.stmt, *lines: str) -> Edit:
        """Put statements after another one, with its indentation."""
        place = self._after(statement)
        indentation = " " * statement.col_offset
        begin = "" if self.data[:place].endswith((b"\n", b"\r")) else "\n"
        return Edit(
            place, place, begin + "".join(f"{indentation}{line}\n" if line else "\n" for line in lines)
        )

    def rewrite_body(self, function: Function, *lines: str) -> Edit:
        """Give a function another body; its docstring stays."""
        body = statements_of(function)
        if not body:
            return self.insert_after(function.body[-1], *lines)
        start, end = self._lines[body[0].lineno - 1], self._after(body[-1])
        indentation = " " * body[0].col_offset
        return Edit(start, end, "".join(f"{indentation}{line}\n" if line else "\n" for line in lines))

    def lines_of(self, statement: ast.stmt) -> tuple[str, ...]:
        """A statement's lines, without the indentation of its first one."""
        lines = self.text(statement).splitlines()
        indentation = " " * statement.col_offset
        return tuple(line.removeprefix(indentation) for line in lines)

    def _after(self, statement: ast.stmt) -> int:
        return self._lines[statement.end_lineno or statement.lineno]

    def _has_lines_alone(self, statement: ast.stmt) -> bool:
        before = self.data[self._lines[statement.lineno - 1] : self.start(statement)]
        after = self.data[self.end(statement) : self._after(statement)].partition(b"#")[0]
        return not before.strip() and not after.strip()


Function = ast.FunctionDef | ast.AsyncFunctionDef
_Placed = ast.expr | ast.stmt | ast.keyword | ast.alias
"""Nodes that have a place."""


def statements_of(function: Function) -> list[ast.stmt]:
    """The statements of a function, without its docstring."""
    return function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body


def functions(tree: ast.Module) -> dict[str, Function]:
    """The functions of a module by name, without methods."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def called(node: ast.AST) -> str | None:
    """The last part of the name of what is called, if a node is a call: `Column` for `sa.Column(...)`."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """The calls of functions with one of these names, in the order of the source."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in names]
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def keyword(call: ast.Call, name: str) -> ast.keyword | None:
    """A keyword argument of a call."""
    return next((item for item in call.keywords if item.arg == name), None)


def constant(node: ast.expr | None) -> str | None:
    """The text of a string, also of one inside of `op.f(...)` or `sa.text(...)`; None for anything else."""
    if called(node or ast.Pass()) in ("f", "text") and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def plain_string(node: ast.expr | None) -> ast.Constant | None:
    """The node of a string itself, also inside of `sa.text(...)`."""
    if isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_constant(node: ast.expr | None, value: object) -> bool:
    """Whether a node is this value: True, False, None."""
    return isinstance(node, ast.Constant) and node.value is value


def texts(node: ast.expr | None) -> tuple[str, ...] | None:
    """The strings of a list or tuple, or None where it is not one of strings alone."""
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    found = [constant(item) for item in node.elts]
    return None if None in found else tuple(item for item in found if item is not None)


def sqlalchemy_prefix(source: Source) -> tuple[str, tuple[Edit, ...]]:
    """How a file may write a name of SQLAlchemy (`sa.`), and the import that it needs for that."""
    for node in source.tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "sqlalchemy":
                    return f"{alias.asname or alias.name}.", ()
    return "sqlalchemy.", (import_line(source, "import sqlalchemy"),)


def import_line(source: Source, line: str) -> Edit:
    """Put an import before the first import of a file; after those of `__future__`."""
    for node in source.tree.body:
        later = isinstance(node, ast.Import) or (
            isinstance(node, ast.ImportFrom) and node.module != "__future__"
        )
        if later:
            return source.insert_before(node, line)
    begins = [node for node in source.tree.body if isinstance(node, ast.ImportFrom) or _is_text(node)]
    return source.insert_after(begins[-1], line) if begins else Edit(0, 0, f"{line}\n")


def _last_of_emptied(tree: ast.Module, dropped: Collection[int]) -> Iterator[ast.stmt]:
    """The last statement of each body that loses all that it has."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list) or not block or isinstance(node, ast.Module):
                continue
            rest = [item for item in block if id(item) not in dropped]
            if rest == block or any(not _is_text(item) for item in rest):
                continue
            if isinstance(node, ast.ClassDef) and rest:
                continue
            yield next(item for item in reversed(block) if id(item) in dropped)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
