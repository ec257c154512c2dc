"""The list of formats: it names the modules of the package, and each declares its files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.report import formats
from grader.report.formats import DEFAULT_FORMATS, FORMATS, junit, load

SHARED = {"__init__", "interface"}


def test_the_list_names_every_module_of_the_package() -> None:
    folder = Path(formats.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - SHARED == set(FORMATS)
    assert set(DEFAULT_FORMATS) <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_writes_at_least_one_file(name: str) -> None:
    declared = load(name)
    assert declared.submission or declared.batch


def test_no_two_formats_write_the_same_file() -> None:
    declared = [load(name) for name in FORMATS]
    names = [file.name for item in declared for file in (item.submission, item.batch) if file is not None]
    assert len(names) == len(set(names))


def test_grade_json_alone_is_written_last() -> None:
    assert [name for name in FORMATS if load(name).last] == ["json"]


def test_the_library_of_junit_is_not_loaded_to_see_which_files_are_there() -> None:
    tree = ast.parse(Path(junit.__file__).read_text(encoding="utf-8"))
    at_the_top = [item.module for item in tree.body if isinstance(item, ast.ImportFrom)]
    assert "grader.report.model" in at_the_top
    assert "junitparser" not in at_the_top
