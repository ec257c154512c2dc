"""Keeps an initialised data folder (PostgreSQL's word for it is *cluster*) from one run to the next.

`initdb` takes longer than everything else that an embedded server costs. What is kept is only ever copied
from, and never removed while a server is there that was made of it; a run without a cache, or with one that
cannot be used, initialises a folder of its own. Beside the data folder lie the programs, where servers run as
a user who cannot reach them at their own place.
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
"""How long a data folder is kept that no run starts from."""
_DATA = "data"
_PROGRAMS = "programs"
_PASSWORD = "password"  # noqa: S105 - the name of a file


@dataclass(frozen=True)
class KeptCluster:
    """A data folder that has been initialised by an earlier run."""

    folder: Path
    """Holds the rest."""
    password: str = field(repr=False)
    """The superuser's; every server made of it gets a new one."""

    def hold(self) -> Lock:
        """See that nobody removes it before the lock is given back.

        Raises:
            OSError: it has been removed, or is not trusted any more.
        """
        with ExitStack() as otherwise:
            lock = Lock(self.folder, shared=True)
            otherwise.callback(lock.close)
            if _password_in(self.folder) != self.password:
                raise FileNotFoundError(errno.ENOENT, "another one has been kept since", str(self.folder))
            otherwise.pop_all()
        return lock

    def distrust(self) -> None:
        """Have nobody find it any more: no server starts from it. It is removed when nobody holds it."""
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
        """Where the programs are, if they were kept as well."""
        return self.folder / _PROGRAMS


class ClusterCache:
    """What is kept for one installation of PostgreSQL and one way to initialise."""

    def __init__(
        self,
        binaries: Binaries,
        options: Sequence[str],
        *,
        reader: int | None = None,
        with_programs: bool = False,
    ) -> None:
        """Choose the place; nothing is made yet.

        Args:
            binaries: whose `initdb` makes the data folder.
            options: what it is told.
            reader: the group that has to read what is kept; None when only this user has to.
            with_programs: whether the programs are kept as well.
        """
        self._reader = reader
        self._with_programs = with_programs
        root = cache_folder()
        if root is not None and reader is not None and not open_to_all(_nearest(root)):
            root = None
        self._folder = root / "clusters" / self._key(binaries, options) if root else None

    def find(self) -> KeptCluster | None:
        """Give what is kept; None when that is nothing, or nothing that only this user could have written.

        Removes what runs that were killed have left half written.
        """
        if self._folder is None:
            return None
        _sweep(self._folder.parent)
        try:
            if not only_ours(self._folder):
                return None
            os.utime(self._folder)  # it is in use
            return KeptCluster(self._folder, _password_in(self._folder))
        except (OSError, ValueError):
            _remove(self._folder)  # it is in the way of another one
            return None

    def keep(self, data: Path, password: str, programs: Path | None = None) -> None:
        """Copy a data folder that no server runs on, and the programs; without a place for it, do nothing."""
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
                    for above in (fresh.parent, fresh.parent.parent):  # to get through, whatever the umask is
                        above.chmod(0o711)
                    _let_read(fresh, self._reader)
                fresh.rename(self._folder)
            _remove_unused(self._folder.parent)
        except OSError:  # there is no room, no right, or another run was quicker
            shutil.rmtree(fresh, ignore_errors=True)

    def _key(self, binaries: Binaries, options: Sequence[str]) -> str:
        """Tell apart what must not be mixed up: an upgrade, another build, another way to initialise."""
        program = (binaries.folder / "initdb").stat()
        parts = [str(binaries.folder), program.st_mtime_ns, program.st_size, platform.machine(), *options]
        parts += [_PROGRAMS] if self._with_programs else []
        digest = hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "surrogateescape"))
        return f"{binaries.version}-{digest.hexdigest()[:16]}"


class Lock:
    """The lock of a folder; it is free as soon as its holder is gone, however that came about."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        """Take it.

        Raises:
            OSError: somebody else has it, or there is no such folder.
        """
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self._release = weakref.finalize(self, os.close, handle)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give it back. May be called twice."""
        self._release()


def _password_in(kept: Path) -> str:
    return (kept / _PASSWORD).read_text(encoding="ascii")


def _remove(kept: Path) -> None:
    """Remove a kept folder, unless somebody holds it; nobody finds half of it."""
    with contextlib.suppress(OSError), closing(Lock(kept)):
        doomed = kept.with_name(f".{secrets.token_hex(8)}")
        kept.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _remove_unused(folder: Path) -> None:
    """Remove what has not been used for long: every environment that the grader is installed in keeps one."""
    oldest = time.time() - _UNUSED_SECONDS
    for kept in folder.glob("[!.]*"):
        with contextlib.suppress(OSError):
            if kept.stat().st_mtime < oldest:
                _remove(kept)


def _sweep(folder: Path) -> None:
    """Remove what nobody writes any more and nobody has come to use."""
    for half in folder.glob(".*"):
        with contextlib.suppress(OSError), closing(Lock(half)):
            shutil.rmtree(half, ignore_errors=True)


def _copy_programs(source: Path, target: Path) -> None:
    """Copy programs to where they can be run.

    Raises:
        OSError: nothing can be run there.
    """
    if os.statvfs(target.parent).f_flag & getattr(os, "ST_NOEXEC", 0):  # not every system tells
        raise OSError(errno.EACCES, "nothing may be run from there", str(target))
    shutil.copytree(source, target)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _let_read(folder: Path, group: int) -> None:
    """Let a group read a tree that stays root's, and run what could be run."""
    for path, _, files in os.walk(folder):
        os.chown(path, -1, group)
        Path(path).chmod(0o750)
        for name in files:
            if name != _PASSWORD:
                os.chown(f"{path}/{name}", -1, group)
                file = Path(path, name)
                file.chmod(0o750 if file.stat().st_mode & stat.S_IXUSR else 0o640)
