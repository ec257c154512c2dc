"""Follows a hint as a student would: edits the files, runs the commands, and grades again."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.judging.diagnosis import diagnose_effects, diagnose_files, diagnose_step
from grader.report.model import Status
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.databases import StudentDatabase
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.catalogue import case_named
from tests.catalogue.case import Files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grader.assignment.model import Assignment
    from grader.judging.diagnosis import Diagnosis
    from grader.runtime.postgres.interface import PostgresBackend, PostgresServer
    from tests.catalogue.follow.way import Way

COMMAND_SECONDS = 120.0
_LEFT_OUT = (".git", "__pycache__")


@dataclass
class Grader:
    """Grades folders of files. The first grading of each submission is kept."""

    assignment: Assignment
    postgres: PostgresBackend
    folder: Path
    """Where submissions and workspaces are written."""
    _known: dict[str, Graded] = field(default_factory=dict)
    _count: int = 0

    def case(self, name: str) -> Graded:
        """A submission of the catalogue, as it was handed in."""
        if name not in self._known:
            self._known[name] = self.files(name, case_named(name).files())
        return self._known[name]

    def files(self, name: str, files: Files) -> Graded:
        """Files, with the limits that the submission of this name is graded with."""
        self._count += 1
        folder = self.folder / str(self._count)
        (folder / "workspace").mkdir(parents=True)
        seconds, assignment = case_named(name).step_seconds, self.assignment
        if seconds is not None:
            assignment = replace(assignment, limits=replace(assignment.limits, step_seconds=seconds))
        tools = LocalRunner(assignment, self.postgres, UnconfinedBackend(), folder / "workspace")
        return grade(written(files, folder / "submission"), name, tools)


def written(files: Files, folder: Path) -> Path:
    """The folder, with these files in it."""
    folder.mkdir()
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def read(folder: Path, paths: Iterable[str] | None = None) -> Files:
    """The files of a folder by path, or those that are named."""
    found = paths or (
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not set(path.parts) & set(_LEFT_OUT)
    )
    return {path: (folder / path).read_bytes() for path in found}


class FailedCommandError(Exception):
    """A command that the hint says did not work."""


class Student:
    """A student's folder and database."""

    def __init__(self, folder: Path, database: StudentDatabase) -> None:
        self.folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV"))},
            **database.environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
        }

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        return subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must(self, command: str) -> None:
        """Run a command that has to work.

        Raises:
            FailedCommandError: it ended with an error.
        """
        done = self.run(command)
        if done.returncode:
            raise FailedCommandError(f"`{command}` failed:\n{done.stdout}{done.stderr}")


def follow(ways: Iterable[Way], server: PostgresServer, folder: Path) -> tuple[Files, list[str]]:
    """Follow several ways in one and the same submission; its files then, and what did not work.

    Where every step is an edit, no process is started.
    """
    ways = tuple(ways)
    files, wrong = case_named(ways[0].case).files(), list[str]()
    for item in ways:
        if not item.commands:
            for edit in item.edits:
                edit(files)
            continue
        try:
            with StudentDatabase.create(server, "student") as database:
                files = _followed_by_commands(item, files, Student(written(files, folder), database))
        except FailedCommandError as error:
            wrong.append(str(error))
    return files, wrong


def _followed_by_commands(item: Way, files: Files, student: Student) -> Files:
    folder = student.folder
    with_git = any(command.startswith("git ") for command in item.commands)
    if with_git:
        for command in ("git init -q", "git add -A", 'git commit -q -m "hand in"'):
            student.must(command)
    for command in item.before:
        student.run(command)
    if item.proof and student.run(item.proof).returncode == 0:
        raise FailedCommandError(f"`{item.proof}` worked before the hint was followed.")
    for step in item.steps:
        if isinstance(step, str):
            student.must(step)
            continue
        files = read(folder)
        step(files)
        for path in {*read(folder)} - {*files}:
            (folder / path).unlink()
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    if item.proof:
        student.must(item.proof)
    tracked = student.run("git ls-files").stdout.splitlines() if with_git else None
    return read(folder, tracked)


def diagnoses(graded: Graded) -> tuple[Diagnosis, ...]:
    """All that is diagnosed in a run, in no particular order."""
    seen = graded.observations
    if seen is None:
        return ()
    steps = (diagnose_step(step, seen) for step in seen.all_steps())
    found = (*diagnose_files(seen), *diagnose_effects(seen), *steps)
    return tuple(dict.fromkeys(item for item in found if item is not None))


def named(graded: Graded, name: str) -> tuple[Diagnosis, ...]:
    """The diagnoses of one id."""
    return tuple(item for item in diagnoses(graded) if item.id == name)


def chosen(graded: Graded, name: str, item: Way) -> Diagnosis | None:
    """The diagnosis that a way follows: of this id, and holding all words that the way is taken from."""
    return next((d for d in named(graded, name) if not unsaid(d, item)), None)


def unsaid(diagnosis: Diagnosis, item: Way) -> list[str]:
    """What the way is taken from and the hint does not say."""
    return [words for words in item.says if words not in diagnosis.text]


def not_named(diagnosis: Diagnosis, item: Way) -> list[str]:
    """Files that the way changes, and that the hint does not name."""
    text = f"{diagnosis.path or ''} {diagnosis.text}"
    return [
        path
        for path, _, _ in item.changes()
        if path.rpartition("/")[2] not in text and path not in item.elsewhere
    ]


def not_followed(diagnosis: Diagnosis, item: Way, before: Graded, after: Graded) -> list[str]:
    """What of following a hint did not come out as it should, in words; nothing when all is well."""
    wrong = [f"the hint comes again: {again.text}" for again in _again(diagnosis, after)]
    wrong += _worse(before, after)
    next_step = {found.text for found in named(after, item.then)} if item.then else set()
    later = {criterion.id: criterion for criterion in after.report.criteria}
    for criterion in before.report.criteria:
        now = later[criterion.id]
        if criterion.status is not Status.FAILED or diagnosis.cause not in (criterion.hint or ""):
            continue
        if item.then and now.status is Status.FAILED and now.hint not in next_step:
            wrong.append(f"{now.id}: the next step is not {item.then}: {now.hint}")
        if not item.then and now.status is not Status.PASSED:
            wrong.append(f"{now.id} is {now.status}: {now.hint}")
    revision = diagnosis.revision
    if revision and not item.then:
        wrong += [
            f"{check} still fails"
            for check in sorted(_failed_checks(after))
            if check.endswith(f".revision_{revision}") and check in _failed_checks(before)
        ]
    if item.then and not next_step:
        wrong.append(f"the next step, {item.then}, does not come; but: {_ids(after)}")
    return wrong


def _again(diagnosis: Diagnosis, after: Graded) -> list[Diagnosis]:
    """The same cause at the same place. Line numbers do not count: edits move them."""

    def told(item: Diagnosis) -> tuple[str, str | None, str | None, str]:
        return item.id, item.path, item.revision, re.sub(r"line \d+", "line", item.cause)

    return [item for item in diagnoses(after) if told(item) == told(diagnosis)]


def _worse(before: Graded, after: Graded) -> list[str]:
    """Points that are lost, and criteria that passed and now fail."""
    if after.report.error is not None:
        return [after.report.error]
    passed = {item.id for item in before.report.criteria if item.status is Status.PASSED}
    lost = [item.id for item in after.report.criteria if item.id in passed and item.status is Status.FAILED]
    wrong = [f"{name} passed before and fails now" for name in lost]
    scores = _points(before), _points(after)
    if scores[1] < scores[0]:
        wrong.append(f"{scores[0]:g} points became {scores[1]:g}")
    return wrong


def _points(graded: Graded) -> float:
    return (graded.report.score or 0.0) + (graded.report.bonus or 0.0)


def _failed_checks(graded: Graded) -> set[str]:
    return {
        f"{item.id}.{check.id}"
        for item in graded.report.criteria
        for check in item.checks
        if check.status is Status.FAILED
    }


def _ids(graded: Graded) -> str:
    return ", ".join(sorted({item.id for item in diagnoses(graded)}))


def rounds(
    ways: Mapping[str, tuple[Way, ...]], together: frozenset[str]
) -> list[tuple[str, tuple[tuple[str, Way], ...]]]:
    """What is graded at once, and a name for it.

    A submission with many mistakes, each in a file of its own, takes long to grade: the first ways of all
    its diagnoses are followed together, then the second ones.
    """
    groups: dict[str, list[tuple[str, Way]]] = {}
    for name, known in ways.items():
        for number, item in enumerate(known, 1):
            label = f"{item.case}-{number}" if item.case in together else f"{name}-{number}"
            groups.setdefault(label, []).append((name, item))
    return [(label, tuple(group)) for label, group in groups.items()]
