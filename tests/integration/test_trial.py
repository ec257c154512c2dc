"""How the passes of a trial share their work, on a real server: what is tried once, and what apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader import assignment_file
from grader.grading import Graded, Tools, grade
from grader.observations import Observations
from grader.postgres.embedded import EmbeddedBackend
from grader.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import CASES
from tests.catalogue.__main__ import write_submission

pytestmark = pytest.mark.postgres
STEP_SECONDS = 4.0


def observe(name: str, backend: EmbeddedBackend, folder: Path) -> Observations:
    """What is seen of a submission of the catalogue."""
    workspace = folder / "workspace"
    workspace.mkdir()
    write_submission(folder, next(case for case in CASES if case.name == name))
    assignment = assignment_file.load(assignment_file.default_path())
    assignment = replace(assignment, limits=replace(assignment.limits, step_seconds=STEP_SECONDS))
    graded: Graded = grade(folder / name, name, Tools(assignment, backend, UnconfinedBackend(), workspace))
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
        assert by_way["up"].step is stair.up
        assert by_way["down"].step is stair.down
        assert sum(by_way["down"].rows_before.values()) > sum(by_way["up"].rows_before.values())
    # Every upgrade but the first has found rows in every table that was there.
    assert all(all(item.rows_before.values()) for item in seen.rows)


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
