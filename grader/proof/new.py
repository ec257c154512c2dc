"""`grader assignment new`: tries a reference solution and writes the draft of an assignment file.

Must not know what is tried where.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grader.assignment import file as assignment_file
from grader.assignment.model import Assignment, Project
from grader.errors import ConfigurationError, HarnessFault, UsageError
from grader.files.atomic import check_writable, write_atomically
from grader.judging import evidence
from grader.judging.judge import judge
from grader.judging.kinds import KINDS
from grader.judging.rubric import unlisted
from grader.observations.model import Observations
from grader.proof.draft import ADVICE, Models, draft
from grader.proof.reference_models import find_models
from grader.runs.pipeline import grade
from grader.runs.runner import Runner

FILE = "assignment.toml"
SCHEMA = "reference_schema.sql"
_SECONDS = 120


def nothing_asked(solution: Path, project: Path | None) -> Assignment:
    """An assignment that asks for nothing, to try a reference solution with.

    Args:
        solution: the folder of the reference solution.
        project: a file whose `[project]` says how it is run.

    Raises:
        ConfigurationError: that file is wrong.
    """
    run = assignment_file.project_in(project)[0] if project is not None else Project()
    return Assignment(assignment_id(solution), "A draft", "", criteria=(), project=run)


def assignment_id(solution: Path) -> str:
    """An id from the name of the folder above, or of the folder itself if it stands alone."""
    name = solution.resolve().name
    words = re.findall(r"[a-z0-9]+", name.lower())
    generic = {"reference", "solution", "src"}
    if set(words) <= generic:
        words = re.findall(r"[a-z0-9]+", solution.resolve().parent.name.lower()) or words
    return "_".join(words) or "exercise"


def check_new(out: Path) -> None:
    """Refuse to overwrite files that are there.

    Raises:
        GraderError: one of the files is there, or none can be written there.
    """
    check_writable(out)
    for name in (FILE, SCHEMA):
        if (out / name).exists():
            raise UsageError(
                f"{out / name} is there already, and is not overwritten",
                next_step="Choose another folder with --out, or move the file away.",
            )


def write_draft(solution: Path, out: Path, project: Path | None, runner: Runner) -> list[str]:
    """Try the solution, and write the draft and the reference schema; returns what to tell.

    Args:
        solution: the folder of the reference solution.
        out: where to write.
        project: a file whose `[project]` the draft takes over.
        runner: tries the solution.

    Raises:
        ConfigurationError: the revisions of the solution do not get to head.
        HarnessFault: it could not be tried.
    """
    graded = grade(solution, assignment_id(solution), runner)
    observations = graded.observations
    if observations is None:
        raise HarnessFault(
            f"{solution} could not be tried: {graded.report.error}", next_step="Run `grader doctor`."
        )
    _check_arrived(solution, observations)
    found = None
    with runner.staging.staged(solution, runner.assignment.id, runner.assignment) as staged:
        if staged.facts.layout is not None:
            found = find_models(staged.root, staged.facts.layout)
    models = None
    if found is not None:
        beside = os.path.relpath(solution / found[0], out)
        models = Models(Path(beside).as_posix(), found[1], SCHEMA)
    text = draft(
        observations,
        assignment_id=assignment_id(solution),
        models=models,
        solution=Path(os.path.relpath(solution, out)).as_posix(),
        advice={
            item.kind: item.status
            for item in judge(observations, _kinds_alone(observations, ADVICE)).criteria
        },
        project=_rebased(project, out) if project is not None else {},
    )
    path = out / FILE
    write_atomically(path, text.encode())
    told = [f"Wrote {path}."]
    if models is not None:
        told.append(_schema_made(path))
    return told


def _rebased(project: Path, out: Path) -> dict[str, Any]:
    """The table `[project]` of a file, with its paths as they are seen from another folder."""
    table = assignment_file.project_in(project)[1]

    def seen(name: str) -> str:
        return Path(os.path.relpath(project.parent / name, out)).as_posix()

    if isinstance(table.get("requirements"), str):
        table["requirements"] = seen(table["requirements"])
    if "files" in table:
        table["files"] = {to: seen(source) for to, source in table["files"].items()}
    return table


def _check_arrived(solution: Path, observations: Observations) -> None:
    step = evidence.upgrade_step(observations)
    graph = observations.graph
    if step is not None and graph is not None and evidence.same_versions(step, (graph.head or "",)):
        return
    report = judge(observations, _kinds_alone(observations, ("upgrade",)))
    hint = report.criteria[0].hint or "Its revisions did not get to head."
    raise ConfigurationError(
        f"{solution} is no reference solution yet. {hint}",
        next_step="If it needs packages, variables or files to run, write [project] into a file, and name "
        "that with --project.",
    )


def _kinds_alone(observations: Observations, kinds: Iterable[str]) -> Assignment:
    """An assignment with one criterion of each of some kinds that need no settings."""
    criteria = tuple(unlisted(KINDS[name]) for name in kinds if name in KINDS)
    return Assignment(observations.submission.id, "", "", criteria=criteria)


def _schema_made(path: Path) -> str:
    """Make the reference schema, in a process of its own: it imports the models."""
    command = [sys.executable, "-m", "grader.reference_ddl", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        problem = done.stderr.strip()
    except subprocess.TimeoutExpired:
        done, problem = None, f"importing the models took longer than {_SECONDS} seconds."
    if done is not None and done.returncode == 0:
        return done.stdout.strip()
    return (
        f"{path.with_name(SCHEMA)} could not be made: {problem}\n"
        f"Mend that and run `python -m grader.reference_ddl {path}`, or leave [reference] out."
    )
