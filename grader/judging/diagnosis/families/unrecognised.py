"""Errors that no other diagnosis knows.

Knows nothing of what the error is about.
"""

from __future__ import annotations

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family


def unrecognised(clue: Clue) -> Advice:
    """The error's own words, and the student's line that it came from."""
    frame = clue.own_frame
    source = f" The line is: `{shortened(frame.source, 120)}`." if frame is not None and frame.source else ""
    return Advice(
        f"`{clue.step.command}` ended with: {shortened(clue.found.headline, 240)}{clue.here}.{source}",
        "Start from that line of yours and run the same command on an empty database of your own; the "
        "evidence shows the whole output.",
        clue.place,
    )


KINDS = {
    "unrecognised_error": DiagnosisKind(
        "An error that none of the rules knows: its last line and the student's innermost frame",
        otherwise="A command failed, and none of the other diagnoses knows its error.",
    )
}
FAMILY = Family("Everything else", "else", __doc__, KINDS)
