"""`grader prepare`: gets ready what an assignment's submissions are run with, before any of them is there."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from grader.assignment.project import problem_with_requirement, problem_with_requirements
from grader.errors import ConfigurationError, UnavailableError
from grader.runs import assignments
from grader.runtime.sandbox.choose import CHOICES, SANDBOXES
from grader.runtime.sandbox.extras import ExtraPackages
from grader.text.console import plain_console, terminal_safe

if TYPE_CHECKING:
    from rich.console import Console

    from grader.runtime.sandbox.packages import PackagesError

_ENVIRONMENT = ("bubblewrap", "none")
"""Isolations that share one environment beside the grader's."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument(
        "--assignment", type=Path, metavar="FILE", required=True, help="the assignment.toml to prepare for"
    )
    command.add_argument(
        "--changed-since",
        metavar="REV",
        help="by the file as it was at a commit, as `grader grade` reads it with the same option",
    )
    command.add_argument(
        "--isolation",
        default="auto",
        choices=CHOICES,
        help="what to prepare for; default: all that this machine can use",
    )


def run(arguments: argparse.Namespace) -> int:
    """`grader prepare`; returns the exit code."""
    console = plain_console()
    assignment = (
        assignments.load(arguments.assignment)
        if arguments.changed_since is None
        else assignments.load_before(arguments.assignment, arguments.changed_since)
    )
    extras = ExtraPackages(assignment.project.requirements, arguments.assignment)
    if not extras:
        console.print("There is nothing to prepare: `project.requirements` names no packages.")
        return 0
    if arguments.isolation in ("auto", *_ENVIRONMENT):
        _prepare("none", extras, console)
    if arguments.isolation in ("auto", "container"):
        problem = SANDBOXES["container"](extras).problem()
        if problem is None:
            _prepare("container", extras, console)
        elif arguments.isolation == "container":
            raise UnavailableError("The image cannot be built.", next_step=problem)
        else:
            console.print(terminal_safe(f"No image for containers is built: {problem}"))
    return 0


def _prepare(isolation: str, extras: ExtraPackages, console: Console) -> None:
    """Prepare the packages for one isolation, and say so.

    Raises:
        ConfigurationError: they cannot be had, or do not go together; the message names the place.
        UnavailableError: they cannot be prepared here.
    """
    backend = SANDBOXES[isolation](extras)
    what = "The image for containers" if isolation == "container" else "The environment for other isolations"
    if not backend.unprepared():
        console.print(f"{what} is ready.")
        return
    from grader.runtime.sandbox.packages import PackagesError  # noqa: PLC0415 - not to say that all is there

    try:
        backend.prepare(lambda line: console.print(terminal_safe(line)))
    except PackagesError as error:
        raise _placed(error, extras.assignment or Path()) from error
    console.print(f"{what} is ready.")


def _placed(error: PackagesError, path: Path) -> ConfigurationError:
    """The same error, with the place in the assignment file of what it is about."""
    if error.package is not None:
        found = problem_with_requirement(path, error.package, error.message)
    else:
        found = problem_with_requirements(path, error.message)
    return ConfigurationError(found.message, next_step=error.next_step)
