"""Work on all cores: results in order, errors with their message, no process left over."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import pytest

from grader.errors import ConfigurationError
from grader.runs.parallel import WORTH_IT, map_over_cores
from tests.integration.command import CHECKOUT
from tests.waiting import SECONDS, children, is_there, wait_until

PROGRAM = """import time
from grader.runs.parallel import map_over_cores
map_over_cores(time.sleep, [3600] * 100)
"""


def power(base: int, *, exponent: int) -> int:
    return int(base**exponent)


def process(_: int) -> int:
    return os.getpid()


def refuse(item: int) -> int:
    if item == 70:
        raise ConfigurationError(f"{item} is wrong", next_step="Take another.")
    return item


@pytest.mark.parametrize("count", [0, 1, WORTH_IT - 1, WORTH_IT, 3 * WORTH_IT + 1])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    items = list(range(count))
    assert map_over_cores(partial(power, exponent=2), items) == [item**2 for item in items]


def test_few_items_are_computed_in_this_process() -> None:
    assert set(map_over_cores(process, range(WORTH_IT - 1))) == {os.getpid()}


def test_an_error_keeps_its_message_and_next_step() -> None:
    with pytest.raises(ConfigurationError) as caught:
        map_over_cores(refuse, range(100))
    assert (caught.value.message, caught.value.next_step) == ("70 is wrong", "Take another.")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="starts no process on a single core")
def test_nothing_is_left_after_a_kill() -> None:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment) as program:
        try:
            wait_until(lambda: len(children(program.pid)) > 1, "processes have started", seconds=SECONDS)
            started = children(program.pid)
        finally:
            program.kill()
    wait_until(lambda: not any(map(is_there, started)), f"{started} are gone", seconds=SECONDS)
