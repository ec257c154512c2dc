"""`summary.json` and the totals of a batch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from grader.report.class_record import ClassRecord
from grader.report.formats.json import read_grade_json
from grader.report.model import Person
from grader.report.overrides import Word
from grader.report.render.summary import Totals, summary_json, totals

EXPECTED = Path(__file__).parents[1] / "expected"
REPORTS = [
    read_grade_json(EXPECTED / kind / "grade.json") for kind in ("mixed", "error", "perfect", "nothing")
]


def test_a_batch_in_numbers() -> None:
    assert totals(REPORTS) == Totals(
        submissions=4, graded=3, error=1, full_score=1, mean_percent=58.33, median_percent=75.0
    )


def test_an_error_counts_in_no_average() -> None:
    assert totals([REPORTS[1]]) == Totals(1, 0, 1, 0, None, None)


def test_an_empty_batch() -> None:
    assert totals([]) == Totals(0, 0, 0, 0, None, None)
    assert json.loads(summary_json([]))["submissions"] == []


def test_a_rubric_of_practice_alone_has_no_percentage_to_divide() -> None:
    assert totals([replace(REPORTS[0], score=0.0, max_score=0.0)]).mean_percent == 100.0


def test_the_summary_keeps_the_order_and_says_where_the_reports_are() -> None:
    document = json.loads(summary_json(REPORTS))
    assert document["schema_version"] == "1"
    assert document["counts"] == {"submissions": 4, "graded": 3, "error": 1, "full_score": 1}
    assert document["submissions"][:2] == [
        {
            "id": "grace",
            "status": "graded",
            "score": 75.0,
            "max_score": 100.0,
            "bonus": 0.0,
            "max_bonus": 5.0,
            "path": "grace/grade.json",
            "name": None,
            "changed": False,
        },
        {
            "id": "linus",
            "status": "error",
            "score": None,
            "max_score": 100.0,
            "bonus": None,
            "max_bonus": 5.0,
            "path": "linus/grade.json",
            "name": None,
            "changed": False,
        },
    ]
    assert [item["id"] for item in document["submissions"]] == ["grace", "linus", "ada", "template"]


def test_names_changes_and_who_handed_in_nothing() -> None:
    report = REPORTS[0]
    word = Word(None, 80.0, "Shown.", "M. Keller", "2026-05-10")
    name = report.submission.id
    record = ClassRecord(people={name: Person("Grace")}, words={name: (word,)})
    document = json.loads(
        summary_json([record.applied(report)], absent=[Person("Zoe", "zoe@x.org"), Person(username="x")])
    )
    (entry,) = document["submissions"]
    assert (entry["name"], entry["changed"], entry["score"]) == ("Grace", True, 80.0)
    assert document["absent"] == [{"name": "Zoe", "email": "zoe@x.org"}, {"name": "x", "email": None}]
