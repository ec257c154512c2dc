"""How xdist distributes a run: all criteria of a submission to one worker, every other test by itself.

Loaded only where xdist is in use.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class SubmissionScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps the criteria of a submission together; see `LoadScopeScheduling`."""

    submissions: AbstractSet[str] = frozenset()

    def _split_scope(self, nodeid: str) -> str:
        """The name of a test's group; xdist's documentation says to override this method."""
        name = nodeid.partition("::")[0]
        return name if name in self.submissions else nodeid


def schedule_by_submission(config: pytest.Config, log: Any, names: AbstractSet[str]) -> SubmissionScheduling:
    """A scheduler for these submissions."""
    scheduler = SubmissionScheduling(config, log)
    scheduler.submissions = names
    return scheduler
