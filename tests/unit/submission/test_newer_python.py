"""Sources for a newer Python are read in an older spelling; plain mistakes stay mistakes."""

from __future__ import annotations

import ast

import pytest

from grader.submission.newer_python import older_spelling

IN_3_12 = (
    'x = f"{d["key"]}"\n',
    'op.execute(f"UPDATE x SET y = {", ".join(["a"])}")\n',
    "x = f\"{'\\n'.join(a)}\"\n",
    'x = f"{\n  1 # a comment\n}"\ny = f"{\n1}"; z(1, f"{a["b"]:>{w["x"]}} {c!r} {d=}")\n',
    'x = f"""{f"{f"{1}"}"}"""\n',
    'x = rf"\\d{d["a"]}" + f"\\N{EM DASH} {{}} {d["b"]!s:>{3}}"\n',
    "type Pair = tuple[int, str]\n",
    "type Pair[T] = tuple[T, T]\n",
    "def first[T: int, *A, **P](x: T) -> T: ...\nclass Box[T](Base): ...\n",
    "def first[\n    T,\n    U,\n](x): ...\n",
)
IN_3_13 = ("class Box[T = int]: ...\n",)
IN_3_14 = ('x = t"hello {name}"\n', "try:\n    pass\nexcept ValueError, sa.exc.DataError:\n    pass\n")
MISTAKES = (
    "def f()\n    pass\n",
    'print "x"\n',
    'x = f"{d["a"] b}"\n',
    'def f()\n    x = f"{d["a"]}"\n',
    'x = f"{d["a"]}\n',
    'x = f"{d["a"]"\n',
    "try:\n    pass\nexcept ValueError, error:\n    pass\n",
    "type X\n",
    "def f[T(x): ...\n",
)
ORDINARY = (
    "x = f\"a {b!r:>{w}} {{}} {c['k']!s}\"\n",
    'x = f"""{d["a"]}\n"""\n',
    "type = 1\ntype(x)\nmatch = type\n",
    "try:\n    pass\nexcept (A, B) as e:\n    pass\n",
    "x = 'it''s' \"# no comment\" # f\"{x[\"\n",
)


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        *((source, (3, 12)) for source in IN_3_12),
        *((source, (3, 13)) for source in IN_3_13),
        *((source, (3, 14)) for source in IN_3_14),
    ],
)
def test_newer_syntax_is_read(source: str, needs: tuple[int, int]) -> None:
    found = older_spelling(source)
    assert found is not None
    assert found.needs == needs
    ast.parse(found.source, feature_version=(3, 11))
    assert found.source.count("\n") == source.count("\n")


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_stays_one(source: str) -> None:
    found = older_spelling(source)
    if found is not None:
        with pytest.raises(SyntaxError):
            ast.parse(found.source)


@pytest.mark.parametrize("source", ORDINARY)
def test_what_every_python_reads_needs_no_newer_one(source: str) -> None:
    assert older_spelling(source) is None


@pytest.mark.parametrize(
    "part", ["(", 'f"{', "f'{\"", "[1,", "x[", 'f"{a:{b:{', "except A,", "def f[", "type X["]
)
def test_floods_are_given_up(part: str) -> None:
    assert older_spelling(part * 20_000) is None
