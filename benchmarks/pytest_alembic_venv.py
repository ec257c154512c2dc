"""A virtual environment for pytest-alembic, made once and kept in the user's cache.

Its release does not work with the newest pytest, which the tests of the grader use. The packages that
submissions import have the same versions as beside the grader, so that both use the same Alembic.
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
from grader.runtime.sandbox.packages import PACKAGES, pinned_packages

PLUGIN = "pytest-alembic==0.13.1"
_PYTEST = "pytest>=8.3,<9.2"
"""With pytest 9.2 and later, the plugin fails when it collects its checks."""
_SHOWN = 1000


def pytest_program(log: Callable[[str], None]) -> Path:
    """The path of `pytest` in the environment. The environment is made if it does not exist.

    Args:
        log: called with a line about the progress.

    Raises:
        BenchmarkError: the environment cannot be made.
        UnavailableError: a package that students use is not installed here.
    """
    wanted = [PLUGIN, _PYTEST, *(f"{name}=={version}" for name, version in pinned_packages(PACKAGES).items())]
    digest = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "migration-grader" / f"pytest-alembic-{digest}"
    program = folder / "bin" / "pytest"
    if not program.exists():
        log(f"Installing {PLUGIN} into {folder}")
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
