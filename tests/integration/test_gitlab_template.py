"""GitLab's template: its script, run over merge requests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.integration.command import CHECKOUT
from tests.integration.course import Course
from tests.integration.jobs import NAME, Job, course, hostile_change, job

__all__ = ["course", "job"]

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="the template is for Linux"),
]


def gitlab(job: Job, since: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the template's script, with the grader installed already."""
    (_, template) = YAML(typ="safe").load_all(CHECKOUT / "ci" / "gitlab" / "grade.yml")
    environment = {
        **{name: value for name, value in job.environment.items() if not name.startswith("GITHUB")},
        "CI_PROJECT_DIR": str(job.workspace),
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": since,
        "SUBMISSIONS": "",
        "SUBMISSION": ".",
        "ASSIGNMENT": "",
        "FAIL_UNDER": "",
        "GRADER_POSTGRES": "embedded",
        "GRADER_ISOLATION": "none",
        "folder": str(job.folder),
        **variables,
    }
    return job.machine.bash("\n".join(template["grade migrations"]["script"]), environment, job.workspace)


def test_a_merge_request_on_gitlab(job: Job, course: Course, tmp_path: Path) -> None:
    base = course.git("rev-parse", "main")
    change = hostile_change(tmp_path)
    del change[f"submissions/{NAME}"]
    course.pull_request({**change, "submissions/ada/alembic/versions": None})
    (tmp_path / "elsewhere").mkdir()
    course.clone(job.workspace)
    (job.workspace / "grading-reports").symlink_to(tmp_path / "elsewhere")
    job.install()
    done = gitlab(job, base, SUBMISSIONS="submissions", ASSIGNMENT="grading/assignment.toml", FAIL_UNDER="50")
    assert done.returncode == 1, done.stdout
    assert (job.workspace / "grading-reports" / "junit.xml").read_text(encoding="utf-8").count(
        "<testsuite "
    ) == 1
    assert json.loads((job.workspace / "grading-reports" / "ada" / "grade.json").read_bytes())["score"] < 50
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not list(job.workspace.rglob("pwned"))


def test_a_merge_request_about_nothing_that_is_graded(job: Job, course: Course) -> None:
    base = course.git("rev-parse", "main")
    course.pull_request({"README.md": "x\n"})
    course.clone(job.workspace)
    job.install()
    done = gitlab(job, base, SUBMISSIONS="submissions")
    assert done.returncode == 0, done.stdout
    assert "Nothing to grade: this change adds or edits no submission." in done.stdout
    assert not (job.workspace / "grading-reports").exists()


def test_a_fault_on_gitlab_is_nobodys_zero(job: Job, course: Course, tmp_path: Path) -> None:
    course.clone(job.workspace)
    job.install()
    nowhere = f"postgresql://nobody:secret@/postgres?host={tmp_path}"
    done = gitlab(job, "", SUBMISSION="submissions/grace", GRADER_POSTGRES=nowhere)
    assert done.returncode > 1
    assert "This is no fault of the work and costs no points." in done.stdout
