"""The options that say of a class what its submissions do not say: `--roster` and `--overrides`."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_class_options(command: argparse.ArgumentParser) -> None:
    """Add both options. Without them, what the last run was given is used: a copy lies beside the reports."""
    add_roster_option(command)
    command.add_argument(
        "--overrides",
        type=Path,
        metavar="FILE",
        help="points that people gave by hand, as TOML; default: those of the last run",
    )


def add_roster_option(command: argparse.ArgumentParser) -> None:
    """Add `--roster`."""
    command.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="whose submission is whose; default: the roster of the last run",
    )
