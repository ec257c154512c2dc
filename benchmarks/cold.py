"""Cold starts: from a machine with Python and nothing else to the first verdict.

Each run makes a new virtual environment and installs into it, with empty caches of pip and of the grader. So
the package index is part of the time. What comes with the machine is not: Python, bubblewrap, the engine, and
for the naive script the image of its server.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.chains import CHECKOUT, write_files
from benchmarks.contenders import Task, check_scores
from benchmarks.measuring import Run, measure
from benchmarks.projects import environment
from grader.integrations.handout import CHECK, hand_out
from tests.catalogue import case_named

NAIVE_COLD = "naive script, from nothing"
COLD_JOB = "grader, cold CI job"
FIRST_CHECK = "grader, first self-check"
SECOND_CHECK = "grader, second self-check"
COLD = (NAIVE_COLD, COLD_JOB, FIRST_CHECK, SECOND_CHECK)
_STUCK_SECONDS = 1800.0
_CASE = "right_without_optional_step"


@dataclass(frozen=True)
class NaiveCold:
    """The packages that students install, and the naive script on one submission."""

    image: str
    references: tuple[Path, ...]
    name: str = NAIVE_COLD

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        requirements = task.scratch / "requirements.txt"
        given = (CHECKOUT / "student_template" / "requirements.txt").read_text(encoding="utf-8")
        requirements.write_text(given.replace(f"-r {CHECK}", ""), encoding="utf-8")
        program = _environment(task.scratch) / "python"
        return _all(
            task.scratch,
            _made(task.scratch),
            (program, "-m", "pip", "install", "--quiet", "--requirement", requirements),
            (program, "-m", "benchmarks.naive", task.folder, self.image, *self.references),
        )


@dataclass(frozen=True)
class ColdJob:
    """What a CI job does that has no images: install the grader, and grade one submission in bubblewrap."""

    name: str = COLD_JOB

    def run(self, task: Task) -> Run:
        """See `Contender.run`."""
        out = task.scratch / "reports"
        programs = _environment(task.scratch)
        run = _all(
            task.scratch,
            _made(task.scratch),
            (programs / "python", "-m", "pip", "install", "--quiet", CHECKOUT),
            (
                *(programs / "grader", "grade", task.folder, "--out", out),
                *("--postgres", "embedded", "--isolation", "bubblewrap"),
            ),
        )
        check_scores(out, 1)
        return run


@dataclass(frozen=True)
class SelfCheck:
    """What a student does with the handout: install what it names, and run `pytest`."""

    folder: Path
    """Gets the handout with a right answer, and its environment; it is kept for the second check."""
    name: str = FIRST_CHECK

    def run(self, task: Task) -> Run:  # noqa: ARG002 - works in its own folder
        """See `Contender.run`."""
        if not self.folder.exists():
            hand_out(self.folder)
            answer = case_named(_CASE).files()
            write_files(self.folder, {path: answer[path] for path in answer if path != "requirements.txt"})
        programs = _environment(self.folder)
        check = (programs / "pytest", "-q")
        caches = self.folder.with_name("caches")
        if self.name == SECOND_CHECK:
            return _all(caches, check, cwd=self.folder)
        shutil.rmtree(caches, ignore_errors=True)
        install = (programs / "python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt")
        return _all(caches, _made(self.folder), install, check, cwd=self.folder)


def _environment(folder: Path) -> Path:
    """The programs of the virtual environment in a folder."""
    return folder / ".venv" / "bin"


def _made(folder: Path) -> Sequence[str | Path]:
    """The command that makes it."""
    return (sys.executable, "-m", "venv", "--clear", folder / ".venv")


def _all(caches: Path, *commands: Sequence[str | Path], cwd: Path = CHECKOUT) -> Run:
    """Run commands one after the other; the time of all, and the memory of the last.

    Args:
        caches: the folder for the caches of pip and of the grader.
        commands: what to run.
        cwd: where to run it.

    Raises:
        BenchmarkError: one of them failed.
    """
    variables = {"PIP_CACHE_DIR": str(caches / "pip"), "GRADER_CACHE_DIR": str(caches / "grader")}
    run = partial(measure, seconds=_STUCK_SECONDS, cwd=cwd, environment=environment(variables))
    runs = [run(command) for command in commands]
    return Run(sum(one.seconds for one in runs), runs[-1].peak_bytes)
