"""The action's steps, run for real over pull requests: honest ones, and those that try something."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.integration.command import CHECKOUT, reference
from tests.integration.course import Course
from tests.integration.jobs import EMBEDDED, NAME, Job, clean_container, course, hostile_change, job

__all__ = ["course", "job"]

GRADE = "Grade"

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="the action is for Linux"),
]


def test_a_pull_request_from_a_fork(job: Job, course: Course, tmp_path: Path) -> None:
    merge = course.pull_request(hostile_change(tmp_path))
    course.clone(job.workspace, "--depth=2")
    run = job.grade(
        merge, **{"submissions": "submissions", "assignment": "grading/assignment.toml", "fail-under": "90"}
    )
    assert run.failed, run.log
    assert run.output("count") == "2"
    shown = NAME.replace("\n", "_")
    reports = {path.name for path in (job.folder / "reports").iterdir() if path.is_dir()}
    assert reports == {"ada", shown}
    # Graded by what the course has, not by what the pull request brings.
    report = job.report("ada")
    assert (report["score"], report["assignment"]["title"]) == (100.0, "The course's own")
    assert not list(job.workspace.rglob("pwned"))
    # Annotations stand on the student's own files; nothing a submission says is one.
    issued = run.commands()
    assert {item.name for item in issued} <= {"error", "warning", "notice"}
    assert not [item for item in issued if item.message == "pwned"]
    places = {item.properties.get("file") for item in issued} - {None}
    assert places
    for place in places:
        assert place is not None
        assert place.startswith(f"submissions/{' '.join(NAME.split())}/alembic/versions/")
    assert issued[-1].properties["title"] == "Below 90 percent"
    assert issued[-1].message == shown
    assert "# 2 submissions" in job.summary.read_text(encoding="utf-8")


def test_a_pull_request_about_nothing_that_is_graded(job: Job, course: Course) -> None:
    merge = course.pull_request({"submissions/README.md": "x\n", "submissions/grace": None})
    course.clone(job.workspace, "--depth=2")
    run = job.grade(merge, submissions="submissions")
    assert not run.failed, run.log
    assert run.output("count") == "0"
    assert GRADE not in run.ran
    assert [item.properties["title"] for item in run.commands()] == ["Nothing to grade"]
    assert "grace was deleted: it is not graded." in run.log
    assert not list(job.artifacts.iterdir())


def test_a_students_own_repository(job: Job, tmp_path: Path) -> None:
    Course(job.workspace, {".": reference(tmp_path / "answer")})
    job.event = "push"
    run = job.grade("", before="0" * 40, **{"fail-under": "100"})
    assert not run.failed, run.log
    assert run.commands() == []
    assert job.report("workspace")["score"] == 100.0
    result = json.loads(base64.b64decode(run.output("result")))
    assert (result["version"], result["status"], result["max_score"]) == (1, "pass", 100.0)
    assert sum(test["score"] for test in result["tests"]) == 100.0


def test_a_server_that_cannot_be_reached_is_nobodys_fault(job: Job, course: Course, tmp_path: Path) -> None:
    merge = course.pull_request({"submissions/ada/app.py": "x\n"})
    course.clone(job.workspace, "--depth=2")
    nowhere = f"postgresql://nobody:secret@/postgres?host={tmp_path}"
    run = job.grade(merge, submissions="submissions", postgres=nowhere)
    assert run.failed
    (said,) = run.commands()
    assert (said.name, said.properties["title"]) == ("error", "Nothing was graded; no points were lost")
    assert "secret" not in run.log
    assert not list(job.artifacts.iterdir())


def test_a_clone_that_is_too_shallow(job: Job, course: Course) -> None:
    merge = course.pull_request({"submissions/ada/app.py": "x\n"})
    course.clone(job.workspace, "--depth=1")
    run = job.grade(merge, submissions="submissions")
    assert run.failed
    assert GRADE not in run.ran
    (said,) = run.commands()
    assert "fetch-depth: 0" in said.message


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_an_event_that_comes_with_rights(tmp_path: Path, event: str) -> None:
    run = Job(tmp_path / "job", event=event).prepare("")
    run.start({"submissions": "submissions"})
    assert run.failed
    assert run.ran == ["Refuse events that come with rights"]
    assert run.commands()[0].properties["title"] == "Wrong event"


# --- on a machine with nothing prepared --------------------------------------------------------------------


@pytest.mark.docker
def test_the_whole_action_on_a_clean_machine(tmp_path: Path, course: Course) -> None:
    change = hostile_change(tmp_path)
    del change[f"submissions/{NAME}"]
    merge = course.pull_request(change)
    with clean_container(tmp_path) as machine:
        job = Job(tmp_path / "job", machine=machine, python="/usr/bin/python3")
        job.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        course.clone(job.workspace, "--depth=2")
        for name in ("grader", "reference_solution", ".github"):
            shutil.copytree(
                CHECKOUT / name, job.top / "action" / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(CHECKOUT / name, job.top / "action")
        run = job.prepare(merge)
        run.start({**EMBEDDED, "submissions": "submissions", "assignment": "grading/assignment.toml"})
    assert not run.failed, run.log
    assert run.commands() == []
    report = job.report("ada")
    assert (report["score"], report["assignment"]["title"]) == (100.0, "The course's own")
    assert not list(job.workspace.rglob("pwned"))
