"""Lines for a terminal: as wide as it is, with commands in one piece."""

from __future__ import annotations

import pytest

from grader.report.render.lines import wrapped

TEXT = "Make the revision: `alembic revision -m add`, look it over, then run `alembic upgrade head`."


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_command_stays_in_one_line_where_it_fits(width: int) -> None:
    lines = wrapped(TEXT, width).split("\n")
    assert max(map(len, lines)) <= width
    assert any("`alembic revision -m add`," in line for line in lines)
    assert any("`alembic upgrade head`." in line for line in lines)
    assert " ".join(lines) == TEXT


def test_a_command_that_is_too_long_is_broken() -> None:
    lines = wrapped(TEXT, 20).split("\n")
    assert max(map(len, lines)) <= 20
    assert " ".join(lines) == TEXT


def test_short_texts_and_long_words_stay_whole() -> None:
    assert wrapped("short", 40) == "short"
    assert wrapped("x" * 50, 40) == "x" * 50


def test_other_lines_are_indented() -> None:
    assert wrapped("one two three", 9, indent="  ") == "one two\n  three"
