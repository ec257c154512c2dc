"""An owner that has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.runtime.engine import container

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="owners are known by /proc")


def test_a_process_that_ended_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = container._name(process.pid)
        assert not container.is_gone(name)
        process.communicate()

    assert container.is_gone(name)
