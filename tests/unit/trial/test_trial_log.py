"""The log of a trial: what counts against its time, and how much of what was seen it keeps."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from grader.observations.steps import Pass
from grader.trial.schema.snapshot import SchemaTooLargeError
from grader.trial.trial_log import MOST_SNAPSHOT_BYTES, TrialLog
from tests.unit.observation_builders import snapshot, table

if TYPE_CHECKING:
    from grader.observations.schema import SchemaSnapshot


def work(log: TrialLog, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let some work take that long."""
    clock = itertools.count(0.0, seconds)
    monkeypatch.setattr("grader.trial.trial_log.time.monotonic", lambda: next(clock))
    with log.timed("steps"):
        pass


def test_the_first_second_of_each_step_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    log = TrialLog(trial_seconds=300.0)
    for _ in range(600):  # a right chain of 120 revisions, on a slow machine
        work(log, monkeypatch, 0.9)
    assert not log.is_out_of_time()


def test_steps_that_sleep_use_up_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    log = TrialLog(trial_seconds=300.0)
    for _ in range(11):
        work(log, monkeypatch, 28.0)
    assert not log.is_out_of_time()
    work(log, monkeypatch, 28.0)
    assert log.is_out_of_time()


def test_what_is_free_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    log = TrialLog(trial_seconds=300.0)
    for _ in range(899):
        work(log, monkeypatch, 1.0)
    assert not log.is_out_of_time()
    for _ in range(2):
        work(log, monkeypatch, 1.0)
    assert log.is_out_of_time()


def large(mark: str) -> SchemaSnapshot:
    """A schema that is a little less than a third of what a pass may see."""
    return snapshot((table("t", comment=mark * (MOST_SNAPSHOT_BYTES // 3 - 1000)),))


def test_each_pass_may_see_so_much_and_equal_schemas_count_once() -> None:
    log = TrialLog()
    for mark in "abcabcabc":
        log.charge(Pass.STAIRWAY, large(mark))
    for _ in range(2):
        with pytest.raises(SchemaTooLargeError, match="8 MB together"):
            log.charge(Pass.STAIRWAY, large("d"))
    log.charge(Pass.STAIRWAY, large("a"))
    log.charge(Pass.ROWS, large("d"))


@pytest.mark.parametrize(("revisions", "most"), [(4, 393_216), (120, 13_107), (500, 4000)])
def test_the_outputs_of_long_chains_are_shorter(revisions: int, most: int) -> None:
    assert TrialLog(revisions=revisions).most_output == most


def test_only_outputs_that_are_too_long_are_cut() -> None:
    log = TrialLog(revisions=500)
    assert log.shortened("") == ""
    assert log.shortened("one\ntwo\n") == "one\ntwo\n"
    cut = log.shortened("first\n" + "x\n" * 4000 + "last")
    assert len(cut) < 4100
    assert cut.startswith("first\n")
    assert cut.endswith("\nlast")
    assert "left out" in cut
