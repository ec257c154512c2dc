"""`python -m tests.catalogue [FOLDER]` writes all submissions, by default to `tests/submissions/`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.catalogue import CASES

HERE = Path(__file__).parents[1] / "submissions"


def write_all(folder: Path) -> None:
    """Write every submission into a folder of its own, in place of what is there of it."""
    for case in CASES:
        target = folder / case.name
        shutil.rmtree(target, ignore_errors=True)
        for path, data in {**case.files(), "expected.json": case.expected()}.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
