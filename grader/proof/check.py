"""Tries a rubric with right and wrong answers made from its reference solution: `grader assignment check`.

Writes the answers, and reads what a run has made of them. Must not know where they are tried, or what a
person is shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment import file as assignment_file
from grader.assignment.model import Assignment
from grader.errors import ConfigurationError, HarnessFault, UsageError
from grader.observations.model import Observations
from grader.proof.answers import Answer, Outcome, Role
from grader.proof.observable import differs, not_right
from grader.proof.operators import read_project, write
from grader.proof.operators.mutant import Mutant
from grader.proof.operators.mutant import Role as MutantRole
from grader.proof.operators.project import Project
from grader.proof.overlooked import overlooked
from grader.report.model import GradeReport, Status
from grader.report.saved import OBSERVATIONS
from grader.runs.class_memory import ReducedResult
from grader.runs.saved_observations import read_observations
from grader.submission.layout import find_layout
from grader.submission.sources import Source, sources_in

REFERENCE = "reference"
"""The id of the reference solution among the answers."""
_NEWLINE = "\n"


@dataclass(frozen=True)
class OwnAnswers:
    """Folders with answers of one's own."""

    template: Path | None = None
    right: Path | None = None
    wrong: Path | None = None


def solution_of(path: Path, assignment: Assignment) -> Path:
    """The folder of the reference solution.

    Raises:
        ConfigurationError: there is none, or it is not where the file says.
    """
    if assignment.proof.solution is not None:
        folder = path.parent / assignment.proof.solution
        if not folder.is_dir():
            raise ConfigurationError(
                f"{path}: `proof.solution` names {folder}, which is no folder",
                next_step="Name the folder of the reference solution, relative to the file.",
            )
        return folder
    files = assignment_file.reference_files(path)
    if files is not None:
        for folder in files.models.resolve().parents:
            if not folder.is_relative_to(path.parent.resolve()):
                break
            if find_layout(folder, assignment.project)[0] is not None:
                return folder
    raise ConfigurationError(
        f"{path}: the reference solution was not found",
        next_step='Write `solution = "FOLDER"` into [proof]: the folder with its alembic.ini and revisions.',
    )


def project_of(path: Path, assignment: Assignment, solution: Path) -> Project:
    """The reference solution as operators read it, without the files of the assignment.

    Raises:
        GraderError: it has no migrations, or cannot be read.
    """
    own = [path, *assignment_file.files_beside(path).values()]
    inside = [item.resolve() for item in own if item.resolve().is_relative_to(solution.resolve())]
    return read_project(
        solution,
        alembic_root=assignment.project.alembic_root,
        direct=assignment.project.direct_url,
        pooled=assignment.project.pooled_url,
        without=[item.relative_to(solution.resolve()).as_posix() for item in inside],
    )


def sampled(made: Sequence[Mutant], most: int | None) -> list[Mutant]:
    """So many of the answers, spread over all operators; all of them without a number."""
    if most is None or most >= len(made):
        return list(made)
    return [made[place * len(made) // most] for place in range(most)]


def written(
    project: Project, made: Iterable[Mutant], own: OwnAnswers, folder: Path, assignment: Assignment
) -> tuple[list[Answer], list[Source]]:
    """Write the answers as submissions into a folder; the reference solution is the first source.

    Raises:
        GraderError: a folder with answers of one's own is not there, or holds something that is no answer.
    """
    _write_reference(project, folder / REFERENCE)
    answers: list[Answer] = []
    sources = [Source(REFERENCE, folder / REFERENCE)]
    for item in made:
        write(project, item, folder / item.id)
        role = Role.RIGHT if item.role is MutantRole.WHEAT else Role.WRONG
        answers.append(
            Answer(
                item.id, role, item.operator, item.sentence.rstrip("."), "".join(_diff(project, item.files))
            )
        )
        sources.append(Source(item.id, folder / item.id))
    if own.template is not None:
        if not own.template.is_dir():
            raise UsageError(f"--template: {own.template} is no folder", next_step="Name a folder.")
        answers.append(Answer("template", Role.BEGINNING, "template", "what students start from", made=False))
        sources.append(Source("template", own.template))
    for folder_of_own, role in ((own.right, Role.RIGHT), (own.wrong, Role.WRONG)):
        for found in sources_in(folder_of_own, assignment) if folder_of_own is not None else ():
            name = f"{role.value}-{found.id}"
            answers.append(Answer(name, role, name, f"{found.id}, an answer of your own", made=False))
            sources.append(Source(name, found.path))
    return answers, sources


def outcomes(
    answers: Iterable[Answer], results: Sequence[ReducedResult], out: Path, assignment: Assignment
) -> Iterator[Outcome]:
    """What came of each answer, one at a time.

    Args:
        answers: the answers.
        results: those of the run, in the order of the sources: the reference solution first.
        out: the folder of the reports.
        assignment: the rubric.

    Raises:
        ConfigurationError: the reference solution itself does not get every point.
        HarnessFault: it could not be tried.
    """
    reports = {item.report.submission.id: item.report for item in results}
    base = reports[REFERENCE]
    _check_reference(base)
    reference = _Reference(base, read_observations(out / REFERENCE / OBSERVATIONS), assignment)
    for answer in answers:
        report = reports[answer.id]
        if report.status == "error":
            yield Outcome(answer, fault=report.error or "unknown")
        else:
            seen = read_observations(out / answer.id / OBSERVATIONS)
            yield _outcome(answer, report, seen, reference)


@dataclass(frozen=True)
class _Reference:
    """What came of the reference solution."""

    report: GradeReport
    observations: Observations
    assignment: Assignment


def _outcome(answer: Answer, report: GradeReport, seen: Observations, reference: _Reference) -> Outcome:
    before = {item.id: item for item in reference.report.criteria}
    failed = tuple(
        item.id
        for item in report.criteria
        if item.status is Status.FAILED and before[item.id].status is not Status.FAILED
    )
    lost = {
        item.id: round(before[item.id].points - item.points, 2)
        for item in report.criteria
        if before[item.id].points > item.points
    }
    left_out = None
    if answer.made and answer.role is Role.RIGHT:
        left_out = not_right(reference.observations, seen)
    elif answer.made and not differs(reference.observations, seen):
        left_out = "nothing of it can be seen when it is run"
    known = {flag.id for flag in reference.report.flags}
    missed: tuple[tuple[str, str], ...] = ()
    if answer.role is Role.WRONG:
        missed = tuple(overlooked(reference.assignment, report, reference.observations, seen))
    return Outcome(
        answer,
        left_out=left_out,
        lost=lost,
        failed=failed,
        flags=tuple(flag.id for flag in report.flags if flag.id not in known),
        overlooked=missed,
        score=(report.score or 0.0) + (report.bonus or 0.0),
    )


def _check_reference(base: GradeReport) -> None:
    if base.status == "error":
        raise HarnessFault(f"the reference solution could not be tried: {base.error}")
    wrong = [item for item in base.criteria if item.status is Status.FAILED]
    if wrong:
        first = wrong[0]
        raise ConfigurationError(
            f"the reference solution itself fails {', '.join(item.id for item in wrong)}",
            next_step=f"{first.title}: {first.hint or 'see its report'}",
        )


def _write_reference(project: Project, folder: Path) -> None:
    for path, data in project.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _diff(project: Project, files: Mapping[str, bytes | None]) -> Iterator[str]:
    """The changed files as a unified diff, without those of a repository."""
    for path in sorted(item for item in files if not item.startswith(".git/")):
        before, after = project.files.get(path), files[path]
        old, new = _lines(before), _lines(after)
        names = [path if data is not None else "/dev/null" for data in (before, after)]
        for line in difflib.unified_diff(old, new, names[0], names[1]):
            yield line if line.endswith(_NEWLINE) else f"{line}{_NEWLINE}"


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines(keepends=True)
