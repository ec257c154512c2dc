"""Values that are the same although their types differ, and such that are not."""

from __future__ import annotations

import pytest

from grader.trial.rows.equality import normaliser


def same(first: str, first_type: str, second: str, second_type: str) -> bool:
    one, other = normaliser(first_type, second_type), normaliser(second_type, first_type)
    return one(first) == other(second)


@pytest.mark.parametrize(
    ("first", "first_type", "second", "second_type"),
    [
        ("7", "integer", "7", "text"),
        ("ada,bob lee", "text", '{ada,"bob lee"}', "text[]"),
        ("1705312800", "integer", "2024-01-15 10:00:00", "timestamp without time zone"),
        ("7", "integer", "7.00", "numeric(5,2)"),
        ("1", "numeric", "1.00", "numeric(5,2)"),
        ("0.1", "real", "0.10000000149011612", "double precision"),
        ("$1,234.50", "money", "1234.5", "numeric(10,2)"),
        ("t", "boolean", "1", "integer"),
        ("f", "boolean", "false", "text"),
        ("0", "smallint", "f", "boolean"),
        (
            "2024-01-15 10:00:00",
            "timestamp without time zone",
            "2024-01-15 10:00:00+00",
            "timestamp with time zone",
        ),
        ("2024-01-15", "date", "2024-01-15 00:00:00", "timestamp without time zone"),
        (
            "2024-01-15 12:00:00+02",
            "timestamp with time zone",
            "2024-01-15 10:00:00",
            "timestamp without time zone",
        ),
        ("10:00:00", "time without time zone", "10:00:00+00", "time with time zone"),
        ('{"a": 1, "b": 2}', "json", '{"b": 2, "a": 1}', "jsonb"),
        ('{"a":1}', "text", '{"a": 1}', "jsonb"),
        ("A0EEBC999C0B4EF8BB6D6BB9BD380A11", "text", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"),
        ("10.0.0.1/32", "text", "10.0.0.1", "inet"),
        ("abc", "text", "\\x616263", "bytea"),
        ("ab   ", "character(5)", "ab", "character varying(5)"),
        ("ab   ", "character(5)", "ab      ", "character(8)"),
        ("sad", "public.mood", "sad", "text"),
        ("{a,b}", "text[]", "{a,b}", "character varying(5)[]"),
    ],
)
def test_nothing_was_lost(first: str, first_type: str, second: str, second_type: str) -> None:
    assert same(first, first_type, second, second_type)
    assert same(second, second_type, first, first_type)


@pytest.mark.parametrize(
    ("first", "first_type", "second", "second_type"),
    [
        ("1.5", "numeric", "2", "integer"),
        ("7", "integer", "t", "boolean"),
        ("2024-01-15 10:30:00", "timestamp without time zone", "2024-01-15", "date"),
        (
            "2024-01-15 10:00:00",
            "timestamp without time zone",
            "2024-01-15 08:00:00+00",
            "timestamp with time zone",
        ),
        ("quiet harbour", "text", "quiet harb", "character varying(10)"),
        ("1", "text", "1.0", "text"),
        ("1", "text", "1.0", "character varying(5)"),
        ("NaN", "numeric", "1", "integer"),
        ("ada,bob", "text", "{ada}", "text[]"),
        ("Sad", "text", "sad", "public.mood"),
    ],
)
def test_something_was_lost(first: str, first_type: str, second: str, second_type: str) -> None:
    assert not same(first, first_type, second, second_type)


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("seven", ("integer", "text")),
        ("infinity", ("timestamp without time zone", "date")),
        ("{", ("json", "text")),
        ("\\xzz", ("bytea", "text")),
        ("NaN", ("numeric", "text")),
        ("[" * 100_000, ("json", "text")),
        ("0044-03-15 BC", ("date", "timestamp without time zone")),
    ],
)
def test_what_it_cannot_make_sense_of_equals_itself(text: str, types: tuple[str, str]) -> None:
    assert normaliser(*types)(text) == normaliser(*types)(text) == text
