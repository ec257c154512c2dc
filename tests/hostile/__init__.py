"""Submissions that attack the grader, its server or its other submissions, with their verdicts.

They do what they say: run them in a sandbox only. `tests/hostile/submissions/` holds them written out, made
by `python -m tests.hostile`; change them here and run it again. A test holds the two together.
"""

from __future__ import annotations

from tests.catalogue.case import Case
from tests.hostile.claims import CLAIMS
from tests.hostile.database import DATABASE
from tests.hostile.network import NETWORK
from tests.hostile.processes import PROCESSES

CASES: tuple[Case, ...] = (*CLAIMS, *DATABASE, *NETWORK, *PROCESSES)
"""All of them; their names are unique."""
