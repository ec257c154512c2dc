"""The words of an assignment in those of a submission."""

from __future__ import annotations

from dataclasses import replace

from grader.assignment.aliases import Names
from grader.assignment.objects import (
    ExpectedColumn,
    ExpectedDefault,
    ExpectedEnum,
    ExpectedForeignKey,
    ExpectedIndex,
    ExpectedKey,
    ExpectedSchema,
    Gone,
)
from grader.assignment.row_rules import RowRule
from grader.judging.terms import Terms, terms_of
from tests.unit.observation_builders import (
    CATEGORIES,
    STATES,
    Objects,
    assignment,
    column,
    perfect,
    snapshot,
    thing,
    untouched,
)

NAMES = Names({"subjects": "courses"}, {("subjects", "title"): "name", ("grades", "grade"): "mark"})


def mood(name: str, *labels: str) -> Objects:
    written = f"public.{name}"
    return (
        thing("type", name, type="enum", labels=labels, written=written),
        column("users", "mood", written),
    )


def test_everything_is_in_own_names() -> None:
    asked = ExpectedSchema(
        tables=("subjects", "grades"),
        columns=(ExpectedColumn("subjects", "title", ("varchar(9)",)),),
        primary_keys=(ExpectedKey("subjects", ("id",)),),
        unique=(ExpectedKey("subjects", ("title",)),),
        foreign_keys=(ExpectedForeignKey("grades", ("grade",), "subjects", ("title",), "cascade"),),
        indexes=(ExpectedIndex("grades", ("grade", "id")),),
        enums=(ExpectedEnum(("a",), table="grades", column="grade"), ExpectedEnum(("a",), type="subjects")),
        defaults=(ExpectedDefault("grades", "grade", "4"),),
        rows=(RowRule("grades", ({"grade": "1"},), ({"grade": "7"},)),),
        absent=(Gone("subjects"), Gone("subjects", "title")),
    )
    assert Terms(NAMES, {"varchar(9)": "character varying(9)"}).schema(asked) == ExpectedSchema(
        tables=("courses", "grades"),
        columns=(ExpectedColumn("courses", "name", ("character varying(9)",)),),
        primary_keys=(ExpectedKey("courses", ("id",)),),
        unique=(ExpectedKey("courses", ("name",)),),
        foreign_keys=(ExpectedForeignKey("grades", ("mark",), "courses", ("name",), "cascade"),),
        indexes=(ExpectedIndex("grades", ("mark", "id")),),
        enums=(ExpectedEnum(("a",), table="grades", column="mark"), ExpectedEnum(("a",), type="subjects")),
        defaults=(ExpectedDefault("grades", "mark", "4"),),
        rows=(RowRule("grades", ({"mark": "1"},), ({"mark": "7"},)),),
        absent=(Gone("subjects"), Gone("courses", "name")),
    )


def test_an_enum_of_another_name_with_the_same_labels() -> None:
    states = (*STATES[:4], (*STATES[4], *mood("feeling", "good", "bad")))
    seen = replace(perfect(states), reference=snapshot((*CATEGORIES, *mood("mood", "good", "bad"))))
    terms = terms_of(replace(seen, types={"mood": "public.mood"}), assignment())
    assert terms.types_like("mood") == ("public.mood", "public.feeling")
    assert terms.types_like("public.mood[]") == ("public.mood[]", "public.feeling[]")
    assert terms.types_like("text") == ("text",)
    other = (*STATES[:4], (*STATES[4], *mood("feeling", "bad", "good")))
    seen = replace(perfect(other), reference=seen.reference)
    assert terms_of(seen, assignment()).types_like("public.mood") == ("public.mood",)


def test_without_a_schema_all_names_are_those_of_the_assignment() -> None:
    rubric = replace(assignment(), aliases={"users": ("people",)})
    assert not terms_of(untouched(), rubric).names.any
