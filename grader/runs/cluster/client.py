"""A `Runner` that sends submissions to the workers of a Dask cluster.

It sends only as many as the workers have capacity for, so that none waits in Dask's own queue, and asks the
workers for their status again and again. Must not know how a submission is tried.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import dask
from distributed import CancelledError, Client, KilledWorker, Security
from distributed.comm import parse_address, parse_host_port
from distributed.comm.registry import get_backend

from grader.assignment.model import Assignment
from grader.errors import GraderError, HarnessFault, UnavailableError, UsageError
from grader.observations.model import Observations
from grader.runs.cluster import messages
from grader.runs.cluster.messages import Job, RunRequest, WorkerStatus, software
from grader.runs.cluster.worker import PREFIX, GradingPlugin, check_installed_here, status_of, try_here
from grader.runs.graded import Phases
from grader.submission.staging import StagingArea, Submission
from grader.text.names import printable

STATUS_SECONDS = 10.0
"""How often the workers are asked for their status."""
NO_WORKER_SECONDS = 120.0
"""How long a run without a worker waits for one."""
_SETTINGS = {
    # A submission is sent within its task, so that Dask can send it again when a worker dies.
    "distributed.admin.large-graph-warning-threshold": "1 GiB",
    # Keeps the source code of the grader off the scheduler's page.
    "distributed.diagnostics.computations.nframes": 0,
}


class ClusterRunner:
    """See `Runner`."""

    def __init__(
        self, client: Client, request: RunRequest, staging: StagingArea, notify: Callable[[str], None]
    ) -> None:
        """Use a connection; call `open` next.

        Args:
            client: the connection to the scheduler.
            request: what the workers are asked for.
            staging: where submissions are staged on this machine.
            notify: called with lines for the user.
        """
        self._client = client
        self._request = request
        self._staging = staging
        self._notify = notify
        self._name = f"{PREFIX}{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._futures: set[Any] = set()
        self._stopped = threading.Event()
        self._workers: dict[str, WorkerStatus] = {}
        self._refused: dict[str, str] = {}
        self._last_worker = time.monotonic()
        self._watcher = threading.Thread(target=self._watch, name="cluster", daemon=True)

    @property
    def assignment(self) -> Assignment:
        """See `Runner`."""
        return self._request.assignment

    @property
    def staging(self) -> StagingArea:
        """See `Runner`."""
        return self._staging

    def open(self) -> None:
        """Prepare the workers.

        Raises:
            UnavailableError: none of them can be used.
        """
        self._check_installed()
        self._client.register_plugin(GradingPlugin(self._name, messages.encode(self._request)))
        self._update_workers()
        if self._refused and not self._workers:
            listed = "\n".join(f"- {address}: {reason}" for address, reason in self._refused.items())
            raise UnavailableError(
                f"no worker of the cluster can be used:\n{listed}",
                next_step="Install the same release of the grader everywhere, with the same packages: "
                "pip install 'migration-grader[dask]' in a new environment does that.",
            )
        if not self._workers:
            self._notify(f"The cluster has no worker yet. Start one: {self._how_to_start()}")
        self._watcher.start()

    def close(self) -> None:
        """Have the workers release everything that they hold for this run."""
        self._stopped.set()
        with contextlib.suppress(Exception):  # a cluster that is gone holds nothing
            self._client.unregister_worker_plugin(self._name)

    def capacity(self, running: int = 0) -> int:  # noqa: ARG002 - each worker has its places
        """See `Runner`: the capacity of all workers together."""
        return sum(item.capacity for item in self._workers.values())

    def backend_pairs(self) -> frozenset[tuple[str, str]]:
        """See `Runner`."""
        return frozenset((item.postgres, item.isolation) for item in self._workers.values())

    def cancel_expected(self) -> None:
        """See `Runner`: workers expect no number of submissions."""

    def problem(self) -> GraderError | None:
        """See `Runner`: the scheduler is gone, or there has been no worker for too long."""
        if self._client.status in ("closing", "closed"):
            return UnavailableError(
                "the cluster's scheduler does not answer any more",
                next_step="Finished reports are in the output folder. Start the cluster again and repeat the "
                "command: it goes on where it stopped.",
            )
        if not self._workers and time.monotonic() - self._last_worker > NO_WORKER_SECONDS:
            return UnavailableError(
                f"the cluster has had no worker that can be used for {NO_WORKER_SECONDS:.0f} seconds",
                next_step="Finished reports are in the output folder. Start workers "
                f"({self._how_to_start()}) and repeat the command: it goes on where it stopped.",
            )
        return None

    def try_out(self, staged: Submission, phases: Phases, *, settle: bool) -> Observations:
        """See `Runner`.

        Raises:
            HarnessFault: something of the harness failed, on a worker or on the way.
            GraderError: every worker that was given the submission died.
        """
        phases.begin("sending")
        job = messages.encode(Job(staged.id, staged.facts, staged.graph, settle))
        archive = messages.pack(staged.root)
        phases.begin("on the cluster")
        return messages.observations_in(self._answer(job, archive), staged)

    def stop(self) -> None:
        """See `Runner`: cancels what was sent, and ends what runs on the workers."""
        self._stopped.set()
        with self._lock:
            futures = list(self._futures)
        with contextlib.suppress(Exception):  # it must not hide the reason for stopping
            self._client.cancel(futures, force=True)
        self.close()

    def _answer(self, job: bytes, archive: bytes) -> bytes:
        with self._lock:
            if self._stopped.is_set():
                raise HarnessFault("the run was stopped")
            key = f"{self._name}-{next(self._numbers)}"
            resources = {self._name: 1}
            future = self._client.submit(
                try_here, self._name, job, archive, key=key, pure=False, resources=resources
            )
            self._futures.add(future)
        try:
            answer = future.result()
        except KilledWorker as error:
            raise GraderError(
                "Every worker of the cluster that was given the submission died.",
                next_step="Look into the workers' logs: there may be too little memory. Then grade it again.",
            ) from error
        except CancelledError as error:
            raise HarnessFault("the connection to the cluster was lost, or the run was stopped") from error
        finally:
            with self._lock:
                self._futures.discard(future)
            future.release()
        if not isinstance(answer, bytes):
            raise HarnessFault(f"an answer from the cluster is {type(answer).__name__}")
        return answer

    def _check_installed(self) -> None:
        """Check that every worker has the grader: one without it cannot send a status.

        Raises:
            UnavailableError: a worker does not have it.
        """
        answers = self._client.run(check_installed_here, on_error="return")
        lacking = [address for address, answer in answers.items() if isinstance(answer, BaseException)]
        if lacking:
            raise UnavailableError(
                f"the grader is not installed on {', '.join(sorted(lacking))}",
                next_step="Install it there: pip install 'migration-grader[dask]'. Or stop those workers.",
            )

    def _watch(self) -> None:
        while not self._stopped.wait(STATUS_SECONDS):
            with contextlib.suppress(Exception):  # `problem` looks at the connection itself
                self._update_workers()

    def _update_workers(self) -> None:
        """Ask all workers for their status, and tell the user what has changed."""
        answers = self._client.run(status_of, self._name, on_error="return")
        workers: dict[str, WorkerStatus] = {}
        for address, answer in answers.items():
            if not isinstance(answer, bytes):  # it died while it was asked
                continue
            status = messages.decode(answer, WorkerStatus)
            if status.capacity:
                workers[address] = status
            elif self._refused.get(address) != status.refusal:
                self._refused[address] = status.refusal
                self._notify(f"Worker {address} is not used: {status.refusal}")
        self._notify_of_change(workers)
        self._workers = workers
        if workers:
            self._last_worker = time.monotonic()

    def _notify_of_change(self, workers: dict[str, WorkerStatus]) -> None:
        if workers.keys() == self._workers.keys():
            return
        if not workers:
            self._notify(f"The cluster has no worker left. Waiting for one: {self._how_to_start()}")
            return
        kinds = {f"PostgreSQL {item.postgres}, isolation {item.isolation}" for item in workers.values()}
        capacity = sum(item.capacity for item in workers.values())
        self._notify(
            f"Workers: {len(workers)}, for {capacity} submissions at once ({'; '.join(sorted(kinds))})."
        )

    def _how_to_start(self) -> str:
        return f"dask worker {self._client.scheduler.address}"


@contextmanager
def connected(
    address: str, request: RunRequest, staging: StagingArea, notify: Callable[[str], None]
) -> Iterator[ClusterRunner]:
    """A runner over the cluster with a scheduler at this address.

    Args:
        address: such as `tcp://host:8786` or `tls://host:8786`.
        request: what the workers are asked for; the software versions of this machine are added.
        staging: where submissions are staged on this machine.
        notify: called with lines for the user.

    Raises:
        UsageError: it is not an address of a scheduler.
        UnavailableError: no scheduler answers, or no worker can be used.
    """
    with dask.config.set(_SETTINGS):
        _check_address(address)
        try:
            client = Client(address, set_as_default=False, name="migration-grader")
        except OSError as error:
            raise UnavailableError(
                f"no Dask scheduler answers at {address}: {error}",
                next_step="Start one with `dask scheduler`; it says its address.",
            ) from error
        with client:
            runner = ClusterRunner(client, replace(request, software=software()), staging, notify)
            try:
                runner.open()
                yield runner
            finally:
                runner.close()


def _check_address(address: str) -> None:
    """Check an address before a client uses it: Dask's own errors do not say what to do.

    Raises:
        UsageError: it is not an address of a scheduler, or it needs certificates that Dask does not know.
    """
    try:
        scheme, place = parse_address(address)
        parse_host_port(place)
        get_backend(scheme)
    except ValueError as error:
        raise UsageError(
            f"{printable(address)} is no address of a Dask scheduler: {error}",
            next_step="Write tcp://host:8786, as `dask scheduler` says it.",
        ) from error
    if scheme == "tls" and Security().get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            f"{printable(address)} needs certificates, and Dask has been told of none",
            next_step="Name them in Dask's configuration, or in these variables: "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY.",
        )
