"""Slots: a server, a sandbox and an empty folder, started before the submission that they are for is known.

Each slot serves one submission. Starting a slot takes long and needs nothing of the submission. So it is done
while the harness loads the rest of its own code, and in a batch while other submissions are tried. Must not
know what is run in a slot, or what grading is.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from grader.errors import HarnessFault
from grader.runtime.env_links import env_links
from grader.runtime.machine import MemoryRoom, most_for_group
from grader.runtime.memory_group import MemoryGroup, MemoryGroups
from grader.runtime.postgres.interface import PostgresBackend, PostgresServer
from grader.runtime.sandbox.interface import Sandbox, SandboxBackend
from grader.runtime.sockets import Sockets

_FOLDER_MODE = 0o755
"""Mode of the submission's folder: the sandbox's user is not ours, and has to read it."""
_STOPPED = "the run was stopped"


@dataclass(frozen=True)
class Slot:
    """A running server, a sandbox that reaches it, and the folder that the sandbox shows."""

    server: PostgresServer
    sandbox: Sandbox
    """It may still be loading its packages; see `Sandbox.set_up`."""
    submission: Path
    server_seconds: float
    """How long the server took to start."""
    group: MemoryGroup | None = None
    """The memory group of its processes, if they have one of their own."""

    @contextmanager
    def occupied(self, staged: Path, env_files: Sequence[str] = ()) -> Iterator[None]:
        """Move the staged files to where the sandbox shows them; move them back after the block.

        Args:
            staged: the files. Both folders have to be on one file system.
            env_files: where a step finds its `.env`, relative to the folder; see `env_links`.
        """
        _move(staged, self.submission)
        try:
            with env_links(self.submission, env_files):
                yield
        finally:
            _move(self.submission, staged)


def _move(source: Path, target: Path) -> None:
    for path in list(source.iterdir()):
        path.rename(target / path.name)


class _SlotThread:
    """The thread that starts one slot, holds it, and clears it up.

    One thread does all of it, because what bubblewrap starts ends with the thread that started it.
    """

    def __init__(self, slots: Slots, postgres: PostgresBackend) -> None:
        self.ready: Future[Slot] = Future()
        self._slots = slots
        self._postgres = postgres
        self._released = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._keep, name="slot", daemon=True)
        self._thread.start()

    def begin_release(self) -> None:
        """Tell the thread to clear the slot up. Does not wait."""
        self._released.set()

    def release(self) -> None:
        """Clear the slot up, and wait until nothing is left of it.

        Raises:
            HarnessFault: it could not be cleared up.
        """
        self.begin_release()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _keep(self) -> None:
        try:
            with ExitStack() as stack:
                try:
                    slot = self._slots.start(stack, self._postgres)
                except BaseException as error:  # noqa: BLE001 - raised where the slot is taken
                    self.ready.set_exception(error)
                    return
                self.ready.set_result(slot)
                self._released.wait()
        except BaseException as error:  # noqa: BLE001 - raised where the slot is released
            self._fault = error


class Slots:
    """Starts slots and clears them up. May be used from several threads."""

    def __init__(self, postgres: PostgresBackend, sandbox: SandboxBackend, workspace: Path) -> None:
        """Store the arguments; nothing is started yet.

        Args:
            postgres: starts the servers.
            sandbox: starts the sandboxes.
            workspace: a private folder that lasts as long as the run.
        """
        self.room = MemoryRoom()
        """Counts the slots that are in use."""
        self._postgres = postgres
        self._sandbox = sandbox
        self._workspace = workspace
        self._groups = MemoryGroups.here()
        self._lock = threading.Lock()
        self._open: set[Sandbox] = set()
        self._started_ahead: list[_SlotThread] = []
        """Slots that nobody has taken yet, the oldest first."""
        self._releasing: dict[int, _SlotThread] = {}
        """The slot that is being cleared up for each thread that took one, by the thread's id."""
        self._fault: BaseException | None = None
        """The first error of a slot's clearing up."""
        self._expecting = False
        self._expected = 0
        self._stopped = False

    @contextmanager
    def expecting(self, count: int, at_once: int = 1) -> Iterator[None]:
        """Start slots ahead of time within the block, and clear up used ones in the background.

        One slot is kept started ahead as long as more submissions are to come. The end of the block waits
        until nothing is left of any slot. May not be nested.

        Args:
            count: how many submissions are to come.
            at_once: how many slots to start at once.

        Raises:
            HarnessFault: a slot could not be cleared up.
        """
        with self._lock:
            self._expecting, self._expected = True, count
        self._start_ahead(at_once)
        try:
            yield
        finally:
            with self._lock:
                self._expecting, self._expected = False, 0
                unused, self._started_ahead = self._started_ahead, []
            for slot_thread in unused:
                slot_thread.begin_release()
            for slot_thread in unused:
                self._release(slot_thread)
            for thread in list(self._releasing):
                self._wait_for_release(thread)
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    @contextmanager
    def take(self, other: PostgresBackend | None = None) -> Iterator[Slot]:
        """Take a slot for one submission.

        It is cleared up after the block; within `expecting`, at the latest after that block.

        Args:
            other: start the server by another backend. Such a slot is never one of those that are expected.

        Raises:
            HarnessFault: it could not be started or cleared up, or the run has been stopped.
        """
        thread = threading.get_ident()
        self._wait_for_release(thread)
        with self._lock:
            if self._stopped:
                raise HarnessFault(_STOPPED)
            if other is not None:
                slot_thread = _SlotThread(self, other)
            else:
                ahead = self._started_ahead
                slot_thread = ahead.pop(0) if ahead else _SlotThread(self, self._postgres)
                self._expected -= 1
        try:
            with self.room.taken():
                slot = slot_thread.ready.result()
                if self.room.has_room():
                    self._start_ahead(1)  # not before: it would slow down the slot that is waited for
                yield slot
        finally:
            if self._expecting:
                slot_thread.begin_release()
                self._releasing[thread] = slot_thread
            else:
                slot_thread.release()

    @property
    def one_is_started(self) -> bool:
        """Whether a slot was started ahead that nobody has taken yet."""
        with self._lock:
            return bool(self._started_ahead)

    def need_none(self) -> None:
        """Expect one slot less: a submission has nothing to run."""
        with self._lock:
            self._expected -= 1

    def need_another(self) -> None:
        """Expect one slot more: a submission is tried twice."""
        with self._lock:
            self._expected += 1

    def stop(self) -> None:
        """End all student code now. Calls that wait for it raise a HarnessFault."""
        with self._lock:
            self._stopped = True
            sandboxes = list(self._open)
        for sandbox in sandboxes:
            sandbox.close()

    def fuller(self) -> PostgresBackend | None:
        """A backend whose servers have more extensions and collations; None if there is none."""
        return self._postgres.fuller()

    def start(self, stack: ExitStack, postgres: PostgresBackend) -> Slot:
        """Start a slot in this thread; closing the stack clears it up.

        Raises:
            HarnessFault: a part of it could not be started, or the run has been stopped.
        """
        folder = Path(mkdtemp(prefix="slot-", dir=self._workspace))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        submission = folder / "submission"
        submission.mkdir()
        submission.chmod(_FOLDER_MODE)
        began = time.monotonic()
        group = self._groups.make(most_for_group()) if self._groups is not None else None
        if group is not None:
            stack.callback(group.remove)
        if self._sandbox.confined:
            reserved = stack.enter_context(postgres.reserve())
            # Before the server: the sandbox loads its packages while the server starts.
            sandbox = stack.enter_context(self._sandboxed(submission, reserved.sockets))
        else:  # it needs no folder of the server's, so it starts even earlier
            sandbox = stack.enter_context(self._sandboxed(submission, None))
            reserved = stack.enter_context(postgres.reserve())
        server = reserved.start()
        seconds = time.monotonic() - began
        stack.callback(sandbox.close)
        stack.callback(reserved.begin_stop)  # both take a while to end
        if self._sandbox.confined and not server.endpoint.is_socket:
            raise HarnessFault(
                "a submission that is confined has no network, and this PostgreSQL server has no Unix socket",
                next_step="Use `--postgres embedded`, or a container engine on this machine.",
            )
        if group is not None:  # no code of a submission runs yet
            group.adopt(*filter(None, (server.process, sandbox.process)))
        return Slot(server, sandbox, submission, seconds, group)

    @contextmanager
    def _sandboxed(self, submission: Path, sockets: Sockets | None) -> Iterator[Sandbox]:
        """Start a sandbox that `stop` can end from another thread."""
        with self._sandbox.sandbox(submission, sockets) as sandbox:
            with self._lock:
                if self._stopped:
                    raise HarnessFault(_STOPPED)
                self._open.add(sandbox)
            try:
                yield sandbox
            finally:
                with self._lock:
                    self._open.discard(sandbox)

    def _wait_for_release(self, thread: int) -> None:
        """Wait until the last slot of a thread is cleared up: a thread may have one slot at a time."""
        if slot_thread := self._releasing.pop(thread, None):
            self._release(slot_thread)

    def _release(self, slot_thread: _SlotThread) -> None:
        try:
            slot_thread.release()
        except BaseException as error:  # noqa: BLE001 - raised at the end of `expecting`
            self._fault = self._fault or error

    def _start_ahead(self, count: int) -> None:
        """Start slots until `count` are started ahead, but no more than submissions are to come."""
        with self._lock:
            while not self._stopped and len(self._started_ahead) < min(count, self._expected):
                self._started_ahead.append(_SlotThread(self, self._postgres))
