"""Defaults and conditions as PostgreSQL prints them: which are folded into one, and which must not be."""

from __future__ import annotations

import pytest

from grader.judging.comparison.expressions import condition, default, is_text, takes_next_value

TIMESTAMP = "timestamp without time zone"


@pytest.mark.parametrize(
    ("one", "other", "column_type"),
    [
        ("now()", "CURRENT_TIMESTAMP", "timestamp with time zone"),
        ("(now())::timestamp without time zone", "LOCALTIMESTAMP", TIMESTAMP),
        ("transaction_timestamp()", "now()", TIMESTAMP),
        ("timezone('utc'::text, now())", "(CURRENT_TIMESTAMP AT TIME ZONE 'utc'::text)", TIMESTAMP),
        ("'free'::character varying", "'free'::text", "character varying(20)"),
        ("'free'::character varying(20)", "('free'::text)::character varying(20)", "character varying(20)"),
        ("'-1'::integer", "-1", "integer"),
        ("'-1.5'::numeric(8,2)", "'-1.5'::numeric", "numeric(8,2)"),
        ("0", "(0)::smallint", "smallint"),
        ("NULL::character varying", None, "character varying(20)"),
        ("'{}'::jsonb", "'{}'::json", "jsonb"),
        ("'calm'::public.mood", "'calm'::public.temper", "public.mood"),
        ("'it''s; now()'::text", "'it''s; now()'::character varying", "text"),
        ("CURRENT_DATE", "(now())::date", "date"),
        (
            "('R-'::text || nextval('public.r'::regclass))",
            "('R-'::text || (nextval(('r'::text)::regclass))::text)",
            "text",
        ),
    ],
)
def test_defaults_that_mean_the_same(one: str, other: str | None, column_type: str) -> None:
    assert default(one, column_type) == default(other, column_type)


@pytest.mark.parametrize(
    ("one", "other", "column_type"),
    [
        ("'free'::text", "'Free'::text", "text"),
        ("'now()'::text", "now()", "text"),
        ("'now()'::text", "'CURRENT_TIMESTAMP'::text", "text"),
        ("now()", "public.now()", TIMESTAMP),
        ("now()", "clock_timestamp()", TIMESTAMP),
        ("now()", "timezone('utc'::text, now())", TIMESTAMP),
        ("1", "-1", "integer"),
        ("1", "10", "integer"),
        ("''::text", None, "text"),
        ("'NULL'::text", None, "text"),
        ("lower('A'::text)", "upper('A'::text)", "text"),
        ("(1 + 2)", "(1 + 3)", "integer"),
        ("CURRENT_DATE", "now()", TIMESTAMP),
        ("('R-'::text || nextval('public.r'::regclass))", "('R-'::text || nextval('s.r'::regclass))", "text"),
    ],
)
def test_defaults_that_do_not(one: str, other: str | None, column_type: str) -> None:
    assert default(one, column_type) != default(other, column_type)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "((status)::text = ANY (ARRAY[('b'::character varying)::text, ('a'::character varying)::text]))",
        ),
        ("((status)::text <> ''::text)", "(status <> ''::text)"),
        ("(char_length(status) > 3)", "(length((status)::text) > 3)"),
        ("(at < now())", "(at < CURRENT_TIMESTAMP)"),
        ("((status)::text = 'a, b'::text)", "((status)::text = ('a, b'::character varying)::text)"),
    ],
)
def test_conditions_that_mean_the_same(one: str, other: str) -> None:
    assert condition(one, {"status"}) == condition(other, {"status"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(n > 0)", "(n >= 0)"),
        ("(status = ANY (ARRAY['a'::text, 'b'::text]))", "(status = ANY (ARRAY['a'::text, 'c'::text]))"),
        ("(status = ANY (ARRAY['a, b'::text]))", "(status = ANY (ARRAY['a'::text, 'b'::text]))"),
        ("(status <> ALL (ARRAY['a'::text, 'b'::text]))", "(status = ANY (ARRAY['a'::text, 'b'::text]))"),
        ("((n)::text > '10'::text)", "(n > 10)"),
        ("((n)::text > '10'::text)", "(n > '10'::text)"),
        ("((a OR b) AND c)", "(a OR (b AND c))"),
    ],
)
def test_conditions_that_do_not(one: str, other: str) -> None:
    assert condition(one, {"status"}) != condition(other, {"status"})


def test_a_text_with_the_place_holders_sign_is_left_whole() -> None:
    assert default("'§0§ and §'::text", "text") == default("'§0§ and §'::character varying", "text")
    assert default("'§0§'::text", "text") != default("'§1§'::text", "text")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("text", True),
        ("character varying(80)", True),
        ("character(2)", True),
        ("text[]", False),
        ("public.text", False),
        ("integer", False),
    ],
)
def test_which_types_are_text(written: str, *, expected: bool) -> None:
    assert is_text(written) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nextval('public.users_id_seq'::regclass)", True),
        ("nextval('\"Odd\"'::regclass)", True),
        ("nextval(('users_id_seq'::text)::regclass)", True),
        ("public.nextval('x'::regclass)", False),
        ("(nextval('x'::regclass) * 2)", False),
        ("1", False),
        (None, False),
    ],
)
def test_which_defaults_take_the_next_value(text: str | None, *, expected: bool) -> None:
    assert takes_next_value(text) is expected
