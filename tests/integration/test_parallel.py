"""Processes that compute end with the one that started them, also when that one is killed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.integration.command import CHECKOUT
from tests.waiting import SECONDS, children, is_there, wait_until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="starts no process on a single core"),
]
PROGRAM = """import time
from grader.runs.parallel import map_over_cores
map_over_cores(time.sleep, [3600] * 100)
"""


def test_nothing_is_left_after_a_kill() -> None:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment) as program:
        try:
            wait_until(lambda: len(children(program.pid)) > 1, "processes have started", seconds=SECONDS)
            started = children(program.pid)
        finally:
            program.kill()
    wait_until(lambda: not any(map(is_there, started)), f"{started} are gone", seconds=SECONDS)
