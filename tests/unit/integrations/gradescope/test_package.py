"""The zip for Gradescope: its files, and assignments that cannot be packed."""

from __future__ import annotations

import io
import re
import shutil
import stat
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader.assignment import file as assignment_file
from grader.errors import ConfigurationError, UsageError
from grader.integrations.gradescope import ASSIGNMENT, REQUIREMENTS, SCRIPTS
from grader.integrations.gradescope.package import OWN_PACKAGES, autograder_zip
from grader.runs.assignments import load
from grader.runtime.sandbox.packages import PACKAGES

CHECKOUT = Path(__file__).parents[4]
DELIVERED = assignment_file.default_path()
NOT_THERE = {"docker", "testcontainers"}
"""What the grader depends on and has no use for inside Gradescope's container."""


@pytest.fixture(scope="module")
def package() -> bytes:
    return autograder_zip(DELIVERED)


def opened(package: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(package))


def copied(folder: Path) -> Path:
    for name in ("assignment.toml", "reference_schema.sql"):
        shutil.copy(DELIVERED.parent / name, folder)
    return folder / "assignment.toml"


def test_the_same_grader_and_assignment_give_the_same_bytes(package: bytes, tmp_path: Path) -> None:
    assert autograder_zip(copied(tmp_path)) == package


def test_the_scripts_lie_at_the_root_and_can_be_run(package: bytes) -> None:
    entries = {entry.filename: entry for entry in opened(package).infolist()}
    for name in SCRIPTS:
        assert stat.filemode(entries[name].external_attr >> 16) == "-rwxr-xr-x"
        content = opened(package).read(name)
        assert content.startswith(b"#!/usr/bin/env bash\n")
        assert b"\r" not in content
    others = {stat.filemode(entry.external_attr >> 16) for name, entry in entries.items() if "/" in name}
    assert others == {"-rw-r--r--"}
    assert {name.partition("/")[0] for name in entries} == {*SCRIPTS, "assignment", "harness"}


def test_the_zip_holds_the_whole_grader_and_nothing_else(package: bytes) -> None:
    names = set(opened(package).namelist())
    for path in (CHECKOUT / "grader").rglob("*"):
        name = path.relative_to(CHECKOUT)
        if path.is_file() and "__pycache__" not in name.parts and "exercise" not in name.parts:
            assert f"harness/{name.as_posix()}" in names
    assert not [name for name in names if name.endswith(".pyc") or "/." in name or "\\" in name]


def test_the_zip_holds_the_assignment_that_was_asked_for(tmp_path: Path) -> None:
    path = copied(tmp_path)
    path.write_text(path.read_text().replace("title = ", 'title = "Ours: " # ', 1))
    opened(autograder_zip(path)).extractall(tmp_path / "there")
    there = load(tmp_path / "there" / ASSIGNMENT)
    assert there.title == "Ours: "
    assert there == load(path)


def test_every_package_has_its_version(package: bytes) -> None:
    lines = opened(package).read(REQUIREMENTS).decode().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", line) for line in lines)
    assert {*PACKAGES, *OWN_PACKAGES} <= {line.partition("==")[0] for line in lines}


def test_what_the_project_depends_on_is_packed_or_not_needed() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {Requirement(line).name for line in project["dependencies"]}
    assert needed - {*PACKAGES, *OWN_PACKAGES} == NOT_THERE
    assert set(OWN_PACKAGES) <= needed


def test_a_wrong_assignment_is_not_packed(tmp_path: Path) -> None:
    path = copied(tmp_path)
    path.write_text(path.read_text().replace("max_score = 100", "max_score = 90"))
    with pytest.raises(ConfigurationError, match="max_score"):
        autograder_zip(path)


def test_a_schema_outside_of_the_assignments_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "assignment"
    folder.mkdir()
    path = copied(folder)
    (folder / "reference_schema.sql").rename(tmp_path / "reference_schema.sql")
    path.write_text(
        path.read_text().replace('schema = "reference_schema.sql"', 'schema = "../reference_schema.sql"')
    )
    with pytest.raises(UsageError, match="outside") as caught:
        autograder_zip(path)
    assert "reference.schema" in caught.value.next_step
