"""The result of one submission as GitHub Classroom's reporter reads it: a status, and tests with scores.

Students see it, so it holds only what a student may see. Must not know how it gets to the reporter.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from grader.assignment.model import Audience, Group
from grader.report.audience import for_student
from grader.report.model import CriterionReport, GradeReport, Status
from grader.report.render import phrases
from grader.report.render.plain_text import line, status_and_details
from grader.text.untrusted import cut

_VERSION = 1
_WHERE = {"test_code": "", "filename": "", "line_no": 0}
"""Keys that the reporter requires; a criterion is not in one file, so they are empty."""
_MOST_BYTES = 96 * 1024
"""The largest result. It is passed in an environment variable, and Linux takes none of 128 KiB or more."""
_MESSAGES = ((40, 3000), (12, 800), (3, 160), (0, 0))
"""Lines and characters of a message: from what is wanted to what fits in any case."""
_NAME_CHARACTERS = 120
_CHANGED = "By hand"
_HIDDEN = "Criteria that are not shown"
_COMMAND = re.compile(r"^(\s*:)(?=:)", re.MULTILINE)
"""The beginning of a line that GitHub may take for a command; the reporter prints messages as they are."""


def classroom_result(report: GradeReport) -> str:
    """Render a report as base64 of JSON.

    The scores of the tests add up to score and bonus, at most to the maximum. For a report that is `error`,
    or whose points are hidden, the maximum is 0: Classroom is told no points.
    """
    visible = {item.id: (item, _text(item)) for item in for_student(report).criteria}
    for lines, characters in _MESSAGES:
        document = json.dumps(_document(report, visible, lines, characters), ensure_ascii=False).encode()
        encoded = base64.b64encode(document).decode()
        if len(encoded) <= _MOST_BYTES:
            return encoded
    return encoded


def _document(
    report: GradeReport, visible: dict[str, tuple[CriterionReport, str]], lines: int, characters: int
) -> dict[str, Any]:
    if report.score is None:
        tests = [_test("Grading", "error", 0.0, phrases.NOT_THE_WORK)]
        return {"version": _VERSION, "status": "error", "max_score": 0, "tests": tests}
    points = report.visibility.points is Audience.STUDENT
    counted = [item for item in report.criteria if item.group is not Group.BONUS and item.max_points]
    tests = [
        _of_criterion(*visible[item.id], item.points if points else 0.0, lines, characters)
        for item in counted
        if item.id in visible
    ]
    hidden = [item for item in counted if item.id not in visible]
    if hidden:
        score = sum(item.points for item in hidden) if points else 0.0
        passed = all(item.status is Status.PASSED for item in hidden)
        tests.append(_test(_HIDDEN, "pass" if passed else "fail", score, ""))
    bonus = min(report.bonus or 0.0, report.max_score - report.score)
    if points and bonus > 0:
        tests.append(_test("Bonus", "pass", bonus, ""))
    if points and report.computed is not None:
        _reach(tests, report.score + max(0.0, bonus))
    failed = any(test["status"] != "pass" for test in tests)
    return {
        "version": _VERSION,
        "status": "fail" if failed else "pass",
        "max_score": report.max_score if points else 0,
        "tests": tests,
    }


def _reach(tests: list[dict[str, Any]], total: float) -> None:
    """Have the scores of the tests add up to the total, where a person or lateness changed it.

    The reporter knows no total beside the tests. A score below 0 could be refused.
    """
    missing = round(total - sum(test["score"] for test in tests), 2)
    if missing > 0:
        tests.append(_test(_CHANGED, "pass", missing, ""))
    for test in reversed(tests):
        if missing >= 0:
            break
        taken = min(test["score"], -missing)
        test["score"] = round(test["score"] - taken, 2)
        missing = round(missing + taken, 2)


def _text(criterion: CriterionReport) -> str:
    """All that there is to say of a criterion; nothing of one that passed."""
    return "" if criterion.status is Status.PASSED else status_and_details(criterion)


def _of_criterion(
    criterion: CriterionReport, text: str, score: float, lines: int, characters: int
) -> dict[str, Any]:
    status = "pass" if criterion.status is Status.PASSED else "fail"
    message = _COMMAND.sub(r"\1\\", cut(text, lines, characters)) if lines else ""
    return _test(line(criterion.title), status, score, message)


def _test(name: str, status: str, score: float, message: str) -> dict[str, Any]:
    name = cut(name, 1, _NAME_CHARACTERS).replace("\n", " ")
    return {"name": name, "status": status, "score": round(score, 2), "message": message, **_WHERE}
