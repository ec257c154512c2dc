"""The worker told anything at all: outcomes, or its end; never a hang, and nothing is left of it.

A worker that ends is a `HarnessFault` at the other end of its pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.runtime.sandbox.client import Reply
from grader.runtime.sandbox.process import WORKER
from grader.runtime.sandbox.worker import PR_SET_CHILD_SUBREAPER, prctl
from tests.waiting import in_session, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SERVER = Path(__file__).with_name("bare_worker.py")
SECONDS = 60.0
LAST = 987_654_321
SETUP = {
    "layout": {
        "flavour": "alembic",
        "root": ".",
        "config": "alembic.ini",
        "script_location": "a",
        "version_locations": [],
        "application": None,
        "directory_option": False,
        "import_folders": [],
    },
    "environment": {"TMPDIR": "/tmp"},
    "output_bytes": 1000,
    "memory_bytes": 2**31,
    "total_bytes": 2**40,
    "own_group": False,
    "file_bytes": 2**20,
    "open_files": 64,
    "processes": None,
    "copy": None,
    "socket": None,
}
STEP = {
    "id": 1,
    "action": "nothing",
    "arguments": [],
    "environment": {},
    "seconds": 1.0,
    "emptied": False,
    "leave_after": None,
    "break_off": None,
    "then": [],
    "alone": False,
    "env_file": "",
}


def line(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


@pytest.fixture(scope="module", autouse=True)
def heir() -> Iterator[None]:
    """What a worker leaves behind comes to this process: the system's first one takes seconds to notice."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    yield
    prctl(PR_SET_CHILD_SUBREAPER, 0)


def left_of(worker: int) -> list[int]:
    """The processes of a worker's session, once those that have ended are taken notice of."""
    for process in in_session(worker):
        with contextlib.suppress(ChildProcessError):  # it is not ours
            os.waitpid(process, os.WNOHANG)
    return in_session(worker)


def told(*lines: bytes) -> list[Reply]:
    """What a worker answers until it has answered a last step too, or ends; nothing may be left of it."""
    said = b"".join(lines)
    said += (b"" if said.endswith(b"\n") else b"\n") + line({**STEP, "id": LAST})
    answers: list[Reply] = []
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(SERVER), str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(said.replace(b"HERE", folder.encode()))
            process.stdin.flush()
        while text := process.stdout.readline():
            answer = json.loads(text)  # an id may be infinite, which only Python writes
            # A worker gives back whatever it was given for an id.
            answers.append(msgspec.convert(answer | {"id": int(answer["id"] == LAST)}, type=Reply))
            if answers[-1].id:
                break
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        assert process.wait() >= 0, "it had to be killed"
        timer.cancel()
        wait_until(lambda: not left_of(process.pid), "nothing is left of the worker")
    return answers


def set_up(**changes: Any) -> bytes:
    return line({**SETUP, "root": "HERE", **changes})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
REQUEST = st.one_of(
    st.binary(max_size=100),
    JSON.map(line),
    st.dictionaries(st.sampled_from(["id", "action", "arguments", "environment"]), JSON).map(
        lambda changes: line({**STEP, **changes})
    ),
    st.sampled_from(sorted(STEP)).map(lambda key: line({k: v for k, v in STEP.items() if k != key})),
    st.just(line(STEP)),
)


def test_a_step_that_cannot_be_run_is_an_outcome() -> None:
    (reply,) = told(set_up())
    assert (reply.id, reply.exit_code, reply.limit) == (1, 1, None)
    assert "KeyError: 'nothing'" in reply.stderr


@settings(max_examples=25)
@given(st.lists(REQUEST, min_size=1, max_size=4))
@example([line({**STEP, "seconds": float("nan")})])
@example([line({**STEP, "seconds": 1e308})])
@example([line({**STEP, "seconds": -1})])
@example([line({**STEP, "environment": {"A=B": "\0"}})])
@example([b"[" * 100_000 + b"\n"])
@example([b"x" * 300_000])
def test_any_request_is_answered_or_ends_the_worker(requests: list[bytes]) -> None:
    for reply in told(set_up(), *requests):
        assert reply.limit in (None, "time", "output", "memory", "killed")
        assert reply.exit_code != 0


@settings(max_examples=15)
@given(
    st.one_of(
        st.binary(max_size=100).map(lambda data: data + b"\n"),
        JSON.map(line),
        st.dictionaries(st.sampled_from(sorted(SETUP)), JSON).map(lambda changes: set_up(**changes)),
    )
)
def test_any_set_up_is_served_or_ends_the_worker(setup: bytes) -> None:
    for reply in told(setup):
        assert reply.exit_code != 0
