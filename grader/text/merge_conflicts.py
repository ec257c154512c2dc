"""Finds the conflict markers that a git merge leaves in a file. Must not know what the file is."""

from __future__ import annotations

import re

CAUSE = "it holds the conflict markers of a git merge"
"""The cause, as the end of a sentence."""
FIX = (
    "Decide between the two versions, take out the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`, "
    "and commit again."
)

_MARKER = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: |$)")
_BEGINS_OR_ENDS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


def is_marker(line: str) -> bool:
    """Whether a line is a conflict marker."""
    return _MARKER.match(line) is not None


def marked_line(text: str) -> int | None:
    """The number of the first line that begins or ends a conflict, counted from 1; None if there is none.

    The marker between the two versions does not count: seven equals signs may also underline a heading.
    """
    match = _BEGINS_OR_ENDS.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else None
