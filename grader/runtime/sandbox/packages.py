"""The packages that students' code may import, and how pip is asked for them.

A verdict must not depend on the sandbox, so each package has the version that is installed beside the grader,
save where an assignment names another one. An assignment may name more packages, each in an exact version.
What these need besides is taken in the grader's own versions, if those go with what is asked for.

Only wheels are taken: they can be had for another Python than this one, and nothing of them is run to install
them. Must not know where they are installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.errors import ConfigurationError, UnavailableError
from grader.runtime.sandbox.extras import ExtraPackages

PACKAGES = (
    *("alembic", "asyncpg", "environs", "flask", "flask-migrate", "flask-sqlalchemy", "greenlet", "psycopg"),
    *("psycopg-binary", "psycopg2-binary", "pydantic-settings", "python-dotenv", "sqlalchemy"),
)
"""The packages that students' code may import in every exercise. Their requirements are added."""
_CONVENIENT = frozenset({"asyncpg", "environs", "greenlet", "pydantic-settings"})
"""Those that the grader itself does not load. They are left out if they do not go with what is asked for."""
IMAGE_PYTHON = "3.13"
"""The Python of the sandbox's image: that of Debian trixie."""
_NEXT_STEP = (
    "That needs pip and a package index: `python -m ensurepip` brings pip, and `pip config list` shows where "
    "it looks."
)
_PIP_SECONDS = 900
_SHOWN_LINES = 8
_NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
_VERSIONS = re.compile(r"\(from versions: ([^)]*)\)")
_CONFLICT = "ResolutionImpossible"
_REASON = re.compile(r"The conflict is caused by:\n(.*?)(?:\n\s*\n|\Z)", re.DOTALL)
_UNREACHABLE = re.compile(r"Retrying \(|NewConnectionError|Could not fetch URL|Temporary failure in name res")
_SHOWN_VERSIONS = 4


class PackagesError(ConfigurationError):
    """Packages that an assignment names cannot be had. The message is the end of a sentence about them."""

    def __init__(self, message: str, *, package: str | None = None, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.package = package
        """The requirement that is at fault, as pip writes it; None if it is not a single one."""


def pinned_packages(names: Iterable[str], python: str = IMAGE_PYTHON) -> dict[str, str]:
    """The versions of packages and of all their requirements beside the grader, sorted by name.

    Args:
        names: the packages.
        python: the Python that they are for (`3.13`): which requirements there are depends on it.

    Raises:
        UnavailableError: one of them is not installed.
    """
    there = markers(python)
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
        waiting += needed_by(package.requires or (), extra, there)
    return dict(sorted(found.items()))


def needed_by(lines: Iterable[str], extra: str, there: Mapping[str, str]) -> list[tuple[str, str]]:
    """The names, each with an extra or none, that the requirements of a package lead to."""
    found: list[tuple[str, str]] = []
    for line in lines:
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({**there, "extra": extra}):
            found += [(canonicalize_name(needed.name), item) for item in ("", *sorted(needed.extras))]
    return found


def markers(python: str) -> dict[str, str]:
    """The environment markers of a Python in a sandbox: they decide which requirements apply."""
    environment = {name: str(value) for name, value in default_environment().items()}
    return environment | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
    }


def run_pip(arguments: Sequence[str]) -> None:
    """Run pip, which must end well.

    Raises:
        PackagesError: a package or a version is not there, or two of them do not go together.
        UnavailableError: pip is missing, or fails for another reason.
    """
    if find_spec("pip") is None:
        raise UnavailableError("The packages cannot be fetched: there is no pip.", next_step=_NEXT_STEP)
    options = ("--no-input", "--disable-pip-version-check")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "pip", *arguments, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PIP_SECONDS,
            check=False,
            umask=0o022,  # the sandbox's user is not ours, and has to read what is installed
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError("The packages could not be fetched in time.") from None
    if done.returncode != 0:
        raise _refusal(done.stdout.strip(), done.stderr.strip())


def run_pip_for(extras: ExtraPackages, python: str, arguments: Sequence[str]) -> None:
    """Have pip find all packages of an exercise: what the assignment names, and what every exercise has.

    It is first asked for the grader's own versions of all that the assignment does not name. If these do not
    go with what the assignment names, it may choose others, and then leave some of the grader's out.

    Args:
        extras: what the assignment names.
        python: the Python that they are for.
        arguments: a command of pip's that takes requirements.

    Raises:
        PackagesError: a package or a version is not there, or two of them do not go together.
        UnavailableError: pip is missing, or fails for another reason.
    """
    named = {canonicalize_name(Requirement(line).name) for line in extras.requirements}
    own = [name for name in PACKAGES if name not in named]
    needed = [name for name in own if name not in _CONVENIENT]
    pins = pinned_packages(PACKAGES, python)
    asked = (*arguments, "--only-binary=:all:", *extras.requirements)
    with TemporaryDirectory(prefix="migration-grader-pip-") as folder:
        preferred = Path(folder, "constraints.txt")
        preferred.write_text(
            "".join(f"{name}=={version}\n" for name, version in pins.items() if name not in named),
            encoding="utf-8",
        )
        ways = (*own, "--constraint", str(preferred)), own, needed
        for number, way in enumerate(ways, start=1):
            try:
                run_pip((*asked, *way))
            except PackagesError as error:
                if error.package is not None or number == len(ways):
                    raise
            else:
                return


def _refusal(progress: str, said: str) -> PackagesError | UnavailableError:
    """What pip's last words mean.

    Args:
        progress: what it printed while it worked. The reason of a conflict is there.
        said: its errors and warnings.
    """
    if _CONFLICT in said:
        reason = _REASON.search(progress)
        told = (reason[1] if reason else said).splitlines()
        return PackagesError(
            "\n  ".join(["names packages that do not go together:", *map(str.strip, told[:_SHOWN_LINES])]),
            next_step="Name versions that do. `pip install` in a new virtual environment shows which do.",
        )
    found = _NOT_FOUND.search(said)
    if found is None or _UNREACHABLE.search(said):
        lines = [line for line in (said or progress).splitlines() if not line.startswith("WARNING: Location")]
        shown = "\n  ".join(lines[-_SHOWN_LINES:])
        return UnavailableError(
            f"The packages could not be fetched. pip said:\n  {shown}", next_step=_NEXT_STEP
        )
    listed = _VERSIONS.search(said)
    versions = [item.strip() for item in listed[1].split(",")] if listed else []
    versions = [item for item in versions if item and item != "none"]
    there = (
        f"there is no such version as a wheel for this Python; the newest are "
        f"{', '.join(versions[-_SHOWN_VERSIONS:])}"
        if versions
        else "the package index has no wheel of it for this Python"
    )
    return PackagesError(
        f"cannot be had: {there}.",
        package=found[1],
        next_step="Mind its spelling, and name a version that the index has. What comes as source alone is "
        "not built.",
    )
