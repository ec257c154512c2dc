"""What changed since the last run of pytest: points, and criteria that pass now or do so no longer.

Knows reports only. Where they are kept between runs, pytest's cache, is the caller's business.
"""

from __future__ import annotations

from typing import Any

from grader.assignment.model import Group
from grader.report.model import GradeReport, Status
from grader.report.render import phrases, plain_text

KEY = "migration_grader/last_run"
"""Where pytest's cache holds what `remembered` gave."""


def remembered(report: GradeReport) -> dict[str, Any] | None:
    """What the next run has to know of this one, as JSON holds it; None if there is no verdict."""
    if report.status != "graded":
        return None
    return {
        "assignment": report.assignment.id,
        "score": report.score,
        "bonus": report.bonus,
        "passed": [item.id for item in report.criteria if item.status is Status.PASSED],
    }


def changes(before: Any, report: GradeReport) -> str | None:
    """What changed, in a line; None if there is nothing to compare with.

    Args:
        before: what was remembered of an earlier run. It may be anything: people can write into a cache.
        report: the report of this run.
    """
    now = remembered(report)
    if now is None or not isinstance(before, dict) or before.get("assignment") != now["assignment"]:
        return None
    old = before.get("passed")
    if not isinstance(old, list):
        return None
    advice = {item.id for item in report.criteria if item.group is Group.PRACTICE and not item.max_points}
    gained = [name for name in now["passed"] if name not in old]
    lost = [
        item.id
        for item in report.criteria
        if item.id in old and item.status is Status.FAILED and item.id not in advice
    ]
    points = [
        f"{sign}{phrases.number(abs(difference))} {what}"
        for key, what in (("score", "points"), ("bonus", "bonus"))
        if (difference := _difference(before.get(key), now[key]))
        for sign in ("+" if difference > 0 else "-",)
    ]
    parts = [", ".join(points)] if points else []
    parts += [f"passes now: {', '.join(gained)}"] if gained else []
    parts += [f"no longer passes: {', '.join(lost)}"] if lost else []
    return plain_text.line(f"Since the last run: {'; '.join(parts) or 'nothing changed'}")


def _difference(before: Any, now: float | None) -> float:
    """How a number changed; 0 where one of the two is hidden, or no number."""
    if now is None or isinstance(before, bool) or not isinstance(before, int | float):
        return 0.0
    return round(now - before, 2)
