"""What is said when a run is interrupted: how much is done, where it is, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.cli.progress import ProgressCounts
from grader.errors import Interrupted


@contextmanager
def told_how_to_go_on(counts: ProgressCounts, out: Path, *, fresh: bool, reusable: bool) -> Iterator[None]:
    """Say what is there if the run in the block is interrupted.

    Args:
        counts: what is done so far.
        out: the folder of the reports.
        fresh: whether unchanged submissions are graded again (`--fresh`).
        reusable: whether the reports are in a format that a later run can take over.

    Raises:
        Interrupted: the run was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        step = "The same command goes on from there."
        if not reusable:
            step = "The same command begins again: without `json` among the formats, nothing is taken over."
        elif fresh:
            step = "The same command without --fresh goes on from there."
        raise Interrupted(
            f"interrupted: {counts.done} of {counts.total} submissions are done, with their reports in {out}",
            next_step=step,
        ) from None
