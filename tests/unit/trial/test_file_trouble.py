"""What counts as trouble with files of the submission's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.trial.file_trouble import had_file_trouble
from tests.unit.observation_builders import one_shot, perfect, with_one_shot

READ_ONLY = "OSError: [Errno 30] Read-only file system: 'instance'"


def said(text: str, exit_code: int | None = 1) -> bool:
    """Whether a step that ended like this is in trouble."""
    downgrade = one_shot(perfect()).downgrade
    assert downgrade is not None
    return had_file_trouble(
        with_one_shot(perfect(), downgrade=replace(downgrade, exit_code=exit_code, stderr=text))
    )


@pytest.mark.parametrize(
    "text",
    [
        READ_ONLY,
        "mkdir: cannot create directory 'instance': Read-only file system",
        "FileExistsError: [Errno 17] File exists: 'instance'",
        "PermissionError: [Errno 13] Permission denied: 'instance'",
        "PermissionError: [Errno 13] Permission denied: './alembic.log'",
    ],
)
def test_a_file_that_cannot_be_made_is_trouble(text: str) -> None:
    assert said(f"Traceback (most recent call last):\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "PermissionError: [Errno 13] Permission denied: '/root/notes'",
        "FileNotFoundError: [Errno 2] No such file or directory: 'notes'",
        'psycopg.errors.InsufficientPrivilege: permission denied for schema "public"',
        "",
    ],
)
def test_other_errors_are_not(text: str) -> None:
    assert not said(text)


def test_what_a_step_says_that_works_is_not() -> None:
    assert not said(READ_ONLY, exit_code=0)


def test_a_step_that_was_killed_over_it_is() -> None:
    assert said(READ_ONLY, exit_code=None)


def test_the_steps_of_the_other_passes_count() -> None:
    observations = perfect()
    assert observations.models is not None
    assert not had_file_trouble(observations)
    failed = replace(observations.models.step, exit_code=1, stdout=READ_ONLY)
    assert had_file_trouble(replace(observations, models=replace(observations.models, step=failed)))
