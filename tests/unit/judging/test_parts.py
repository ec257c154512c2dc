"""Which part of the exercise a student is at, what is not due yet, and which hint is the next step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment.model import Assignment, Audience, Group
from grader.judging.judge import judge
from grader.judging.parts import placed
from grader.report.model import (
    ChecklistEntry,
    CheckReport,
    CriterionReport,
    GradeReport,
    Standing,
    Status,
    Tick,
)
from grader.runs.assignments import load
from tests.unit.observation_builders import perfect, untouched

STEP_2 = ("upgrade_head", "current_revision", "downgrade")
STEP_3 = (*STEP_2, "user_columns")
REQUIRED = (*STEP_3, "category_table", "history", "models_match")
ITEMS = 15
INITIAL, COLUMNS, CATEGORIES, SHORTER = 1, 2, 3, 4


@pytest.fixture(scope="module")
def exercise() -> Assignment:
    """Exercise 4 as it is."""
    return load()


def criterion(exercise: Assignment, name: str, status: Status, *failed: str) -> CriterionReport:
    settings = exercise.criterion(name)
    assert settings is not None
    outcome = Status.PASSED if status is Status.PASSED else Status.FAILED
    checks = [CheckReport(check, check, Status.FAILED, "this", "that") for check in failed]
    checks += [CheckReport("one", "one", outcome, "this", "that")] if not failed else []
    hint = f"mend {name}" if status is Status.FAILED else None
    return CriterionReport(
        *(name, name, settings.group, status, 0.0, settings.points, None, 0.0, hint), checks=tuple(checks)
    )


def report(
    exercise: Assignment, passed: tuple[str, ...], done: int, **failed: tuple[str, ...]
) -> GradeReport:
    """A report in which these criteria passed, and this many items of the checklist are done.

    Args:
        exercise: the assignment.
        passed: the ids of the criteria that passed; the others failed.
        done: how many items, from the first one on.
        failed: by the id of a criterion: the checks of it that failed.
    """
    criteria = tuple(
        criterion(
            exercise,
            item.id,
            Status.PASSED if item.id in passed or item.group is Group.PRACTICE else Status.FAILED,
            *failed.get(item.id, ()),
        )
        for item in exercise.criteria
    )
    checklist = tuple(
        ChecklistEntry(item.text, Tick.DONE if place < done else Tick.OPEN, item.optional, part=item.part)
        for place, item in enumerate(exercise.checklist[:-1])
    )
    made = judge(perfect(), exercise)
    first = next((item.hint for item in criteria if item.hint and item.group is Group.REQUIRED), None)
    return placed(replace(made, criteria=criteria, checklist=checklist, parts=(), next_step=first), exercise)


def current(made: GradeReport) -> str | None:
    return next((part.id for part in made.parts if part.standing is Standing.CURRENT), None)


def waiting(made: GradeReport) -> set[str]:
    return {item.id for item in made.criteria if item.not_yet}


def test_after_each_step_the_next_part_is_the_current_one(exercise: Assignment) -> None:
    nothing = report(exercise, (), 0)
    assert (current(nothing), nothing.next_step) == ("set_up", "mend upgrade_head")
    assert waiting(nothing) == {*REQUIRED[1:], "username_length"}  # the next step is due
    assert current(report(exercise, (), 4)) == "initial"
    initial = report(exercise, STEP_2, 6, history=("changes",), models_match=("reference",))
    assert (current(initial), initial.next_step) == ("columns", "mend user_columns")
    assert waiting(initial) == {"category_table", "history", "models_match", "username_length"}
    columns = report(exercise, STEP_3, 8)
    assert (current(columns), columns.next_step) == ("categories", "mend category_table")
    assert waiting(columns) == {"username_length"}
    done = report(exercise, REQUIRED, ITEMS)
    assert (current(done), done.next_step, waiting(done)) == (None, None, set())


def test_a_check_can_be_due_before_the_rest_of_its_criterion(exercise: Assignment) -> None:
    made = report(exercise, STEP_2, 6, history=("changes", "line"), models_match=("own_models", "reference"))
    assert waiting(made) == {"category_table", "username_length"}


def test_what_is_mended_late_does_not_lead_back(exercise: Assignment) -> None:
    """The downgrade of a later revision fails, although the first part asks for one."""
    made = report(exercise, ("upgrade_head", "current_revision", "user_columns"), 8)
    assert (current(made), made.next_step) == ("columns", "mend downgrade")
    assert waiting(made) == {"category_table", "history", "models_match", "username_length"}


def test_an_open_item_of_an_earlier_part_waits_for_the_end(exercise: Assignment) -> None:
    opened = replace(report(exercise, STEP_2, 6), parts=())
    forgot = (replace(opened.checklist[0], tick=Tick.OPEN), *opened.checklist[1:])
    assert current(placed(replace(opened, checklist=forgot), exercise)) == "columns"
    done = report(exercise, REQUIRED, ITEMS)
    forgot = (replace(done.checklist[0], tick=Tick.OPEN), *done.checklist[1:])
    assert current(placed(replace(done, checklist=forgot, next_step=None), exercise)) == "set_up"


def test_an_open_item_is_the_next_step_where_no_due_criterion_failed(exercise: Assignment) -> None:
    made = report(exercise, STEP_3, 7, history=("changes",), models_match=("reference",))
    assert current(made) == "columns"
    assert made.next_step == "Make and apply the migration for the two columns."
    assert {"category_table", "history", "models_match"} <= waiting(made)


def test_the_optional_part_is_no_part_to_be_at(exercise: Assignment) -> None:
    made = report(exercise, REQUIRED, 10)
    made = placed(
        replace(
            made,
            parts=(),
            checklist=tuple(
                item if item.optional else replace(item, tick=Tick.DONE) for item in made.checklist
            ),
        ),
        exercise,
    )
    assert current(made) is None
    assert made.parts[SHORTER].standing is Standing.OPTIONAL
    assert [part.standing for part in made.parts[:SHORTER]] == [Standing.DONE] * SHORTER


def test_a_criterion_that_students_do_not_see_does_not_count(exercise: Assignment) -> None:
    hidden = replace(
        exercise,
        criteria=tuple(
            replace(item, visibility=Audience.INSTRUCTOR) if item.id == "user_columns" else item
            for item in exercise.criteria
        ),
    )
    assert current(report(hidden, STEP_2, 8)) == "categories"


def test_points_and_statuses_stay_what_they_are(exercise: Assignment) -> None:
    without = replace(exercise, parts=())
    for observations in (perfect(), untouched()):
        plain, with_parts = judge(observations, without), judge(observations, exercise)
        assert (plain.score, plain.bonus) == (with_parts.score, with_parts.bonus)
        assert [item.status for item in plain.criteria] == [item.status for item in with_parts.criteria]
        assert (plain.parts, waiting(plain)) == ((), set())


def test_without_parts_nothing_changes(exercise: Assignment) -> None:
    plain = replace(exercise, parts=())
    made = judge(untouched(), plain)
    assert placed(made, plain) is made
