"""What a step leaves in the kernel for a later one, another submission or the user: nothing, in any sandbox.

Each way is first shown to work without a sandbox.
"""

from __future__ import annotations

import ctypes
import platform
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.runtime.sandbox.unconfined import UnconfinedBackend
from tests.integration.runtime.sandbox.confined import Run, running
from tests.integration.runtime.sandbox.test_confinement import SANDBOXES

if TYPE_CHECKING:
    from grader.runtime.sandbox.interface import SandboxBackend

FOUND = "found it"
PRELUDE = """
import ctypes, platform
C = ctypes.CDLL(None, use_errno=True)
ADD, CTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
NUMBER = int(NAME[1:7], 16)
C.shmat.restype = ctypes.c_void_p
def call(function, *arguments):
    answer = function(*(ctypes.c_long(item) if isinstance(item, int) else item for item in arguments))
    if answer in (-1, None, 2**64 - 1):
        raise OSError(ctypes.get_errno(), "refused")
    return answer
"""


@dataclass(frozen=True)
class Way:
    """How one process leaves something, how another one finds it, and how it is removed."""

    leave: str
    find: str
    remove: str


def key(ring: int) -> Way:
    """A key in one of the keyrings."""
    find = f"found = call(C.syscall, CTL, 10, {ring}, b'user', NAME.encode(), 0)\n"
    return Way(
        f"call(C.syscall, ADD, b'user', NAME.encode(), b'text', 4, {ring})",
        f"{find}text = ctypes.create_string_buffer(4)\ncall(C.syscall, CTL, 11, found, text, 4)\n"
        "assert text.raw == b'text'",
        f"{find}call(C.syscall, CTL, 21, found)",
    )


WAYS = {
    "key_of_the_session": key(-3),
    "key_of_the_user": key(-4),
    "keys_of_others": Way(
        "call(C.syscall, ADD, b'user', NAME.encode(), b'text', 4, -4)",
        "assert NAME in open('/proc/keys').read()",
        "found = call(C.syscall, CTL, 10, -4, b'user', NAME.encode(), 0)\ncall(C.syscall, CTL, 21, found)",
    ),
    "shared_memory": Way(
        "place = call(C.shmat, call(C.shmget, NUMBER, 64, 0o1666), None, 0)\n"
        "ctypes.memmove(place, b'text', 4)",
        "place = call(C.shmat, call(C.shmget, NUMBER, 64, 0), None, 0)\n"
        "assert ctypes.string_at(place, 4) == b'text'",
        "call(C.shmctl, call(C.shmget, NUMBER, 64, 0), 0, None)",
    ),
    "semaphores": Way(
        "call(C.semget, NUMBER, 1, 0o1666)",
        "call(C.semget, NUMBER, 1, 0)",
        "call(C.semctl, call(C.semget, NUMBER, 1, 0), 0, 0)",
    ),
    "messages": Way(
        "call(C.msgget, NUMBER, 0o1666)",
        "call(C.msgget, NUMBER, 0)",
        "call(C.msgctl, call(C.msgget, NUMBER, 0), 0, None)",
    ),
    "message_queue": Way(
        "call(C.mq_open, b'/' + NAME.encode(), 0o102, 0o666, None)",
        "call(C.mq_open, b'/' + NAME.encode(), 2)",
        "call(C.mq_unlink, b'/' + NAME.encode())",
    ),
    "file_in_memory": Way(
        "open(f'/dev/shm/{NAME}', 'w').close()",
        "open(f'/dev/shm/{NAME}').close()",
        "import os\nos.unlink(f'/dev/shm/{NAME}')",
    ),
    "temporary_file": Way(
        "open(f'/tmp/{NAME}', 'w').close()",
        "open(f'/tmp/{NAME}').close()",
        "import os\nos.unlink(f'/tmp/{NAME}')",
    ),
}
WATCHES = (
    "call(C.inotify_add_watch, call(C.inotify_init1, 0), codecs.__file__.encode(), 0x20)",
    "call(C.fcntl, os.open(os.path.dirname(codecs.__file__), 0), 1026, 1)",
    "call(C.fcntl, os.open(codecs.__file__, 0), 1024, 0)",
)
"""Ways to be told that somebody else opens a file of Python's library."""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs code as the user who grades, in a login session: what this process starts has its keyrings."""
    call, keyctl = ctypes.CDLL(None).syscall, {"x86_64": 250, "aarch64": 219}[platform.machine()]
    call(keyctl, 1, None)
    call(keyctl, 8, -4, -3)  # the keyring of the user is in that of the session
    with running(UnconfinedBackend(), tmp_path_factory.mktemp("outside")) as run:
        yield run


@pytest.fixture(scope="module", params=SANDBOXES)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Run, Run]]:
    """Two sandboxes of one kind, started in the session of the user."""
    request.getfixturevalue("outside")
    backend: SandboxBackend = request.getfixturevalue(request.param)
    top = tmp_path_factory.mktemp("pair")
    with running(backend, top / "one") as one, running(backend, top / "other") as other:
        yield one, other


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """Each of the ways."""
    return WAYS[request.param]


def code(text: str, name: str) -> str:
    """The code of a step."""
    return f"NAME = {name!r}\n{PRELUDE}\n{text}\nprint({FOUND!r})"


def does(run: Run, text: str, name: str) -> bool:
    """Whether a step gets to its end."""
    return FOUND in run(code(text, name)).stdout


def new_name() -> str:
    """A name that nothing else has."""
    return f"p{secrets.token_hex(8)}"


def test_nothing_of_one_submission_is_there_for_another_one(
    way: Way, pair: tuple[Run, Run], outside: Run
) -> None:
    one, other = pair
    name, users = new_name(), new_name()
    assert does(outside, way.leave, users)
    try:
        assert does(outside, way.find, users)
        one(code(way.leave, name))
        assert way == WAYS["temporary_file"] or not does(one, way.find, name)
        assert not does(other, way.find, name)
        assert not does(other, way.find, users)
        assert not does(outside, way.find, name)
    finally:
        assert does(outside, way.remove, users)


@pytest.mark.postgres
def test_nobody_is_told_what_others_read(
    bubblewrap_sandbox: SandboxBackend, outside: Run, tmp_path: Path
) -> None:
    with running(bubblewrap_sandbox, tmp_path) as run:
        for text in WATCHES:
            watch = code(f"import codecs, os\n{text}", new_name())
            assert FOUND in outside(watch).stdout
            said = run(watch)
            assert FOUND not in said.stdout
            assert "Errno 1]" in said.stderr


def test_files_are_locked_as_before(pair: tuple[Run, Run]) -> None:
    lock = "import fcntl\nfile = open('/tmp/lock', 'w')\nfcntl.flock(file, 2)\nfcntl.lockf(file, 2)"
    assert does(pair[0], lock, new_name())
