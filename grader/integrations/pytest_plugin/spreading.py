"""How xdist spreads a run: a submission to one worker, every other test for itself.

Loaded only where xdist is at work.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class WholeSubmissions(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps the criteria of a submission together; see `LoadScopeScheduling`."""

    submissions: AbstractSet[str] = frozenset()

    def _split_scope(self, nodeid: str) -> str:
        """What a test is kept together with; xdist's documentation says to override this method."""
        name = nodeid.partition("::")[0]
        return name if name in self.submissions else nodeid


def whole_submissions(config: pytest.Config, log: Any, names: AbstractSet[str]) -> WholeSubmissions:
    """A scheduler for these submissions."""
    scheduler = WholeSubmissions(config, log)
    scheduler.submissions = names
    return scheduler
