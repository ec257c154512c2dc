"""How git is called: with these settings only, so that no others can name a program or change a file.

Must not know what is asked of a repository.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grader.errors import UnavailableError
from grader.submission.entries import EntryKind

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "1m",  # larger files are passed on in pieces, not held in memory
    "protocol.allow": "never",  # not even to fetch what a partial clone lacks
}
_NETWORK_SETTINGS = {
    "protocol.https.allow": "always",
    "protocol.http.allow": "always",
    "protocol.ssh.allow": "always",
    "fetch.recurseSubmodules": "false",
    "fetch.fsckObjects": "false",  # a malformed old commit is no reason to refuse a submission
    "submodule.recurse": "false",
    "credential.helper": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "1",
}
_NETWORK_VARIABLES = (
    *("HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
"""What a fetch needs for proxies and for logging in: an ssh agent, the keys and `.netrc` at home."""
_SSH = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=10"
ENTRY_KINDS: Mapping[str, EntryKind] = {
    "040000": "folder",
    **dict.fromkeys(("100644", "100664", "100755"), "file"),
    "120000": "link",
    "160000": "submodule",
}
"""The modes that git lists, with the kinds of entry that they stand for."""
_LARGEST_ALLOCATION = "256m"
"""The largest single piece of memory that git may take: an object may claim any size."""


def git_command(git_dir: Path, *arguments: str, network: bool = False) -> list[str]:
    """A command line of git.

    Args:
        git_dir: the repository; git never searches for one.
        arguments: the git command and its arguments.
        network: allow git to fetch by https, http and ssh.

    Raises:
        UnavailableError: git is not installed.
    """
    program = shutil.which("git")
    if program is None:
        raise UnavailableError(
            "git is not installed, and the submission is a git repository.",
            next_step="Install git (`apt-get install git` or the like), or grade a folder or an archive.",
        )
    settings = {**_SETTINGS, **(_NETWORK_SETTINGS if network else {})}
    options = (word for key, value in settings.items() for word in ("-c", f"{key}={value}"))
    return [program, f"--git-dir={git_dir}", *options, *arguments]


def git_environment(*, network: bool = False) -> Mapping[str, str]:
    """All environment variables that git gets.

    Args:
        network: pass on what a fetch needs for proxies and for logging in.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOC_LIMIT": _LARGEST_ALLOCATION,
    }
    if network:
        environment |= {name: os.environ[name] for name in _NETWORK_VARIABLES if name in os.environ}
        # A user may name a key in this variable, as for any use of git.
        environment["GIT_SSH_COMMAND"] = f"{os.environ.get('GIT_SSH_COMMAND', 'ssh')} {_SSH}"
        environment["GIT_SSH_VARIANT"] = "ssh"
    return environment


@contextmanager
def running_git(
    git_dir: Path,
    *arguments: str,
    reads_input: bool = False,
    seconds: float,
    most_memory: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start git on a repository. It is killed at the end of the block, or when it takes too long.

    Args:
        git_dir: the repository.
        arguments: the git command and its arguments.
        reads_input: give git a pipe as its standard input.
        seconds: how long it may take.
        most_memory: how many bytes it may use of its own; then it ends with an error. Only Linux can do that.

    Raises:
        UnavailableError: git is not installed.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            git_command(git_dir, *arguments),
            stdin=subprocess.PIPE if reads_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=git_dir if git_dir.is_dir() else git_dir.parent,
            env=git_environment(),
        )
        if most_memory is not None and sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):  # it has ended already
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (most_memory, most_memory))
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
