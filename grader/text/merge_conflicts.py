"""Git's conflict markers, which a merge leaves in a file: neither Python nor a setting. Knows text only."""

from __future__ import annotations

import re

CAUSE = "Git's conflict markers stand in it"
"""What is wrong with a file, as the end of a sentence."""
FIX = (
    "Decide between the two versions, take out the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`, "
    "and commit again."
)

_MARKER = re.compile(r"(?:<{7}|\|{7}|={7}|>{7})(?: |$)")
_BEGINS_OR_ENDS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


def is_marker(line: str) -> bool:
    """Whether a line that something could not read is one of the markers."""
    return _MARKER.match(line) is not None


def marked_line(text: str) -> int | None:
    """The number of the first line that begins or ends a conflict, from 1; None when there is none.

    Not those in between: seven equals signs may also underline a heading.
    """
    match = _BEGINS_OR_ENDS.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else None
