"""The format `gradescope`: `results.json`, one submission for Gradescope.

Every text is declared as plain text, so that nothing of a submission is taken for HTML, Markdown or colours.
Unlike in other formats for students, what is hidden is in the file, marked as hidden: Gradescope shows it to
the staff only.
"""

from __future__ import annotations

from typing import Any

from grader.assignment.model import Audience
from grader.report.audience import for_student
from grader.report.formats.interface import Format, SubmissionFile
from grader.report.formats.json import json_document
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import phrases
from grader.report.render.plain_text import line, status_and_details

RESULTS_JSON = "results.json"
_TEXT = "text"
_VISIBLE = "visible"
_HIDDEN = "hidden"


def results_json(report: GradeReport, *, bonus: bool = True) -> bytes | None:
    """Render a report; None for one without a score, because Gradescope requires a score.

    Without a results file Gradescope says that the autograder failed, and the submission can be run again.
    Hidden points are put in a hidden test. Gradescope shows students no total as soon as one test is hidden;
    that applies to hidden points and to hidden criteria. `bonus` says whether the bonus counts.
    """
    if report.score is None or report.bonus is None:
        return None
    points = report.visibility.points is Audience.STUDENT
    shown = {item.id: item for item in for_student(report).criteria}
    tests = [
        _test(number, criterion, shown.get(criterion.id, criterion), points=points)
        for number, criterion in enumerate(report.criteria, 1)
    ]
    if not points:
        tests.append(_hidden_points(report))
    return json_document(
        {
            "score": float(round(report.score + (report.bonus if bonus else 0.0), 2)),
            "execution_time": report.run.seconds,
            "output": _opening(report),
            "output_format": _TEXT,
            "test_output_format": _TEXT,
            "test_name_format": _TEXT,
            "visibility": _VISIBLE,
            # What the grader prints names every criterion, hidden or not.
            "stdout_visibility": _HIDDEN,
            "extra_data": {
                "submission": report.submission.id,
                "rubric_sha256": report.assignment.sha256,
                "bonus": report.bonus,
                "flags": [flag.id for flag in report.flags],
            },
            "tests": tests,
        }
    )


def _opening(report: GradeReport) -> str:
    shown = for_student(report)
    parts = [phrases.score_line(shown), phrases.bonus_line(shown)]
    parts += [line(text) for text in phrases.changes(shown)]
    if shown.next_step:
        parts.append(f"\nNext step: {line(shown.next_step)}")
    if shown.checklist:
        parts.append(f"\nChecklist: {phrases.checklist_line(shown)}")
        parts += [
            f"{phrases.TICK_SYMBOLS[item.tick]} {line(phrases.checklist_text(item))}"
            for item in shown.checklist
        ]
    closing = phrases.closing(shown)
    if closing:
        parts.append(f"\n{closing}")
    return "\n".join(part for part in parts if part)


def _test(number: int, criterion: CriterionReport, shown: CriterionReport, *, points: bool) -> dict[str, Any]:
    """A criterion as a test; `shown` is the part of it that students may see."""
    hidden = criterion.visibility is Audience.INSTRUCTOR
    test: dict[str, Any] = {}
    if points and criterion.max_points:
        test |= {"score": criterion.points, "max_score": criterion.max_points}
    # Without a status, Gradescope shows a test as neither passed nor failed.
    if criterion.status is not Status.ERROR and not phrases.own_reason(criterion):
        test["status"] = "passed" if criterion.status is Status.PASSED else "failed"
    return test | {
        "name": line(criterion.title),
        "name_format": _TEXT,
        "number": str(number),
        "output": status_and_details(shown),
        "output_format": _TEXT,
        "tags": [criterion.group.value],
        "visibility": _HIDDEN if hidden else _VISIBLE,
        "extra_data": {"criterion": criterion.id, "status": criterion.status.value, "hint": criterion.hint},
    }


def _hidden_points(report: GradeReport) -> dict[str, Any]:
    rows = [f"{line(item.id)}: {phrases.points(item)}" for item in report.criteria]
    total = [phrases.score_line(report), phrases.bonus_line(report)]
    return {
        "name": "Points, for instructors",
        "name_format": _TEXT,
        "output": "\n".join(row for row in (*total, *rows) if row),
        "output_format": _TEXT,
        "visibility": _HIDDEN,
    }


FORMAT = Format(
    submission=SubmissionFile(
        RESULTS_JSON,
        "Gradescope",
        "[the result with its tests](#gradescope)",
        lambda report, _: results_json(report),
    )
)
