"""Every submission of the catalogue through the whole pipeline, on real servers: is the verdict as stated?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grader.runs.assignments import load
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.binaries import find_binaries, is_full
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import CASES
from tests.catalogue.verdict import comparable, differences, lacking, not_unjudged
from tests.integration.shared_trials import SharedTrials, shared_trials

if TYPE_CHECKING:
    from pathlib import Path

    from grader.assignment.model import Assignment
    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.postgres.interface import PostgresBackend
    from grader.runtime.sandbox.interface import SandboxBackend
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
    "wrong_unnamed_constraint",
    "wrong_not_null_on_rows",
)
"""Submissions that bring every pass and most kinds of error to light.

Of PostgreSQL's own messages only those that are the same in each of its versions."""


@pytest.fixture(scope="session")
def assignment() -> Assignment:
    """The exercise's own."""
    return load()


@pytest.fixture(scope="session")
def trials(tmp_path_factory: pytest.TempPathFactory) -> SharedTrials:
    """Those of the embedded server."""
    return shared_trials(tmp_path_factory)


def _limited(case: Case, assignment: Assignment) -> Assignment:
    """The assignment, with the limits that a submission is graded with."""
    return replace(assignment, limits=case.limits(assignment.limits))


def _grade(
    case: Case, assignment: Assignment, backend: PostgresBackend, sandbox: SandboxBackend, folder: Path
) -> Graded:
    workspace = folder / "workspace"
    workspace.mkdir()
    tools = LocalRunner(_limited(case, assignment), backend, sandbox, workspace)
    return grade(case.write(folder / case.name), case.name, tools)


def _embedded_has(backend: EmbeddedBackend) -> frozenset[str]:
    """What cases may need and the embedded server has, be it only where the system's PostgreSQL lends it."""
    full = backend.fuller() is not None or ((own := find_binaries()) is not None and is_full(own))
    return frozenset({"contrib", "icu"} if full else ())


def _verdicts(cases: tuple[Case, ...]) -> type:
    """A class of tests, because the workers of pytest-xdist share the tests out by classes."""

    @pytest.mark.postgres
    class Verdicts:
        @pytest.mark.parametrize("case", cases, ids=lambda case: case.name)
        def test_verdict(
            self,
            *,
            case: Case,
            assignment: Assignment,
            embedded_backend: EmbeddedBackend,
            warm_sandbox: SandboxBackend,
            trials: SharedTrials,
            tmp_path: Path,
        ) -> None:
            def now() -> Graded:
                return _grade(case, assignment, embedded_backend, warm_sandbox, tmp_path)

            graded = trials.graded(case, _limited(case, assignment), now)
            lacks = lacking(case, _embedded_has(embedded_backend), sys.version_info[:2])
            wrong = not_unjudged(graded) if lacks else differences(case, graded)
            assert not wrong, "\n".join((case.why, *wrong))

    return Verdicts


TestFirstQuarter = _verdicts(CASES[::4])
# What lines of the grader the others run, the first quarter runs, too: only there they are counted, because
# counting takes a tenth of the time.
TestSecondQuarter, TestThirdQuarter, TestLastQuarter = (
    pytest.mark.no_cover(_verdicts(CASES[number::4])) for number in range(1, 4)
)


@pytest.mark.docker
@pytest.mark.postgres
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.name in REPRESENTATIVE], ids=lambda case: case.name
)
def test_report_is_the_same_on_both_servers(
    *,
    case: Case,
    assignment: Assignment,
    embedded_backend: EmbeddedBackend,
    container_backend: ContainerBackend,
    warm_sandbox: SandboxBackend,
    trials: SharedTrials,
    tmp_path: Path,
) -> None:
    def on(backend: PostgresBackend, sandbox: SandboxBackend) -> Graded:
        folder = tmp_path / backend.name
        folder.mkdir()
        return _grade(case, assignment, backend, sandbox, folder)

    embedded = trials.graded(case, assignment, lambda: on(embedded_backend, warm_sandbox)).report
    # A worker that is started like those of users, so that a warm one is compared with it, too.
    assert comparable(embedded) == comparable(on(container_backend, UnconfinedBackend()).report)
