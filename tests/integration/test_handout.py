"""The template as it is given out: the self-check inside, and nothing in it that the grader frowns at."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from grader.errors import UsageError
from grader.integrations import handout
from grader.runs.assignments import load
from grader.submission.staging import stage
from tests.integration.command import REFERENCE, TEMPLATE


def test_the_copy_holds_the_package_and_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "given out"
    handout.hand_out(folder)
    assert (folder / "EXERCISE.md").read_bytes() == (TEMPLATE / "EXERCISE.md").read_bytes()
    requirement = (folder / "requirements-check.txt").read_text(encoding="utf-8").splitlines()[-1]
    match = re.fullmatch(r"\./(wheels/[^/\[]+\.whl)\[pytest\]", requirement)
    assert match, requirement

    with ZipFile(folder / match[1]) as wheel:
        names = wheel.namelist()
    assert {
        "grader/assignment/exercise/assignment.toml",
        "grader/assignment/exercise/reference_schema.sql",
    } <= set(names)
    assert "grader/integrations/pytest_plugin/__init__.py" in names
    solution = {path.name for path in (REFERENCE / "alembic" / "versions").glob("*.py")}
    assert not solution & {Path(name).name for name in names}

    limits = load().limits
    staged = stage(folder, tmp_path / "staged", submission_id="ada", limits=limits)
    assert {finding.kind for finding in staged.facts.findings} == {"no_alembic"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        handout.hand_out(tmp_path)
