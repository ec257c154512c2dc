"""The SQL of one or two commands, as an outcome has it."""

from __future__ import annotations

import pytest

from grader.runtime.sandbox.interface import Outcome


@pytest.mark.parametrize(
    ("sql", "first", "second"),
    [
        ("", (), ()),
        ("a\0b\0", ("a", "b"), ()),
        ("a\0b\0\0c\0", ("a", "b"), ("c",)),
        ("\0c\0", (), ("c",)),
        ("a\0\0", ("a",), ()),
        ("a\0\0b\0\0c\0", ("a",), ("b", "c")),
    ],
)
def test_scripts(sql: str, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    found = Outcome(0, "", "", 0.1, sql=sql).scripts()
    assert (found[0], tuple(filter(None, found[1]))) == (first, second)
