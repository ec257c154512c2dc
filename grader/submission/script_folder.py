"""Finds the folder that `script_location` names, and the folder in which the `alembic` command has to run.

Reads files and runs none. Must not know of Flask, or of the other settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from grader.submission.python_modules import Modules


def find_script_folder(
    root: Path,
    here: Path,
    location: str,
    *,
    prepended: Sequence[str],
    installed: Sequence[Path],
    wanted: Path | None = None,
) -> tuple[Path, Path] | None:
    """Find the folder to run `alembic` in, and the script folder.

    Alembic resolves a relative location from the current folder: usually the folder of the settings file, but
    a folder above it for `alembic -c backend/alembic.ini`.

    Args:
        root: the staged submission.
        here: the folder of the settings file.
        location: what `script_location` says.
        prepended: what `prepend_sys_path` says.
        installed: the folders that an editable install puts on `sys.path`.
        wanted: the folder to run in that the assignment names. Another one is taken only if the location
            leads nowhere from there.

    Returns:
        None if there is no such folder, or no `env.py` in it.
    """
    for top in (wanted, *_upwards(root, here)) if wanted else _upwards(root, here):
        for place in resolved(top, location, [*(top / name for name in prepended), *installed]):
            scripts = Path(os.path.normpath(place))
            if "\0" not in location and scripts.is_relative_to(root) and (scripts / "env.py").is_file():
                if top == wanted:
                    return top, scripts
                found = top if top != here else _folder_to_run_in(root, here, scripts, prepended, installed)
                return (here if location.startswith("/") and top != here else found), scripts
    return None


def resolved(folder: Path, location: str, import_folders: Iterable[Path] = ()) -> Iterator[Path]:
    """The folders that a location can mean, as seen from a folder."""
    if ":" not in location or Path(location).is_absolute():
        yield folder / location
        return
    # `package:folder`, which Alembic looks up as a resource of a package.
    package, _, rest = location.partition(":")
    for place in (folder, *import_folders):
        yield place.joinpath(*package.split("."), *rest.split(":"))


def _folder_to_run_in(
    root: Path, here: Path, scripts: Path, prepended: Sequence[str], installed: Sequence[Path]
) -> Path:
    """The nearest folder from which `prepend_sys_path` leads to all modules that `env.py` imports.

    It is the folder of the settings file in most projects. `alembic -c db/alembic.ini` runs in one above.
    """
    relative = [name for name in prepended if not Path(name).is_absolute()]
    modules = Modules(root, installed)
    env = modules.module(scripts / "env.py")
    if not relative or any(item.module == "sys" for item in env.imports):
        return here
    wanted = {item.module for item in env.imports if not item.level and modules.imported(env.path, item)}
    for folder in _upwards(root, here):
        on_path = [folder / name for name in relative]
        if all(modules.find(name, *on_path) for name in wanted):
            return folder
    return here


def _upwards(root: Path, folder: Path) -> Iterator[Path]:
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder
