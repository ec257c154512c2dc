"""The submissions that the harness is tested with, each as a small change to the reference solution.

`tests/submissions/` holds them written out, one folder a submission with its `expected.json`. They are made
by `python -m tests.catalogue`; change them here and run it again. A test holds the two together.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.catalogue.right import RIGHT
from tests.catalogue.wrong_categories import WRONG_CATEGORIES
from tests.catalogue.wrong_claims import WRONG_CLAIMS
from tests.catalogue.wrong_code import WRONG_CODE
from tests.catalogue.wrong_connections import WRONG_CONNECTIONS
from tests.catalogue.wrong_downgrades import WRONG_DOWNGRADES
from tests.catalogue.wrong_files import WRONG_FILES
from tests.catalogue.wrong_rows import WRONG_ROWS
from tests.catalogue.wrong_schemas import WRONG_SCHEMAS
from tests.catalogue.wrong_setups import WRONG_SETUPS
from tests.catalogue.wrong_ways_back import WRONG_WAYS_BACK

CASES: tuple[Case, ...] = (
    *RIGHT,
    *WRONG_CLAIMS,
    *WRONG_SETUPS,
    *WRONG_CONNECTIONS,
    *WRONG_CODE,
    *WRONG_FILES,
    *WRONG_SCHEMAS,
    *WRONG_CATEGORIES,
    *WRONG_DOWNGRADES,
    *WRONG_ROWS,
    *WRONG_WAYS_BACK,
)
"""All submissions; their names are unique."""
