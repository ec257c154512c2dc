"""The part of a cluster's workers: each tries submissions with its own PostgreSQL and sandboxes.

A run installs its `GradingPlugin` on every worker, also on those that join later. A worker that can be used
offers its capacity as a Dask resource with the run's name; Dask sends submissions to no other worker. The
worker releases what it holds for a run at the end of the run, or when it has not heard from it for a while.
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

from grader.errors import ConfigurationError, GraderError, HarnessFault
from grader.observations.model import Observations
from grader.runs.cluster import messages
from grader.runs.cluster.messages import (
    Answer,
    Fault,
    Job,
    RunRequest,
    WorkerStatus,
    difference,
    software,
)
from grader.runs.graded import Phases
from grader.runs.local import LocalRunner
from grader.runtime.pairs.choose import Wanted, choose_pair, proof_of
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.sandbox.extras import ExtraPackages
from grader.runtime.slots import Slots
from grader.runtime.workspace import workspace
from grader.submission.staging import Submission

PREFIX = "migration-grader-"
"""The prefix of all runs' names among Dask's plugins and resources."""
FAULTS_IN_A_ROW = 3
"""A worker that fails on this many submissions in a row gets no more of them."""
LEASE_SECONDS = 300.0
"""How long a worker keeps what it holds for a run that it does not hear from."""
CLEAN_UP_SECONDS = 60.0
"""How long trials that were ended may take to clean up, before their folders are removed."""
_logger = logging.getLogger("distributed.worker.grader")


class GradingPlugin(WorkerPlugin):
    """A worker's part in one run."""

    def __init__(self, name: str, request: bytes) -> None:
        # An encoded `RunRequest`: it is pickled with the plugin.
        self.name = name
        self._request = request

    async def setup(self, worker: Worker) -> None:
        """Prepare this worker, or find out why it cannot be used; called by Dask."""
        self._worker = worker
        self._lock = threading.Condition()
        self._busy = 0
        self._held = ExitStack()
        self._failed: set[str] = set()
        self._last_contact = time.monotonic()
        self._status = await asyncio.to_thread(self._prepare, worker.state.nthreads)
        if self._status.refusal:
            _logger.warning("Not used for grading: %s", self._status.refusal)
        else:
            await worker.set_resources(**{self.name: self._status.capacity})
        self._lease_watch = asyncio.create_task(self._watch())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's signature
        """End the trials of the run, and release what it holds; called by Dask."""
        self._lease_watch.cancel()
        await self._release()

    def status(self) -> WorkerStatus:
        """The status of this worker; a call also tells it that the run goes on."""
        self._last_contact = time.monotonic()
        return self._status

    def answer(self, job: bytes, archive: bytes) -> Answer:
        """Try a submission; a fault becomes part of the answer.

        Raises:
            Reschedule: this worker is not used any more; Dask has to ask another one.
        """
        if self._status.refusal:
            raise Reschedule
        submission_id = ""
        with self._lock:
            self._busy += 1
        try:
            found = messages.decode(job, Job)
            submission_id = found.id
            answer = Answer(self._try_out(found, archive))
        except Exception as error:  # noqa: BLE001 - exceptions are never sent: they could hold anything
            answer = Answer(fault=_fault(error, self._worker.address))
        finally:
            with self._lock:
                self._busy -= 1
                self._lock.notify_all()
        self._count(submission_id, answer)
        return answer

    def _prepare(self, capacity: int) -> WorkerStatus:
        try:
            request = messages.decode(self._request, RunRequest)
            if differs := difference(request.software, software()):
                return WorkerStatus(refusal=differs)
            project = request.assignment.project
            wanted = Wanted(request.postgres, request.isolation, extras=ExtraPackages(project.requirements))
            pair = choose_pair(wanted, progress=_logger.info, try_first=True)
            self._held.enter_context(closing(pair.postgres))
            offering = with_extensions(pair.postgres, project.extensions)
            self._folder = self._held.enter_context(workspace())
            slots = Slots(offering, pair.sandbox, self._folder)
            self._runner = LocalRunner(
                *(request.assignment, offering, pair.sandbox, self._folder),
                slots=slots,
                proof=proof_of(pair, offering, slots),
            )
            self._held.callback(self._end_all)
        except GraderError as error:
            return WorkerStatus(refusal=" ".join(part for part in (error.message, error.next_step) if part))
        except Exception as error:
            _logger.exception("The grader cannot get ready")
            return WorkerStatus(refusal=f"the grader itself failed: {type(error).__name__}: {error}")
        return WorkerStatus(capacity=capacity, postgres=pair.names[0], isolation=pair.names[1])

    def _end_all(self) -> None:
        """End all trials, and wait until they have cleaned up."""
        self._runner.stop()
        with self._lock:
            self._lock.wait_for(lambda: not self._busy, timeout=CLEAN_UP_SECONDS)

    def _try_out(self, job: Job, archive: bytes) -> Observations:
        prefix = "staged-"
        with TemporaryDirectory(dir=self._folder, prefix=prefix, ignore_cleanup_errors=True) as folder:
            root = Path(folder) / "submission"
            messages.unpack(archive, root, self._runner.assignment)
            staged = Submission(job.id, root, job.facts, job.graph)
            return self._runner.try_out(staged, Phases(lambda _: None), settle=job.settle)

    def _count(self, submission_id: str, answer: Answer) -> None:
        """Stop using a worker on which everything fails: it fails fast, so it would get most submissions."""
        with self._lock:
            if answer.fault is None:
                self._failed.clear()
                return
            self._failed.add(submission_id)
            if self._status.refusal:
                return
            if (problem := self._runner.problem()) is not None:
                self._status = WorkerStatus(refusal=problem.message)
            elif len(self._failed) < FAULTS_IN_A_ROW:
                return
            else:
                self._status = WorkerStatus(
                    refusal=f"it failed on {FAULTS_IN_A_ROW} submissions in a row, the last time because: "
                    f"{answer.fault.message}"
                )
        _logger.warning("Not used for grading any more: %s", self._status.refusal)
        self._worker.loop.add_callback(self._offer_no_capacity)

    async def _offer_no_capacity(self) -> None:
        # Only the scheduler is told: tasks that it has sent already must still start here, to be rescheduled.
        await self._worker.scheduler.set_resources(
            resources={self.name: 0}, worker=self._worker.contact_address
        )

    async def _watch(self) -> None:
        while (left := self._last_contact + LEASE_SECONDS - time.monotonic()) > 0:  # noqa: ASYNC110 - a lease
            await asyncio.sleep(left)
        _logger.warning("The run %s has not been heard of: its work here ends", self.name)
        self._status = WorkerStatus(refusal="the run has not been heard of")
        await self._release()

    async def _release(self) -> None:
        await asyncio.to_thread(self._held.close)


def check_installed_here() -> bytes:
    """Answer anything: a worker without the grader cannot even load this function."""
    return messages.encode(WorkerStatus())


def status_of(name: str, dask_worker: Worker) -> bytes:
    """The encoded status of a worker in a run; Dask passes the worker."""
    plugin = dask_worker.plugins.get(name)
    if not isinstance(plugin, GradingPlugin):
        return messages.encode(WorkerStatus(refusal="it is not ready yet"))
    return messages.encode(plugin.status())


def try_here(name: str, job: bytes, archive: bytes) -> bytes:
    """Try a submission on the worker that runs this function; see `GradingPlugin.answer`."""
    plugin = cast("GradingPlugin | None", get_worker().plugins.get(name))
    if plugin is None:
        raise Reschedule
    data = messages.encode(plugin.answer(job, archive))
    if len(data) > messages.ANSWER_BYTES:
        fault = Fault(
            f"what was observed is too large to be sent: {len(data):,} bytes", "", retryable=False, trace=""
        )
        return messages.encode(Answer(fault=fault))
    return data


def _fault(error: Exception, address: str) -> Fault:
    trace = f"On the worker {address}:\n{''.join(traceback.format_exception(error))}"
    if isinstance(error, GraderError):
        of_assignment = isinstance(error, ConfigurationError)
        return Fault(error.message, error.next_step, isinstance(error, HarnessFault), trace, of_assignment)
    return Fault(f"{type(error).__name__}: {error}", "", isinstance(error, OSError), trace)
