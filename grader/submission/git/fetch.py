"""Fetches one commit of a git repository into a new repository of our own. Nothing of it is run.

A repository that cannot be reached is the fault of the network or of the address, never of the student. Must
not know what is done with the files.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, HarnessFault, UsageError
from grader.submission.git.address import GitAddress
from grader.submission.git.files import GRADED_REF, RepositoryCopy
from grader.submission.git.program import git_command, git_environment
from grader.submission.git.repository import (
    copy_repository,
    is_repository,
    make_repository,
    most_bytes,
    too_large,
)
from grader.text.names import printable

FETCH_SECONDS = 120.0
"""How long the fetch of one repository may take."""

_LEASH = Path(__file__).with_name("leash.py")
_DEPTH_OF_HISTORY = 500
_LOOK_SECONDS = 0.05
_OUTPUT_BYTES = 64 * 1024
_BRANCH = re.compile(r"^[0-9a-f]+\trefs/heads/(.+)$", re.MULTILINE)
_WHOLE_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@contextmanager
def fetched(
    address: GitAddress,
    workspace: Path,
    limits: Limits,
    *,
    history: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    seconds: float = FETCH_SECONDS,
) -> Iterator[Path]:
    """Fetch a repository. Gives a bare repository of our own, which is deleted at the end of the block.

    Args:
        address: what to fetch.
        workspace: the folder for the temporary files.
        limits: how large it may be.
        history: fetch earlier commits too, if they are not too large.
        stopped: called again and again while git runs; True ends the fetch.
        seconds: how long it may take.

    Raises:
        BrokenSubmission: the repository is far too large.
        UsageError: there is no such repository on this machine, or no such branch in it.
        UnavailableError: git is not installed.
        HarnessFault: it cannot be reached, or takes too long. A new attempt may succeed.
    """
    with tempfile.TemporaryDirectory(dir=workspace, prefix="fetched-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / address.folder.name
        if address.local is not None:
            _copy_local(address, address.local, target, limits)
        else:
            deadline = time.monotonic() + seconds
            fetch = _RemoteFetch(address, Path(folder), target, limits, deadline, stopped)
            try:
                replace(fetch, depth=_DEPTH_OF_HISTORY if history else 1).fetch()
            except BrokenSubmission:
                if not history:
                    raise
                shutil.rmtree(target)
                fetch.fetch()
        yield target


def _copy_local(address: GitAddress, source: Path, target: Path, limits: Limits) -> None:
    found = next((path for path in (source, source / ".git") if is_repository(path)), None)
    if found is None:
        raise UsageError(f"{address.shown} is no git repository.", next_step="Correct the address.")
    copy_repository(found, target, limits)
    reference = address.reference
    if reference is None:
        return
    copy = RepositoryCopy(target)
    names = [f"refs/heads/{reference}", f"refs/tags/{reference}"]
    commit = next(filter(None, map(copy.resolve, names)), None)
    if commit is None and _WHOLE_ID.fullmatch(reference):
        commit = copy.resolve(reference)
    if commit is None:
        raise _no_such_reference(address, [])
    (target / GRADED_REF).parent.mkdir(parents=True, exist_ok=True)
    (target / GRADED_REF).write_text(f"{commit}\n")


def _no_such_reference(address: GitAddress, branches: list[str]) -> UsageError:
    there = f" Its branches: {', '.join(printable(name, limit=40) for name in branches)}." if branches else ""
    return UsageError(
        f"{address.shown} has no branch, tag or commit {printable(address.reference or '')}.{there}",
        next_step="Correct the part after #: a branch, a tag, or all characters of a commit's id.",
    )


@dataclass(frozen=True)
class _RemoteFetch:
    """One fetch over the network."""

    address: GitAddress
    folder: Path
    """For the output of git, and for its temporary files."""
    target: Path
    limits: Limits
    deadline: float
    """In seconds of `time.monotonic`."""
    stopped: Callable[[], bool]
    depth: int = 1
    """How many commits of a branch are fetched."""

    def fetch(self) -> None:
        """Fetch the commit that the address names. An empty repository stays empty."""
        make_repository(self.target)
        reference = self.address.reference or "HEAD"
        first = self._fetch(f"+{reference}:{GRADED_REF}")
        if first.returncode == 0:
            return
        found = self._git("ls-remote", "--heads", "--", self.address.url)
        if found.returncode != 0:
            raise self._unreachable(found)
        branches = _BRANCH.findall(found.stdout)
        if self.address.reference in branches:  # so the server had failed, or the network
            if (again := self._fetch(f"+{reference}:{GRADED_REF}")).returncode == 0:
                return
            raise self._unreachable(again)
        if self.address.reference is not None:
            raise _no_such_reference(self.address, branches[:10])
        # HEAD of the server names a branch that does not exist there.
        if branches and (second := self._fetch("+refs/heads/*:refs/heads/*")).returncode != 0:
            raise self._unreachable(second)

    def _fetch(self, what: str) -> subprocess.CompletedProcess[str]:
        options = ("--quiet", f"--depth={self.depth}", "--no-tags", "--no-recurse-submodules")
        return self._git("fetch", *options, "--", self.address.url, what)

    def _unreachable(self, result: subprocess.CompletedProcess[str]) -> HarnessFault:
        lines = [line.strip() for line in result.stderr.splitlines()]
        reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), "git gave no reason")
        return HarnessFault(
            f"{self.address.shown} cannot be fetched: {printable(self.address.redacted(reason), limit=300)}",
            next_step="Check the address, the network, and that git may read it without asking for a "
            "password: by an ssh agent, a key, a token in the address, or ~/.netrc.",
        )

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git until it ends, takes too long, or has written too much. It ends with this process."""
        command = git_command(self.target, *arguments, network=True)
        with (
            (self.folder / "output").open("w+b") as output,
            (self.folder / "errors").open("w+b") as errors,
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                cwd=self.folder,
                env=git_environment(network=True),
                start_new_session=True,
            ) as process,
        ):
            try:
                code = self._watch(process)
            finally:
                if process.stdin is not None:
                    process.stdin.close()  # lets go of the leash
                process.wait()
            return subprocess.CompletedProcess(command, code, _text(output), _text(errors))

    def _watch(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(_LOOK_SECONDS)
                self._check_size()
                return code
            if self.stopped():
                raise HarnessFault("the run was stopped")
            if time.monotonic() > self.deadline:
                raise HarnessFault(
                    f"{self.address.shown} was not fetched in time.",
                    next_step="Check the address and the network, and grade the submission again.",
                )
            self._check_size()

    def _check_size(self) -> None:
        if _size(self.folder) > most_bytes(self.limits):
            raise too_large(self.limits)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_OUTPUT_BYTES).decode("utf-8", "replace")


def _size(folder: Path) -> int:
    """Bytes of all files below a folder, while git writes there."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{path}/{name}").st_size
    return total
