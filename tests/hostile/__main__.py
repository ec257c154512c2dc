"""`python -m tests.hostile [FOLDER]` writes the submissions into a folder, by default `build/hostile/`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.catalogue.case import write_all
from tests.hostile import CASES

DEFAULT = Path("build", "hostile")

if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT, CASES)
