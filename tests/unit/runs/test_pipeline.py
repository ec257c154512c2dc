"""One submission from its path to its result, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from grader.errors import HarnessFault
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.submission.sources import Source
from grader.submission.staging import Submission
from tests.unit.observation_builders import assignment


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[LocalRunner]:
    """A runner that starts nothing, because no submission has migrations to run."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    yield LocalRunner(assignment(), EmbeddedBackend(), UnconfinedBackend(), workspace)
    assert list(workspace.iterdir()) == []


def write_class(folder: Path, count: int) -> list[Source]:
    """Submissions without Alembic."""
    for number in range(count):
        (folder / f"s{number}").mkdir(parents=True)
        (folder / f"s{number}" / "app.py").write_text("print('hello')\n")
    return [Source(f"s{number}", folder / f"s{number}") for number in range(count)]


# --- one submission ---------------------------------------------------------------------------------------


def test_a_submission_without_a_chain_is_judged_by_its_files(tmp_path: Path, tools: LocalRunner) -> None:
    (source,) = write_class(tmp_path, 1)
    graded = grade(source.path, source.id, tools)
    assert (graded.report.status, graded.report.score, graded.fault) == ("graded", 0.0, None)
    assert graded.report.next_step
    assert list(graded.timings.phases) == ["staging", "judging"]
    assert graded.timings.work == {}


def test_a_missing_submission_is_an_error_and_not_a_zero(tmp_path: Path, tools: LocalRunner) -> None:
    graded = grade(tmp_path / "gone", "gone", tools)
    assert (graded.report.status, graded.report.score) == ("error", None)
    assert graded.report.error is not None
    assert "does not exist" in graded.report.error


def test_a_bug_of_the_grader_is_an_error_and_not_a_zero(
    tmp_path: Path, tools: LocalRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Submission:
        raise ZeroDivisionError("a bug")

    (source,) = write_class(tmp_path, 1)
    monkeypatch.setattr("grader.submission.staging.stage", fail)
    graded = grade(source.path, source.id, tools)
    assert (graded.report.status, graded.report.score, graded.observations) == ("error", None, None)
    assert graded.report.submission.source == "s0/"
    assert graded.fault is not None
    assert graded.fault.endswith("ZeroDivisionError: a bug\n")


# --- the end ----------------------------------------------------------------------------------------------


def test_a_stopped_runner_starts_nothing(tools: LocalRunner) -> None:
    tools.stop()
    tools.stop()

    def enter() -> NoReturn:
        with tools.slots.take():
            pytest.fail("nothing may start")

    with pytest.raises(HarnessFault, match="stopped"):
        enter()
