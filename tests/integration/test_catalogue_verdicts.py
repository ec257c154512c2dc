"""Every submission of the catalogue through the whole pipeline, on real servers: the verdict must be as expected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from grader import assignment_file
from grader.criteria import evidence
from grader.diagnosis import diagnose_effects, diagnose_files, diagnose_step
from grader.grading import Graded, Tools, grade
from grader.report import GradeReport, Status
from grader.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import CASES
from tests.catalogue.__main__ import write_submission

if TYPE_CHECKING:
    from pathlib import Path

    from grader.assignment import Assignment
    from grader.observations import Observations
    from grader.postgres.container import ContainerBackend
    from grader.postgres.embedded import EmbeddedBackend
    from grader.postgres.interface import PostgresBackend
    from tests.catalogue.case import Case

REPRESENTATIVE = (
    "right_reference",
    "right_flask_migrate",
    "right_spaces & signs",
    "wrong_exit_in_env",
    "wrong_create_all_in_app",
    "wrong_several_heads",
    "wrong_enum_left_behind",
    "wrong_pooled_connection",
    "wrong_ways_back_in_sql",
)
"""Submissions that bring every pass and most kinds of message to light."""


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    """The exercise's own."""
    return assignment_file.load(assignment_file.default_path())


def _grade(case: Case, assignment: Assignment, backend: PostgresBackend, folder: Path) -> Graded:
    if case.step_seconds is not None:
        limits = replace(assignment.limits, step_seconds=case.step_seconds)
        assignment = replace(assignment, limits=limits)
    workspace = folder / "workspace"
    workspace.mkdir()
    write_submission(folder, case)
    return grade(folder / case.name, case.name, Tools(assignment, backend, UnconfinedBackend(), workspace))


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


def _expected(case: Case) -> dict[str, object]:
    return {
        "status": "graded",
        "score": case.score,
        "bonus": case.bonus,
        "flags": case.flags,
        **{criterion: ("failed", checks) for criterion, checks in case.failed.items()},
        **{criterion: ("skipped", blocker) for criterion, blocker in case.skipped.items()},
    }


def _diagnoses(observations: Observations) -> set[str]:
    """The ids of all that is diagnosed in a run."""
    steps = (diagnose_step(step, observations) for _, step in evidence.all_steps(observations))
    found = (*diagnose_files(observations), *diagnose_effects(observations), *steps)
    return {item.id for item in found if item is not None}


def _differences(case: Case, graded: Graded) -> list[str]:
    """Each thing that is not as the case states it, in words."""
    report = graded.report
    expected, found = _expected(case), _verdict(report)
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


@pytest.mark.postgres
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(
    case: Case, assignment: Assignment, embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    differences = _differences(case, _grade(case, assignment, embedded_backend, tmp_path))
    assert not differences, "\n".join((case.why, *differences))


def _comparable(report: GradeReport) -> dict[str, Any]:
    """A report as plain values, without what tells one run from another."""
    data: dict[str, Any] = msgspec.to_builtins(report)
    del data["run"]
    for item in data["criteria"]:
        del item["seconds"]
    return data


@pytest.mark.docker
@pytest.mark.postgres
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name in REPRESENTATIVE], ids=lambda case: case.name
)
def test_report_is_the_same_on_both_servers(
    case: Case,
    assignment: Assignment,
    embedded_backend: EmbeddedBackend,
    container_backend: ContainerBackend,
    tmp_path: Path,
) -> None:
    reports = []
    for backend in (embedded_backend, container_backend):
        folder = tmp_path / backend.name
        folder.mkdir()
        reports.append(_comparable(_grade(case, assignment, backend, folder).report))
    assert reports[0] == reports[1]
