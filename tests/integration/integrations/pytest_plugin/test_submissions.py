"""`pytest --submissions DIR`: a class of other people's work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grader.runs.assignments import load
from tests.integration.command import TEMPLATE, reference
from tests.pytest_runs import run_pytest

pytestmark = pytest.mark.postgres

EMBEDDED = ("--postgres", "embedded")
CRITERIA = len(load().criteria)
"""How many criteria a submission has."""


@pytest.fixture(autouse=True)
def _server(embedded_backend: object) -> None:
    """Skip where there is no embedded server."""


def untouched(folder: Path) -> Path:
    """A submission that takes no server to judge."""
    return Path(shutil.copytree(TEMPLATE, folder))


def hostile(folder: Path, marker: Path) -> Path:
    """A submission that leaves a mark if pytest or Python loads any file of it."""
    untouched(folder)
    mark = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\n"
    for name in ("conftest.py", "test_it.py", "sitecustomize.py", "plugin.py", "rich.py"):
        (folder / name).write_text(mark, encoding="utf-8")
    settings = "[pytest]\naddopts = -p plugin\npythonpath = .\nmigration_grader = exercise_4_migrations\n"
    (folder / "pytest.ini").write_text(settings, encoding="utf-8")
    return folder


def test_a_class_is_graded_with_workers_and_leaves_its_reports(tmp_path: Path) -> None:
    group = tmp_path / "class"
    reference(group / "ada")
    shutil.make_archive(str(group / "grace"), "zip", untouched(tmp_path / "grace"))
    hostile(group / "test_joan", tmp_path / "loaded")
    done = run_pytest(
        tmp_path,
        *("--submissions", "class", "--isolation", "none", *EMBEDDED, "-n", "2", "--grader-out", "reports"),
    )
    assert done.code == 1, done.output
    assert "3 submissions. PostgreSQL: embedded. Isolation: none (the code runs as you)." in done.output
    outcomes = done.outcomes
    assert len(outcomes) == 3 * CRITERIA
    missed = {name: how for name, how in outcomes.items() if name.startswith("ada::") and how != "passed"}
    assert missed == {"ada::unedited": "skipped"}  # it is in no repository
    assert {name for name, how in outcomes.items() if how == "failed"} == {
        "grace::upgrade_head",
        "test_joan::upgrade_head",
    }
    assert "upgrade_head of grace" in done.output
    assert "3 submissions · 1 with full score" in done.output
    assert not (tmp_path / "loaded").exists()

    reports = tmp_path / "reports"
    scores = {
        name: json.loads((reports / name / "grade.json").read_bytes())["score"] for name in ("ada", "grace")
    }
    assert scores == {"ada": 100.0, "grace": 0.0}
    assert (reports / "index.html").is_file()
    assert json.loads((reports / "summary.json").read_bytes())["counts"]["submissions"] == 3


def test_a_selection_of_a_class(tmp_path: Path) -> None:
    for name in ("ada", "grace", "joan"):
        untouched(tmp_path / "class" / name)
    arguments = ("--submissions", "class", "--isolation", "none", *EMBEDDED)
    done = run_pytest(tmp_path, *arguments, "grace::history", "joan", "-k", "history or downgrade")
    assert done.outcomes == {
        "grace::history": "skipped",
        "joan::history": "skipped",
        "joan::downgrade": "skipped",
    }
    assert "2 submissions" in done.output
    assert "ada" not in done.output


def test_other_peoples_code_is_not_run_unconfined_by_default(tmp_path: Path) -> None:
    untouched(tmp_path / "class" / "ada")
    nothing_stronger = {"PATH": str(tmp_path)}
    done = run_pytest(tmp_path, "--submissions", "class", *EMBEDDED, environment=nothing_stronger)
    assert done.code == 4
    assert "students' code cannot be run on this machine" in done.output
    assert "--isolation none" in done.plain
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("bubblewrap_sandbox")
def test_other_peoples_code_is_confined_where_that_works(tmp_path: Path) -> None:
    reference(tmp_path / "class" / "ada")
    done = run_pytest(tmp_path, "--submissions", "class", *EMBEDDED, "-k", "upgrade_head")
    assert done.code == 0, done.output
    assert "1 submission. PostgreSQL: embedded. Isolation: bubblewrap." in done.output
    assert done.outcomes == {"ada::upgrade_head": "passed"}
