"""Where the modules of a submission lie, and what makes Python find them.

Knows the paths of the Python files and nothing of errors.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from grader.observations.files import SubmissionFacts


@dataclass(frozen=True)
class Found:
    """A module or package of the submission."""

    folder: str
    """The folder that has to be on `sys.path` (`.` for the submission's own)."""
    path: str
    """The file; for a package its folder."""

    @property
    def is_package(self) -> bool:
        """Whether it is a folder."""
        return not self.path.endswith(".py")


def places_of(name: str, facts: SubmissionFacts) -> tuple[Found, ...]:
    """Each place where a module of this dotted name lies, the topmost first."""
    return tuple(dict.fromkeys(_places(name.replace(".", "/"), facts.python_files)))


def _places(wanted: str, files: tuple[str, ...]) -> Iterator[Found]:
    for path in files:
        rooted = f"/{path}"
        if rooted.endswith(f"/{wanted}.py"):
            yield Found(path.removesuffix(f"{wanted}.py").rstrip("/") or ".", path)
        elif f"/{wanted}/" in rooted:
            folder = rooted[: rooted.index(f"/{wanted}/")].lstrip("/")
            yield Found(folder or ".", posixpath.join(folder, wanted))


def other_case(name: str, facts: SubmissionFacts) -> str | None:
    """The path of a module whose name differs from this one in upper and lower case only."""
    lower = SubmissionFacts("", "", "", None, python_files=tuple(path.lower() for path in facts.python_files))
    found = places_of(name.lower(), lower)
    if not found:
        return None
    return next(path for path in facts.python_files if path.lower().startswith(found[0].path))


def path_line(folder: str, file: str) -> str:
    """The line of Python that puts a folder on `sys.path`, written for a file.

    It needs `import sys` and `from pathlib import Path`.
    """
    steps = posixpath.relpath(folder, posixpath.dirname(file) or ".").split("/")
    up = steps.count("..")
    down = "".join(f' / "{step}"' for step in steps[up:] if step != ".")
    return f"sys.path.insert(0, str(Path(__file__).resolve().parents[{up}]{down}))"


def is_in_package(file: str, facts: SubmissionFacts) -> bool:
    """Whether a file lies in a package, so that it can import its neighbours with a dot."""
    return posixpath.join(posixpath.dirname(file), "__init__.py") in facts.python_files
