"""Whatever is killed while a class is graded, and when: no verdict changes, nothing is lost or left.

A few runs each time, and many with `tox -e soak`. `GRADER_FAULT_SEED` repeats what a failure has named, and
`GRADER_FAULT_RUNS` says how many the many are.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from grader.runtime.engine.client import engine
from tests.integration import faults
from tests.integration.faults import BUBBLEWRAP, CONTAINERS, FAST, Fault, Ground, Mode

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
QUICK = (FAST, FAST, BUBBLEWRAP)
MIX = (FAST, FAST, FAST, BUBBLEWRAP, CONTAINERS)
"""What the many are made of, over and over."""
RUNS = 50


def first_seed() -> int:
    """The seed of the first run; the others follow."""
    return int(os.environ.get("GRADER_FAULT_SEED") or secrets.randbelow(10**6))


class Ordeal:
    """Runs with faults in one place, and what a run without one comes to."""

    def __init__(self, where: Ground) -> None:
        self.where = where
        self._expected: dict[str, Any] = {}
        self._seconds: dict[Mode, float] = {}

    def run(self, fault: Fault) -> Fault:
        """Run with a fault."""
        if fault.mode not in self._seconds:
            self._seconds[fault.mode] = faults.measured(self.where, fault.mode)
            found = {name: faults.verdict(report) for name, report in self.where.reports().items()}
            self._expected = self._expected or found
            assert found == self._expected
            assert [item["status"] for item in found.values()] == ["graded"] * len(faults.CLASS)
        faults.suffer(self.where, fault, self._expected, self._seconds[fault.mode])
        if fault.hit == "nothing":  # the machine has become faster
            self._seconds[fault.mode] = min(self._seconds[fault.mode], fault.seconds)
        return fault


@pytest.fixture
def ordeal() -> Iterator[Ordeal]:
    """A place for runs with faults."""
    with faults.adopting(), faults.ground() as where:
        yield Ordeal(where)


def tell(text: str) -> None:
    """Say something to whoever reads the test's output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def told(done: list[Fault]) -> str:
    """What was done and what came of it, in lines."""
    lines = [
        f"seed {item.seed}: {item.mode.postgres}+{item.mode.isolation}, {item.hit} at {item.moment:.2f}"
        f"{' without a cache' if item.cold else ''}: code {item.code} after {item.seconds:.0f} s, "
        f"{item.verdicts}"
        for item in done
    ]
    return "\n".join([*lines, str(Counter((item.mode.isolation, item.hit) for item in done))])


@pytest.mark.usefixtures("embedded_backend", "bubblewrap_sandbox")
def test_a_few_faults(ordeal: Ordeal) -> None:
    seed = first_seed()
    tell(f"GRADER_FAULT_SEED={seed}")
    done = [ordeal.run(Fault.of(seed + number, mode)) for number, mode in enumerate(QUICK)]
    tell(told(done))


@pytest.mark.docker
@pytest.mark.usefixtures("container_backend", "container_sandbox")
def test_a_container_that_is_killed(ordeal: Ordeal) -> None:
    seed = first_seed()
    tell(f"GRADER_FAULT_SEED={seed}")
    fault = Fault.of(seed, CONTAINERS)
    fault.target = random.Random(seed).choice(["server", "worker"])  # noqa: S311 - to be repeated
    tell(told([ordeal.run(fault)]))


@pytest.mark.soak
@pytest.mark.docker
@pytest.mark.usefixtures("embedded_backend", "bubblewrap_sandbox", "container_backend", "container_sandbox")
def test_many_faults(ordeal: Ordeal, capsys: pytest.CaptureFixture[str]) -> None:
    seed, runs = first_seed(), int(os.environ.get("GRADER_FAULT_RUNS") or RUNS)
    with engine() as client:
        volumes = {item.id for item in client.volumes.list()}
    done: list[Fault] = []
    # One that comes after the end of its run shows nothing, and does not count.
    while sum(item.hit != "nothing" for item in done) < runs and len(done) < 2 * runs:
        done.append(ordeal.run(Fault.of(seed + len(done), MIX[len(done) % len(MIX)])))
        with capsys.disabled():
            tell(told(done[-1:]).partition("\n")[0])
    with capsys.disabled():
        tell(told(done).rpartition("\n")[2])
    with engine() as client:
        assert {item.id for item in client.volumes.list()} <= volumes
    assert sum(item.hit != "nothing" for item in done) == runs
