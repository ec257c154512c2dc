"""The part of a worker in a run, without a cluster: its status and its answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from distributed import Reschedule

from grader.errors import HarnessFault
from grader.observations.model import Observations
from grader.runs.assignments import load
from grader.runs.cluster import messages
from grader.runs.cluster.messages import Job, RunRequest, software
from grader.runs.cluster.worker import FAULTS_IN_A_ROW, GradingPlugin
from grader.runs.graded import Phases
from grader.runs.local import LocalRunner
from grader.submission.staging import StagingArea, Submission
from tests.unit.observation_builders import perfect
from tests.unit.runners import write_class

RUBRIC = load()
NAME = "migration-grader-test"


class Worker:
    """The part of a Dask worker that the plugin uses; keeps the capacities that are offered."""

    def __init__(self) -> None:
        self.offers: list[float] = []
        self.state = self.loop = self.scheduler = self
        self.nthreads = 3
        self.address = self.contact_address = "tcp://here:1"

    async def set_resources(self, *, resources: dict[str, float] | None = None, **offered: Any) -> None:
        """Take an offer, to the worker or to the scheduler."""
        self.offers.append((resources or offered)[NAME])

    def add_callback(self, callback: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a callback."""
        asyncio.run(callback())


@pytest.fixture
def worker() -> Worker:
    """A worker without a plugin."""
    return Worker()


def ready(worker: Worker, request: RunRequest) -> GradingPlugin:
    """A plugin that has been set up."""
    plugin = GradingPlugin(NAME, messages.encode(request))

    async def set_up() -> None:
        await plugin.setup(worker)
        plugin._lease_watch.cancel()

    asyncio.run(set_up())
    return plugin


@pytest.fixture
def plugin(worker: Worker) -> Iterator[GradingPlugin]:
    """A plugin that can be used."""
    made = ready(worker, RunRequest(RUBRIC, "embedded", "none", software()))
    yield made
    made._held.close()


def job(folder: Path, submission_id: str) -> tuple[bytes, bytes]:
    """A job and an archive as a worker gets them."""
    (source,) = write_class(folder / submission_id, 1)
    (folder / "area").mkdir(exist_ok=True)
    with StagingArea(folder / "area").staged(source.path, submission_id, RUBRIC) as staged:
        assert staged.graph is not None
        return messages.encode(Job(submission_id, staged.facts, staged.graph)), messages.pack(staged.root)


def trial(monkeypatch: pytest.MonkeyPatch, outcome: Exception | None) -> None:
    """Make every trial end with an error, or with observations."""

    def try_out(_: LocalRunner, staged: Submission, __: Phases, *, settle: bool) -> Observations:  # noqa: ARG001
        if outcome is not None:
            raise outcome
        return replace(perfect(), submission=staged.facts)

    monkeypatch.setattr(LocalRunner, "try_out", try_out)


def test_a_usable_worker_offers_its_capacity(worker: Worker, plugin: GradingPlugin) -> None:
    assert plugin.status() == messages.WorkerStatus(capacity=3, postgres="embedded", isolation="none")
    assert worker.offers == [3]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            RunRequest(RUBRIC, "embedded", "none", {**software(), "alembic": "0.1"}),
            "alembic is 1.* there and 0.1",
        ),
        (RunRequest(RUBRIC, "sqlite", "none", software()), "Unknown kind of PostgreSQL: sqlite"),
        (RunRequest(RUBRIC, "embedded", "prison", software()), "no isolation called 'prison'"),
    ],
)
def test_an_unusable_worker_offers_nothing_and_says_why(
    worker: Worker, wanted: RunRequest, words: str
) -> None:
    made = ready(worker, wanted)
    assert (worker.offers, made.status().capacity) == ([], 0)

    assert re.search(words, made.status().refusal)
    with pytest.raises(Reschedule):
        made.answer(b"", b"")


def test_an_answer(tmp_path: Path, plugin: GradingPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    trial(monkeypatch, None)
    answer = plugin.answer(*job(tmp_path, "ada"))
    assert answer.fault is None
    assert answer.observations is not None
    assert answer.observations.submission.id == "ada"


@pytest.mark.parametrize(
    ("error", "retryable"),
    [(HarnessFault("the server ended"), True), (OSError(24, "x"), True), (KeyError(1), False)],
)
def test_a_fault_is_an_answer(
    tmp_path: Path, plugin: GradingPlugin, monkeypatch: pytest.MonkeyPatch, error: Exception, retryable: bool
) -> None:
    trial(monkeypatch, error)
    fault = plugin.answer(*job(tmp_path, "ada")).fault
    assert fault is not None
    assert fault.retryable is retryable
    assert fault.trace.startswith("On the worker tcp://here:1:\nTraceback")


def test_a_worker_that_fails_on_everything_gives_up(
    tmp_path: Path, worker: Worker, plugin: GradingPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [job(tmp_path, f"s{number}") for number in range(FAULTS_IN_A_ROW)]
    trial(monkeypatch, HarnessFault("no Docker"))
    for _ in range(FAULTS_IN_A_ROW):  # one alone may be to blame itself
        plugin.answer(*jobs[0])
    plugin.answer(*jobs[1])
    trial(monkeypatch, None)
    plugin.answer(*jobs[2])
    trial(monkeypatch, HarnessFault("no Docker"))
    plugin.answer(*jobs[0])
    plugin.answer(*jobs[1])
    assert worker.offers == [3]
    plugin.answer(*jobs[2])
    assert worker.offers == [3, 0]
    assert plugin.status().refusal.endswith("the last time because: no Docker")
    with pytest.raises(Reschedule):
        plugin.answer(*jobs[0])


def test_data_that_is_not_a_job_is_a_fault(plugin: GradingPlugin) -> None:
    fault = plugin.answer(b"{}", b"").fault
    assert fault is not None
    assert "cannot be read" in fault.message


def test_nothing_is_left_after_a_run(tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    made = GradingPlugin(NAME, messages.encode(RunRequest(RUBRIC, "embedded", "none", software())))

    async def come_and_go() -> None:
        await made.setup(worker)
        assert made._folder.parent == tmp_path
        await made.teardown(worker)

    asyncio.run(come_and_go())
    assert list(tmp_path.iterdir()) == []
