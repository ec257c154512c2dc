"""On which lines GitHub's annotations stand, from submissions that are graded whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.report.formats.github import workflow_commands
from grader.runs.assignments import load
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import case_named
from tests.catalogue.case import APP, PROFILE

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("name", "text", "path"),
    [
        ("wrong_length_in_revision_missing", '"avatar_url", sa.String()', PROFILE),
        ("wrong_length_in_models_missing", "avatar_url = db.Column(db.String)", APP),
    ],
)
def test_an_annotation_is_on_the_line_of_the_wrong_column(
    name: str, text: str, path: str, embedded_backend: EmbeddedBackend, tmp_path: Path
) -> None:
    assignment = load()
    (tmp_path / "workspace").mkdir()
    folder = case_named(name).write(tmp_path / "ada")
    tools = LocalRunner(assignment, embedded_backend, UnconfinedBackend(), tmp_path / "workspace")
    commands = workflow_commands([grade(folder, "ada", tools).report], {"ada": "class/ada"})
    places = set(re.findall(r"file=([^,]*),line=(\d+)", commands))
    lines = (folder / path).read_text(encoding="utf-8").splitlines()
    expected = next(number for number, line in enumerate(lines, start=1) if text in line)
    assert places == {(f"class/ada/{path}", str(expected))}
