"""Answers compared with the rows that are expected: what is equal, and how a difference is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest

from grader.judging.answers import compare, misfit, shown_rows
from grader.observations.data import DataAnswer


def answer(types: str, *rows: tuple[str | None, ...]) -> DataAnswer:
    listed = tuple(types.split(", "))
    return DataAnswer(tuple("abcdef"[: len(listed)]), listed, rows)


@pytest.mark.parametrize(
    ("type_", "found", "expected"),
    [
        ("integer", "1", 1),
        ("bigint", "1", "1"),
        ("numeric", "1.50", 1.5),
        ("numeric", "1.50", "1.5"),
        ("numeric", "12345678901234567890123456789012345", "12345678901234567890123456789012345"),
        ("double precision", "0.30000000000000004", 0.3),
        ("real", "0.1", 0.1),
        ("boolean", "t", True),
        ("boolean", "f", "false"),
        ("text", "true", True),
        ("text", "7", 7),
        ("character", "ab   ", "ab"),
        ("public.mood", "good", "good"),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", "2024-02-29", "2024-02-29"),
        ("timestamp without time zone", "2024-02-29 00:00:00", date(2024, 2, 29)),
        ("timestamp with time zone", "2024-02-29 10:00:00+00", datetime(2024, 2, 29, 10, tzinfo=UTC)),
        (
            "timestamp with time zone",
            "2024-02-29 10:00:00+00",
            datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("time without time zone", "10:30:00", time(10, 30)),
        ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        ("jsonb", '{"b": 1, "a": [true]}', '{"a":[true],"b":1}'),
        ("integer[]", "{1,2}", "{1,2}"),
    ],
)
def test_equal_values(type_: str, found: str, expected: Any) -> None:
    assert compare(answer(type_, (found,)), [[expected]], ordered=True).same


@pytest.mark.parametrize(
    ("type_", "found", "expected"),
    [
        ("integer", "1", True),
        ("integer", "1", 2),
        ("boolean", "t", 1),
        ("text", "Ada ", "Ada"),
        ("text", "NULL", None),
        ("text", None, ""),
        ("text", "1.0", 1),
        ("numeric", "NaN", 1),
        ("date", "infinity", date(2024, 1, 1)),
        ("timestamp without time zone", "2024-02-29 00:00:01", date(2024, 2, 29)),
        ("json", "1", "x"),
    ],
)
def test_other_values(type_: str, found: str | None, expected: Any) -> None:
    result = compare(answer(type_, (found,)), [{"a": expected} if expected is not None else {}], ordered=True)
    assert not result.same
    assert result.reason


def test_order_counts_only_where_it_is_asked_for() -> None:
    found = answer("integer", ("2",), ("1",))
    assert compare(found, [[1], [2]], ordered=False).same
    result = compare(found, [[1], [2]], ordered=True)
    assert (result.same, result.found) == (False, "(2); (1)")
    assert result.reason == "the rows are right, and their order is not"


def test_what_a_table_leaves_out_is_null() -> None:
    assert compare(answer("integer, text", ("1", None)), [{"a": 1}], ordered=True).same


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([("1", None, None), ("2", None, None)], "NULL where a value is expected, in b and c"),
        ([("1", "y", "x"), ("2", "w", "v")], "values in each other's place, in b and c"),
        ([("1", "x", "o"), ("2", "v", "o")], "the same value in all of these rows, in c"),
        ([("1", "x", "y"), ("2", "v", "z")], "other values than expected, in c"),
        ([("1", "x", "y")], "1 row is missing"),
        ([], "2 rows are missing"),
        ([("1", "x", "y"), ("2", "v", "w"), ("2", "v", "w")], "there is 1 row too many"),
        ([("1", "x", "y"), ("3", "", ""), ("4", "", "")], "1 row is missing, and 2 rows are not expected"),
    ],
)
def test_how_rows_differ(found: list[tuple[str | None, ...]], reason: str) -> None:
    result = compare(answer("integer, text, text", *found), [[1, "x", "y"], [2, "v", "w"]], ordered=True)
    assert result.reason == reason


def test_of_many_rows_those_that_differ_are_shown() -> None:
    found = answer("integer", *((str(number),) for number in range(9)))
    result = compare(found, [[number] for number in range(1, 10)], ordered=True)
    assert (result.expected, result.found) == ("9 rows, among them (9)", "9 rows, among them (0)")


def test_rows_that_cannot_be_those_of_the_query() -> None:
    found = answer("integer, text", ("1", "x"))
    assert misfit(found, [[1, "x"], {"b": "x"}]) is None
    assert misfit(found, [[1]]) == "it gives 2 columns, and a row that is expected has 1 values"
    assert misfit(found, [{"c": 1}]) == "it gives no column c, only a, b"


def test_rows_in_words_without_an_answer() -> None:
    assert shown_rows([[1, "Ada", True, 0.5], {"a": "x"}]) == "(1, 'Ada', true, 0.5); ('x')"
    assert shown_rows([]) == "no rows"
    assert shown_rows([[n] for n in range(7)]).endswith("(4) and 2 more")
