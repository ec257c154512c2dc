"""`grader image`: builds the container images, or prints their names."""

from __future__ import annotations

import argparse

from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import sandbox_image
from grader.text.console import plain_console


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's actions to its parser."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build the images of PostgreSQL and of the sandbox")
    build.set_defaults(run=run_build)
    names = actions.add_parser("names", help="print what the images of this release are called")
    names.set_defaults(run=run_names)


def run_build(_: argparse.Namespace) -> int:
    """`grader image build`."""
    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        name = image.build(console.print)
        console.print(f"Built {name}.")
    return 0


def run_names(_: argparse.Namespace) -> int:
    """`grader image names`."""
    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        console.print(image.name)
    return 0
