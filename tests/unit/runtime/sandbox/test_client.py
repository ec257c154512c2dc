"""The harness's end of the worker protocol against a worker that says anything at all.

The worker's streams are pipes of the test's own. Whatever comes out of one: `ready`, an outcome, or a
`HarnessFault`; never another exception, never a wait without end.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import HarnessFault
from grader.observations.model import Layout
from grader.runtime.sandbox.client import Ready, Setup, WorkerClient
from grader.runtime.sandbox.interface import Outcome, Step, StepLimits

READY = {"versions": {"python": "3.11"}, "import_seconds": 0.1, "problem": None}
REPLY = {
    "id": 1,
    "exit_code": 0,
    "stdout": "out",
    "stderr": "",
    "seconds": 0.1,
    "limit": None,
    "data": {"tables": 3},
}
STEP = Step("alembic", ("current",), {}, 5.0)
LONGEST_LINE = 64 * 1024 * 1024
"""Far more than the two texts of any outcome take, and little enough for any harness to hold."""


def line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


@dataclass
class Worker:
    """The other end of the streams."""

    client: WorkerClient
    replies: IO[bytes]
    requests: IO[bytes]

    def say(self, data: bytes) -> None:
        """Write, as far as anybody still reads."""
        self.replies.write(data)
        self.replies.flush()

    def end(self) -> None:
        """End the replies, as the end of a worker does."""
        self.replies.close()


@contextmanager
def worker() -> Iterator[Worker]:
    (request_end, request_start), (reply_end, reply_start) = os.pipe(), os.pipe()
    requests_in = os.fdopen(request_start, "wb")
    with (
        os.fdopen(request_end, "rb") as requests,
        os.fdopen(reply_end, "rb") as replies,
        os.fdopen(reply_start, "wb") as replies_in,
    ):
        made = Worker(WorkerClient(requests_in, replies), replies_in, requests)
        try:
            yield made
        finally:
            replies_in.close()
            with contextlib.suppress(BrokenPipeError):  # nobody takes what is left to be sent
                requests_in.close()
            assert made.client.join()


def outcome_of(said: bytes) -> Outcome | None:
    """What a step comes to when the worker has said this; None for a fault."""
    with worker() as other:
        other.say(line(READY))
        other.client.wait_ready()
        found: list[Outcome | None] = []

        def run() -> None:
            try:
                found.append(other.client.run(STEP))
            except HarnessFault as fault:
                assert fault.message  # noqa: PT017 - either outcome is right
                found.append(None)

        running = threading.Thread(target=run)
        running.start()
        other.requests.readline()  # the step is on its way, so it waits for its reply
        other.say(said)
        other.end()
        running.join(30)
        assert not running.is_alive()
        (only,) = found
        return only


# --- what is said in order --------------------------------------------------------------------------------


def test_a_reply_becomes_an_outcome() -> None:
    expected = Outcome(0, "out", "", 0.1, None, {"tables": 3})
    assert outcome_of(line(REPLY)) == expected
    assert outcome_of(line({**REPLY, "id": 7}) + line(REPLY) + line(REPLY)) == expected


def test_set_up_and_steps_are_one_line_each() -> None:
    with worker() as other:
        other.client.set_up(
            Setup("/submission", Layout("alembic", ".", "alembic.ini", "a\n", ()), {}, StepLimits(1024))
        )
        assert json.loads(other.requests.readline())["root"] == "/submission"


def test_a_worker_that_ends_fails_the_steps_that_wait_and_those_to_come() -> None:
    with worker() as other:
        other.end()
        with pytest.raises(HarnessFault, match="ended unexpectedly"):
            other.client.wait_ready()
        assert other.client.join()
        with pytest.raises(HarnessFault, match="ended unexpectedly"):
            other.client.run(STEP)


def test_a_worker_that_takes_no_more_steps() -> None:
    with worker() as other:
        other.requests.close()
        with pytest.raises(HarnessFault, match="has ended"):
            other.client.run(STEP)


# --- anything at all --------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=60).map(lambda data: data + b"\n"),
    JSON.map(line),
    st.dictionaries(st.sampled_from(sorted(REPLY)), JSON).map(lambda changes: line({**REPLY, **changes})),
    st.sampled_from(sorted(REPLY)).map(lambda key: line({k: v for k, v in REPLY.items() if k != key})),
    st.integers(0, 200).map(lambda size: line(REPLY)[:size]),
    st.just(line(REPLY)),
)
"""Bytes, JSON, replies with other values, replies that lack something, replies cut short."""


@settings(max_examples=200)
@given(st.lists(NEARLY, max_size=5).map(b"".join))
@example(
    b'{"id": 1, "exit_code": 0, "stdout": "\\ud800", "stderr": "", "seconds": 0, "limit": null, "data": {}}\n'
)
@example(line({**REPLY, "seconds": 1e308}) * 2)
@example(line({**REPLY, "data": {"tables": 10**30}}))
@example(b"[" * 100_000 + b"\n")
@example(b"\n" * 1000)
def test_any_reply_is_an_outcome_or_a_fault(said: bytes) -> None:
    outcome = outcome_of(said)
    if outcome is not None:
        assert outcome.exit_code is None or isinstance(outcome.exit_code, int)
        assert outcome.limit in (None, "time", "output", "memory", "killed")
        (outcome.stdout + outcome.stderr).encode()
        assert all(isinstance(value, int) for value in outcome.data.values())


@settings(max_examples=100)
@given(
    st.one_of(
        NEARLY,
        st.dictionaries(st.sampled_from(sorted(READY)), JSON).map(lambda some: line({**READY, **some})),
    )
)
def test_any_first_line_is_ready_or_a_fault(said: bytes) -> None:
    with worker() as other:
        other.say(said)
        other.end()
        try:
            ready = other.client.wait_ready()
        except HarnessFault as fault:
            assert fault.message  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(ready, Ready)


def test_a_line_without_end_is_given_up() -> None:
    with worker() as other:
        other.say(line(READY))
        other.client.wait_ready()
        written = 0
        piece = b"x" * (1024 * 1024)
        try:
            while other.client._reader.is_alive() and written <= LONGEST_LINE:
                other.say(piece)
                written += len(piece)
        except BrokenPipeError:
            pass
        assert written <= LONGEST_LINE
