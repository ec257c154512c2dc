"""Prints texts on a terminal that may hold names or output of a submission.

Must not know which command prints them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from grader.text.untrusted import clean, redact, without_ci_commands

if TYPE_CHECKING:
    from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """A console that prints a text unchanged: no markup, no wrapping."""
    from rich.console import Console  # noqa: PLC0415 - takes longer to load than all else up to a first line

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def is_read_by_a_program(console: Console) -> bool:
    """Whether the output goes into a file or to another program: nothing is cut to the width of a screen."""
    return not console.is_terminal and "COLUMNS" not in os.environ


def terminal_safe(text: str) -> str:
    """Make a message that may hold names or output of a submission safe for a terminal and a CI log."""
    return without_ci_commands(redact(clean(text), ()))
