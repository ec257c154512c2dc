"""What runs on the workers of a cluster: each tries submissions with a PostgreSQL and a sandbox of its own.

A run brings its `Station` to every worker, also to those that join later. A worker that can be used offers
places for submissions, as a Dask resource of the run's name: Dask gives submissions to no other. It gives up
what it holds for a run at its end, or when the run has not been heard of for a while.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import traceback
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from distributed import Reschedule, Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from grader.errors import GraderError, HarnessFault
from grader.observations.model import Observations
from grader.runs.cluster import messages
from grader.runs.cluster.messages import Answer, Errand, Fault, Job, Standing
from grader.runs.cluster.software import difference, software
from grader.runs.graded import Phases
from grader.runs.local import LocalRunner
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.sandbox.choose import choose_sandbox
from grader.runtime.workspace import workspace
from grader.submission.staging import Submission

PREFIX = "migration-grader-"
"""How the names of all runs begin, among Dask's plugins and resources."""
FAULTS_IN_A_ROW = 3
"""After so many submissions that a worker failed on, one after the other, it is given no more."""
LEASE_SECONDS = 300.0
"""For how long a worker holds what it has made for a run that is not heard of."""
CLEAR_UP_SECONDS = 60.0
"""How long what was ended may take to clear up, before its folders are removed under its feet."""
_logger = logging.getLogger("distributed.worker.grader")


class Station(WorkerPlugin):
    """A worker's part in one run."""

    def __init__(self, name: str, errand: bytes) -> None:
        """Travels to each worker as these two.

        Args:
            name: the run's.
            errand: see `messages.Errand`.
        """
        self.name = name
        self._errand_sent = errand

    async def setup(self, worker: Worker) -> None:
        """Get ready, or find out why not; called by Dask."""
        self._worker = worker
        self._lock = threading.Condition()
        self._busy = 0
        self._held = ExitStack()
        self._failed: set[str] = set()
        self._heard = time.monotonic()
        self._standing = await asyncio.to_thread(self._prepare, worker.state.nthreads)
        if self._standing.refusal:
            _logger.warning("Not used for grading: %s", self._standing.refusal)
        else:
            await worker.set_resources(**{self.name: self._standing.places})
        self._lease = asyncio.create_task(self._watch())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's signature
        """End what runs for the run, and give back what it was given; called by Dask."""
        self._lease.cancel()
        await self._give_back()

    def standing(self) -> Standing:
        """How things are here; tells the worker that the run goes on."""
        self._heard = time.monotonic()
        return self._standing

    def answer(self, job: bytes, archive: bytes) -> Answer:
        """Try a submission; whatever breaks is in the answer.

        Raises:
            Reschedule: the worker gives no more answers, and another one has to be asked.
        """
        if self._standing.refusal:
            raise Reschedule
        submission_id = ""
        with self._lock:
            self._busy += 1
        try:
            found = messages.decode(job, Job)
            submission_id = found.id
            answer = Answer(self._try_out(found, archive))
        except Exception as error:  # noqa: BLE001 - no exception of ours travels: it could hold anything
            answer = Answer(fault=_fault(error, self._worker.address))
        finally:
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()
        self._count(submission_id, answer)
        return answer

    def _prepare(self, places: int) -> Standing:
        try:
            errand = messages.decode(self._errand_sent, Errand)
            if differs := difference(errand.software, software()):
                return Standing(refusal=differs)
            postgres = self._held.enter_context(
                closing(choose_backend(errand.postgres, progress=_logger.info))
            )
            sandbox = choose_sandbox(errand.isolation, postgres, batch=True, progress=_logger.info)
            self._folder = self._held.enter_context(workspace())
            self._tools = LocalRunner(errand.assignment, postgres, sandbox, self._folder)
            self._held.callback(self._end_all)
        except GraderError as error:
            return Standing(refusal=" ".join(part for part in (error.message, error.next_step) if part))
        except Exception as error:
            _logger.exception("The grader cannot get ready")
            return Standing(refusal=f"the grader itself failed: {type(error).__name__}: {error}")
        return Standing(places=places, postgres=postgres.name, isolation=sandbox.name)

    def _end_all(self) -> None:
        """End what runs, and wait until it has cleared up after itself."""
        self._tools.stop()
        with self._lock:
            self._lock.wait_for(lambda: not self._busy, timeout=CLEAR_UP_SECONDS)

    def _try_out(self, job: Job, archive: bytes) -> Observations:
        prefix = "staged-"
        with TemporaryDirectory(dir=self._folder, prefix=prefix, ignore_cleanup_errors=True) as folder:
            root = Path(folder) / "submission"
            messages.unpack(archive, root, self._tools.assignment)
            staged = Submission(job.id, root, job.facts, job.graph)
            return self._tools.try_out(staged, Phases(lambda _: None))

    def _count(self, submission_id: str, answer: Answer) -> None:
        """Give up if everything fails here: who fails at once is free at once, and is given the most."""
        with self._lock:
            if answer.fault is None:
                self._failed.clear()
                return
            self._failed.add(submission_id)
            if len(self._failed) < FAULTS_IN_A_ROW or self._standing.refusal:
                return
            self._standing = Standing(
                refusal=f"it failed on {FAULTS_IN_A_ROW} submissions in a row, the last time because: "
                f"{answer.fault.message}"
            )
        _logger.warning("Not used for grading any more: %s", self._standing.refusal)
        self._worker.loop.add_callback(self._offer_nothing)

    async def _offer_nothing(self) -> None:
        # Only the scheduler is told: what this worker has been given already must come to it, to be sent on.
        await self._worker.scheduler.set_resources(
            resources={self.name: 0}, worker=self._worker.contact_address
        )

    async def _watch(self) -> None:
        while (left := self._heard + LEASE_SECONDS - time.monotonic()) > 0:  # noqa: ASYNC110 - a lease
            await asyncio.sleep(left)
        _logger.warning("The run %s has not been heard of: its work here ends", self.name)
        self._standing = Standing(refusal="the run has not been heard of")
        await self._give_back()

    async def _give_back(self) -> None:
        await asyncio.to_thread(self._held.close)


def software_here() -> bytes:
    """Show that the grader is there, to whoever asks the worker."""
    return messages.encode(Standing())


def standing_of(name: str, dask_worker: Worker) -> bytes:
    """The standing of a worker in a run; Dask passes the worker."""
    station = dask_worker.plugins.get(name)
    if not isinstance(station, Station):
        return messages.encode(Standing(refusal="it is not ready yet"))
    return messages.encode(station.standing())


def answer_here(name: str, job: bytes, archive: bytes) -> bytes:
    """Try a submission on the worker that this is called on; see `Station.answer`."""
    station = cast("Station | None", get_worker().plugins.get(name))
    if station is None:
        raise Reschedule
    data = messages.encode(station.answer(job, archive))
    if len(data) > messages.ANSWER_BYTES:
        fault = Fault(
            f"what was observed is too large to be sent: {len(data):,} bytes", "", retryable=False, trace=""
        )
        return messages.encode(Answer(fault=fault))
    return data


def _fault(error: Exception, address: str) -> Fault:
    trace = f"On the worker {address}:\n{''.join(traceback.format_exception(error))}"
    if isinstance(error, GraderError):
        return Fault(error.message, error.next_step, isinstance(error, HarnessFault), trace)
    return Fault(f"{type(error).__name__}: {error}", "", isinstance(error, OSError), trace)
