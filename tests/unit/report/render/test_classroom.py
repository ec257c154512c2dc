"""The result for GitHub Classroom: what adds up to what, what is hidden, and what is never a zero."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from grader.assignment.model import Audience, Visibility
from grader.report.class_record import ClassRecord
from grader.report.model import GradeReport, Status
from grader.report.overrides import Word
from grader.report.render.classroom import classroom_result
from tests.unit.report.render.samples import HOSTILE, everywhere, hiding, sample


def document(report: GradeReport) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(base64.b64decode(classroom_result(report), validate=True))
    assert set(loaded) == {"version", "status", "max_score", "tests"}
    keys = {"name", "status", "score", "message", "test_code", "filename", "line_no"}
    assert all(set(test) == keys for test in loaded["tests"])
    return loaded


def total(found: dict[str, Any]) -> float:
    return math.fsum(test["score"] for test in found["tests"])


def test_points_add_up_to_the_score() -> None:
    found = document(sample())
    assert (found["version"], found["status"], found["max_score"]) == (1, "fail", 100.0)
    assert total(found) == 75.0
    tests = {test["name"]: test for test in found["tests"]}
    # Practice and a bonus that was missed are no tests: the reporter counts tests, whatever they are worth.
    assert len(tests) == 7
    columns = tests["New columns of users"]
    assert (columns["status"], columns["score"]) == ("fail", 5.0)
    assert columns["message"].startswith("What to do: Change the type of avatar_url")


def test_a_bonus_fills_up_what_is_missing_and_no_more() -> None:
    for score, bonus, expected in ((75.0, 5.0, 80.0), (98.0, 5.0, 100.0), (100.0, 5.0, 100.0)):
        report = sample("perfect")
        criteria = list(report.criteria)
        criteria[0] = replace(criteria[0], points=criteria[0].points - (report.max_score - score))
        assert (
            total(document(replace(report, score=score, bonus=bonus, criteria=tuple(criteria)))) == expected
        )


def test_everything_passed() -> None:
    assert document(sample("perfect"))["status"] == "pass"


def test_a_fault_of_the_grader_tells_classroom_no_points() -> None:
    found = document(sample("error"))
    assert (found["status"], found["max_score"], total(found)) == ("error", 0, 0.0)
    assert [test["status"] for test in found["tests"]] == ["error"]
    assert "says nothing about the work" in found["tests"][0]["message"]


def test_hidden_points_are_told_to_nobody() -> None:
    found = document(hiding(sample(), points=True))
    assert (found["status"], found["max_score"], total(found)) == ("fail", 0, 0.0)


def test_a_hidden_criterion_counts_without_its_name() -> None:
    report = hiding(sample(), "downgrade", "models_match")
    found = document(report)
    assert total(found) == 75.0
    last = found["tests"][-1]
    assert (last["name"], last["status"], last["score"], last["message"]) == (
        "Criteria that are not shown",
        "fail",
        20.0,
        "",
    )
    hidden = {item.title for item in report.criteria if item.visibility is Audience.INSTRUCTOR}
    assert not hidden & {test["name"] for test in found["tests"]}


def test_hidden_hints_stay_hidden() -> None:
    report = replace(sample(), visibility=Visibility(hints=Audience.INSTRUCTOR))
    assert "What to do" not in json.dumps(document(report))


def test_a_skipped_criterion_says_what_it_waits_for() -> None:
    found = document(sample("nothing"))
    assert any(test["message"].startswith("skipped: needs") for test in found["tests"])


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_submission_is_a_command(text: str) -> None:
    for test in document(everywhere(text))["tests"]:
        printed = f"{test['name']}\nError: {test['message']}"
        assert not any(line.lstrip().startswith("::") for line in printed.split("\n"))
        assert "##[" not in printed
        assert "\x1b" not in printed


def test_it_fits_into_a_variable_of_the_environment() -> None:
    for text in ("x" * 10_000, "\N{GRINNING FACE}" * 10_000, "long\n" * 5_000):
        report = everywhere(text)
        one = replace(report.criteria[0], status=Status.FAILED)
        assert len(classroom_result(replace(report, criteria=(one,) * 60))) < 128 * 1024


def test_the_tests_add_up_to_what_a_person_or_lateness_made_of_the_score() -> None:
    report = sample()
    for score in (0.0, 12.5, 75.0, 99.0):
        words = {report.submission.id: (Word(None, score, "Shown.", "M. Keller", "2026-05-10"),)}
        changed = ClassRecord(words=words).applied(report)
        shown = document(changed)
        assert total(shown) == pytest.approx(score + (report.bonus or 0.0))
        assert all(test["score"] >= 0 for test in shown["tests"])
