"""`python -m tests.hostile [FOLDER]` writes the submissions, by default to `tests/hostile/submissions/`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.catalogue.__main__ import write_all
from tests.hostile import CASES

HERE = Path(__file__).with_name("submissions")

if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE, CASES)
