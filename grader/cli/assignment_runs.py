"""Runs what `grader assignment` has to try: a reference solution for a draft, many answers for a proof.

Must not know what a draft or a proof is made of.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.model import Assignment
from grader.cli.grade_setup import PreparedRun, with_prepared_run
from grader.cli.interrupted import told_how_to_go_on
from grader.cli.progress import ProgressCounts, progress_for
from grader.files.atomic import write_atomically
from grader.proof import check, new
from grader.proof.findings import findings, unused
from grader.proof.operators import mutants
from grader.proof.rendering import Proof, json_of, ordered, page_of
from grader.runs import assignments
from grader.runs.batch import RunSpec, grade_all
from grader.runs.class_memory import ReducedResult
from grader.runs.local import LocalRunner
from grader.runs.seal import Seal
from grader.runtime.pairs.kept import kept_trial
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.extras import ExtraPackages
from grader.submission.sources import Source
from grader.submission.staging import StagingArea
from grader.text.console import plain_console


def draft_made(arguments: argparse.Namespace) -> list[str]:
    """Try a reference solution and write the draft of an assignment file; returns what to tell.

    Raises:
        GraderError: a file would be overwritten, or the solution does not get to its head.
    """
    new.check_new(arguments.out)
    assignment = new.nothing_asked(arguments.reference, arguments.project)
    source = Source(assignment.id, arguments.reference)

    def draft(prepared: PreparedRun) -> list[str]:
        return new.write_draft(arguments.reference, arguments.out, arguments.project, local_runner(prepared))

    with TemporaryDirectory(prefix="migration-grader-draft-") as scratch:
        asked = run_arguments(arguments, out=Path(scratch), all=False, assignment=arguments.project)
        return with_prepared_run([source], assignment, asked, draft)


def local_runner(prepared: PreparedRun) -> LocalRunner:
    """The runner of a run that is prepared on this machine."""
    if prepared.backends is None:
        raise ValueError("a run on a cluster has no runner on this machine")
    backends, folder = prepared.backends, prepared.staging_folder
    tools = backends.postgres, backends.sandbox, folder
    return LocalRunner(
        *(prepared.assignment, *tools),
        staging=StagingArea(folder),
        slots=backends.slots,
        proof=backends.proof,
    )


def proof_made(arguments: argparse.Namespace) -> Proof:
    """Make answers from the reference solution, grade them as a class, and say what that shows.

    Writes `proof.json`, and with `--html` `proof.html` and every report.

    Raises:
        GraderError: the reference solution is not found or is not right, or the run could not go on.
    """
    assignment = assignments.load(arguments.file)
    solution = check.solution_of(arguments.file, assignment)
    project = check.project_of(arguments.file, assignment, solution)
    own = check.OwnAnswers(arguments.template, arguments.right, arguments.wrong)
    with TemporaryDirectory(prefix="migration-grader-proof-") as made:
        answers, sources = check.written(
            project, check.sampled(mutants(project), arguments.sample), own, Path(made), assignment
        )
        results = _graded(sources, assignment, arguments)
        outcomes = ordered(list(check.outcomes(answers, results, arguments.out, assignment)))
    sample = arguments.sample is not None
    found = findings(outcomes, assignment, sample=sample)
    whole = not sample and not any(item.fault for item in outcomes)
    proof = Proof(assignment, outcomes, found, unused(found, assignment) if whole else ())
    write_atomically(arguments.out / "proof.json", json_of(proof))
    if arguments.html:
        write_atomically(arguments.out / "proof.html", page_of(proof).encode())
    return proof


def _graded(
    sources: Sequence[Source], assignment: Assignment, arguments: argparse.Namespace
) -> list[ReducedResult]:
    def grade_prepared(prepared: PreparedRun) -> list[ReducedResult]:
        spec = RunSpec(
            out=arguments.out,
            formats=("json", "html") if arguments.html else ("json",),
            jobs=prepared.jobs,
            fresh=arguments.fresh,
            seal=Seal.of_this_user(),
        )
        counts = ProgressCounts(len(sources))
        with (
            told_how_to_go_on(counts, spec.out, fresh=spec.fresh, reusable=True),
            progress_for(plain_console(stderr=True), counts) as progress,
        ):
            return grade_all(sources, local_runner(prepared), spec, progress)

    places = _places(arguments, assignment)
    asked = run_arguments(arguments, fresh=arguments.fresh, assignment=arguments.file, **places)
    return with_prepared_run(sources, assignment, asked, grade_prepared)


def _places(arguments: argparse.Namespace, assignment: Assignment) -> dict[str, str]:
    """Where a proof runs: where nothing is asked for, on an embedded server and in bubblewrap.

    Both have to work here, and must not have failed together when they were last tried. That takes less time
    than containers (the table in README.md), and the answers are the author's own.
    """
    asked = {"postgres": arguments.postgres, "isolation": arguments.isolation}
    sandbox = BubblewrapBackend(ExtraPackages(assignment.project.requirements, arguments.file))
    if set(asked.values()) != {"auto"} or sandbox.problem() or sandbox.unprepared():
        return asked
    with closing(EmbeddedBackend()) as server:
        kept = kept_trial(server, sandbox)
        works = server.problem() is None and (kept is None or kept.passed)
    return {"postgres": "embedded", "isolation": "bubblewrap"} if works else asked


def run_arguments(arguments: argparse.Namespace, **others: object) -> Namespace:
    """The arguments of `grader grade` that a run needs."""
    given = {
        "out": arguments.out,
        "jobs": arguments.jobs,
        "postgres": arguments.postgres,
        "isolation": arguments.isolation,
        "cluster": None,
        "keep": False,
        "all": True,
        "assignment": None,
        "changed_since": None,
        "fresh": True,
        "verbose": False,
    }
    return Namespace(**{**given, **others})
