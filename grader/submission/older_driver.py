"""Whether a submission's code names psycopg2, so that it is loaded once for all steps, or for none.

SQLAlchemy 2.1 takes psycopg 3 for `postgresql://`; loading the older driver as well takes some 40 ms a run.
A hint, no more: a step that has need of it all the same loads it itself.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from grader.submission.python_source import MAX_SOURCE_BYTES

MODULES = ("psycopg2.extras", "sqlalchemy.dialects.postgresql.psycopg2")
_NAMED = re.compile(rb"psycopg2(?!-)")
"""Not in `psycopg2-binary`: that is a requirement, which says nothing of use."""
_ENDINGS = (".py", ".ini", ".toml", ".cfg")


def modules_of_older_driver(root: Path) -> tuple[str, ...]:
    """What to load ahead for the staged submission in a folder: `MODULES`, or nothing."""
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(_ENDINGS):
                with Path(folder, name).open("rb") as file:
                    if _NAMED.search(file.read(MAX_SOURCE_BYTES)):
                        return MODULES
    return ()
