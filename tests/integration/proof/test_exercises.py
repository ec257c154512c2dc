"""The rubrics of the exercises in `examples/`, proven: a sample here, all answers by `tox -e soak`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples import NAMES, assignment_of
from tests.integration.command import EMBEDDED, Place

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runtime.postgres.embedded import EmbeddedBackend
    from grader.runtime.sandbox.bubblewrap import BubblewrapBackend

SAMPLE = ("--sample", "8")
WITH_PACKAGES = ("bookings",)
"""Exercises with packages of their own."""
SECONDS = 1800.0
"""For fetching packages and grading some hundred answers, on a machine that is busy with other things."""


def proven(exercise: str, here: Place, *options: str) -> None:
    assignment = assignment_of(exercise)
    given: tuple[str | Path, ...] = ("--out", here.out, "--jobs", "2", *EMBEDDED, *options)
    if exercise in WITH_PACKAGES:
        prepared = here.run("prepare", "--assignment", assignment, "--isolation", "none", seconds=SECONDS)
        assert prepared.returncode == 0, prepared.stderr
    done = here.run("assignment", "check", assignment, *given, seconds=SECONDS)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "0 left out" in done.stdout


@pytest.mark.postgres
@pytest.mark.parametrize("exercise", NAMES)
def test_an_exercise_passes_a_sample_of_its_own_proof(
    exercise: str, embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    assert embedded_backend.problem() is None
    proven(exercise, Place(tmp_path), *SAMPLE)


@pytest.mark.postgres
def test_a_proof_runs_where_it_takes_least_time_and_is_confined(
    embedded_backend: EmbeddedBackend, bubblewrap_sandbox: BubblewrapBackend, tmp_path: Path
) -> None:
    assert (embedded_backend.problem(), bubblewrap_sandbox.problem()) == (None, None)
    here = Place(tmp_path)
    done = here.run("assignment", "check", assignment_of("shop"), "--out", here.out, "--sample", "1")
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL: embedded. Isolation: bubblewrap." in done.stderr + done.stdout


@pytest.mark.soak
@pytest.mark.postgres
@pytest.mark.parametrize("exercise", NAMES)
def test_an_exercise_passes_its_own_proof(
    exercise: str, embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    assert embedded_backend.problem() is None
    proven(exercise, Place(tmp_path))
