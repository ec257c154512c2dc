"""Values by type, without a database to say whether they are any."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.trial.rows.layout import UserType
from grader.trial.rows.values import TEXT_LENGTH, ColumnTarget, TypeName, letters, parse_type, text, value

MOOD = UserType("public.mood", "e", "E", labels=("sad", 'it\'s "ok"'))


def place(number: int = 0, column: str = "title", ordinal: int = 2) -> ColumnTarget:
    return ColumnTarget("posts", column, ordinal, number)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("integer", TypeName("integer")),
        ("character varying(50)", TypeName("character varying", (50,))),
        ("numeric(6,-2)", TypeName("numeric", (6, -2))),
        ("timestamp(3) with time zone", TypeName("timestamp with time zone", (3,))),
        ("time without time zone[]", TypeName("time without time zone", array=True)),
        ("character varying(12)[]", TypeName("character varying", (12,), array=True)),
        ('public."Odd (Type)"', TypeName('public."Odd (Type)"')),
    ],
)
def test_a_type_is_taken_apart(written: str, parts: TypeName) -> None:
    assert parse_type(written) == parts


@given(st.integers(0, 500), st.one_of(st.none(), st.integers(1, 300)), st.text(max_size=60))
def test_a_text_fits_and_has_no_white_space_at_its_ends(number: int, limit: int | None, column: str) -> None:
    made = text(place(number, column), limit)
    assert len(made) == min(limit or TEXT_LENGTH, TEXT_LENGTH)
    assert made == made.strip()
    assert made.isascii()
    assert made == made.lower()


@pytest.mark.parametrize("limit", [2, 3, 4, 8, 20, 40, None])
@pytest.mark.parametrize(
    "column", ["title", "email", "slug", "avatar_url", "a_rather_long_name_for_a_column_of_text"]
)
def test_texts_of_different_rows_differ(column: str, limit: int | None) -> None:
    assert len({text(place(number, column), limit) for number in range(200)}) == 200


def test_a_text_of_one_letter_repeats_after_the_alphabet_only() -> None:
    assert len({text(place(number), 1) for number in range(26)}) == 26


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("email", r"[a-z0-9.]+@example\.org"),
        ("avatar_url", r"https://[a-z0-9-]+x*"),
        ("slug", r"[a-z0-9-]+"),
        ("username", r"[a-z0-9-]+"),
    ],
)
def test_a_text_looks_like_what_its_column_is_called(column: str, pattern: str) -> None:
    assert re.fullmatch(pattern, text(place(column=column), 80))


def test_letters_count_like_digits() -> None:
    assert [letters(n) for n in (0, 1, 25, 26, 676)] == ["aa", "ab", "az", "ba", "baa"]


@pytest.mark.parametrize(
    ("type_name", "low", "high"),
    [("smallint", 1, 32767), ("integer", 1, 2**31 - 1), ("bigint", 1, 2**63 - 1)],
)
def test_whole_numbers_stay_in_range(type_name: str, low: int, high: int) -> None:
    made = [int(value(type_name, place(number), {})) for number in (0, 1, 50, 10**6, 10**9)]
    assert all(low <= number <= high for number in made)
    assert len(set(made[:3])) == 3


@pytest.mark.parametrize(
    ("modifiers", "pattern"),
    [
        ("", r"\d+\.25"),
        ("(5)", r"\d{1,5}"),
        ("(6,2)", r"\d{1,4}\.\d{2}"),
        ("(2,2)", r"0\.\d{2}"),
        ("(2,4)", r"0\.00\d{2}"),
        ("(3,-2)", r"\d{1,3}00"),
    ],
)
@pytest.mark.parametrize("number", [0, 7, 12345])
def test_numbers_keep_to_precision_and_scale(modifiers: str, pattern: str, number: int) -> None:
    assert re.fullmatch(pattern, value(f"numeric{modifiers}", place(number), {}))


def test_a_later_column_has_the_later_moment() -> None:
    moments = [value("timestamp without time zone", place(3, ordinal=n), {}) for n in range(1, 6)]
    assert moments == sorted(set(moments))


def test_booleans_of_neighbouring_rows_differ() -> None:
    assert value("boolean", place(0), {}) != value("boolean", place(1), {})


def test_an_enum_goes_through_its_labels() -> None:
    assert [value("public.mood", place(n), {MOOD.name: MOOD}) for n in range(3)] == [
        "sad",
        'it\'s "ok"',
        "sad",
    ]


def test_quotes_are_kept_within_arrays_and_composites() -> None:
    pair = UserType("public.pair", "c", "C", attributes=("public.mood", "integer"))
    types = {MOOD.name: MOOD, pair.name: pair}
    assert value("public.mood[]", place(1), types) == r'{"it' + "'" + r's \"ok\"","it' + "'" + r's \"ok\""}'
    assert value("public.pair", place(0), types) == '("sad","2")'


def test_a_domain_has_the_values_of_its_base() -> None:
    short = UserType("public.short", "d", "S", base="character varying(3)")
    assert len(value("public.short", place(), {short.name: short})) == 3


def test_a_range_of_a_students_own_has_two_ends() -> None:
    floats = UserType("public.floats", "r", "R", base="double precision")
    many = UserType("public.floats_multirange", "m", "R", base="public.floats")
    types = {floats.name: floats, many.name: many}
    assert value("public.floats", place(), types) == '["2.5","18.5")'
    assert value("public.floats_multirange", place(), types) == '{["2.5","18.5")}'


def test_types_that_contain_themselves_come_to_an_end() -> None:
    loop = UserType("public.loop", "c", "C", attributes=("public.loop[]", "text"))
    assert len(value("public.loop", place(), {loop.name: loop})) < 10_000


@pytest.mark.parametrize(
    ("type_name", "pattern"),
    [
        ("xml", r"<note>[a-z ]+</note>"),
        ("interval day to second(3)", r"1 days \d\d:00:00"),
        ("interval year to month", r"1 months"),
        ("bit(5)", r"[01]{5}"),
        ("public.vector(3)", r"\[\d+, \d+, \d+\]"),
        ("public.unheard_of", r"[a-z ]+"),
    ],
)
def test_rarer_types(type_name: str, pattern: str) -> None:
    assert re.fullmatch(pattern, value(type_name, place(), {}))


@pytest.mark.parametrize(
    ("column", "limit", "expected"),
    [
        ("full_name", 100, "aab harbour"),
        ("username", None, "aab-harbour"),
        ("email", 120, "aab@example.org"),
        ("avatar_url", 255, "https://example.org/aab"),
        ("email", 8, "aablamp"),
        ("code", 2, "ab"),
    ],
)
def test_a_plain_text_is_two_words(column: str, limit: int | None, expected: str) -> None:
    assert text(ColumnTarget("users", column, 2, 1, plain=True), limit) == expected
