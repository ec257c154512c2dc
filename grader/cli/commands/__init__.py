"""The commands: each is a module of the same name in this package, with `add_arguments` and `run`.

A new command takes such a module and a line in `COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "grade": "grade submissions and write their reports",
        "regrade": "judge saved submissions by the rubric as it is now",
        "export": "make files for a gradebook from saved reports",
        "changed": "which submissions a pull request or push changes",
        "assignment": "help for those who write an assignment file",
        "prepare": "get ready what an assignment's submissions are run with",
        "doctor": "what works on this machine, and what to do about the rest",
        "image": "the container images",
    }
)
"""What each command does, for `--help`, which loads none of the modules."""
