"""Grades many submissions in parallel, repeats trials that a fault ended, and writes each result at once.

Must not know where submissions are tried, or what a person is shown meanwhile.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from grader.errors import GraderError
from grader.report.class_record import NOTHING_KNOWN, ClassRecord
from grader.runs.class_memory import ClassMemory, ReducedResult
from grader.runs.earlier_results import EarlierResults
from grader.runs.edited import keep_edited
from grader.runs.graded import Graded, broken
from grader.runs.pipeline import fetch_and_grade, grade
from grader.runs.report_writer import write_fault, write_submission_files
from grader.runs.runner import Runner
from grader.runs.seal import NO_SEAL, Seal
from grader.submission.sources import Source

RETRY_AFTER = (2.0, 10.0)
"""Seconds to wait before the second attempt, and before the third."""
_POLL_SECONDS = 1.0
"""How often a runner with a changing capacity is asked for it."""


class Progress(Protocol):
    """Is told what happens in a run, from several threads."""

    def step(self, submission_id: str, phase: str) -> None:
        """A submission has entered a phase."""

    def retrying(self, submission_id: str, reason: str, seconds: float | None) -> None:
        """A fault of the harness has ended a trial. The next attempt follows in this many seconds.

        None: it follows when nothing else runs.
        """

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are written, or are there from an earlier run (`graded.taken_over`)."""


@dataclass(frozen=True)
class RunSpec:
    """What a run is to do with its submissions."""

    out: Path
    """The folder of the reports."""
    formats: tuple[str, ...]
    jobs: int
    """How many submissions at once, at most."""
    fresh: bool = False
    """Grade unchanged submissions again."""
    whole: bool = False
    """Keep whole reports in memory; for one or two submissions."""
    timings: bool = False
    """Keep the timings in memory."""
    locate: Callable[[Path], str | None] | None = None
    """Finds the folder of a submission in its repository; None if nobody asks for that."""
    record: ClassRecord = NOTHING_KNOWN
    """What is known of the class: names, what people say of points, times of submission."""
    seal: Seal = NO_SEAL
    """Signs the observations, so that a later run can take them over."""
    retry_after: tuple[float, ...] = RETRY_AFTER


def grade_all(
    sources: Sequence[Source], runner: Runner, spec: RunSpec, progress: Progress
) -> list[ReducedResult]:
    """Grade submissions in parallel; the results are in the order of the sources.

    Each submission's files are written when it is done. A submission whose files cannot be written stops the
    run: the files of the following ones could not be written either.

    Raises:
        GraderError: a report cannot be written, or the runner cannot go on.
        KeyboardInterrupt: the run was interrupted; finished submissions are on disk.
    """
    return _Run(runner, spec, progress).grade(sources)


@dataclass(frozen=True)
class _Attempt:
    """A submission that is to be tried."""

    source: Source
    earlier: int = 0
    """How many attempts have ended in a fault."""
    alone: bool = False
    """It is tried when nothing else runs."""


_Future = Future[ReducedResult | _Attempt]
"""The end of an attempt: a result, or the attempt that is to follow."""


class _Run:
    def __init__(self, runner: Runner, spec: RunSpec, progress: Progress) -> None:
        self._runner = runner
        self._spec = spec
        self._progress = progress
        self._memory = ClassMemory(spec.out, runner.assignment, spec.record)
        self._earlier = (
            None if spec.fresh else EarlierResults(spec.out, runner, spec.formats, spec.seal, spec.record)
        )
        self._stop = threading.Event()
        self._edited: set[str] = set()
        self._results: dict[str, ReducedResult] = {}
        self._retries: list[tuple[float, int, _Attempt]] = []
        """A heap of attempts that wait: when to start, a number that orders equal times, the attempt."""
        self._alone: list[tuple[float, int, _Attempt]] = []
        """The same for attempts that need the machine for themselves. They come after all others."""
        self._numbers = itertools.count()

    def grade(self, sources: Sequence[Source]) -> list[ReducedResult]:
        """See `grade_all`."""
        with ThreadPoolExecutor(max_workers=self._spec.jobs, thread_name_prefix="submission") as threads:
            try:
                self._grade_in(threads, sources)
            except BaseException:
                self._stop.set()
                self._runner.stop()
                threads.shutdown(wait=True, cancel_futures=True)
                raise
        return [self._results[source.id] for source in sources]

    def _grade_in(self, threads: ThreadPoolExecutor, sources: Sequence[Source]) -> None:
        waiting = iter(sources)
        running: dict[_Future, _Attempt] = {}
        while True:
            while len(running) < self._capacity(running) and (attempt := self._next(waiting, running)):
                running[threads.submit(self._attempt, attempt)] = attempt
            if not running and len(self._results) == len(sources):
                return
            if problem := self._runner.problem():
                raise problem
            for future in self._wait(running):
                attempt = running.pop(future)
                result = future.result()
                if isinstance(result, _Attempt):
                    self._retry_later(result)
                else:
                    self._results[attempt.source.id] = result

    def _capacity(self, running: Mapping[_Future, _Attempt]) -> int:
        if any(attempt.alone for attempt in running.values()):
            return 0
        capacity = self._runner.capacity(len(running))
        return self._spec.jobs if capacity is None else min(capacity, self._spec.jobs)

    def _next(self, waiting: Iterator[Source], running: Mapping[_Future, _Attempt]) -> _Attempt | None:
        """A retry that is due, or a submission that has not been tried yet, or one that has to run alone."""
        if self._retries and self._retries[0][0] <= time.monotonic():
            return heapq.heappop(self._retries)[2]
        source = next(waiting, None)
        if source is not None:
            return _Attempt(source)
        if self._alone and not running and self._alone[0][0] <= time.monotonic():
            return heapq.heappop(self._alone)[2]
        return None

    def _retry_later(self, attempt: _Attempt) -> None:
        due = time.monotonic() + self._spec.retry_after[attempt.earlier - 1]
        heapq.heappush(self._alone if attempt.alone else self._retries, (due, next(self._numbers), attempt))

    def _wait(self, running: Mapping[_Future, _Attempt]) -> set[_Future]:
        """Wait until a submission is done, or until another one may be started."""
        seconds = _POLL_SECONDS if self._runner.capacity(len(running)) is not None else None
        # With no capacity left, nothing can start before a submission ends.
        due = [heap[0][0] for heap in (self._retries, [] if running else self._alone) if heap]
        if due and len(running) < self._capacity(running):
            until_due = max(0.0, min(due) - time.monotonic())
            seconds = until_due if seconds is None else min(seconds, until_due)
        if running:
            return wait(running, timeout=seconds, return_when=FIRST_COMPLETED).done
        self._stop.wait(seconds)
        return set()

    def _attempt(self, attempt: _Attempt) -> ReducedResult | _Attempt:
        """Grade a submission, or take its result over; otherwise, the attempt that is to follow."""
        self._check_not_stopped()
        source = attempt.source
        last = attempt.earlier == len(self._spec.retry_after)
        if not attempt.earlier and keep_edited(self._spec.out / source.id):
            self._edited.add(source.id)
        graded = self._graded(source, settle=attempt.alone or last)
        self._check_not_stopped()  # an interrupted trial has no result
        if graded.retryable and not last:
            reason = (graded.report.error or "").partition("\n")[0]
            alone = attempt.alone or graded.alone
            seconds = None if alone else self._spec.retry_after[attempt.earlier]
            self._progress.retrying(source.id, reason, seconds)
            return _Attempt(source, attempt.earlier + 1, alone=alone)
        if not graded.taken_over:
            graded = replace(graded, report=self._spec.record.applied(graded.report))
            graded = self._written(source, graded)
        self._progress.done(source.id, graded)
        return self._reduced(source, graded)

    def _check_not_stopped(self) -> None:
        """Raise if the run was interrupted or cannot go on."""
        if self._stop.is_set():
            raise KeyboardInterrupt
        if problem := self._runner.problem():
            raise problem

    def _graded(self, source: Source, *, settle: bool) -> Graded:
        progress = partial(self._progress.step, source.id)

        def grade_at(path: Path) -> Graded:
            earlier = self._taken_over(path, source.id)
            return earlier or grade(path, source.id, self._runner, progress=progress, settle=settle)

        if source.address is None:
            return grade_at(source.path)
        return fetch_and_grade(
            source.address, source.id, self._runner, grade_at, progress=progress, stopped=self._stop.is_set
        )

    def _taken_over(self, path: Path, submission_id: str) -> Graded | None:
        if self._earlier is None:
            return None
        try:
            return self._earlier.take_over(path, submission_id)
        except GraderError:
            raise
        except Exception:  # noqa: BLE001 - whatever is wrong with an earlier result, a new one can be made
            return None

    def _written(self, source: Source, graded: Graded) -> Graded:
        """Write a submission's files; a report that cannot be rendered becomes one of a fault."""
        folder, formats = self._spec.out / source.id, self._spec.formats
        try:
            write_submission_files(graded, folder, formats, self._spec.seal)
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - it must not stop the others
            graded = broken(source.path, source.id, self._runner.assignment, error)
            graded = replace(graded, report=self._spec.record.applied(graded.report))
            write_fault(graded, folder)
        return graded

    def _reduced(self, source: Source, graded: Graded) -> ReducedResult:
        result = self._memory.reduce(graded)
        if source.id in self._edited:
            result = replace(result, edited=True)
        if self._spec.whole:
            result = replace(result, report=graded.report)
        if self._spec.timings:
            result = replace(result, timings=graded.timings)
        if self._spec.locate is not None:
            result = replace(result, folder=self._spec.locate(source.path))
        return result
