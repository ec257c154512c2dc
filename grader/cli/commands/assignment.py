"""`grader assignment`: help for those who write an assignment file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.cli.commands.grade import add_places, positive
from grader.errors import EXIT_BELOW, EXIT_FAULT, UsageError
from grader.runs import assignments
from grader.text.console import plain_console, terminal_safe


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's actions to its parser."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    schema = actions.add_parser("schema", help="print the JSON Schema of the file, for editors")
    schema.set_defaults(run=run_schema)
    new = actions.add_parser("new", help="draft a file from what a reference solution does")
    new.set_defaults(run=run_new)
    new.add_argument("reference", type=Path, metavar="REFERENCE", help="the folder of the reference solution")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the draft is written")
    new.add_argument(
        "--project", type=Path, metavar="FILE", help="a file whose [project] says how the solution is run"
    )
    add_places(new)
    check = actions.add_parser("check", help="prove a rubric with right and wrong answers")
    check.set_defaults(run=run_check)
    check.add_argument("file", type=Path, metavar="FILE", help="the assignment.toml")
    check.add_argument(
        "--out", type=Path, default=Path("proof"), metavar="DIR", help="where the reports go; default: proof"
    )
    check.add_argument("--template", type=Path, metavar="DIR", help="what students start from: 0 points")
    check.add_argument("--right", type=Path, metavar="DIR", help="a folder of right answers of your own")
    check.add_argument("--wrong", type=Path, metavar="DIR", help="a folder of wrong answers of your own")
    check.add_argument("--sample", type=positive, metavar="N", help="only so many answers, for a quick look")
    check.add_argument("--html", action="store_true", help="write a page with the matrix, and every report")
    check.add_argument("--fresh", action="store_true", help="grade unchanged answers again")
    add_places(check)


def run_schema(_: argparse.Namespace) -> int:
    """`grader assignment schema`."""
    sys.stdout.write(assignments.schema())
    return 0


def run_new(arguments: argparse.Namespace) -> int:
    """`grader assignment new`."""
    from grader.cli.assignment_runs import draft_made  # noqa: PLC0415 - loads all that runs submissions

    if not arguments.reference.is_dir():
        raise UsageError(
            f"{arguments.reference} is no folder", next_step="Name the folder of the reference solution."
        )
    console = plain_console()
    for line in draft_made(arguments):
        console.print(terminal_safe(line))
    console.print("Look over the lines that begin with #, and give each criterion its points.")
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """`grader assignment check`; returns the exit code.

    5 if an answer could not be tried, 1 if the proof finds something that the file does not accept, else 0.
    """
    from grader.cli.assignment_runs import proof_made  # noqa: PLC0415 - loads all that runs submissions
    from grader.proof.rendering import text_of  # noqa: PLC0415

    proof = proof_made(arguments)
    console = plain_console()
    for line in text_of(proof):
        console.print(terminal_safe(line))
    console.print(f"Reports: {terminal_safe(str(arguments.out))}")
    if not proof.is_whole:
        return EXIT_FAULT
    return EXIT_BELOW if proof.open else 0
