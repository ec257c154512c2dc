"""Measures time and memory: single submissions, long chains and classes, everyone in turn.

In each round everyone runs once before anyone runs again, so that a machine that slows down meanwhile slows
them all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.chains import SHORT_LENGTH, chain_files, write_class, write_files
from benchmarks.contenders import CONFINED, NAIVE_BETWEEN, Contender, Naive, Ours, Task
from benchmarks.measuring import BenchmarkError, Run
from benchmarks.results import Figure


@dataclass(frozen=True)
class Workload:
    """What is to be done."""

    revisions: int = SHORT_LENGTH
    submissions: int = 1
    jobs: int = 1

    def __str__(self) -> str:
        if self.submissions == 1:
            return f"one submission, {self.revisions} revisions"
        return f"{self.submissions} submissions, {self.jobs} at once"


class Stopwatch:
    """Runs contenders and keeps what it measured."""

    def __init__(self, scratch: Path, tell: Callable[[str], None]) -> None:
        self.left_out: list[str] = []
        self._scratch = scratch
        self._tell = tell
        self._runs: dict[tuple[str, Workload], list[Run]] = {}

    def figures(self) -> tuple[Figure, ...]:
        """All that was measured."""
        return tuple(
            Figure(name, load.revisions, load.submissions, load.jobs, tuple(runs))
            for (name, load), runs in self._runs.items()
        )

    def take_turns(self, turns: Sequence[tuple[Contender, Workload]], rounds: int) -> None:
        """Let everyone do what is theirs to do, so many times; who fails is left out from then on."""
        left = list(turns)
        for number in range(1, rounds + 1):
            for turn in tuple(left):
                contender, workload = turn
                try:
                    run = self._once(contender, workload)
                except BenchmarkError as error:
                    left.remove(turn)
                    self.left_out.append(f"{contender.name} ({workload}): {error}")
                    self._tell(f"{contender.name}: {error}")
                else:
                    self._runs.setdefault((contender.name, workload), []).append(run)
                    self._tell(
                        f"{workload}; round {number} of {rounds}; {contender.name}: {run.seconds:.2f} s"
                    )

    def _once(self, contender: Contender, workload: Workload) -> Run:
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as name:
            folder = Path(name) / "submissions"
            if workload.submissions == 1:
                write_files(folder, chain_files(workload.revisions))
            else:
                write_class(folder, workload.submissions)
            return contender.run(Task(folder, Path(name), workload.submissions, workload.jobs))


def measure_single(stopwatch: Stopwatch, everyone: Sequence[Contender], rounds: int) -> None:
    """One submission with the exercise's three revisions."""
    stopwatch.take_turns([(one, Workload()) for one in everyone], rounds)


def measure_chains(
    stopwatch: Stopwatch, everyone: Sequence[Contender], lengths: Sequence[int], *, others_up_to: int
) -> None:
    """One submission with a longer chain; the grader in its confined and in its lightest form.

    Args:
        stopwatch: keeps the figures.
        everyone: who takes part.
        lengths: numbers of revisions.
        others_up_to: the longest chain that is given to those who are not the grader.
    """
    lightest = Ours("embedded", "none")
    for length in lengths:
        chosen = [
            one
            for one in everyone
            if one in (CONFINED, lightest) or (not isinstance(one, Ours) and length <= others_up_to)
        ]
        stopwatch.take_turns([(one, Workload(revisions=length)) for one in chosen], 1)


def measure_classes(
    stopwatch: Stopwatch, everyone: Sequence[Contender], sizes: Sequence[int], *, all_forms: bool
) -> None:
    """Classes of submissions with three revisions, for the grader; the naive script grades one before each.

    Args:
        stopwatch: keeps the figures.
        everyone: who takes part.
        sizes: how many submissions; the largest is graded in the confined form with two jobs only.
        all_forms: whether the smaller classes are graded in other forms too, with one job and with two.
    """
    between = [(replace(one, name=NAIVE_BETWEEN), Workload()) for one in everyone if isinstance(one, Naive)]
    confined = [one for one in everyone if one == CONFINED]
    embedded = [one for one in everyone if isinstance(one, Ours) and one.postgres == "embedded"]
    for size in sizes:
        if size == max(sizes) or not all_forms:
            whole = [(one, Workload(submissions=size, jobs=2)) for one in confined]
            stopwatch.take_turns([*between, *whole, *between], 1)
        else:
            loads = [Workload(submissions=size, jobs=jobs) for jobs in (1, 2)]
            turns: list[tuple[Contender, Workload]] = []
            for load in loads:
                turns += [*between, *((one, load) for one in confined)]
            stopwatch.take_turns(turns, 3)
            stopwatch.take_turns([(one, load) for load in loads for one in embedded], 1)
