"""Submissions that attack the grader, its server or its other submissions, with their verdicts.

They do what they say: run them in a sandbox only. Tests write those that they need into folders of their own;
`python -m tests.hostile [FOLDER]` writes all of them.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.hostile.claims import CLAIMS
from tests.hostile.database import DATABASE
from tests.hostile.limits import LIMITS
from tests.hostile.network import NETWORK
from tests.hostile.outside import OUTSIDE_CASES
from tests.hostile.passes import PASSES
from tests.hostile.processes import PROCESSES
from tests.hostile.shared import SHARED
from tests.hostile.unseen import UNSEEN

CASES: tuple[Case, ...] = (
    *CLAIMS,
    *DATABASE,
    *LIMITS,
    *NETWORK,
    *OUTSIDE_CASES,
    *PASSES,
    *PROCESSES,
    *SHARED,
    *UNSEEN,
)
"""All of them; their names are unique."""
