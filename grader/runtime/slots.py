"""Slots: a server and a sandbox around a place for a submission, begun before there is one to put there.

Each slot serves one submission. What takes long about it, starting, needs nothing of the submission, so it is
done while the harness loads the rest of its own code, and in a batch while others are tried. Knows nothing of
what is run in a slot, or of grading.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from grader.errors import HarnessFault
from grader.runtime.postgres.interface import PostgresBackend, PostgresServer
from grader.runtime.sandbox.interface import Sandbox, SandboxBackend

_FOLDER_MODE = 0o755
"""Of the place for the submission: the sandbox's user is another."""
_STOPPED = "the run was stopped"


@dataclass(frozen=True)
class Slot:
    """A running server, a sandbox that reaches it, and the folder that it shows the submission in."""

    server: PostgresServer
    sandbox: Sandbox
    """It may still be loading its packages."""
    submission: Path
    server_seconds: float
    """How long the server took to start."""

    @contextmanager
    def occupied(self, staged: Path) -> Iterator[None]:
        """Have the staged files where the sandbox shows them, and then, as they are by then, back.

        Both places have to be on one file system.
        """
        _move(staged, self.submission)
        try:
            yield
        finally:
            _move(self.submission, staged)


def _move(source: Path, target: Path) -> None:
    for path in list(source.iterdir()):
        path.rename(target / path.name)


class _Keeping:
    """The thread that makes one slot, holds it, and clears it up.

    One thread for all of it: what bubblewrap starts ends with the thread that started it.
    """

    def __init__(self, slots: Slots) -> None:
        self.ready: Future[Slot] = Future()
        self._slots = slots
        self._released = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._keep, name="slot", daemon=True)
        self._thread.start()

    def let_go(self) -> None:
        """Have the slot cleared up, without waiting for that."""
        self._released.set()

    def release(self) -> None:
        """Let go of the slot, and wait until nothing is left of it.

        Raises:
            HarnessFault: it could not be cleared up.
        """
        self.let_go()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def _keep(self) -> None:
        try:
            with ExitStack() as stack:
                try:
                    slot = self._slots.start(stack)
                except BaseException as error:  # noqa: BLE001 - for whoever wants the slot
                    self.ready.set_exception(error)
                    return
                self.ready.set_result(slot)
                self._released.wait()
        except BaseException as error:  # noqa: BLE001 - for whoever lets go of it
            self._fault = error


class Slots:
    """Makes slots; may be used from several threads."""

    def __init__(self, postgres: PostgresBackend, sandbox: SandboxBackend, workspace: Path) -> None:
        """Choose what slots are made of; nothing is started yet.

        Args:
            postgres: where servers come from.
            sandbox: what confines students' code.
            workspace: a private folder that lasts as long as the run.
        """
        self._postgres = postgres
        self._sandbox = sandbox
        self._workspace = workspace
        self._lock = threading.Lock()
        self._open: set[Sandbox] = set()
        self._spares: list[_Keeping] = []
        """Begun for whoever comes next, the first of them first."""
        self._leaving: dict[int, _Keeping] = {}
        """What is being cleared up, by the thread that had it; one for each."""
        self._fault: BaseException | None = None
        """The first that came of that."""
        self._expecting = False
        self._expected = 0
        self._stopped = False

    @contextmanager
    def expecting(self, count: int, at_once: int = 1) -> Iterator[None]:
        """Keep one slot begun ahead while more of `count` submissions are to come, and clear up beside.

        Slots that are taken in the block are cleared up while whoever had them goes on; the end of the block
        waits until nothing is left of any. May not be nested.

        Args:
            count: how many submissions are to come.
            at_once: how many of them will want a slot at first: so many are begun for them.

        Raises:
            HarnessFault: one could not be cleared up, whether somebody took it or not.
        """
        with self._lock:
            self._expecting, self._expected = True, count
        self._begin_spares(at_once)
        try:
            yield
        finally:
            with self._lock:
                self._expecting, self._expected = False, 0
                spares, self._spares = self._spares, []
            for spare in spares:
                spare.let_go()
            for spare in spares:
                self._see_off(spare)
            for thread in list(self._leaving):
                self._wait_for_clearing(thread)
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    @contextmanager
    def take(self) -> Iterator[Slot]:
        """A slot for one submission; nothing is left of it after the block, or after that of `expecting`.

        Raises:
            HarnessFault: it could not be started or cleared up, or the run has been stopped.
        """
        thread = threading.get_ident()
        self._wait_for_clearing(thread)
        with self._lock:
            if self._stopped:
                raise HarnessFault(_STOPPED)
            keeping = self._spares.pop(0) if self._spares else _Keeping(self)
            self._expected -= 1
        try:
            slot = keeping.ready.result()
            self._begin_spares(1)  # not before: this one is waited for
            yield slot
        finally:
            if self._expecting:
                keeping.let_go()
                self._leaving[thread] = keeping
            else:
                keeping.release()

    def need_none(self) -> None:
        """One of the submissions that are expected has nothing to run."""
        with self._lock:
            self._expected -= 1

    def need_another(self) -> None:
        """One of the submissions that are expected takes one slot more."""
        with self._lock:
            self._expected += 1

    def stop(self) -> None:
        """End all student code now: whatever waits for it gets a fault and unwinds."""
        with self._lock:
            self._stopped = True
            sandboxes = list(self._open)
        for sandbox in sandboxes:
            sandbox.close()

    def start(self, stack: ExitStack) -> Slot:
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
        if self._sandbox.confined:
            reserved = stack.enter_context(self._postgres.reserve())
            # First: while the server starts, it can load its packages.
            sandbox = stack.enter_context(self._sandboxed(submission, reserved.sockets))
        else:  # it needs nothing of the server, and can load its packages while even the place is prepared
            sandbox = stack.enter_context(self._sandboxed(submission, None))
            reserved = stack.enter_context(self._postgres.reserve())
        server = reserved.start()
        seconds = time.monotonic() - began
        stack.callback(sandbox.close)
        stack.callback(reserved.let_go)  # both take a while to end
        if self._sandbox.confined and not server.endpoint.is_socket:
            raise HarnessFault(
                "a submission that is confined has no network, and this PostgreSQL server has no Unix socket",
                next_step="Use `--postgres embedded`, or a container engine on this machine.",
            )
        return Slot(server, sandbox, submission, seconds)

    @contextmanager
    def _sandboxed(self, submission: Path, sockets: Path | None) -> Iterator[Sandbox]:
        """A sandbox that `stop` can end from another thread."""
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

    def _wait_for_clearing(self, thread: int) -> None:
        """Wait until nothing is left of what a thread had before: it may have one slot, not many."""
        if keeping := self._leaving.pop(thread, None):
            self._see_off(keeping)

    def _see_off(self, keeping: _Keeping) -> None:
        try:
            keeping.release()
        except BaseException as error:  # noqa: BLE001 - for the end of `expecting`
            self._fault = self._fault or error

    def _begin_spares(self, count: int) -> None:
        """Have so many slots begun ahead, as far as so many are to come."""
        with self._lock:
            while not self._stopped and len(self._spares) < min(count, self._expected):
                self._spares.append(_Keeping(self))
