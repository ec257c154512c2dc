"""Changes to a file's text at the places of its nodes."""

from __future__ import annotations

import ast

import pytest

from grader.proof.operators.source import Edit, Source, calls, import_line, sqlalchemy_prefix

CALL = 'f(\n    "ä", 1,  # why\n    last=2\n)\n'


def source(text: str) -> Source:
    return Source("a.py", text.encode())


def the_call(of: Source) -> ast.Call:
    return next(calls(of.tree, "f"))


def statement(of: Source, name: str) -> ast.stmt:
    """The statement that calls a function."""
    return next(
        node for node in ast.walk(of.tree) if isinstance(node, ast.Expr) and ast.unparse(node) == f"{name}()"
    )


@pytest.mark.parametrize(
    ("dropped", "left"),
    [
        ((0,), "f(\n    1,  # why\n    last=2\n)\n"),
        ((1,), 'f(\n    "ä", last=2\n)\n'),
        ((2,), 'f(\n    "ä", 1\n)\n'),
        ((1, 2), 'f(\n    "ä"\n)\n'),
        ((0, 2), "f(\n    1\n)\n"),
        ((0, 1, 2), "f(\n    \n)\n"),
    ],
)
def test_arguments_are_left_out_with_their_commas(dropped: tuple[int, ...], left: str) -> None:
    file = source(CALL)
    call = the_call(file)
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    edits = file.drop_arguments(call, *(arguments[place] for place in dropped))
    assert file.edited(*edits).decode() == left


@pytest.mark.parametrize(
    ("before", "after"), [("f()", "f(x=1)"), ("f(2)", "f(2, x=1)"), ("f(x=3)", "f(x=1)")]
)
def test_a_keyword_is_set_whether_it_was_there_or_not(before: str, after: str) -> None:
    file = source(before)
    assert file.edited(file.set_keyword(the_call(file), "x", "1")).decode() == after


def test_a_statement_goes_with_its_lines_and_the_rest_stays() -> None:
    file = source("def g():\r\n    # one\r\n    a()\r\n    b()\r\n")
    assert file.edited(*file.drop_statements(statement(file, "a"))) == b"def g():\r\n    # one\r\n    b()\r\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("def g():\n    a()\n", "def g():\n    pass\n"),
        ('def g():\n    """What."""\n    a()\n', 'def g():\n    """What."""\n    pass\n'),
        ("with x as y:\n    a()\nc()\n", "with x as y:\n    pass\nc()\n"),
        ("def g(): a()\n", "def g(): pass\n"),
        ("def g():\n    a(); b()\n", "def g():\n    pass; b()\n"),
    ],
)
def test_a_body_without_statements_passes(text: str, left: str) -> None:
    file = source(text)
    assert file.edited(*file.drop_statements(statement(file, "a"))).decode() == left


def test_a_body_that_loses_all_its_statements_passes_once() -> None:
    file = source("def g():\n    a()\n    b()\n")
    edits = file.drop_statements(statement(file, "a"), statement(file, "b"))
    assert file.edited(*edits).decode() == "def g():\n    pass\n"


def test_statements_are_put_in_with_indentation_also_at_the_end_of_a_file() -> None:
    file = source("def g():\n    a()")
    edits = (file.insert_after(statement(file, "a"), "c()"), file.insert_before(statement(file, "a"), "b()"))
    assert file.edited(*edits).decode() == "def g():\n    b()\n    a()\n    c()\n"


def test_a_change_inside_of_what_goes_is_left_out() -> None:
    file = source("def g():\n    f(1)\n    b()\n")
    (inner,) = the_call(file).args
    gone = file.drop_statements(file.tree.body[0].body[0])  # type: ignore[attr-defined]
    assert file.edited(*gone, file.replace(inner, "2")).decode() == "def g():\n    b()\n"


def test_two_changes_of_one_piece_are_refused() -> None:
    with pytest.raises(ValueError, match="two changes"):
        source("abcdef").edited(Edit(0, 3, "x"), Edit(2, 5, "y"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('"""What."""\nfrom __future__ import annotations\nx = 1\n', 2),
        ('"""What."""\nfrom __future__ import annotations\n\nimport os\n', 3),
        ('"""What."""\nx = 1\n', 1),
        ("x = 1\n", 0),
    ],
)
def test_an_import_comes_after_those_of_the_future(text: str, place: int) -> None:
    file = source(text)
    lines = file.edited(import_line(file, "import sqlalchemy")).decode().splitlines()
    assert lines.index("import sqlalchemy") == place


def test_the_name_of_sqlalchemy_is_the_file_s_own() -> None:
    assert sqlalchemy_prefix(source("import sqlalchemy as db\n")) == ("db.", ())
    prefix, edits = sqlalchemy_prefix(source("x = 1\n"))
    assert (prefix, len(edits)) == ("sqlalchemy.", 1)
