"""`python -m tests.catalogue [FOLDER]` writes all submissions into a folder, by default `build/submissions/`.

The folder is replaced: a submission that is no longer in the catalogue does not stay behind.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.catalogue import CASES
from tests.catalogue.case import write_all

DEFAULT = Path("build", "submissions")

if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT, CASES)
