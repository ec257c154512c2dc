"""`grader doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import argparse

from rich.console import Console

from grader.doctor import examine


def add_to(command: argparse.ArgumentParser) -> None:
    """Add nothing to the command's parser but what to run."""
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """`grader doctor`."""
    return examine(Console())
