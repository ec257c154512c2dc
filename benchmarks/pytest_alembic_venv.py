"""An environment of its own for pytest-alembic, made once and kept in the user's cache.

Its release does not work with the newest pytest, which the grader's tests use. What submissions import has
the versions that are installed beside the grader, so that both see the same Alembic.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import BenchmarkError
from grader.runtime.sandbox.images import PACKAGES, pinned_packages

PLUGIN = "pytest-alembic==0.13.1"
_PYTEST = "pytest>=8.3,<9.2"
"""From 9.2 on the plugin fails when it collects its checks."""
_SHOWN = 1000


def pytest_program(tell: Callable[[str], None]) -> Path:
    """The path of `pytest` in that environment, which is made if it is not there yet.

    Args:
        tell: called with a line for whoever waits.

    Raises:
        BenchmarkError: it cannot be made.
        UnavailableError: a package that students use is not installed here.
    """
    wanted = [PLUGIN, _PYTEST, *(f"{name}=={version}" for name, version in pinned_packages(PACKAGES).items())]
    digest = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "migration-grader" / f"pytest-alembic-{digest}"
    program = folder / "bin" / "pytest"
    if not program.exists():
        tell(f"Installing {PLUGIN} into {folder}")
        try:
            _run([sys.executable, "-m", "venv", "--clear", str(folder)])
            _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", *wanted])
        except BenchmarkError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return program


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-_SHOWN:]
        raise BenchmarkError(f"pytest-alembic could not be installed:\n{said}")
