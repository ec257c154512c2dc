"""Which of several names a submission uses."""

from __future__ import annotations

import pytest

from grader.assignment.aliases import Names, names_in

ALIASES = {
    "subjects": ("courses", "disciplines"),
    "grades.grade": ("mark", "rating"),
    "subjects.title": ("name",),
}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({"subjects", "grades", "grades.grade", "subjects.title"}, Names()),
        ({"courses"}, Names({"subjects": "courses"})),
        ({"disciplines", "courses"}, Names({"subjects": "courses"})),  # the first of the list
        ({"subjects", "courses"}, Names()),  # the reference's own name comes first
        ({"grades", "grades.rating"}, Names({}, {("grades", "grade"): "rating"})),
        ({"grades", "grades.rating", "grades.mark"}, Names({}, {("grades", "grade"): "mark"})),
        (
            {"disciplines", "disciplines.name"},
            Names({"subjects": "disciplines"}, {("subjects", "title"): "name"}),
        ),
        ({"courses", "subjects.name"}, Names({"subjects": "courses"})),
        (set(), Names()),
    ],
)
def test_the_first_that_is_found(there: set[str], expected: Names) -> None:
    assert names_in(ALIASES, there) == expected


def test_names_of_what_has_others_and_of_what_has_none() -> None:
    names = Names({"subjects": "courses"}, {("subjects", "title"): "name"})
    assert names.any
    assert not Names().any
    assert (names.table("subjects"), names.table("users")) == ("courses", "users")
    assert names.columns_of("subjects", ("id", "title")) == ("id", "name")
    assert names.column("users", "title") == "title"
