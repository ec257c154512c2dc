"""Keeps an initialised data folder of PostgreSQL (what `initdb` makes) from one run to the next.

`initdb` takes longer than all the rest of starting an embedded server. A cached folder is only copied from,
and is not removed while a server is running that was made from it. A run without a usable cache initialises a
folder of its own. The programs of PostgreSQL are cached beside the data folder where the servers' user cannot
read them at their own place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import platform
import secrets
import shutil
import stat
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from grader.files.cache import cache_folder, only_ours
from grader.runtime.postgres.binaries import Binaries
from grader.runtime.postgres.folders import open_to_all

_UNUSED_SECONDS = 30 * 24 * 3600
"""How long a data folder is kept that no run uses."""
_DATA = "data"
_PROGRAMS = "programs"
_PASSWORD = "password"  # noqa: S105 - the name of a file


@dataclass(frozen=True)
class CachedDataFolder:
    """A data folder that an earlier run has initialised."""

    folder: Path
    """The folder in the cache. It holds the data folder, the programs and the password."""
    password: str = field(repr=False)
    """The superuser's. Every server that is made from the folder gets a new one."""

    def hold(self) -> Lock:
        """Prevent its removal until the lock is closed.

        Raises:
            OSError: it has been removed or discarded.
        """
        with ExitStack() as otherwise:
            lock = Lock(self.folder, shared=True)
            otherwise.callback(lock.close)
            if _password_in(self.folder) != self.password:
                raise FileNotFoundError(errno.ENOENT, "it has been replaced", str(self.folder))
            otherwise.pop_all()
        return lock

    def discard(self) -> None:
        """No server starts from it: take it out of the cache. It is removed once nobody holds it."""
        with contextlib.suppress(OSError):
            if _password_in(self.folder) == self.password:
                (self.folder / _PASSWORD).unlink()
                _remove(self.folder)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / _DATA

    @property
    def programs(self) -> Path:
        """Where the programs are, if they are cached too."""
        return self.folder / _PROGRAMS


class DataFolderCache:
    """The cache for one installation of PostgreSQL and one set of `initdb` options."""

    def __init__(
        self,
        binaries: Binaries,
        options: Sequence[str],
        *,
        reader: int | None = None,
        with_programs: bool = False,
    ) -> None:
        """Choose the folder; nothing is made yet.

        Args:
            binaries: the installation whose `initdb` makes the data folder.
            options: the options of `initdb`.
            reader: the group that has to read the cached files; None when only this user reads them.
            with_programs: whether the programs are cached too.
        """
        self._reader = reader
        self._with_programs = with_programs
        root = cache_folder()
        if root is not None and reader is not None:
            nearest = next(path for path in (root, *root.parents) if path.is_dir())
            root = root if open_to_all(nearest) else None
        self._folder = root / "clusters" / self._key(binaries, options) if root else None

    def find(self) -> CachedDataFolder | None:
        """The cached data folder; None if there is none, or if another user could have written it.

        Removes folders that a killed run has left half written.
        """
        if self._folder is None:
            return None
        for half in self._folder.parent.glob(".*"):
            with contextlib.suppress(OSError), closing(Lock(half)):
                shutil.rmtree(half, ignore_errors=True)
        try:
            if not only_ours(self._folder):
                return None
            os.utime(self._folder)  # marks it as used
            return CachedDataFolder(self._folder, _password_in(self._folder))
        except (OSError, ValueError):
            _remove(self._folder)  # it would be in the way of a new one
            return None

    def store(self, data: Path, password: str, programs: Path | None = None) -> None:
        """Copy an unused data folder and the programs into the cache, if there is a cache."""
        if self._folder is None:
            return
        fresh = self._folder.with_name(f".{secrets.token_hex(8)}")
        try:
            fresh.mkdir(mode=0o700, parents=True)
            with closing(Lock(fresh)):
                shutil.copytree(data, fresh / _DATA)
                if programs is not None:
                    _copy_programs(programs, fresh / _PROGRAMS)
                (fresh / _PASSWORD).touch(mode=0o600)
                (fresh / _PASSWORD).write_text(password, encoding="ascii")
                if self._reader is not None:
                    for above in (fresh.parent, fresh.parent.parent):  # the umask may have closed them
                        above.chmod(0o711)
                    _let_read(fresh, self._reader)
                fresh.rename(self._folder)
            _remove_unused(self._folder.parent)
        except OSError:  # there is no space or no right, or another run was quicker
            shutil.rmtree(fresh, ignore_errors=True)

    def _key(self, binaries: Binaries, options: Sequence[str]) -> str:
        """A name that changes with the version, the build and the options, so that none are mixed up."""
        program = (binaries.folder / "initdb").stat()
        parts = [str(binaries.folder), program.st_mtime_ns, program.st_size, platform.machine(), *options]
        parts += [_PROGRAMS] if self._with_programs else []
        digest = hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogateescape"))
        return f"{binaries.version}-{digest.hexdigest()[:16]}"


class Lock:
    """The lock of a folder. The system frees it when the process that holds it ends."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        """Take the lock.

        Raises:
            OSError: another process has it, or there is no such folder.
        """
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._release = weakref.finalize(self, os.close, handle)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the lock. May be called twice."""
        self._release()


def _password_in(kept: Path) -> str:
    return (kept / _PASSWORD).read_text(encoding="ascii")


def _remove(kept: Path) -> None:
    """Remove a cached folder, unless a process holds it. It is renamed first, so nobody finds half of it."""
    with contextlib.suppress(OSError), closing(Lock(kept)):
        doomed = kept.with_name(f".{secrets.token_hex(8)}")
        kept.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _remove_unused(folder: Path) -> None:
    """Remove folders that were not used for long: each environment with a grader caches its own."""
    oldest = time.time() - _UNUSED_SECONDS
    for kept in folder.glob("[!.]*"):
        with contextlib.suppress(OSError):
            if kept.stat().st_mtime < oldest:
                _remove(kept)


def _copy_programs(source: Path, target: Path) -> None:
    """Copy programs.

    Raises:
        OSError: the target's file system does not let programs run.
    """
    if os.statvfs(target.parent).f_flag & getattr(os, "ST_NOEXEC", 0):  # not every system has the flag
        raise OSError(errno.EACCES, "no program may run from there", str(target))
    shutil.copytree(source, target)


def _let_read(folder: Path, group: int) -> None:
    """Let a group read a tree that belongs to root, and run the programs in it."""
    for path, _, files in os.walk(folder):
        os.chown(path, -1, group)
        Path(path).chmod(0o750)
        for name in files:
            if name != _PASSWORD:
                os.chown(f"{path}/{name}", -1, group)
                file = Path(path, name)
                file.chmod(0o750 if file.stat().st_mode & stat.S_IXUSR else 0o640)
