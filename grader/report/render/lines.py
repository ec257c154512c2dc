"""Breaks texts into lines for a terminal. A command between backquotes stays in one line where it fits.

Must not know what the texts say.
"""

from __future__ import annotations

import re
import textwrap

_COMMAND = re.compile(r"`[^`]+`\S*")
_KEPT = "\0"
"""Stands for a space at which no line may end; no text that is shown has it."""


def wrapped(text: str, width: int, *, indent: str = "") -> str:
    """A text whose lines have the width at most, unless a single word is longer.

    Args:
        text: one line.
        width: in columns.
        indent: what all lines but the first begin with.
    """
    if len(text) <= width:
        return text

    def whole(match: re.Match[str]) -> str:
        room = width - len(indent)
        return match[0].replace(" ", _KEPT) if len(match[0]) <= room else match[0]

    filled = textwrap.fill(
        _COMMAND.sub(whole, text),
        max(width, 1),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(_KEPT, " ")
