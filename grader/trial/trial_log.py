"""What all step runners of a trial share: the schemas seen, where the time went, and what limits leave."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from grader.observations.schema import SchemaSnapshot
from grader.observations.steps import Pass
from grader.text.untrusted import cut
from grader.trial.schema.snapshot import SchemaTooLargeError

MOST_SNAPSHOT_BYTES = 8 * 1024 * 1024
"""All schemas that one pass sees, as JSON. A chain of 120 revisions has 4 MB."""
_MOST_OUTPUTS = 24 * 1024 * 1024
"""Characters of all outputs of a trial, about."""
_STEPS_OF_A_REVISION = 16
"""Steps in which a revision is run, with two outputs each."""
_LEAST_OUTPUT = 4000
_FREE_SECONDS = 1.0
_FREE_TIMES = 2.0
"""Of each piece of work the first second does not count, until twice the time of a trial is used up that way.
On a slow machine, a long chain of honest steps would else run into the limit."""


class TrialLog:
    """What the step runners of one trial share: schemas seen, where the time went, names of databases."""

    def __init__(self, *, trial_seconds: float = math.inf, revisions: int = 1) -> None:
        """Begin with nothing.

        Args:
            trial_seconds: see `Limits`.
            revisions: how many there are. Each has several steps, so the outputs of many must be shorter.
        """
        self.most_output = max(_LEAST_OUTPUT, _MOST_OUTPUTS // (_STEPS_OF_A_REVISION * max(1, revisions)))
        """How many characters are kept of each of a step's outputs, in a pass over single revisions."""
        self._trial_seconds = trial_seconds
        self._counted_seconds = 0.0
        self._free_seconds = _FREE_TIMES * trial_seconds
        self._lock = threading.Lock()
        self._sizes: dict[Pass, dict[str, int]] = defaultdict(dict)
        self._snapshots: dict[str, SchemaSnapshot] = {}
        self._seconds: dict[str, float] = defaultdict(float)
        self.shown_names: dict[str, str] = {}
        """The words that stand for the random names of every database of the trial, and of its roles."""
        self.is_out_of_room = False
        """Whether a step failed because the server had no disk or memory left for it."""

    def charge(self, trial_pass: Pass, snapshot: SchemaSnapshot) -> None:
        """Count a snapshot that a pass has taken.

        Each pass has a limit of its own, so that passes which run side by side do not depend on each other.

        Raises:
            SchemaTooLargeError: all snapshots of the pass together are larger than is kept.
        """
        sizes = self._sizes[trial_pass]
        if snapshot.digest in sizes:
            return
        if sum(sizes.values()) + snapshot.size > MOST_SNAPSHOT_BYTES:
            raise SchemaTooLargeError(
                f"the schemas after all revisions take more than {MOST_SNAPSHOT_BYTES // 1024**2} MB together"
            )
        sizes[snapshot.digest] = snapshot.size

    def shortened(self, output: str) -> str:
        """An output of a step, as long as it may be in a chain of so many revisions."""
        if len(output) <= self.most_output:
            return output
        return cut(output, output.count("\n") + 1, self.most_output)

    def is_out_of_time(self) -> bool:
        """Whether all work together took longer than a trial may."""
        return self._counted_seconds > self._trial_seconds

    def keep(self, snapshot: SchemaSnapshot) -> str:
        """Keep a snapshot; return its digest."""
        with self._lock:
            self._snapshots.setdefault(snapshot.digest, snapshot)
        return snapshot.digest

    def snapshots(self) -> dict[str, SchemaSnapshot]:
        """Every schema seen, by digest, in an order that does not depend on which pass was first."""
        return dict(sorted(self._snapshots.items()))

    def seconds(self) -> dict[str, float]:
        """Seconds by kind of work, added up over passes that ran side by side."""
        return {name: round(value, 4) for name, value in sorted(self._seconds.items())}

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Add the time of a block to a kind of work."""
        began = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - began
            with self._lock:
                self._seconds[kind] += seconds
                free = min(seconds, _FREE_SECONDS, self._free_seconds)
                self._free_seconds -= free
                self._counted_seconds += seconds - free
