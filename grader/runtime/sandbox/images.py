"""The image that submissions run in: Debian's Python, and packages as in the grader's own environment.

A verdict must not depend on the sandbox, so each package has the version that is installed beside the grader.
Their wheels for the image's Python are downloaded by the grader, which knows a package index. In a build, the
index may be out of reach.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.errors import UnavailableError
from grader.runtime.engine.image import Image
from grader.runtime.sandbox.process import BESIDE_WORKER, WORKER

PACKAGES = (
    *("alembic", "asyncpg", "environs", "flask", "flask-migrate", "flask-sqlalchemy", "greenlet", "psycopg"),
    *("psycopg-binary", "psycopg2-binary", "pydantic-settings", "python-dotenv", "sqlalchemy"),
)
"""The packages that students' code may import. Their requirements are added."""
PYTHON = "3.13"
"""The version in Debian trixie."""
_GLIBC_MINORS = range(17, 42)
"""Versions of glibc whose wheels run in the image: all up to the image's own."""
_FETCH_SECONDS = 900
_SHOWN_LINES = 8


@cache
def sandbox_image() -> Image:
    """The image of this release, with the packages in the versions that are installed here.

    They are looked up once, because this takes longer than to ask the engine for the image.

    Raises:
        UnavailableError: one of the packages is not installed.
    """
    pins = pinned_packages(PACKAGES)
    own = files("grader.runtime.sandbox")
    contents = {
        "Dockerfile": own.joinpath("image", "Dockerfile").read_bytes(),
        **{name: own.joinpath(name).read_bytes() for name in (WORKER.name, *BESIDE_WORKER)},
        "requirements.txt": "".join(f"{name}=={version}\n" for name, version in pins.items()).encode(),
    }
    return Image(
        "migration-grader-sandbox", contents, download=lambda machine: download_wheels(pins, machine)
    )


def pinned_packages(names: Iterable[str]) -> dict[str, str]:
    """The versions of packages and of all their requirements in the image, sorted by name.

    Raises:
        UnavailableError: one of them is not installed.
    """
    there = _markers()
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise UnavailableError(
                f"The package {name} is not installed beside the grader.",
                next_step="Install the grader again with all that it depends on; `pip check` finds gaps.",
            ) from None
        found[name] = package.version
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({**there, "extra": extra}):
                waiting += [(canonicalize_name(needed.name), item) for item in ("", *sorted(needed.extras))]
    return dict(sorted(found.items()))


def download_wheels(pins: Mapping[str, str], machine: str) -> dict[str, bytes]:
    """Download the wheels of packages for the image's Python.

    Args:
        pins: the packages and their versions.
        machine: the machine of the engine, as Python names it.

    Returns:
        The wheels by their paths in the build's context.

    Raises:
        UnavailableError: pip is missing, or does not find them.
    """
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC_MINORS]
    options = [
        *("--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", PYTHON),
        *(f"--platform={name}" for name in (f"manylinux2014_{machine}", *platforms)),
        *(f"{name}=={version}" for name, version in pins.items()),
    ]
    with TemporaryDirectory(prefix="migration-grader-wheels-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-m", "pip", "download", "--dest", folder, *options],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_FETCH_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnavailableError("The packages for the image could not be fetched in time.") from None
        if done.returncode != 0:
            said = "\n  ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-_SHOWN_LINES:])
            raise UnavailableError(
                f"The packages for the image could not be fetched. pip said:\n  {said}", next_step=_NEXT_STEP
            )
        return {f"wheels/{path.name}": path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _markers() -> dict[str, str]:
    """The environment markers of the image: they decide which requirements apply."""
    environment = {name: str(value) for name, value in default_environment().items()}
    return environment | {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
    }


_NEXT_STEP = (
    "The build needs pip and a package index: `python -m ensurepip` brings pip, and `pip config list` shows "
    "where it looks. Or use `--isolation bubblewrap`."
)
