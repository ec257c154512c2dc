"""Reads the names that Canvas and Moodle give to what was handed in there.

They are the names of Canvas's `ContentZipper` and of Moodle's `mod_assign`. A name of another form says
nothing. Must not know of files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_CANVAS = re.compile(
    r"(?:(?P<who>[^\W_]\w*?)_(?:LATE_)?(?P<user>\d{3,})|(?:LATE_)?anon_(?P<anonymous>[0-9A-Za-z]+))"
    r"_(?P<order>\d{3,})_(?P<file>.+)",
    re.DOTALL,
)
_MOODLE = re.compile(
    r"(?P<who>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<part>file|onlinetext)(?:_(?P<file>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class HandIn:
    """What a platform's name says of a submission."""

    id: str
    """The person, and the platform's number for them: the same for every attempt, late or not."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column of a roster to the value in it that is this person's alone."""
    order: int | None = None
    """Of a person's files, one with a larger number was handed in later; None where the name does not say."""
    file: str = ""
    """The student's own name for the file; empty where the name does not say."""
    is_text: bool = False
    """It is a text that was typed in on the platform, and no file."""


def read_name(name: str) -> HandIn | None:
    """What a name says, without the ending of an archive; None if neither Canvas nor Moodle made it."""
    if found := _MOODLE.fullmatch(name):
        number = found["number"] or ""
        return HandIn(
            "_".join(filter(None, (found["who"], number))),
            {"moodle_id": number} if number else {},
            file=found["file"] or "",
            is_text=found["part"] == "onlinetext",
        )
    if found := _CANVAS.fullmatch(name):
        user = found["user"] or ""
        return HandIn(
            f"{found['who']}_{user}" if user else f"anon_{found['anonymous']}",
            {"canvas_id": user} if user else {},
            order=int(found["order"]),
            file=found["file"],
        )
    return None


def newest(attempts: Sequence[tuple[str, HandIn]]) -> str | None:
    """The last of a person's attempts, given as names with what they say; None where that is not clear.

    Canvas adds `-1`, `-2` to the name of a file that is handed in again. Files with other names than that may
    belong together.
    """
    orders = [hand_in.order for _, hand_in in attempts]
    files = {re.sub(r"-\d+$", "", hand_in.file) for _, hand_in in attempts}
    if None in orders or len(files) > 1:
        return None
    return max(attempts, key=lambda attempt: attempt[1].order or 0)[0]
