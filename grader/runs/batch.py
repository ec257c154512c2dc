"""A run over many submissions: several at once, faults tried again, each result on disk when it is made.

Must not know where submissions are tried, nor what a person is shown meanwhile.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from grader.errors import GraderError
from grader.observations.model import Observations
from grader.report.render.github import SourceLine
from grader.runs.fetch import grade_fetched
from grader.runs.memory import Memory, Remembered
from grader.runs.pipeline import Graded, Runner, broken, grade
from grader.runs.resume import Earlier
from grader.runs.seal import Seal
from grader.runs.written import NO_SEAL, write_fault, write_reports
from grader.submission.sources import Source

RETRY_AFTER = (2.0, 10.0)
"""Seconds before a submission is tried again that a fault of the harness has ended, for each further try."""
_LOOK_AGAIN = 1.0
"""Seconds after which it is looked again how many submissions may be tried at once."""


class Progress(Protocol):
    """Told of what happens, from several threads."""

    def step(self, submission_id: str, what: str) -> None:
        """A submission has come to a part of its trial."""

    def again(self, submission_id: str, reason: str, seconds: float) -> None:
        """A fault of the harness has ended a trial; there will be another one in so many seconds."""

    def done(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are written."""

    def taken_over(self, submission_id: str, graded: Graded) -> None:
        """A submission's files are there from an earlier run."""


@dataclass(frozen=True)
class RunSpec:
    """What is to be made of the submissions."""

    out: Path
    """Where the reports go."""
    formats: tuple[str, ...]
    jobs: int
    """How many submissions at once, at most."""
    fresh: bool = False
    """Grade also what an earlier run has graded."""
    whole: bool = False
    """Remember the reports with all that is in them; for one or two submissions."""
    timings: bool = False
    """Remember where the time went."""
    locate: Callable[[Path, Observations | None], dict[str, SourceLine]] | None = None
    """Finds where revisions stand in a repository, to be remembered; None to remember nothing."""
    seal: Seal = NO_SEAL
    """Lets a later run know the results again."""
    retry_after: tuple[float, ...] = RETRY_AFTER


def grade_all(
    sources: Sequence[Source], runner: Runner, spec: RunSpec, progress: Progress
) -> list[Remembered]:
    """Grade submissions side by side; the result is in the order of the sources.

    Each submission's files are written when it is done. A submission whose files cannot be written stops the
    run: nothing that comes later could be kept either.

    Raises:
        GraderError: a report could not be written, or nothing more can be tried.
        KeyboardInterrupt: the run was interrupted; what was finished is on disk.
    """
    return _Run(runner, spec, progress).over(sources)


@dataclass(frozen=True)
class _Try:
    """A submission that is to be tried."""

    source: Source
    earlier: int = 0
    """How many tries have ended in a fault."""


class _Run:
    def __init__(self, runner: Runner, spec: RunSpec, progress: Progress) -> None:
        self._runner = runner
        self._spec = spec
        self._progress = progress
        self._memory = Memory(spec.out, runner.assignment)
        self._earlier = None if spec.fresh else Earlier(spec.out, runner, spec.formats, spec.seal)
        self._stop = threading.Event()
        self._results: dict[str, Remembered] = {}
        self._later: list[tuple[float, int, _Try]] = []
        """A heap of those that wait to be tried again: when, a number that tells equals apart, which."""
        self._numbers = itertools.count()

    def over(self, sources: Sequence[Source]) -> list[Remembered]:
        """See `grade_all`."""
        with ThreadPoolExecutor(max_workers=self._spec.jobs, thread_name_prefix="submission") as threads:
            try:
                self._go_through(sources, threads)
            except BaseException:
                self._stop.set()
                self._runner.stop()
                threads.shutdown(wait=True, cancel_futures=True)
                raise
        return [self._results[source.id] for source in sources]

    def _go_through(self, sources: Sequence[Source], threads: ThreadPoolExecutor) -> None:
        first = iter(sources)
        running: dict[Future[Remembered | None], _Try] = {}
        while True:
            while len(running) < self._room() and (item := self._next(first)) is not None:
                running[threads.submit(self._one, item)] = item
            if not running and not self._later and len(self._results) == len(sources):
                return
            if problem := self._runner.problem():
                raise problem
            done = self._wait(running)
            for future in done:
                item = running.pop(future)
                result = future.result()
                if result is None:
                    self._put_off(item)
                else:
                    self._results[item.source.id] = result

    def _room(self) -> int:
        room = self._runner.room()
        return self._spec.jobs if room is None else min(room, self._spec.jobs)

    def _next(self, first: Iterator[Source]) -> _Try | None:
        """One that has waited long enough to be tried again, or else one that has not been tried at all."""
        if self._later and self._later[0][0] <= time.monotonic():
            return heapq.heappop(self._later)[2]
        source = next(first, None)
        return None if source is None else _Try(source)

    def _put_off(self, item: _Try) -> None:
        seconds = self._spec.retry_after[item.earlier]
        after = replace(item, earlier=item.earlier + 1)
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), after))

    def _wait(self, running: dict[Future[Remembered | None], _Try]) -> set[Future[Remembered | None]]:
        """Wait until one is done, or until there may be something else to begin with."""
        seconds = _LOOK_AGAIN if self._runner.room() is not None else None
        if self._later:
            until = max(0.0, self._later[0][0] - time.monotonic())
            # Nothing can begin before another one ends when all places are taken.
            if len(running) < self._room():
                seconds = until if seconds is None else min(seconds, until)
        if running:
            return wait(running, timeout=seconds, return_when=FIRST_COMPLETED).done
        self._stop.wait(seconds)
        return set()

    def _one(self, item: _Try) -> Remembered | None:
        """Grade one, or take it over; None when it is to be tried again."""
        self._go_on()
        source = item.source
        graded, taken_over = self._graded(source)
        self._go_on()
        if graded.may_pass and item.earlier < len(self._spec.retry_after):
            reason = (graded.report.error or "").partition("\n")[0]
            self._progress.again(source.id, reason, self._spec.retry_after[item.earlier])
            return None
        if taken_over:
            self._progress.taken_over(source.id, graded)
        else:
            graded = self._written(source, graded)
            self._progress.done(source.id, graded)
        return self._remembered(source, graded, taken_over=taken_over)

    def _go_on(self) -> None:
        """What was interrupted is no result."""
        if self._stop.is_set():
            raise KeyboardInterrupt
        if problem := self._runner.problem():
            raise problem

    def _graded(self, source: Source) -> tuple[Graded, bool]:
        """The result, and whether it is an earlier run's."""
        tell = partial(self._progress.step, source.id)
        taken_over: list[Graded] = []

        def at(path: Path) -> Graded:
            if (result := self._taken_over(path, source.id)) is not None:
                taken_over.append(result)
                return result
            return grade(path, source.id, self._runner, progress=tell)

        if source.address is None:
            graded = at(source.path)
        else:
            graded = grade_fetched(
                source.address, source.id, self._runner, progress=tell, stopped=self._stop.is_set, grade_at=at
            )
        return graded, bool(taken_over)

    def _taken_over(self, path: Path, submission_id: str) -> Graded | None:
        if self._earlier is None:
            return None
        try:
            return self._earlier.result(path, submission_id)
        except GraderError:
            raise
        except Exception:  # noqa: BLE001 - whatever is wrong with a result, it can be made again
            return None

    def _written(self, source: Source, graded: Graded) -> Graded:
        folder, formats = self._spec.out / source.id, self._spec.formats
        try:
            write_reports(graded, folder, formats, self._spec.seal)
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - a report that cannot be rendered costs no other its own
            graded = broken(source.path, source.id, self._runner.assignment, error)
            write_fault(graded, folder)
        return graded

    def _remembered(self, source: Source, graded: Graded, *, taken_over: bool) -> Remembered:
        kept = replace(self._memory.of(graded), taken_over=taken_over)
        if self._spec.whole:
            kept = replace(kept, report=graded.report)
        if self._spec.timings:
            kept = replace(kept, timings=graded.timings)
        if self._spec.locate is not None:
            kept = replace(kept, places=self._spec.locate(source.path, graded.observations))
        return kept
