"""How many submissions at once, and how much memory for each."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from grader.runtime import machine
from grader.runtime.machine import (
    MOST_BYTES,
    SUBMISSION_BYTES,
    MemoryRoom,
    cores,
    jobs_here,
    jobs_in_memory,
    most_for_one,
    overloaded,
)

MEBIBYTE = 1024**2


@dataclass
class Told:
    """Memory as a test says."""

    bytes: int | None
    now: float = 0.0

    def free(self) -> int | None:
        """See `Memory.free`."""
        return self.bytes

    def total(self) -> int | None:
        """See `Memory.total`."""
        return self.bytes

    def clock(self) -> float:
        """Seconds since the test began."""
        return self.now


@pytest.mark.parametrize(
    ("memory", "jobs"),
    [
        (None, 4),
        (100 * SUBMISSION_BYTES, 4),
        (256 * MEBIBYTE + 3 * SUBMISSION_BYTES, 3),
        (256 * MEBIBYTE + 3 * SUBMISSION_BYTES - 1, 2),
        (1, 1),
    ],
)
def test_one_submission_for_each_core_if_memory_allows(
    monkeypatch: pytest.MonkeyPatch, memory: int | None, jobs: int
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 4)
    monkeypatch.setattr(machine, "_HERE", Told(memory))
    assert jobs_here() == jobs


def test_memory_sets_no_limit_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_HERE", Told(None))
    assert (jobs_in_memory(), most_for_one()) == (None, MOST_BYTES)


@pytest.mark.parametrize(
    ("total", "most"),
    [
        (16384 * MEBIBYTE, 2304 * MEBIBYTE),
        (2048 * MEBIBYTE, 1536 * MEBIBYTE),
        (1500 * MEBIBYTE, 1125 * MEBIBYTE),
        (420 * MEBIBYTE, 384 * MEBIBYTE),
    ],
)
def test_the_most_for_one_submission(monkeypatch: pytest.MonkeyPatch, total: int, most: int) -> None:
    monkeypatch.setattr(machine, "_HERE", Told(total))
    assert most_for_one() == most


def test_here() -> None:
    assert 1 <= jobs_here() <= cores()


def test_room_for_another_submission_as_memory_shrinks() -> None:
    told = Told(3 * SUBMISSION_BYTES)
    room = MemoryRoom(told.free, told.clock)
    assert [room.has_room(running) for running in (0, 2, 3)] == [True, True, False]
    with room.taken():
        assert [room.has_room(running) for running in (1, 2, 3)] == [True, True, False]
        told.now, told.bytes = 5.0, SUBMISSION_BYTES
        assert [room.has_room(running) for running in (1, 2)] == [True, False]
        told.bytes = SUBMISSION_BYTES - 1
        assert not room.has_room(1)
    told.bytes = None
    assert room.has_room(100)


@pytest.mark.parametrize(("load", "busy"), [(8.0, False), (8.1, True)])
def test_a_machine_with_too_much_to_do(monkeypatch: pytest.MonkeyPatch, load: float, busy: bool) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert overloaded() is busy


def test_a_system_that_tells_no_load_is_not_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getloadavg")
    assert not overloaded()
