"""The words and signs that all formats share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.model import Group
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import words
from grader.report.render.json import read_grade_json

EXPECTED = Path(__file__).parents[1] / "expected"


def sample(kind: str) -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


@pytest.mark.parametrize(
    ("value", "text"),
    [(20.0, "20"), (0.0, "0"), (7.5, "7.5"), (40 / 3, "13.33"), (100.0, "100"), (0.1, "0.1")],
)
def test_numbers_as_people_write_them(value: float, text: str) -> None:
    assert words.number(value) == text


def criterion(status: Status, group: Group, *, max_points: float = 10.0) -> CriterionReport:
    blocked_by = "upgrade_head" if status is Status.SKIPPED else None
    return CriterionReport("one", "One", group, status, 0.0, max_points, blocked_by, 0.0, None)


def test_points_that_nobody_could_judge_are_not_zero() -> None:
    assert words.points(criterion(Status.ERROR, Group.REQUIRED)) == "- / 10"
    assert words.points(criterion(Status.FAILED, Group.REQUIRED)) == "0 / 10"
    assert words.points(criterion(Status.FAILED, Group.PRACTICE, max_points=0.0)) == "no points"


def test_a_skipped_criterion_says_what_it_waits_for() -> None:
    assert words.status_words(criterion(Status.SKIPPED, Group.REQUIRED)) == "skipped: needs upgrade_head"


def test_practice_with_weight_is_not_called_advice() -> None:
    weighted = criterion(Status.PASSED, Group.PRACTICE)
    assert words.heading(Group.PRACTICE, [weighted]) == "Practice"
    unpaid = replace(weighted, max_points=0.0)
    assert words.heading(Group.PRACTICE, [unpaid]) == "Practice (advice, no points)"


def test_the_bonus_is_left_out_where_there_is_none() -> None:
    report = sample("perfect")
    assert words.bonus_line(report) == "bonus 5 of 5"
    assert words.bonus_line(replace(report, bonus=0.0, max_bonus=0.0)) is None
    assert words.bonus_line(sample("error")) is None


def test_what_to_say_when_there_is_no_next_step() -> None:
    perfect = sample("perfect")
    assert words.closing(perfect) == "Everything passed: there is nothing left to do."
    optional = replace(perfect, criteria=(*perfect.criteria, criterion(Status.FAILED, Group.PRACTICE)))
    assert words.closing(optional) == "Everything required passed: what is left is optional."
    required = replace(perfect, criteria=(*perfect.criteria, criterion(Status.FAILED, Group.REQUIRED)))
    assert words.closing(required) is None
    assert words.closing(sample("mixed")) is None
    assert words.closing(sample("error")) is None


def test_required_comes_before_bonus_before_practice() -> None:
    practice, bonus, required = (
        criterion(Status.FAILED, group) for group in (Group.PRACTICE, Group.BONUS, Group.REQUIRED)
    )
    report = replace(sample("mixed"), criteria=(practice, bonus, required))
    assert [group for group, _ in words.by_group(report)] == [Group.REQUIRED, Group.BONUS, Group.PRACTICE]
    assert words.first_to_mend(report) is required
    assert words.first_to_mend(sample("perfect")) is None


def test_no_groups_where_nothing_could_be_judged() -> None:
    assert words.by_group(sample("error")) == []
