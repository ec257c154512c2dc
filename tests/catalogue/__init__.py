"""The submissions that the harness is tested with, each as a small change to the reference solution.

`tests/submissions/` holds them written out, one folder a submission with its `expected.json`. They are made by
`python -m tests.catalogue`; change them here and run it again. A test holds the two together.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.catalogue.right import RIGHT
from tests.catalogue.wrong_downgrades import WRONG_DOWNGRADES
from tests.catalogue.wrong_files import WRONG_FILES
from tests.catalogue.wrong_schemas import WRONG_SCHEMAS
from tests.catalogue.wrong_setups import WRONG_SETUPS

CASES: tuple[Case, ...] = (*RIGHT, *WRONG_SETUPS, *WRONG_FILES, *WRONG_SCHEMAS, *WRONG_DOWNGRADES)
"""All submissions; their names are unique."""
