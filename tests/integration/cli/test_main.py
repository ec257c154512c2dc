"""Which modules the `grader` command loads before it does anything."""

from __future__ import annotations

import subprocess
import sys


def test_only_the_command_that_is_asked_for_is_loaded() -> None:
    loaded = (
        "import sys; from grader.cli.main import parser; parser(['changed']); print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "grader.cli.commands.changed" in modules
    assert "grader.cli.commands.grade" not in modules


def test_most_of_the_grader_is_loaded_after_the_first_slot_has_started() -> None:
    loaded = "import sys; from grader.cli.main import parser; parser(['grade']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "grader.runtime.slots" in modules
    for late in (
        "grader.runs.pipeline",
        "grader.report.files",
        "jinja2",
        "rich.console",
        "docker",
        "sqlalchemy",
    ):
        assert late not in modules
