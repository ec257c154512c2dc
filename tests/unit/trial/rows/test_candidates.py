"""What is proposed for a column that has rules."""

from __future__ import annotations

import pytest

from grader.trial.rows.candidates import MOST, candidates
from grader.trial.rows.layout import UserType
from grader.trial.rows.values import ColumnTarget

PLACE = ColumnTarget("posts", "status", 2, 0)
ONE_OF = (
    "CHECK (((status)::text = ANY "
    "((ARRAY['draft'::character varying, 'it''s out'::character varying])::text[])))"
)


def proposed(
    type_name: str, *definitions: str, number: int = 0, nullable: bool = False
) -> tuple[str | None, ...]:
    place = ColumnTarget("posts", "status", 2, number)
    return candidates(type_name, place, {}, definitions, nullable=nullable)


def test_without_rules_there_is_one_value() -> None:
    assert len(proposed("character varying(20)")) == 1


def test_a_unique_column_has_values_to_fall_back_on() -> None:
    found = candidates("character varying(20)", PLACE, {}, (), distinct=True)
    assert len(found) == len(set(found)) > 5


def test_the_members_of_a_list_come_first_and_change_with_the_row() -> None:
    assert proposed("character varying(20)", ONE_OF)[:2] == ("draft", "it's out")
    assert proposed("character varying(20)", ONE_OF, number=1)[:2] == ("it's out", "draft")


def test_a_literal_that_is_only_excluded_does_not_come_first() -> None:
    assert proposed("text", "CHECK ((status <> ''::text))")[0] not in {"", None}


def test_a_literal_that_does_not_fit_is_not_proposed() -> None:
    assert "it's out" not in proposed("character varying(5)", ONE_OF)


@pytest.mark.parametrize(
    ("type_name", "definition", "wanted"),
    [
        ("text", "CHECK ((length(status) >= 60))", 60),
        ("text", "CHECK ((char_length(status) > 60))", 61),
        ("text", "CHECK ((octet_length(status) < 3))", 2),
    ],
)
def test_texts_of_the_lengths_that_are_named(type_name: str, definition: str, wanted: int) -> None:
    assert wanted in {len(item or "") for item in proposed(type_name, definition)}


@pytest.mark.parametrize(
    ("definition", "wanted"),
    [
        ("CHECK ((rating >= 1) AND (rating <= 5))", {"1", "5"}),
        ("CHECK ((rating > 100000))", {"100001"}),
        ("CHECK ((rating < '-5'::integer))", {"-6"}),
        ("CHECK ((rating = ANY (ARRAY[3, 8])))", {"3", "8"}),
    ],
)
def test_numbers_next_to_those_that_are_named(definition: str, wanted: set[str]) -> None:
    assert wanted <= set(proposed("integer", definition))


def test_a_fraction_between_two_bounds() -> None:
    found = proposed("numeric(3,2)", "CHECK (((share >= (0)::numeric) AND (share <= (1)::numeric)))")
    assert any(item is not None and 0 < float(item) < 1 for item in found)


def test_days_next_to_the_one_that_is_named() -> None:
    found = proposed("date", "CHECK ((day < '2000-01-01'::date))")
    assert {"1999-12-31", "2000-01-02"} <= set(found)


def test_a_like_pattern_is_filled_in() -> None:
    found = proposed("text", "CHECK ((status ~~ 'http%'::text))")
    assert any(item is not None and item.startswith("http") and "%" not in item for item in found)


def test_null_comes_early_only_where_the_rule_is_about_it() -> None:
    assert proposed("text", "CHECK (((a IS NULL) <> (b IS NULL)))", nullable=True)[1] is None
    assert proposed("text", ONE_OF, nullable=True)[-1] is None
    assert None not in proposed("text", ONE_OF, nullable=False)
    assert None not in proposed("text", nullable=True)


def test_a_domain_brings_its_own_rules() -> None:
    level = UserType(
        "public.level", "d", "S", base="text", checks=("CHECK ((VALUE = ANY (ARRAY['low'::text])))",)
    )
    types = {level.name: level}
    assert candidates("public.level", PLACE, types, ())[0] == "low"
    assert '{"low"}' in candidates("public.level[]", PLACE, types, ())


def test_there_are_never_too_many() -> None:
    many = ", ".join(f"'word {n}'::text" for n in range(200))
    found = candidates(
        "text", PLACE, {}, (f"CHECK ((status = ANY (ARRAY[{many}])))",), nullable=True, distinct=True
    )
    assert len(found) == len(set(found)) == MOST


@pytest.mark.parametrize(
    ("type_name", "definition"),
    [
        ("date", "CHECK ((status <= '9999-12-31'::date))"),
        ("date", "CHECK ((status >= '0001-01-01'::date))"),
        ("date", "CHECK ((status <> '2024-99-99'::date))"),
        ("integer", f"CHECK ((status < {'9' * 400}))"),
        ("bit(80000000)", "CHECK ((status <> B'0'))"),
    ],
)
def test_a_definition_beyond_all_bounds_breaks_nothing(type_name: str, definition: str) -> None:
    assert all(len(item or "") < 20_000 for item in proposed(type_name, definition))
