"""Unit tests start no process: here it is an error."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import NoReturn

import pytest

STARTERS: tuple[tuple[object, str], ...] = (
    (subprocess.Popen, "__init__"),
    (BaseProcess, "start"),
    *((os, name) for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
)
"""What all ways to start a process come down to in Python."""


@pytest.fixture(autouse=True, scope="module")
def _no_process() -> Iterator[None]:
    """Fail a unit test that starts a process."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("Unit tests start no process. Move this test to tests/integration.")

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STARTERS:
            patch.setattr(owner, name, refuse, raising=False)  # Windows has not all of them
        yield
