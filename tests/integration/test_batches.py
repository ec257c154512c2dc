"""A class gets the same reports with one job, with many jobs, and after runs that were killed."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from grader.report.formats.json import read_grade_json
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.catalogue import case_named
from tests.integration.command import EMBEDDED, PROGRAM, TEMPLATE, Place, reference

pytestmark = pytest.mark.postgres
KINDS = (
    *("right_flask_migrate", "right_reference", "wrong_create_all_in_env", "wrong_unnamed_constraint"),
    *("wrong_duplicate_id", "wrong_exit_in_env", "wrong_no_env_py", "wrong_no_script_folder"),
    *("wrong_only_a_readme", "wrong_several_heads", "wrong_syntax", "wrong_untouched_template"),
)
"""Submissions whose trials end early, late and not at all."""
FEW = ("right_reference", "wrong_exit_in_env", "wrong_no_env_py", "wrong_only_a_readme", "wrong_syntax")
SEED = 20260214
CLASS_SECONDS = 1800.0
"""After which a whole class counts as stuck, on a machine that is busy with other things."""


def timeless(value: Any) -> Any:
    """A report without durations, which differ between two runs."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in {"seconds", "digest"}}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def reports(out: Path) -> dict[str, Any]:
    """All reports in a folder."""
    return {path.parent.name: timeless(json.loads(path.read_bytes())) for path in out.glob("*/grade.json")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, embedded_backend: EmbeddedBackend) -> Place:
    """A class of all kinds."""
    assert embedded_backend.problem() is None
    made = Place(tmp_path_factory.mktemp("batches"))
    for name in KINDS:
        case_named(name).write(made.top / "class" / name)
    return made


@pytest.fixture(scope="module")
def one_by_one(place: Place) -> dict[str, Any]:
    """The reports of the class, graded one after the other."""
    began = time.monotonic()
    done = graded(place, "one", "--jobs", "1")
    (place.top / "seconds").write_text(str(time.monotonic() - began))
    assert done.returncode == 0, done.stderr
    found = reports(place.top / "one")
    assert sorted(found) == sorted(KINDS)
    for name, report in found.items():
        case = case_named(name)
        assert (report["score"], report["bonus"]) == (case.score, case.bonus), name
    return found


def graded(place: Place, out: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--out", str(place.top / out), *EMBEDDED, "--format", "json,md")
    return place.run("grade", "--all", "class", *options, *arguments, seconds=CLASS_SECONDS)


def test_with_many_jobs(place: Place, one_by_one: dict[str, Any]) -> None:
    assert graded(place, "jobs8", "--jobs", "8").returncode == 0
    assert reports(place.top / "jobs8") == one_by_one


def test_a_second_run_takes_everything_over(place: Place, one_by_one: dict[str, Any]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place.top / "one").glob("*/*")}
    done = graded(place, "one", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert f"0 graded · {len(KINDS)} unchanged and taken over" in done.stdout
    assert "--fresh" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (place.top / "one").glob("*/*")} == before
    assert reports(place.top / "one") == one_by_one


# --- killed -----------------------------------------------------------------------------------------------


class Kills:
    """Grades a class, killing the harness at random moments, and looks at what is left each time."""

    def __init__(self, place: Place, one_by_one: dict[str, Any], names: tuple[str, ...]) -> None:
        self._place = place
        self._expected = {name: one_by_one[name] for name in names}
        whole_class = float((place.top / "seconds").read_text())
        self._class_seconds = whole_class * len(names) / len(KINDS)
        self._random = random.Random(SEED)  # noqa: S311 - the same moments each time, as far as machines allow
        self._finished: dict[str, int] = {}
        self._run = 0
        self.done = 0

    def kill(self, times: int) -> None:
        """Kill so many times, each time before a third of the class is done; begin anew once all of it is."""
        self._begin()
        while self.done < times:
            if self._killed_within(self._random.uniform(0.01, 0.3) * self._class_seconds):
                self.done += 1
                self._look(killed=True)
            else:
                self._look(killed=False)
                self._begin()
        self.finish()

    def finish(self) -> None:
        """Run to the end."""
        done = self._place.run(*self._arguments, seconds=CLASS_SECONDS)
        assert done.returncode == 0, done.stderr
        self._look(killed=False)
        summary = json.loads((self._out / "summary.json").read_bytes())
        assert [item["id"] for item in summary["submissions"]] == list(self._expected)

    @property
    def _arguments(self) -> list[str]:
        paths = [f"class/{name}" for name in self._expected]
        return ["grade", *paths, "--out", str(self._out), *EMBEDDED, "--jobs", "2", "--format", "json,md"]

    @property
    def _out(self) -> Path:
        return self._place.top / f"killed{self._run}"

    def _begin(self) -> None:
        self._run += 1
        self._finished = {}

    def _killed_within(self, seconds: float) -> bool:
        with subprocess.Popen(
            [*PROGRAM, *self._arguments],
            cwd=self._place.top,
            env=self._place.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                return True
            return False

    def _look(self, *, killed: bool) -> None:
        """Check that every report is complete and right, and that earlier files were not touched."""
        there = {path.parent.name: path.stat().st_mtime_ns for path in self._out.glob("*/grade.json")}
        for path in self._out.glob("*/grade.json"):
            read_grade_json(path)
        found = reports(self._out)
        assert found == {name: self._expected[name] for name in found}
        assert self._finished.items() <= there.items()
        assert killed or found.keys() == self._expected.keys()
        self._finished = there


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_killed_and_resumed(place: Place, one_by_one: dict[str, Any]) -> None:
    kills = Kills(place, one_by_one, FEW)
    kills.kill(3)
    assert kills.done == 3


@pytest.mark.soak
def test_killed_and_resumed_often(place: Place, one_by_one: dict[str, Any]) -> None:
    kills = Kills(place, one_by_one, KINDS)
    kills.kill(25)
    assert kills.done == 25


# --- the command line -------------------------------------------------------------------------------------


def test_graded_files_are_kept_where_the_command_says(tmp_path: Path) -> None:
    here = Place(tmp_path)
    (here.top / "ada").mkdir()
    (here.top / "ada" / "app.py").write_text("print('hello')\n")
    done = here.grade("ada", "--keep")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Graded files: ")]
    (kept,) = Path(line.removeprefix("Graded files: ")).iterdir()
    assert (kept / "submission" / "app.py").exists()
    shutil.rmtree(kept.parent)
    done = here.grade("ada", "--keep")
    assert "Unchanged submissions were taken over from an earlier run" in done.stdout
    assert here.is_clean()


@pytest.mark.parametrize("out", [".", "ada"])
def test_reports_are_not_written_into_a_submission(tmp_path: Path, out: str) -> None:
    here = Place(tmp_path)
    shutil.copytree(TEMPLATE, here.top / "ada")
    before = sorted((here.top / "ada").rglob("*"))
    done = here.run("grade", "ada", "--out", out, *EMBEDDED)
    assert done.returncode == 2
    assert "among the submission's own files" in done.stderr
    assert "--out" in done.stderr
    assert sorted((here.top / "ada").rglob("*")) == before


def test_a_submission_with_the_reports_folder_in_it(tmp_path: Path) -> None:
    here = Place(tmp_path)
    reference(here.top / "ada")
    digests = []
    for expected in ("100 of 100", "taken over"):
        done = subprocess.run(
            [*PROGRAM, "grade", ".", *EMBEDDED],
            cwd=here.top / "ada",
            env=here.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert expected in done.stdout
        digests.append(read_grade_json(here.top / "ada" / "reports" / "ada" / "grade.json").submission.sha256)
    assert digests[0] == digests[1]
