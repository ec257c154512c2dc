"""Grades one submission in Gradescope's container and writes `results.json`; `run_autograder` calls it.

After a fault of the grader there is no `results.json`: Gradescope then says that the autograder failed, while
any file would be taken for a score. The output is for instructors; students see only the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from grader.errors import EXIT_FAULT, GraderError, UnavailableError
from grader.files.atomic import write_atomically
from grader.integrations.gradescope import ASSIGNMENT
from grader.integrations.gradescope.other_user import OtherUserBackend
from grader.report.formats.gradescope import results_json
from grader.report.render.terminal import print_report
from grader.runs import assignments
from grader.runs.graded import Graded
from grader.runs.local import LocalRunner
from grader.runs.pipeline import grade
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.workspace import workspace
from grader.text.console import plain_console, terminal_safe

AUTOGRADER = Path("/autograder")
RESULTS = "results.json"
_NAME = "submission"


def main(argv: Sequence[str] | None = None) -> int:
    """Grade, write, and print the report; returns the exit status."""
    parser = argparse.ArgumentParser(prog="run_autograder", description=__doc__)
    parser.add_argument(
        "--autograder", type=Path, default=AUTOGRADER, metavar="DIR", help="default: %(default)s"
    )
    arguments = parser.parse_args(argv)
    console = plain_console()
    results = arguments.autograder / "results" / RESULTS
    try:
        results.unlink(missing_ok=True)
        graded = _graded(arguments.autograder, console)
        data = results_json(graded.report)
        if data is not None:
            write_atomically(results, data)
    except GraderError as error:
        _print_fault(console, "\n".join(part for part in (error.message, error.next_step) if part))
        return error.exit_code or EXIT_FAULT
    if data is None:
        parts = (graded.report.error, graded.fault and f"fault.txt:\n{graded.fault}")
        _print_fault(console, "\n\n".join(part for part in parts if part))
        return EXIT_FAULT
    print_report(graded.report, Console())
    return 0


def _graded(autograder: Path, console: Console) -> Graded:
    assignment = assignments.load(autograder / "source" / ASSIGNMENT)
    with closing(EmbeddedBackend()) as postgres:
        if problem := postgres.problem():
            raise UnavailableError("No PostgreSQL can be had here.", next_step=problem)
        project = assignment.project
        sandbox = strongest(console, ExtraPackages(project.requirements, autograder / "source" / ASSIGNMENT))
        console.print(f"PostgreSQL: {postgres.name}. Isolation: {sandbox.name}.")
        with workspace() as folder:
            offering = with_extensions(postgres, project.extensions)
            runner = LocalRunner(assignment, offering, sandbox, folder)
            graded = grade(autograder / "submission", _NAME, runner, settle=False)
            return grade(autograder / "submission", _NAME, runner) if graded.retryable else graded


def strongest(console: Console, extras: ExtraPackages = NO_EXTRAS) -> SandboxBackend:
    """The strongest isolation that works here; never none at all.

    Args:
        console: where to say what stronger isolation does not work.
        extras: the packages that the assignment names; `setup.sh` has prepared them.

    Raises:
        UnavailableError: none works, or the packages are not there.
    """
    problems: list[str] = []
    backends: tuple[SandboxBackend, ...] = (BubblewrapBackend(extras), OtherUserBackend(extras))
    for backend in backends:
        problem = backend.problem()
        if problem is None:
            for line in problems:
                console.print(terminal_safe(f"Nothing stronger: {line}"))
            if backend.unprepared():
                raise UnavailableError(
                    "The packages that this exercise needs are not in the autograder's image.",
                    next_step=f"Make and upload the zip again; setup.sh runs `{extras.command}`.",
                )
            return backend
        problems.append(f"{backend.name}: {problem}")
    raise UnavailableError("Students' code cannot be run here.", next_step="; ".join(problems))


def _print_fault(console: Console, reason: str) -> None:
    console.print(
        "The grader broke. This says nothing about the work: there is no score, and Gradescope says that the "
        "autograder failed. Run the autograder on the submission again; if it breaks again, send this to "
        "the maintainers of the grader:"
    )
    console.print(terminal_safe(reason))


if __name__ == "__main__":
    sys.exit(main())
