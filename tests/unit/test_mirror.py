"""Unit tests stand where the modules stand that they test."""

from __future__ import annotations

from pathlib import Path

import grader

PACKAGE = Path(grader.__file__).parent
UNIT = Path(__file__).parent
OF_SEVERAL = {
    "cli/commands/test_regrade_and_export.py": "two commands that work on the same folders",
    "integrations/gradescope/test_command.py": "a command of `grader.cli.commands.export`",
    "judging/diagnosis/test_failed_steps.py": "what the modules of causes make of real outputs",
    "judging/pictures/test_details.py": "the pictures of one report together",
    "judging/pictures/test_errors.py": "the pictures of errors, which the package itself draws",
    "report/test_changes_are_shown.py": "what all formats make of the word of a person",
    "submission/test_git_sources.py": "`sources` with git repositories",
}
"""Tests of more than one module, and what they are about."""


def is_mirrored(path: Path) -> bool:
    """Whether a test has a module of its name at its place; `x/test_x.py` is for the whole package `x`."""
    place, name = PACKAGE / path.parent, path.stem.removeprefix("test_")
    return (
        (place / f"{name}.py").is_file() or (place / name).is_dir() or (place.is_dir() and place.name == name)
    )


def test_every_unit_test_stands_where_its_module_stands() -> None:
    tests = {path.relative_to(UNIT) for path in UNIT.glob("*/**/test_*.py")}
    astray = {path.as_posix() for path in tests if not is_mirrored(path)}
    assert astray == set(OF_SEVERAL)
