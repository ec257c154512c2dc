"""Lines on a terminal that may hold anything a submission is called or has printed.

Must not know which command prints them.
"""

from __future__ import annotations

from rich.console import Console

from grader.untrusted_text import clean, redact, without_ci_commands


def plain_console(*, stderr: bool = False) -> Console:
    """A console that shows a text as it is, in lines as long as they are."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def fit(text: str) -> str:
    """A message that may hold names or output of a submission, fit for a terminal and a CI system's log."""
    return without_ci_commands(redact(clean(text), ()))
