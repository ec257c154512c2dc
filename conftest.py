"""What every test of the project shares: the switch that turns a missing tool into a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

pytest_plugins = ["pytester"]
"""Runs pytest inside a test: what the tests of our own pytest plugin need."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: a third of the time tests wait for something."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def missing(what: str) -> NoReturn:
    """Skip a test for want of something; fail it where `GRADER_REQUIRE_ALL=1` promises that all is there."""
    if os.environ.get("GRADER_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)
