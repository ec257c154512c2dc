"""Steps that run side by side, and steps that run alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.runtime.sandbox.turns import Turns

SECONDS = 10.0


def test_steps_run_side_by_side() -> None:
    turns, both = Turns(), threading.Barrier(2, timeout=SECONDS)

    def run() -> None:
        with turns.taken(alone=False):
            both.wait()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(run), threads.submit(run)]:
            done.result(SECONDS)


def test_a_step_that_runs_alone_waits_for_the_others_and_they_for_it() -> None:
    turns, order = Turns(), list[str]()
    waiting, first_may_end = threading.Event(), threading.Event()

    def run(name: str, *, alone: bool) -> None:
        waiting.set()
        with turns.taken(alone=alone):
            order.append(f"{name} begins")
            if name == "first":
                first_may_end.wait(SECONDS)
            order.append(f"{name} ends")

    with ThreadPoolExecutor(3) as threads:
        done = [threads.submit(run, "first", alone=False)]
        while "first begins" not in order:
            threading.Event().wait(0.001)
        done.append(threads.submit(run, "alone", alone=True))
        while not turns._alone:
            threading.Event().wait(0.001)
        done.append(threads.submit(run, "last", alone=False))
        first_may_end.set()
        for future in done:
            future.result(SECONDS)

    assert order == [f"{name} {what}" for name in ("first", "alone", "last") for what in ("begins", "ends")]


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns()
    for alone in (True, False):
        with pytest.raises(KeyError), turns.taken(alone=alone):
            raise KeyError
    with turns.taken(alone=True):
        pass
