"""An exercise's own Python environment beside the grader's, for sandboxes that are no containers.

It is made once by `grader prepare`, from wheels, before any student's code is there; afterwards nothing is
fetched. It is kept where the grader's caches are, for as long as it is used. Of two that make the same one at
once, one waits for the other. One that was only half made is made again. Must not know what runs in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from grader import __version__
from grader.errors import UnavailableError
from grader.files.atomic import write_atomically
from grader.files.cache import VARIABLE, cache_folder, only_ours
from grader.runtime.sandbox.extras import ExtraPackages
from grader.runtime.sandbox.packages import PACKAGES, PackagesError, pinned_packages, run_pip_for
from grader.runtime.sandbox.process import WORKER

_KIND = "environments"
_READY = "versions.json"
"""Written last: the versions of what verdicts depend on. An environment without it is not ready."""
_UNUSED_SECONDS = 30 * 24 * 3600
"""How long an environment is kept that no run uses, as the data folders of embedded servers."""
_CHECK_SECONDS = 120
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


class PackageEnvironment:
    """The environment for one set of packages; it may not be made yet."""

    def __init__(self, extras: ExtraPackages) -> None:
        """Choose the folder; nothing is made yet."""
        self._extras = extras

    @cached_property
    def folder(self) -> Path | None:
        """Where it is or will be; None if nothing is kept on this machine."""
        root = cache_folder()
        return root.absolute() / _KIND / self._key() if root is not None else None

    @property
    def python(self) -> Path:
        """Its interpreter.

        Raises:
            UnavailableError: nothing is kept on this machine.
        """
        return self._place() / "bin" / "python"

    def ready(self) -> bool:
        """Whether it is there, whole and nobody else's. Marks it as used."""
        if self.folder is None:
            return False
        try:
            if not (self.folder / _READY).is_file() or not only_ours(self.folder) or not self.python.exists():
                return False
            os.utime(self.folder)
        except OSError:
            return False
        return True

    def versions(self) -> Mapping[str, str]:
        """The versions of its Python, Alembic and SQLAlchemy; it has to be ready."""
        found: Mapping[str, str] = json.loads((self._place() / _READY).read_text(encoding="utf-8"))
        return found

    def ensure(self, progress: Callable[[str], None]) -> None:
        """Make it, unless it is ready. If somebody else makes it just now, wait for that.

        Args:
            progress: called with lines for the person who waits.

        Raises:
            PackagesError: a package or a version is not there, or the packages do not go together.
            UnavailableError: nothing is kept on this machine, or pip fails for another reason.
        """
        if self.ready():
            return
        folder = self._place()
        try:
            self._open_folders(folder)
            with _locked(folder.with_name(f"{folder.name}.lock"), progress):
                if self.ready():
                    return
                progress("Installing the packages of the exercise ...")
                shutil.rmtree(folder, ignore_errors=True)  # what a run that was killed has left
                try:
                    self._make(folder)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
            _remove_unused(folder.parent)
        except OSError as error:
            raise UnavailableError(
                f"The packages cannot be kept in {folder.parent}: {error.strerror or error}.",
                next_step=f"Make room there, or set {VARIABLE} to a folder of yours.",
            ) from error

    def _make(self, folder: Path) -> None:
        made = subprocess.run(
            [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)],
            check=False,
            capture_output=True,
            text=True,
            umask=0o022,
        )
        if made.returncode != 0:
            raise UnavailableError(
                f"No virtual environment can be made: {(made.stderr or made.stdout).strip()}",
                next_step="Install Python's module venv: `apt-get install python3-venv` or the like.",
            )
        run_pip_for(self._extras, _VERSION, ("--python", str(self.python), "install"))
        write_atomically(folder / _READY, json.dumps(self._checked()).encode())

    def _checked(self) -> dict[str, str]:
        """Start the worker there once, as a trial does; return the versions that it reports."""
        try:
            done = subprocess.run(
                [str(self.python), "-I", str(WORKER)],
                input=b"",
                capture_output=True,
                timeout=_CHECK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnavailableError("The packages did not load in time.") from None
        try:
            ready = json.loads(done.stdout)
        except ValueError:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            ready = {"problem": " ".join(said) or "the worker gave no answer", "versions": {}}
        if ready["problem"] is not None:
            raise PackagesError(
                f"names packages that do not work with the rest: {ready['problem']}",
                next_step="Name versions that go with Alembic, SQLAlchemy, Flask-SQLAlchemy and "
                "Flask-Migrate.",
            )
        versions: dict[str, str] = ready["versions"]
        return versions

    def _key(self) -> str:
        """A name that changes with all that the environment is made from."""
        pins = pinned_packages(PACKAGES, _VERSION)
        parts = (__version__, sys.version, os.path.realpath(sys.executable), self._extras.requirements, pins)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def _place(self) -> Path:
        if self.folder is None:
            raise UnavailableError(
                f"Nothing is kept on this machine, so there is no place for packages: {VARIABLE} is empty.",
                next_step=f"Set {VARIABLE} to a folder of yours, or unset it.",
            )
        return self.folder

    @staticmethod
    def _open_folders(folder: Path) -> None:
        """Make the folders above it. The user of a sandbox passes through them."""
        kept = folder.parent
        for place in (kept.parent, kept):
            if not place.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o711)


@contextmanager
def _locked(path: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock within the block; wait for it if another process has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            progress("Another grader is installing the same packages; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_unused(kept: Path) -> None:
    """Remove environments that were not used for long: each set of packages has one of its own."""
    oldest = time.time() - _UNUSED_SECONDS
    for folder in kept.iterdir():
        with contextlib.suppress(OSError):
            if folder.is_dir() and folder.stat().st_mtime < oldest:
                (folder / _READY).unlink(missing_ok=True)  # nobody takes it for ready meanwhile
                shutil.rmtree(folder, ignore_errors=True)
                folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)
