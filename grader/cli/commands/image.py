"""`grader image`: builds the container images, or prints their names."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from grader.cli.progress import span
from grader.runtime.engine.image import BuildStep, Image
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import sandbox_image
from grader.text.console import plain_console, terminal_safe

if TYPE_CHECKING:
    from rich.console import Console

_INSTRUCTION_CHARACTERS = 50


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's actions to its parser."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build the images of PostgreSQL and of the sandbox")
    build.add_argument(
        "--verbose", action="store_true", help="show all that the engine prints, not a line for each step"
    )
    build.set_defaults(run=run_build)
    names = actions.add_parser("names", help="print what the images of this release are called")
    names.set_defaults(run=run_names)


def run_build(arguments: argparse.Namespace) -> int:
    """`grader image build`."""
    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        if arguments.verbose:
            for event in image.build():
                console.print(terminal_safe(str(event)))
        else:
            build_with_progress(image, console)
        console.print(f"Built {image.name}.")
    return 0


def run_names(_: argparse.Namespace) -> int:
    """`grader image names`."""
    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        console.print(image.name)
    return 0


def build_with_progress(image: Image, console: Console) -> None:
    """Build an image; print a line when a step has ended, and on a terminal one for the step that runs.

    Raises:
        UnavailableError: the build failed.
    """
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:
        step: BuildStep | None = None
        began = time.monotonic()
        task = live.add_task(image.name)
        for event in image.build():
            if not isinstance(event, BuildStep):
                continue
            if step is not None:
                console.print(ended(step, time.monotonic() - began))
            step, began = event, time.monotonic()
            live.reset(task, description=str(step))
        if step is not None:
            console.print(ended(step, time.monotonic() - began))


def shown(step: BuildStep) -> str:
    """A step in one line, with the beginning of its instruction."""
    instruction = " ".join(step.instruction.split())
    if len(instruction) > _INSTRUCTION_CHARACTERS:
        instruction = f"{instruction[:_INSTRUCTION_CHARACTERS]}..."
    return terminal_safe(f"{step}: {instruction}" if instruction else str(step))


def ended(step: BuildStep, seconds: float) -> str:
    """The line of a step that has ended."""
    return f"{shown(step)} ({span(seconds)})"
