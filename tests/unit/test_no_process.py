"""A unit test that starts a process fails."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import pytest

COMMAND = [sys.executable, "-c", ""]


def start_pool() -> None:
    with ProcessPoolExecutor(1) as pool:
        pool.submit(int).result()


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run(COMMAND, check=False),
        lambda: asyncio.run(asyncio.create_subprocess_exec(*COMMAND)),
        lambda: multiprocessing.get_context("spawn").Process(target=int).start(),
        start_pool,
        lambda: os.fork(),  # noqa: PLW0108 - looked up when it is called
        lambda: os.posix_spawn(sys.executable, COMMAND, {}),
        lambda: os.spawnv(os.P_WAIT, sys.executable, COMMAND),  # noqa: S606
        lambda: os.system("true"),  # noqa: S605
    ],
    ids=["subprocess", "asyncio", "multiprocessing", "pool", "fork", "posix_spawn", "spawn", "system"],
)
def test_starting_a_process_is_an_error(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="Unit tests start no process"):
        start()
