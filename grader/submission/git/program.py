"""How git is called: with no settings but ours, so that no others can add a program or change a file.

It only ever works in repositories that `git_repository` has made; must not know what is wanted of them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from grader.errors import UnavailableError

_PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
"""What it takes to get through a proxy, and to be let in: an ssh agent, the keys and the `.netrc` at home."""
_SSH = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=10"
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.bigFileThreshold": "1m",  # larger ones are passed on in pieces, not held in memory
    "protocol.allow": "never",
    "protocol.https.allow": "always",
    "protocol.http.allow": "always",
    "protocol.ssh.allow": "always",
    "fetch.recurseSubmodules": "false",
    "fetch.fsckObjects": "false",  # a mistake in an old commit is no reason to refuse somebody's work
    "submodule.recurse": "false",
    "credential.helper": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "1",
}
_LARGEST_ALLOCATION = "256m"
"""Of one piece of memory: an object may claim any size."""


def git_command(repository: Path, *arguments: str) -> list[str]:
    """A command line of git for a repository of ours.

    Raises:
        UnavailableError: git is not installed.
    """
    program = shutil.which("git")
    if program is None:
        raise UnavailableError(
            "git is not installed, and the submission is a git repository.",
            next_step="Install git (`apt-get install git` or the like), or grade a folder or an archive.",
        )
    settings = (word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}"))
    return [program, f"--git-dir={repository}", *settings, *arguments]


def git_environment() -> Mapping[str, str]:
    """All that git finds in its environment."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
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
        # Whoever runs the harness may name a key here, as for any use of git.
        "GIT_SSH_COMMAND": f"{os.environ.get('GIT_SSH_COMMAND', 'ssh')} {_SSH}",
        "GIT_SSH_VARIANT": "ssh",
    }
