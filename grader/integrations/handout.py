"""`python -m grader.integrations.handout FOLDER`: makes the folder to hand out to students.

Run from a source tree. The template installs the self-check from the source tree around it; a student's copy
has no such tree, so the folder holds the package as a wheel. Its dependencies come from the package index.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from grader.errors import GraderError, UsageError

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "student_template"
CHECK = "requirements-check.txt"
WHEELS = "wheels"
_NOT_HANDED_OUT = (".venv", "venv", ".env", "__pycache__", ".pytest_cache", WHEELS)
_REQUIREMENTS = """\
# What `pytest` checks your work with: the package in the folder {folder}.
./{folder}/{wheel}[pytest]
"""


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.integrations.handout", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to; must not exist")
    folder = parser.parse_args().folder
    try:
        hand_out(folder)
    except GraderError as error:
        sys.exit(f"{error.message}\n{error.next_step}")
    sys.stdout.write(f"{folder} is ready to be given out.\n")


def hand_out(folder: Path) -> None:
    """Make the folder to hand out.

    Raises:
        UsageError: there is no template here, or the folder exists already.
        GraderError: the package could not be built.
    """
    if not TEMPLATE.is_dir():
        raise UsageError(
            f"there is no template in {ROOT}",
            next_step="Run this in a source tree, installed with `pip install -e .`.",
        )
    if folder.exists():
        raise UsageError(f"{folder} exists already", next_step="Name a folder that does not.")
    shutil.copytree(TEMPLATE, folder, ignore=shutil.ignore_patterns(*_NOT_HANDED_OUT))
    wheel = _build(folder / WHEELS)
    (folder / CHECK).write_text(_REQUIREMENTS.format(folder=WHEELS, wheel=wheel.name), encoding="utf-8")


def _build(wheels: Path) -> Path:
    options = ["--quiet", "--no-deps", "--wheel-dir", str(wheels)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GraderError(
            f"the package could not be built:\n{done.stderr.strip()}",
            next_step="Building needs pip, and hatchling from the package index.",
        )
    (wheel,) = wheels.glob("*.whl")
    return wheel


if __name__ == "__main__":
    main()
