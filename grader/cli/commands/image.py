"""`grader image`: gets the container images, prints their names, or writes what they are built from."""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from grader.cli.progress import span
from grader.files.atomic import write_atomically
from grader.runtime.engine.image import BuildStep, Image
from grader.runtime.engine.published import VARIABLE, registry
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
    build.add_argument(
        "--from",
        dest="source",
        metavar="REGISTRY",
        default=registry(),
        help="take them from this registry where it has them, such as registry.example.org/course "
        f"(default: ${VARIABLE})",
    )
    build.set_defaults(run=run_build)
    names = actions.add_parser("names", help="print what the images of this release are called")
    names.set_defaults(run=run_names)
    context = actions.add_parser(
        "context", help="write what the images are built from, to build them elsewhere"
    )
    context.add_argument("folder", type=Path, metavar="DIR", help="gets a tar archive for each image")
    context.add_argument(
        "--machine",
        choices=("x86_64", "aarch64"),
        help="the machine that the images are for (default: this one)",
    )
    context.set_defaults(run=run_context)


def run_build(arguments: argparse.Namespace) -> int:
    """`grader image build`."""
    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        if image.taken(arguments.source, console.print):
            console.print(f"Got {image.name}.")
            continue
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


def run_context(arguments: argparse.Namespace) -> int:
    """`grader image context`: one line for each image, with its name and its archive."""
    console = plain_console()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    for image in (postgres_image(), sandbox_image()):
        archive = folder / f"{image.repository}.tar"
        write_atomically(archive, image.context(arguments.machine or platform.machine()).getvalue())
        console.print(f"{image.name} {archive}", soft_wrap=True)
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
