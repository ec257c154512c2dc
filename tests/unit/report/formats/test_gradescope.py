"""`results.json`: the expected file as a whole, against Gradescope's fields, and what is hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.report.formats.gradescope import results_json
from grader.report.model import GradeReport
from grader.text.untrusted import clean
from tests.unit.report.render.samples import EXPECTED, HOSTILE, everywhere, hiding, sample

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "gradescope.schema.json").read_text(encoding="utf-8")
)


def results(report: GradeReport) -> dict[str, Any]:
    data = results_json(report)
    assert data is not None
    document: dict[str, Any] = json.loads(data)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def visible_text(document: dict[str, Any]) -> str:
    """All that a student sees."""
    shown = [item for item in document["tests"] if item["visibility"] == "visible"]
    return "\n".join([document["output"], *(item["name"] + "\n" + item["output"] for item in shown)])


def test_the_whole_file() -> None:
    assert results_json(sample()) == (EXPECTED / "mixed" / "results.json").read_bytes()


@pytest.mark.parametrize("kind", ["mixed", "perfect", "nothing"])
def test_the_scores_of_the_tests_add_up_to_the_score(kind: str) -> None:
    report = sample(kind)
    document = results(report)
    assert report.score is not None
    assert report.bonus is not None
    assert document["score"] == report.score + report.bonus
    assert sum(item.get("score", 0) for item in document["tests"]) == pytest.approx(document["score"])


def test_advice_carries_no_points_and_has_a_status() -> None:
    advice = [item for item in results(sample())["tests"] if item["tags"] == ["practice"]]
    assert advice
    assert all("score" not in item and "max_score" not in item for item in advice)
    assert [item.get("status") for item in advice] == ["failed", "failed", "failed", None]


def test_a_report_without_a_score_makes_no_file() -> None:
    assert results_json(sample("error")) is None


def test_what_the_harness_prints_is_hidden() -> None:
    assert results(sample())["stdout_visibility"] == "hidden"


def test_a_hidden_criterion_is_a_hidden_test() -> None:
    document = results(hiding(sample(), "history"))
    hidden = [item for item in document["tests"] if item["visibility"] == "hidden"]
    assert [item["extra_data"]["criterion"] for item in hidden] == ["history"]
    assert hidden[0]["max_score"] == 10
    assert "Give the revision a message" not in visible_text(document)


def test_hidden_hints_are_kept_where_students_do_not_look() -> None:
    report = hiding(sample(), hints=True)
    document = results(report)
    hints = [item.hint for item in report.criteria if item.hint]
    assert hints
    assert not any(hint in visible_text(document) for hint in hints)
    assert [item["extra_data"]["hint"] for item in document["tests"] if item["extra_data"]["hint"]] == hints


def test_hidden_points_are_in_one_hidden_test_that_hides_the_total() -> None:
    document = results(hiding(sample(), points=True))
    *tests, last = document["tests"]
    assert all("score" not in item and "max_score" not in item for item in tests)
    assert last["visibility"] == "hidden"
    assert last["output"].startswith("75 of 100 points")
    assert "points" not in visible_text(document)
    assert document["score"] == 75.0


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_as_plain_text(text: str) -> None:
    document = results(everywhere(text))
    formats = {value for key, value in document.items() if key.endswith("_format")}
    formats |= {value for item in document["tests"] for key, value in item.items() if key.endswith("_format")}
    assert formats == {"text"}
    shown = visible_text(document)
    assert clean(shown) == shown
    assert not any(line.lstrip().startswith(("::", "##[")) for line in shown.splitlines())
    assert document["score"] == 75.0
