"""Compares a report with what its case states, for the tests that run the submissions of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from grader.judging.diagnosis import (
    diagnose_effects,
    diagnose_environment,
    diagnose_files,
    diagnose_step,
)
from grader.report.model import GradeReport, Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from grader.observations.model import Observations
    from grader.runs.graded import Graded
    from tests.catalogue.case import Case


def differences(case: Case, graded: Graded) -> list[str]:
    """Each thing that is not as the case states it, in words."""
    report = graded.report
    expected, found = _expected(case, report), _verdict(report)
    if "explained" not in (*expected, *case.compared):
        found.pop("explained", None)  # most SQL of the catalogue has no word on what it is for
    if case.name.startswith("hostile_") and "offline" not in (*expected, *case.compared):
        found.pop("offline", None)  # they are not there for what they do without a database
    lines = [
        f"{name}: expected {expected.get(name, 'passed')}, found {found.get(name, 'passed')}"
        for name in dict.fromkeys((*expected, *found))
        if expected.get(name) != found.get(name)
    ]
    hints = {item.id: item.hint or "" for item in report.criteria}
    lines += [
        f"the hint of {criterion} does not hold {word!r}: {hints[criterion]}"
        for criterion, words in case.hints.items()
        for word in words
        if word not in hints[criterion]
    ]
    diagnoses = _diagnoses(graded.observations) if graded.observations else set()
    missing = sorted(set(case.diagnoses) - diagnoses)
    if missing:
        lines.append(f"not diagnosed: {', '.join(missing)}; but: {', '.join(sorted(diagnoses))}")
    if report.error is not None:
        lines.append(report.error)
    return lines


def lacking(case: Case, server: Collection[str], python: tuple[int, ...]) -> tuple[str, ...]:
    """What a case needs that is not there.

    Args:
        case: the case.
        server: what its PostgreSQL has of what `Case.needs` lists.
        python: the version of the Python that students' code gets.
    """
    return tuple(
        need
        for need in case.needs
        if not (_has_python(need, python) if need.startswith("python") else need in server)
    )


def _has_python(need: str, python: tuple[int, ...]) -> bool:
    wanted = tuple(map(int, need.removeprefix("python").split(".")))
    return python[:2] <= wanted if wanted < (3, 12) else python[:2] >= wanted


def not_unjudged(graded: Graded) -> list[str]:
    """What is wrong with a report on what could not be judged: it must cost and accuse nothing."""
    report = graded.report
    wrong = [f"status {report.status}"] if report.status != "error" else []
    wrong += [] if report.score is None else [f"score {report.score}"]
    wrong += [f"flag {flag.id}: {flag.message}" for flag in report.flags]
    wrong += [f"{item.id} is {item.status}" for item in report.criteria if item.status is not Status.ERROR]
    wrong += [] if not graded.retryable else ["it would be tried again, to the same end"]
    return wrong if "submission" in (report.error or "") else [*wrong, f"error: {report.error}"]


def comparable(report: GradeReport) -> dict[str, Any]:
    """A report as plain values, without what tells one run from another."""
    data: dict[str, Any] = msgspec.to_builtins(report)
    del data["run"]
    for item in data["criteria"]:
        del item["seconds"]
    return data


def _verdict(report: GradeReport) -> dict[str, object]:
    """What a case states of a report, one line for each thing."""
    verdict: dict[str, object] = {
        "status": report.status,
        "score": report.score,
        "bonus": report.bonus,
        "flags": tuple(flag.id for flag in report.flags),
    }
    for item in report.criteria:
        if item.status is Status.FAILED:
            failed = tuple(check.id for check in item.checks if check.status is Status.FAILED)
            verdict[item.id] = ("failed", failed)
        elif item.status is not Status.PASSED:
            verdict[item.id] = (str(item.status), item.blocked_by)
    return verdict


def _expected(case: Case, report: GradeReport) -> dict[str, object]:
    # What is no repository has no history.
    without_history = [] if case.earlier else [item.id for item in report.criteria if item.id == "unedited"]
    return {
        **dict.fromkeys(without_history, ("skipped", None)),
        "status": "graded",
        "score": case.score,
        "bonus": case.bonus,
        "flags": case.flags,
        **{criterion: ("failed", checks) for criterion, checks in case.failed.items()},
        **{criterion: ("skipped", blocker) for criterion, blocker in case.skipped.items()},
    }


def _diagnoses(observations: Observations) -> set[str]:
    """The ids of all that is diagnosed in a run."""
    steps = (diagnose_step(step, observations) for step in observations.all_steps())
    found = (*diagnose_files(observations), *diagnose_effects(observations), *steps)
    found += (diagnose_environment(observations),)
    return {item.id for item in found if item is not None}
