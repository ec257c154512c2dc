"""What changed since the last run of pytest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from grader.integrations.pytest_plugin.last_run import changes, remembered
from grader.report.model import GradeReport, Status
from tests.unit.report.render.samples import sample


def kept(report: GradeReport) -> Any:
    """What a cache gives back of a report."""
    return json.loads(json.dumps(remembered(report)))


def with_status(report: GradeReport, name: str, status: Status, *, points: float = 0.0) -> GradeReport:
    criteria = tuple(replace(item, status=status) if item.id == name else item for item in report.criteria)
    return replace(report, criteria=criteria, score=(report.score or 0.0) + points)


def test_what_passes_now_and_what_it_brought() -> None:
    after = with_status(sample(), "user_columns", Status.PASSED, points=5.0)
    assert changes(kept(sample()), after) == "Since the last run: +5 points; passes now: user_columns"


def test_what_no_longer_passes() -> None:
    after = with_status(sample(), "models_match", Status.FAILED, points=-20.0)
    said = "Since the last run: -20 points; no longer passes: models_match"
    assert changes(kept(sample()), after) == said


def test_nothing_changed() -> None:
    assert changes(kept(sample()), sample()) == "Since the last run: nothing changed"


def test_what_could_not_be_judged_is_no_loss() -> None:
    after = with_status(sample(), "models_match", Status.SKIPPED)
    assert changes(kept(sample()), after) == "Since the last run: nothing changed"


def test_hidden_points_are_not_told() -> None:
    after = replace(with_status(sample(), "user_columns", Status.PASSED), score=None, bonus=None)
    assert changes(kept(sample()), after) == "Since the last run: passes now: user_columns"


@pytest.mark.parametrize(
    "before",
    [
        None,
        [],
        "text",
        {},
        {"assignment": "another", "passed": []},
        {"assignment": "exercise_4_migrations"},
        {"assignment": "exercise_4_migrations", "passed": "all"},
    ],
)
def test_without_an_earlier_run_of_the_same_exercise_nothing_is_said(before: Any) -> None:
    assert changes(before, sample()) is None


def test_a_fault_is_not_remembered() -> None:
    assert remembered(sample("error")) is None
    assert changes(kept(sample()), sample("error")) is None


def test_a_damaged_score_is_left_out() -> None:
    before = {**kept(sample()), "score": "many", "bonus": True}
    assert changes(before, sample()) == "Since the last run: nothing changed"
