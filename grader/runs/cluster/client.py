"""A `Runner` that sends submissions to the workers of a Dask cluster.

It sends no more than the workers have places for, so that nothing waits in a queue that is nobody's. How the
workers are, it asks them again and again. Must not know how a submission is tried.
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
from grader.runs.cluster.messages import Errand, Job, Standing
from grader.runs.cluster.software import software
from grader.runs.cluster.worker import PREFIX, Station, answer_here, software_here, standing_of
from grader.runs.graded import Phases
from grader.submission.staging import StagingArea, Submission
from grader.text.names import printable

LOOK_SECONDS = 10.0
"""How often the workers are asked how they are."""
PATIENCE_SECONDS = 120.0
"""How long a run waits for a worker when there is none."""
_SETTINGS = {
    # Submissions travel with their order, so that they are still there when a worker dies.
    "distributed.admin.large-graph-warning-threshold": "1 GiB",
    # Nobody has to see our source code on the scheduler's page.
    "distributed.diagnostics.computations.nframes": 0,
}


class ClusterRunner:
    """See `Runner`."""

    def __init__(
        self, client: Client, errand: Errand, staging: StagingArea, tell: Callable[[str], None]
    ) -> None:
        """Take a connection over; `open` has to follow.

        Args:
            client: to the scheduler.
            errand: what is to be done.
            staging: where submissions are staged, here.
            tell: called with lines for whoever waits.
        """
        self._client = client
        self._errand = errand
        self._staging = staging
        self._tell = tell
        self._name = f"{PREFIX}{secrets.token_hex(6)}"
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._futures: set[Any] = set()
        self._stopped = threading.Event()
        self._workers: dict[str, Standing] = {}
        self._refused: dict[str, str] = {}
        self._last_worker = time.monotonic()
        self._watcher = threading.Thread(target=self._watch, name="cluster", daemon=True)

    @property
    def assignment(self) -> Assignment:
        """See `Runner`."""
        return self._errand.assignment

    @property
    def staging(self) -> StagingArea:
        """See `Runner`."""
        return self._staging

    def open(self) -> None:
        """Have the workers get ready.

        Raises:
            UnavailableError: none of them can be used.
        """
        self._check_installed()
        self._client.register_plugin(Station(self._name, messages.encode(self._errand)))
        self._look()
        if self._refused and not self._workers:
            listed = "\n".join(f"- {address}: {reason}" for address, reason in self._refused.items())
            raise UnavailableError(
                f"no worker of the cluster can be used:\n{listed}",
                next_step="Install the same release of the grader everywhere, with the same packages: "
                "pip install 'migration-grader[dask]' in a new environment does that.",
            )
        if not self._workers:
            self._tell(f"The cluster has no worker yet. Start one: {self._how_to_start()}")
        self._watcher.start()

    def close(self) -> None:
        """Have the workers give back all that they hold for this run."""
        self._stopped.set()
        with contextlib.suppress(Exception):  # a cluster that is gone holds nothing
            self._client.unregister_worker_plugin(self._name)

    def capacity(self) -> int:
        """As many as the workers have places for."""
        return sum(item.places for item in self._workers.values())

    def backend_pairs(self) -> frozenset[tuple[str, str]]:
        """See `Runner`."""
        return frozenset((item.postgres, item.isolation) for item in self._workers.values())

    def cancel_expected(self) -> None:
        """See `Runner`: workers expect no number of submissions."""

    def problem(self) -> GraderError | None:
        """Why there is no cluster any more; None as long as there is."""
        if self._client.status in ("closing", "closed"):
            return UnavailableError(
                "the cluster's scheduler does not answer any more",
                next_step="What was finished is in the output folder. Start the cluster again, and then the "
                "same command: it goes on where it stopped.",
            )
        if not self._workers and time.monotonic() - self._last_worker > PATIENCE_SECONDS:
            return UnavailableError(
                f"the cluster has had no worker that can be used for {PATIENCE_SECONDS:.0f} seconds",
                next_step="What was finished is in the output folder. Start workers "
                f"({self._how_to_start()}), and then the same command: it goes on where it stopped.",
            )
        return None

    def try_out(self, staged: Submission, phases: Phases) -> Observations:
        """See `Runner`.

        Raises:
            HarnessFault: something of ours broke, there or on the way.
            GraderError: every worker that was given the submission died.
        """
        phases.begin("sending")
        job = messages.encode(Job(staged.id, staged.facts, staged.graph))
        archive = messages.pack(staged.root)
        phases.begin("on the cluster")
        return messages.observations_in(self._answer(job, archive), staged)

    def stop(self) -> None:
        """See `Runner`: what has been sent is cancelled, and what runs on the workers ends."""
        self._stopped.set()
        with self._lock:
            futures = list(self._futures)
        with contextlib.suppress(Exception):  # whatever it is, it comes after the reason to stop
            self._client.cancel(futures, force=True)
        self.close()

    def _answer(self, job: bytes, archive: bytes) -> bytes:
        with self._lock:
            if self._stopped.is_set():
                raise HarnessFault("the run was stopped")
            future = self._client.submit(
                answer_here,
                self._name,
                job,
                archive,
                key=f"{self._name}-{next(self._numbers)}",
                pure=False,
                resources={self._name: 1},
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
        """See that every worker has the grader: one without it could not even say that it has not.

        Raises:
            UnavailableError: one of them has not.
        """
        answers = self._client.run(software_here, on_error="return")
        lacking = [address for address, answer in answers.items() if isinstance(answer, BaseException)]
        if lacking:
            raise UnavailableError(
                f"the grader is not installed on {', '.join(sorted(lacking))}",
                next_step="Install it there: pip install 'migration-grader[dask]'. Or stop those workers.",
            )

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            with contextlib.suppress(Exception):  # the connection's own status says what is wrong with it
                self._look()

    def _look(self) -> None:
        """Ask all workers how they are, and say what is new about them."""
        answers = self._client.run(standing_of, self._name, on_error="return")
        workers: dict[str, Standing] = {}
        for address, answer in answers.items():
            if not isinstance(answer, bytes):  # it died while it was asked
                continue
            standing = messages.decode(answer, Standing)
            if standing.places:
                workers[address] = standing
            elif self._refused.get(address) != standing.refusal:
                self._refused[address] = standing.refusal
                self._tell(f"Worker {address} is not used: {standing.refusal}")
        self._say(workers)
        self._workers = workers
        if workers:
            self._last_worker = time.monotonic()

    def _say(self, workers: dict[str, Standing]) -> None:
        if workers.keys() == self._workers.keys():
            return
        if not workers:
            self._tell(f"The cluster has no worker left. Waiting for one: {self._how_to_start()}")
            return
        kinds = {f"PostgreSQL {item.postgres}, isolation {item.isolation}" for item in workers.values()}
        places = sum(item.places for item in workers.values())
        self._tell(f"Workers: {len(workers)}, for {places} submissions at once ({'; '.join(sorted(kinds))}).")

    def _how_to_start(self) -> str:
        return f"dask worker {self._client.scheduler.address}"


@contextmanager
def connected(
    address: str, errand: Errand, staging: StagingArea, tell: Callable[[str], None]
) -> Iterator[ClusterRunner]:
    """A runner over the cluster whose scheduler is at an address.

    Args:
        address: as `tcp://host:8786` or `tls://host:8786`.
        errand: what is to be done; the software that it asks for is that of this machine.
        staging: where submissions are staged, here.
        tell: called with lines for whoever waits.

    Raises:
        UsageError: there can be nothing at such an address.
        UnavailableError: no scheduler answers, or no worker can be used.
    """
    with dask.config.set(_SETTINGS):
        _check(address)
        try:
            client = Client(address, set_as_default=False, name="migration-grader")
        except OSError as error:
            raise UnavailableError(
                f"no Dask scheduler answers at {address}: {error}",
                next_step="Start one with `dask scheduler`; it says its address.",
            ) from error
        with client:
            runner = ClusterRunner(client, replace(errand, software=software()), staging, tell)
            try:
                runner.open()
                yield runner
            finally:
                runner.close()


def _check(address: str) -> None:
    """Find out what is wrong with an address before a client trips over it.

    Raises:
        UsageError: something is.
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
