"""What a step finds around it besides the database's address: next to nothing."""

from __future__ import annotations

import os
from pathlib import Path

HOSTS = Path(__file__).with_name("hosts")
"""For `/etc/hosts` where there is no network: a submission that asks for `localhost` must find that nothing
listens there, not that there is no such place."""


def step_environment(scripts: Path, home: str) -> dict[str, str]:
    """Give the variables of every step.

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
