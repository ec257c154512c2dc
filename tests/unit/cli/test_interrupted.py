"""What is said when a run is interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli.interrupted import told_how_to_go_on
from grader.cli.progress import ProgressCounts
from grader.errors import Interrupted


@pytest.mark.parametrize(
    ("fresh", "reusable", "step"),
    [
        (False, True, "The same command goes on from there."),
        (True, True, "The same command without --fresh goes on from there."),
        (
            False,
            False,
            "The same command begins again: without `json` among the formats, nothing is taken over.",
        ),
    ],
)
def test_the_folder_is_named_and_how_to_go_on(*, fresh: bool, reusable: bool, step: str) -> None:
    counts = ProgressCounts(30)
    counts.graded = 12
    with (
        pytest.raises(Interrupted) as caught,
        told_how_to_go_on(counts, Path("out"), fresh=fresh, reusable=reusable),
    ):
        raise KeyboardInterrupt
    assert caught.value.message == ("interrupted: 12 of 30 submissions are done, with their reports in out")
    assert caught.value.next_step == step


def test_other_errors_are_left_alone() -> None:
    with (
        pytest.raises(ValueError, match="no"),
        told_how_to_go_on(ProgressCounts(1), Path("out"), fresh=False, reusable=True),
    ):
        raise ValueError("no")
