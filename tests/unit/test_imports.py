"""One direction: submission, observations, criteria, report, renderers. Read from the sources alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader

PACKAGE = Path(grader.__file__).parent
CRITERIA_MAY = (
    "grader.assignment",
    "grader.criteria",
    "grader.diagnosis",
    "grader.observations",
    "grader.report",
    "grader.revisions",
    "grader.rubric",
    "grader.schema.compare",
    "grader.schema.model",
)
ALLOWED = {
    "report": (),
    "assignment": ("grader.report",),
    "observations": ("grader.revisions", "grader.schema.model"),
    "revisions": (),
    "schema/model": (),
    "rubric": ("grader.assignment", "grader.observations", "grader.report"),
    "criteria": CRITERIA_MAY,
    "merge_conflicts": (),
    "diagnosis": (
        "grader.diagnosis",
        "grader.merge_conflicts",
        "grader.observations",
        "grader.revisions",
        "grader.schema.compare",
        "grader.schema.model",
    ),
    "flags": CRITERIA_MAY,
    "judging": (*CRITERIA_MAY, "grader.errors", "grader.flags"),
    "details": ("grader.report",),
    "pictures": (*CRITERIA_MAY, "grader.details", "grader.pictures", "grader.schema.rules"),
    "render": (
        "grader.details",
        "grader.errors",
        "grader.kept_files",
        "grader.render",
        "grader.report",
        "grader.untrusted_text",
    ),
}
"""Module or package: what it may import of this project. What is not listed here may import more."""
RUNS_NOTHING = (
    "psycopg2",
    "psycopg",
    "sqlalchemy",
    "alembic",
    "flask",
    "docker",
    "testcontainers",
    "subprocess",
)


def sources(name: str) -> list[Path]:
    """The files of a module or of a package."""
    folder = PACKAGE / name
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    assert files
    return files


def imported(source: str) -> Iterator[str]:
    """The full names of the modules that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if is_module(whole) else node.module or ""


def is_module(name: str) -> bool:
    path = PACKAGE.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == item or name.startswith(f"{item}.") for item in allowed)


@pytest.mark.parametrize("name", ALLOWED)
def test_only_what_lies_upstream_is_imported(name: str) -> None:
    for file in sources(name):
        foreign = [
            item
            for item in imported(file.read_text(encoding="utf-8"))
            if within(item, ("grader",)) and not within(item, ALLOWED[name])
        ]
        assert foreign == [], f"{file.relative_to(PACKAGE.parent)} imports {foreign}"


@pytest.mark.parametrize("name", sorted(set(ALLOWED) - {"render"}))
def test_what_judges_runs_nothing(name: str) -> None:
    for file in sources(name):
        assert not [i for i in imported(file.read_text(encoding="utf-8")) if within(i, RUNS_NOTHING)], file


def test_the_reading_of_imports() -> None:
    source = (
        "import os\nfrom grader import flags\nfrom grader.report import Status\n"
        "def later():\n    from grader.schema import compare\n"
    )
    assert sorted(imported(source)) == ["grader.flags", "grader.report", "grader.schema.compare", "os"]
