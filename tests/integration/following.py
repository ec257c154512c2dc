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

from grader.judging.diagnosis import (
    diagnose_effects,
    diagnose_environment,
    diagnose_files,
    diagnose_step,
)
from grader.report.model import Status
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.databases import StudentDatabase
from tests.catalogue import case_named
from tests.catalogue.case import ENV, REFERENCE, Files
from tests.unit.judging.diagnosis.outputs import failed, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grader.assignment.model import Assignment
    from grader.judging.diagnosis import Diagnosis
    from grader.observations.model import Observations
    from grader.runtime.postgres.interface import PostgresBackend, PostgresServer
    from grader.runtime.sandbox.interface import SandboxBackend
    from tests.catalogue.follow.way import Step, Way
    from tests.integration.shared_trials import SharedTrials

COMMAND_SECONDS = 120.0
TEMPLATE = "alembic/script.py.mako"
_LEFT_OUT = (".git", "__pycache__")


@dataclass
class Grader:
    """Grades folders of files. The first grading of each submission is kept."""

    assignment: Assignment
    postgres: PostgresBackend
    sandbox: SandboxBackend
    folder: Path
    """Where submissions and workspaces are written."""
    trials: SharedTrials
    _known: dict[str, Graded] = field(default_factory=dict)
    _count: int = 0

    def case(self, name: str) -> Graded:
        """A submission of the catalogue, as it was handed in."""
        if name not in self._known:
            case, assignment = case_named(name), self._limited(name)
            self._known[name] = self.trials.graded(
                case, assignment, lambda: self._grade(name, case.files(), assignment)
            )
        return self._known[name]

    def files(self, name: str, files: Files) -> Graded:
        """Files, with the limits that the submission of this name is graded with."""
        assignment = self._limited(name)
        return self.trials.graded_files(files, assignment, lambda: self._grade(name, files, assignment))

    def _grade(self, name: str, files: Files, assignment: Assignment) -> Graded:
        self._count += 1
        folder = self.folder / str(self._count)
        (folder / "workspace").mkdir(parents=True)
        tools = LocalRunner(assignment, self.postgres, self.sandbox, folder / "workspace")
        return grade(written(files, folder / name), name, tools)

    def _limited(self, name: str) -> Assignment:
        """The assignment, with the limits that a submission is graded with."""
        return replace(self.assignment, limits=case_named(name).limits(self.assignment.limits))


def written(files: Files, folder: Path) -> Path:
    """The folder, with these files in it."""
    folder.mkdir()
    put(files, folder)
    return folder


def put(files: Files, folder: Path) -> None:
    """Write files below a folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def read(folder: Path, paths: Iterable[str] | None = None) -> Files:
    """The files of a folder by path, or those that are named."""
    found = (
        paths
        if paths is not None
        else (
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and not set(path.parts) & set(_LEFT_OUT)
        )
    )
    return {path: (folder / path).read_bytes() for path in found}


class FailedCommandError(Exception):
    """A command that the hint says did not work."""


class Student:
    """A student's folder and database."""

    def __init__(self, files: Files, folder: Path, database: StudentDatabase) -> None:
        # No submission of the catalogue needs the template of revision files to be graded.
        more = {TEMPLATE: (REFERENCE / TEMPLATE).read_bytes()} if ENV in files else {}
        self.folder = written({**more, **files}, folder)
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

    def must(self, command: str) -> str:
        """Run a command that has to work; what it printed.

        Raises:
            FailedCommandError: it ended with an error.
        """
        done = self.run(command)
        if done.returncode:
            raise FailedCommandError(f"`{command}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def take(self, steps: Iterable[Step]) -> None:
        """Take the steps of a way, which all have to work."""
        for step in steps:
            if isinstance(step, str):
                self.must(step)
                continue
            before, after = read(self.folder), read(self.folder)
            step(after)
            for path in before.keys() - after.keys():
                (self.folder / path).unlink()
            put(after, self.folder)


def follow(ways: Iterable[Way], server: PostgresServer, folder: Path) -> Files:
    """Follow several ways in one and the same submission; its files then.

    Where every step is an edit, no process is started.

    Raises:
        FailedCommandError: a command that a hint says did not work.
    """
    ways = tuple(ways)
    files = case_named(ways[0].case).files()
    for item in ways:
        if item.commands:
            with StudentDatabase.create(server) as database:
                files = _by_commands(item, Student(files, folder, database))
        else:
            for edit in item.edits:
                edit(files)
    return files


def _by_commands(item: Way, student: Student) -> Files:
    """The files after a way with commands. Where git is used, only what it tracks is handed in."""
    with_git = any(command.startswith("git ") for command in item.commands)
    if with_git:
        for command in ("git init -q", "git add -A", 'git commit -q -m "hand in"'):
            student.must(command)
    for command in item.before:
        student.must(command)
    student.take(item.steps)
    return read(student.folder, student.must("git ls-files").splitlines() if with_git else None)


def follow_in_own_database(item: Way, server: PostgresServer, folder: Path, seen: Observations) -> Diagnosis:
    """Follow a hint about the student's own database; what is said of the command that fails there.

    Raises:
        FailedCommandError: a command did not work, or one worked that should have failed.
    """
    with StudentDatabase.create(server) as database:
        student = Student(case_named(item.case).files(), folder, database)
        for command in item.before:
            student.must(command)
        done = student.run(item.fails)
        if done.returncode == 0:
            raise FailedCommandError(f"`{item.fails}` works before the hint is followed.")
        student.take(item.steps)
        student.must(item.works)
    output = f"{done.stdout}\n{done.stderr}".replace(f"{folder}/", "")
    step = failed(output, *told(item.fails.split()), done.returncode)
    found = diagnose_step(replace(step, command=item.fails), seen)
    assert found is not None
    return found


def diagnoses(graded: Graded) -> tuple[Diagnosis, ...]:
    """All that is diagnosed in a run, in no particular order."""
    seen = graded.observations
    if seen is None:
        return ()
    steps = (diagnose_step(step, seen) for step in seen.all_steps())
    found = (diagnose_environment(seen), *diagnose_files(seen), *diagnose_effects(seen), *steps)
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


def not_followed(
    diagnosis: Diagnosis, item: Way, before: Graded, after: Graded, *, alone: bool = True
) -> list[str]:
    """What of following a hint did not come out as it should, in words; nothing when all is well.

    Args:
        diagnosis: what was followed.
        item: how.
        before: the submission as it was handed in.
        after: what became of it.
        alone: True where the mistake is the submission's only one, so that its criterion has to pass or has
            to show the stated next step. With others beside it, this goes for the revision's own check.
    """
    wrong = [f"the hint comes again: {again.text}" for again in _again(diagnosis, after)]
    wrong += _worse(before, after)
    next_step = {found.text for found in named(after, item.then)} if item.then else set()
    later = {criterion.id: criterion for criterion in after.report.criteria}
    for criterion in before.report.criteria:
        now = later[criterion.id]
        if (
            not alone
            or criterion.status is not Status.FAILED
            or diagnosis.cause not in (criterion.hint or "")
        ):
            continue
        # A criterion may add a sentence of its own: whose the rows are, for example.
        says_so = (now.hint or "").startswith(tuple(next_step))
        if item.then and now.status is Status.FAILED and not says_so:
            wrong.append(f"{now.id}: the next step is not {item.then}: {now.hint}")
        if not item.then and now.status is not Status.PASSED:
            wrong.append(f"{now.id} is {now.status}: {now.hint}")
    wrong += _still_broken(diagnosis, item, before, after)
    if item.then and not next_step:
        wrong.append(f"the next step, {item.then}, does not come; but: {_ids(after)}")
    return wrong


def _still_broken(diagnosis: Diagnosis, item: Way, before: Graded, after: Graded) -> list[str]:
    """The revision's own check, where it still fails and the stated next step is not about this revision."""
    check = f"reversible_chain.revision_{diagnosis.revision}"
    if check not in _failed_checks(before) & _failed_checks(after):
        return []
    here = sorted({found.id for found in diagnoses(after) if found.revision == diagnosis.revision})
    return [] if item.then in here else [f"{check} still fails: {', '.join(here)}"]


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
            alike = sum(other.case == item.case for other in known[:number])
            label = f"{item.case}-{alike}" if item.case in together else f"{name}-{number}"
            groups.setdefault(label, []).append((name, item))
    return [(label, tuple(group)) for label, group in groups.items()]
