"""The words and signs that all formats share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment.model import Group
from grader.report.formats.json import read_grade_json
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import phrases

EXPECTED = Path(__file__).parents[1] / "expected"


def sample(kind: str) -> GradeReport:
    return read_grade_json(EXPECTED / kind / "grade.json")


@pytest.mark.parametrize(
    ("value", "text"),
    [(20.0, "20"), (0.0, "0"), (7.5, "7.5"), (40 / 3, "13.33"), (100.0, "100"), (0.1, "0.1")],
)
def test_numbers_as_people_write_them(value: float, text: str) -> None:
    assert phrases.number(value) == text


def criterion(status: Status, group: Group, *, max_points: float = 10.0) -> CriterionReport:
    blocked_by = "upgrade_head" if status is Status.SKIPPED else None
    return CriterionReport("one", "One", group, status, 0.0, max_points, blocked_by, 0.0, None)


def test_points_that_nobody_could_judge_are_not_zero() -> None:
    assert phrases.points(criterion(Status.ERROR, Group.REQUIRED)) == "- / 10"
    assert phrases.points(criterion(Status.FAILED, Group.REQUIRED)) == "0 / 10"
    assert phrases.points(criterion(Status.FAILED, Group.PRACTICE, max_points=0.0)) == "no points"


def test_a_skipped_criterion_says_what_it_waits_for() -> None:
    assert phrases.status_words(criterion(Status.SKIPPED, Group.REQUIRED)) == "skipped: needs upgrade_head"


def test_practice_with_weight_is_not_called_advice() -> None:
    weighted = criterion(Status.PASSED, Group.PRACTICE)
    assert phrases.heading(Group.PRACTICE, [weighted]) == "Practice"
    unpaid = replace(weighted, max_points=0.0)
    assert phrases.heading(Group.PRACTICE, [unpaid]) == "Practice (advice, no points)"


def test_the_bonus_is_left_out_where_there_is_none() -> None:
    report = sample("perfect")
    assert phrases.bonus_line(report) == "bonus 5 of 5"
    assert phrases.bonus_line(replace(report, bonus=0.0, max_bonus=0.0)) is None
    assert phrases.bonus_line(sample("error")) is None


def test_what_to_say_when_there_is_no_next_step() -> None:
    perfect = sample("perfect")
    assert phrases.closing(perfect) == "Everything passed: there is nothing left to do."
    optional = replace(perfect, criteria=(*perfect.criteria, criterion(Status.FAILED, Group.PRACTICE)))
    assert phrases.closing(optional) == "Everything required passed: what is left is optional."
    required = replace(perfect, criteria=(*perfect.criteria, criterion(Status.FAILED, Group.REQUIRED)))
    assert phrases.closing(required) is None
    assert phrases.closing(sample("mixed")) is None
    assert phrases.closing(sample("error")) is None


def test_required_comes_before_bonus_before_practice() -> None:
    practice, bonus, required = (
        criterion(Status.FAILED, group) for group in (Group.PRACTICE, Group.BONUS, Group.REQUIRED)
    )
    report = replace(sample("mixed"), criteria=(practice, bonus, required))
    assert [group for group, _ in phrases.by_group(report)] == [Group.REQUIRED, Group.BONUS, Group.PRACTICE]
    assert phrases.first_to_mend(report) is required
    assert phrases.first_to_mend(sample("perfect")) is None


def test_no_groups_where_nothing_could_be_judged() -> None:
    assert phrases.by_group(sample("error")) == []
