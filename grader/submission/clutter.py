"""Files and folders that are never staged: version control, caches, installed packages.

Goes by names alone, and by a few files that tell an environment from a student's work. Must not know where a
folder comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

_CLUTTER_FOLDERS = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr"),
        *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"),
        *(".tox", ".nox", ".eggs", "__MACOSX", ".Spotlight-V100", ".Trashes"),
    }
)
_CLUTTER_FILES = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|\.git", re.IGNORECASE)
_PACKAGE_FOLDERS = frozenset({"node_modules", "site-packages"})
_ENVIRONMENT_FOLDERS = frozenset({"venv", ".venv", ".env"})
_MAYBE_ENVIRONMENT_FOLDERS = frozenset({"env", "virtualenv", ".virtualenv"})
_SIGNS_OF_ENVIRONMENT = ("pyvenv.cfg", "bin/activate", "Scripts/activate")
_SIGNS_OF_WORK = ("alembic.ini", "app.py", "pyproject.toml", "requirements.txt", "migrations")
FOLDER_SIGNS = (*_SIGNS_OF_ENVIRONMENT, *_SIGNS_OF_WORK)
"""The paths that `folder_verdict` may look for in a folder."""


def is_clutter_file(name: str) -> bool:
    """Whether a file is one that an operating system or git leaves behind."""
    return _CLUTTER_FILES.fullmatch(name) is not None


def is_clutter(name: str) -> bool:
    """Whether a file or a folder is one that tools leave behind: version control, caches."""
    return name in _CLUTTER_FOLDERS or is_clutter_file(name)


def folder_verdict(name: str, holds: Callable[[str], bool]) -> Literal["keep", "clutter", "environment"]:
    """Decide whether a folder is staged.

    Args:
        name: the folder's own name.
        holds: whether one of `FOLDER_SIGNS` exists in it.

    Returns:
        `clutter` for version control and caches, which are left out without a finding. `environment` for
        installed packages, which the student should not have committed.
    """
    if name in _CLUTTER_FOLDERS:
        return "clutter"
    if name in _PACKAGE_FOLDERS:
        return "environment"
    activated = holds("bin/activate") or holds("Scripts/activate")
    environment = (
        name in _ENVIRONMENT_FOLDERS
        or (name.lower() in _MAYBE_ENVIRONMENT_FOLDERS and activated)
        or holds("pyvenv.cfg")
    )
    # Some students create the environment in the folder of their work. That folder is kept.
    if environment and not any(holds(sign) for sign in _SIGNS_OF_WORK):
        return "environment"
    return "keep"
