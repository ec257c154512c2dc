"""How the passes of a trial share their work, on a real server: what is tried once, and what apart."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.chains import chain_files
from grader.observations.model import Observations
from grader.observations.steps import Pass
from grader.runs.assignments import load
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.trial.rows.seeding import ENOUGH_ROWS
from grader.trial.step_runner import StepRunner, StepRunners
from tests.catalogue import CASES, case_named
from tests.catalogue.case import Case, extra

pytestmark = pytest.mark.postgres
STEP_SECONDS = 4.0


def observe(name: str, backend: EmbeddedBackend, folder: Path) -> Observations:
    """What is seen of a submission of the catalogue."""
    return graded_observations(case_named(name).write(folder / name), backend, folder)


def graded_observations(submission: Path, backend: EmbeddedBackend, folder: Path) -> Observations:
    """What is seen of a submission."""
    workspace = folder / "workspace"
    workspace.mkdir()
    assignment = load()
    assignment = replace(assignment, limits=replace(assignment.limits, step_seconds=STEP_SECONDS))
    tools = LocalRunner(assignment, backend, UnconfinedBackend(), workspace)
    graded: Graded = grade(submission, submission.name, tools)
    assert graded.observations is not None, graded.fault
    return graded.observations


def test_stairway_over_rows_stands_for_both_where_all_goes_well(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    seen = observe("right_reference", embedded_backend, tmp_path)

    assert seen.graph is not None
    ids = [revision.id for revision in seen.graph.revisions]
    assert [item.revision for item in seen.stairway] == ids
    assert [(item.revision, item.direction) for item in seen.rows] == [
        *((name, "up") for name in ids),
        *((name, "down") for name in reversed(ids)),
    ]
    for stair in seen.stairway:
        by_way = {item.direction: item for item in seen.rows if item.revision == stair.revision}
        assert stair.down is not None
        assert by_way["up"].step == replace(stair.up, trial_pass=Pass.ROWS)
        assert by_way["down"].step == replace(stair.down, trial_pass=Pass.ROWS)
        assert sum(by_way["down"].rows_before.values()) > sum(by_way["up"].rows_before.values())
    # Every upgrade but the first has found rows in every table that was there.
    assert all(all(item.rows_before.values()) for item in seen.rows)


def test_the_last_revision_is_applied_again_only_once(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    seen = observe("right_reference", embedded_backend, tmp_path)
    assert seen.one_shot is not None
    assert seen.one_shot.reapply is not None
    *others, last = seen.stairway
    reapply = seen.one_shot.reapply
    assert last.again == replace(reapply, trial_pass=Pass.STAIRWAY, revision=last.revision)
    assert all(stair.again and stair.again.target == stair.revision for stair in others)


def test_what_rows_break_is_told_from_what_is_broken_anyway(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    seen = observe("wrong_not_null_on_rows", embedded_backend, tmp_path)

    for stair in seen.stairway:
        assert stair.up.succeeded
        assert stair.down is not None
        assert stair.down.succeeded
        assert stair.again is not None
        assert stair.again.snapshot == stair.up.snapshot
    assert [item.step.succeeded for item in seen.rows].count(False) == 1
    assert all(item.step is not stair.up for item in seen.rows for stair in seen.stairway)


def test_chain_that_never_ends_takes_its_time_once_a_pass(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    name = next(case.name for case in CASES if case.step_seconds is not None)
    seen = observe(name, embedded_backend, tmp_path)

    assert seen.one_shot is not None
    assert seen.one_shot.upgrade.limit == "time"
    assert [item.up.limit for item in seen.stairway] == [None, None, "time"]
    assert seen.rows == ()
    # In the one-shot run and on the stairway, but not on a second one; the other steps take a moment each.
    assert 2 * STEP_SECONDS < seen.timings["steps"] < 3 * STEP_SECONDS


def test_database_that_cannot_be_emptied_is_not_used_again(
    embedded_backend: EmbeddedBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[StepRunners] = []
    new = StepRunners.new

    def noted(runners: StepRunners, *, until_the_end: bool = False) -> AbstractContextManager[StepRunner]:
        made.append(runners)
        return new(runners, until_the_end=until_the_end)

    monkeypatch.setattr(StepRunners, "new", noted)
    (tmp_path / "again").mkdir()
    again = observe("right_reference", embedded_backend, tmp_path / "again")
    assert len(made) == 2

    monkeypatch.setattr(StudentDatabase, "clear", lambda _: False)
    (tmp_path / "apart").mkdir()
    apart = observe("right_reference", embedded_backend, tmp_path / "apart")
    assert len(made) == 2 + 6

    for seen in (again, apart):
        assert seen.models is not None
        assert seen.replay is not None
        assert seen.models.tables == 4
        assert seen.models.step.snapshot is not None
        assert seen.replay.steps == ()
    assert again.snapshots == apart.snapshots


def test_room_that_another_pass_took_is_no_mistake_of_a_revision(
    embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    """The server says once that there is no room, to whichever of two passes comes first."""
    said = tmp_path / "said"
    full = f"""\
import pathlib
if not pathlib.Path({str(said)!r}).exists():
    pathlib.Path({str(said)!r}).touch()
    raise OSError("could not extend file: File too large")"""
    case = Case("right_needs_room", "A revision that needs room.", (extra(full),))
    seen = graded_observations(case.write(tmp_path / case.name), embedded_backend, tmp_path)

    assert said.exists()
    assert seen.one_shot is not None
    assert seen.one_shot.upgrade.succeeded
    assert all(item.up.succeeded for item in seen.stairway)
    assert len(seen.rows) == 2 * len(seen.stairway)


def test_rows_of_a_long_chain_stay_few(embedded_backend: EmbeddedBackend, tmp_path: Path) -> None:
    revisions = 16
    for path, data in chain_files(revisions).items():
        target = tmp_path / "long" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    seen = graded_observations(tmp_path / "long", embedded_backend, tmp_path)

    assert [item.step.succeeded for item in seen.rows] == [True] * 2 * revisions
    most = max(max(item.rows_before.values(), default=0) for item in seen.rows)
    # Four more at each revision until there are enough: it would be 64.
    assert ENOUGH_ROWS <= most < ENOUGH_ROWS + 8
