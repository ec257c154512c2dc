"""The environment variables of every step, without those of the database."""

from __future__ import annotations

import os
from pathlib import Path

HOSTS = Path(__file__).with_name("hosts")
"""A file for `/etc/hosts` in sandboxes without a network: a connection to `localhost` must be refused, and
not fail because the name is unknown."""


def step_environment(scripts: Path, home: str) -> dict[str, str]:
    """The variables of every step.

    Args:
        scripts: the folder of the interpreter and of the packages' commands.
        home: a folder that the step may write to.
    """
    return {
        "PATH": os.pathsep.join([str(scripts), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "120",
    }
