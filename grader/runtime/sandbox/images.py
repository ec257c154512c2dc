"""The images that submissions run in: Debian's Python, and packages as in the grader's own environment.

Wheels for the image's Python are downloaded by the grader, which knows a package index. In a build, the index
may be out of reach. An exercise with packages of its own has an image of its own, made by the same steps.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.parser import BytesHeaderParser
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.utils import canonicalize_name, parse_wheel_filename

from grader.errors import UnavailableError
from grader.runtime.engine.image import Image
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.packages import (
    IMAGE_PYTHON,
    PACKAGES,
    PackagesError,
    markers,
    needed_by,
    pinned_packages,
    run_pip,
    run_pip_for,
)
from grader.runtime.sandbox.process import BESIDE_WORKER, WORKER

_GLIBC_MINORS = range(17, 42)
"""Versions of glibc whose wheels run in the image: all up to the image's own."""
_ROUNDS = 5
"""How often packages are added that only the image's Python needs."""


@cache
def sandbox_image(extras: ExtraPackages = NO_EXTRAS) -> Image:
    """The image of this release, with the packages in the versions that are installed here.

    They are looked up once, because this takes longer than to ask the engine for the image.

    Args:
        extras: what an assignment names besides; its image has a name of its own.

    Raises:
        UnavailableError: one of the packages is not installed.
    """
    pins = pinned_packages(PACKAGES)
    own = files("grader.runtime.sandbox")
    contents = {
        "Dockerfile": own.joinpath("image", "Dockerfile").read_bytes(),
        **{name: own.joinpath(name).read_bytes() for name in (WORKER.name, *BESIDE_WORKER)},
        "requirements.txt": _pinned(pins),
    }
    if not extras:
        return Image(
            "migration-grader-sandbox", contents, download=lambda machine: download_wheels(pins, machine)
        )
    contents["asked.txt"] = "".join(f"{line}\n" for line in extras.requirements).encode()
    return Image(
        "migration-grader-exercise",
        contents,
        download=lambda machine: download_for(extras, machine),
        build_command=extras.command,
    )


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
    with TemporaryDirectory(prefix="migration-grader-wheels-") as folder:
        exact = [f"{name}=={version}" for name, version in pins.items()]
        try:
            run_pip(("download", "--no-deps", "--only-binary=:all:", *_for_image(folder, machine), *exact))
        except PackagesError as error:
            raise UnavailableError(
                f"The packages for the image could not be fetched: {error.package} {error.message}",
                next_step=_NEXT_STEP,
            ) from error
        return _wheels(Path(folder))


def download_for(extras: ExtraPackages, machine: str) -> dict[str, bytes]:
    """Download the wheels of an exercise with packages of its own, and write down which ones they are.

    Returns:
        The wheels, and the list of requirements that is installed from them, by their paths in the context.

    Raises:
        PackagesError: a package or a version is not there, or two of them do not go together.
        UnavailableError: pip is missing, or fails for another reason.
    """
    with TemporaryDirectory(prefix="migration-grader-wheels-") as folder:
        wanted = extras
        for _ in range(_ROUNDS):
            run_pip_for(wanted, IMAGE_PYTHON, ("download", *_for_image(folder, machine)))
            wheels = _wheels(Path(folder))
            # pip goes by this Python when it reads which requirements apply.
            lacking = _lacking(wheels)
            if not lacking:
                break
            wanted = ExtraPackages((*wanted.requirements, *sorted(lacking)), extras.assignment)
        pins = dict(sorted(_name_and_version(name) for name in wheels))
        return {**wheels, "requirements.txt": _pinned(pins)}


def _pinned(pins: Mapping[str, str]) -> bytes:
    return "".join(f"{name}=={version}\n" for name, version in pins.items()).encode()


def _for_image(folder: str, machine: str) -> tuple[str, ...]:
    """The options of `pip download` for the image's Python."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC_MINORS]
    return (
        *("--dest", folder, "--implementation", "cp", "--python-version", IMAGE_PYTHON),
        *(f"--platform={name}" for name in (f"manylinux2014_{machine}", *platforms)),
    )


def _wheels(folder: Path) -> dict[str, bytes]:
    return {f"wheels/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())}


def _name_and_version(path: str) -> tuple[str, str]:
    name, version, *_ = parse_wheel_filename(path.rpartition("/")[2])
    return str(name), str(version)


def _lacking(wheels: Mapping[str, bytes]) -> set[str]:
    """The packages that wheels need with the image's Python, and that are not among them."""
    there = markers(IMAGE_PYTHON)
    names = {_name_and_version(path)[0] for path in wheels}
    needed: set[str] = set()
    for data in wheels.values():
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            described = next(item for item in wheel.namelist() if item.endswith(".dist-info/METADATA"))
            headers = BytesHeaderParser().parsebytes(wheel.read(described))
        lines = [str(line) for line in headers.get_all("Requires-Dist", [])]
        needed |= {canonicalize_name(name) for name, _ in needed_by(lines, "", there)}
    return needed - names


_NEXT_STEP = (
    "The build needs a package index with the versions that are installed here: `pip config list` shows "
    "where pip looks. Or use `--isolation bubblewrap`."
)
