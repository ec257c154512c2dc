"""Runs of pytest with our plugin, in processes of their own, for the tests of the plugin."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import grader

CHECKOUT = Path(grader.__file__).parents[1]
SETTINGS = "[pytest]\nmigration_grader = exercise_4_migrations\n"
SECONDS = 240.0
"""After which a run counts as stuck, on a machine that is busy with other things."""


def plugin_arguments() -> list[str]:
    """What loads the plugin where the package is not installed, but found on the path."""
    installed = importlib.metadata.entry_points(group="pytest11", name="migration_grader")
    return [] if installed else ["-p", "grader.integrations.pytest_plugin"]


@dataclass(frozen=True)
class PytestRun:
    """A finished run."""

    code: int
    output: str
    junit: Path

    @property
    def outcomes(self) -> dict[str, str]:
        """By node id: `passed`, `failed`, `error`, `skipped` or `xfailed`, as `--junitxml` has it."""
        cases = ET.parse(self.junit).getroot().iter("testcase")  # noqa: S314 - pytest wrote it
        return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}

    @property
    def criteria(self) -> dict[str, str]:
        """The outcomes of a self-check by criterion."""
        return {name.removeprefix("exercise_4_migrations::"): how for name, how in self.outcomes.items()}

    @property
    def plain(self) -> str:
        """The output with every run of white space made one space."""
        return " ".join(self.output.split())


def _outcome(case: ET.Element) -> str:
    for tag, outcome in (("failure", "failed"), ("error", "error")):
        if case.find(tag) is not None:
            return outcome
    if (skipped := case.find("skipped")) is None:
        return "passed"
    return "xfailed" if skipped.get("type") == "pytest.xfail" else "skipped"


def run_pytest(
    folder: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> PytestRun:
    """Call pytest in a folder, with our plugin and, where workers are asked for, xdist, and no other plugin.

    Others that may be installed take longer to load than an untouched template takes to judge.
    """
    junit = folder.parent / f"{folder.name}.junit.xml"
    junit.unlink(missing_ok=True)
    # Where tox says so, pytest puts its cache in one folder for all.
    foreign = ("PG", "COV", "PYTEST", "COLUMNS", "TOX")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    plugins = ["-p", "grader.integrations.pytest_plugin", "-o", "required_plugins="]
    if "-n" in arguments:
        plugins += ["-p", "xdist.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--junitxml={junit}", *plugins, *map(str, arguments)],
        cwd=folder,
        env={
            **plain,
            "PYTHONPATH": str(CHECKOUT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "COLUMNS": "120",
            **(environment or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return PytestRun(done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout), junit)
