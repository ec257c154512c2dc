"""Imports go in one direction, room by room. Read from the sources alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import grader

PACKAGE = Path(grader.__file__).parent
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "text": (),
    "files": (),
    "observations": (),
    "assignment": ("files",),
    "report": ("assignment", "files", "text"),
    "submission": ("assignment", "observations", "text"),
    "runtime": ("files", "observations"),
    "trial": ("assignment", "files", "observations", "runtime", "submission", "text"),
    "judging": ("assignment", "observations", "report", "text"),
    "runs": (
        *("assignment", "files", "judging", "observations", "report", "runtime", "submission", "text"),
        "trial",
    ),
    "proof": ("assignment", "files", "judging", "observations", "report", "runs", "submission"),
    "integrations": (
        *(
            "assignment",
            "files",
            "report",
            "runs",
            "runtime",
            "submission",
            "text",
        ),
    ),
    "cli": (
        "assignment",
        "files",
        "integrations",
        "proof",
        "report",
        "runs",
        "runtime",
        "submission",
        "text",
    ),
}
"""Each room, and the rooms that it may import besides itself; all may import `grader.errors`.

A room stands below all that it imports: this order is the order of the floors.
"""
AT_THE_ROOT = {"__init__.py", "__main__.py", "errors.py", "py.typed", "reference_ddl.py"}
RUNS_NOTHING = ("assignment", "files", "judging", "observations", "report", "text")
"""Rooms that start no process, load no code of a student, and ask no database anything."""
WHAT_RUNS = (
    *("psycopg2", "psycopg", "sqlalchemy", "alembic", "flask", "docker", "testcontainers", "subprocess"),
)


def sources(room: str) -> list[Path]:
    """The files of a room."""
    files = sorted((PACKAGE / room).rglob("*.py"))
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
    """Whether a dotted name is a module or package of this project."""
    path = PACKAGE.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def within(name: str, allowed: tuple[str, ...]) -> bool:
    """Whether a module is one of these, or inside of one."""
    return any(name == item or name.startswith(f"{item}.") for item in allowed)


def test_every_room_is_listed_and_nothing_is_loose() -> None:
    rooms = {item.name for item in PACKAGE.iterdir() if item.is_dir() and item.name != "__pycache__"}
    assert rooms == set(MAY_IMPORT)
    assert {item.name for item in PACKAGE.iterdir() if item.is_file()} == AT_THE_ROOT


def test_each_room_stands_below_those_that_import_it() -> None:
    floors = list(MAY_IMPORT)
    for room, others in MAY_IMPORT.items():
        assert all(floors.index(other) < floors.index(room) for other in others), room


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_rooms_below(room: str) -> None:
    allowed = tuple(f"grader.{item}" for item in (room, *MAY_IMPORT[room], "errors"))
    for file in sources(room):
        names = imported(file.read_text(encoding="utf-8"))
        foreign = [name for name in names if name.startswith("grader.") and not within(name, allowed)]
        assert foreign == [], f"{file.relative_to(PACKAGE.parent)} imports {foreign}"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_every_room_that_it_may(room: str) -> None:
    names = {name for file in sources(room) for name in imported(file.read_text(encoding="utf-8"))}
    unused = [
        other for other in MAY_IMPORT[room] if not any(within(name, (f"grader.{other}",)) for name in names)
    ]
    assert unused == []


@pytest.mark.parametrize("one", ["github", "gradescope", "pytest_plugin"])
def test_integrations_do_not_know_each_other(one: str) -> None:
    allowed = (f"grader.integrations.{one}",)
    for file in sources(f"integrations/{one}"):
        names = imported(file.read_text(encoding="utf-8"))
        others = [i for i in names if within(i, ("grader.integrations",)) and not within(i, allowed)]
        assert others == [], file


@pytest.mark.parametrize("room", RUNS_NOTHING)
def test_a_room_runs_nothing(room: str) -> None:
    for file in sources(room):
        if file.name == "reference_ddl.py":  # a command for instructors: it loads the reference's own models
            continue
        assert not [i for i in imported(file.read_text(encoding="utf-8")) if within(i, WHAT_RUNS)], file


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_says_what_it_is_for_and_what_it_must_not_know(room: str) -> None:
    purpose = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8")))
    assert purpose is not None
    assert "ust not know" in purpose


def test_the_reading_of_imports() -> None:
    source = (
        "import os\nfrom grader.judging import flags\nfrom grader.report.model import Status\n"
        "def later():\n    from grader.judging.comparison import compare\n"
    )
    assert sorted(imported(source)) == [
        "grader.judging.comparison.compare",
        "grader.judging.flags",
        "grader.report.model",
        "os",
    ]
