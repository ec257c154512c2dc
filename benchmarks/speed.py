"""Measures time and memory of all tools: single submissions, long chains and classes.

In each round, each tool runs once before any tool runs again. So if the machine gets slower, all tools do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.chains import SHORT_LENGTH, chain_files, write_class, write_files
from benchmarks.cold import SECOND_CHECK, ColdJob, SelfCheck
from benchmarks.contenders import CONFINED, NAIVE_BETWEEN, Contender, GraderForm, Naive, Proof, Task
from benchmarks.measuring import BenchmarkError, Run
from benchmarks.results import Figure


@dataclass(frozen=True)
class Workload:
    """The size of a task."""

    revisions: int = SHORT_LENGTH
    submissions: int = 1
    jobs: int = 1

    def __str__(self) -> str:
        if self.submissions == 1:
            return f"one submission, {self.revisions} revisions"
        return f"{self.submissions} submissions, {self.jobs} at once"


class Stopwatch:
    """Runs tools and keeps the figures."""

    def __init__(self, scratch: Path, log: Callable[[str], None]) -> None:
        self.left_out: list[str] = []
        self._scratch = scratch
        self._log = log
        self._runs: dict[tuple[str, Workload], list[Run]] = {}

    def figures(self) -> tuple[Figure, ...]:
        """All figures so far."""
        return tuple(
            Figure(name, load.revisions, load.submissions, load.jobs, tuple(runs))
            for (name, load), runs in self._runs.items()
        )

    def take_turns(self, turns: Sequence[tuple[Contender, Workload]], rounds: int) -> None:
        """Run each tool with its workload, for a number of rounds. A tool that fails is then left out."""
        left = list(turns)
        for number in range(1, rounds + 1):
            for turn in tuple(left):
                contender, workload = turn
                try:
                    run = self._once(contender, workload)
                except BenchmarkError as error:
                    left.remove(turn)
                    self.left_out.append(f"{contender.name} ({workload}): {error}")
                    self._log(f"{contender.name}: {error}")
                else:
                    self._runs.setdefault((contender.name, workload), []).append(run)
                    self._log(
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


def measure_single(stopwatch: Stopwatch, contenders: Sequence[Contender], rounds: int) -> None:
    """Measure one submission with the three revisions of the exercise."""
    stopwatch.take_turns([(one, Workload()) for one in contenders], rounds)


def measure_chains(
    stopwatch: Stopwatch, contenders: Sequence[Contender], lengths: Sequence[int], *, others_up_to: int
) -> None:
    """Measure one submission with longer chains; the grader only in its confined and its fastest form.

    Args:
        stopwatch: collects the figures.
        contenders: the tools.
        lengths: numbers of revisions.
        others_up_to: the longest chain for the other tools.
    """
    fastest = GraderForm("embedded", "none")
    for length in lengths:
        chosen = [
            one
            for one in contenders
            if one in (CONFINED, fastest) or (not isinstance(one, GraderForm) and length <= others_up_to)
        ]
        stopwatch.take_turns([(one, Workload(revisions=length)) for one in chosen], 1)


def measure_classes(
    stopwatch: Stopwatch, contenders: Sequence[Contender], sizes: Sequence[int], *, all_forms: bool
) -> None:
    """Measure the grader with classes. Before each class, the naive script grades one submission.

    Args:
        stopwatch: collects the figures.
        contenders: the tools.
        sizes: numbers of submissions. The largest class is only graded in the confined form with two jobs.
        all_forms: also grade the smaller classes in other forms, with one job and with two.
    """
    between = _between(contenders)
    confined = [one for one in contenders if one == CONFINED]
    embedded = [one for one in contenders if isinstance(one, GraderForm) and one.postgres == "embedded"]
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


def measure_proof(stopwatch: Stopwatch, contenders: Sequence[Contender], sizes: Sequence[int]) -> None:
    """Measure the proof of the exercise's own rubric. Around each run, the naive script grades.

    Args:
        stopwatch: collects the figures.
        contenders: the tools.
        sizes: numbers of answers.
    """
    between = _between(contenders)
    for size in sizes:
        proof = [(Proof(), Workload(submissions=size, jobs=2))]
        stopwatch.take_turns([*between, *proof, *between], 1)


def measure_cold(stopwatch: Stopwatch, naive: Contender | None, folder: Path, rounds: int) -> None:
    """Measure how long it takes from nothing to a verdict.

    Args:
        stopwatch: collects the figures.
        naive: the naive script from nothing; None if it cannot run here.
        folder: does not exist; gets the handout.
        rounds: how often.
    """
    checks = [SelfCheck(folder), SelfCheck(folder, SECOND_CHECK)]
    turns = [*([naive] if naive else []), ColdJob(), *checks]
    stopwatch.take_turns([(one, Workload()) for one in turns], rounds)


def _between(contenders: Sequence[Contender]) -> list[tuple[Contender, Workload]]:
    """The naive script with one submission, between runs with many."""
    return [(replace(one, name=NAIVE_BETWEEN), Workload()) for one in contenders if isinstance(one, Naive)]
