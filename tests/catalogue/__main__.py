"""`python -m tests.catalogue [FOLDER]` writes all submissions, by default to `tests/submissions/`.

What else lies in that folder is removed: a submission that the catalogue no longer has must not stay behind.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.catalogue import CASES
from tests.catalogue.case import Case, Files

HERE = Path(__file__).parents[1] / "submissions"


def contents(case: Case) -> Files:
    """All files of a submission's folder: its own, and what is expected of it."""
    return {**case.files(), "expected.json": case.expected()}


def write_submission(folder: Path, case: Case) -> None:
    """Write one submission into a folder of that name."""
    for path, data in contents(case).items():
        target = folder / case.name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def write_all(folder: Path, cases: Iterable[Case] = CASES) -> None:
    """Write every submission into a folder of its own, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for case in cases:
        write_submission(folder, case)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
