"""Which submissions failed at making files, for a reason that no machine of their authors would have.

Students' code makes folders and log files beside itself, as Flask's own tutorial has it. A sandbox refuses
that, and where none does, two steps that run at once may be in each other's way. Judges nothing: it says that
a try of one step after the other, each over a copy of its own, may end otherwise.
"""

from __future__ import annotations

import re

from grader.observations.model import Observations

_TROUBLE = re.compile(
    r"Read-only file system|\[Errno 17\] File exists|\[Errno 13\] Permission denied: '(?!/)"
)
"""What the system says of a folder that nobody can change, of a file that is there, and of another user's
folder, which in here can only be the submission's: its paths are shown without its root."""


def had_file_trouble(observations: Observations) -> bool:
    """Whether a step failed and said so of a file that it wanted to make."""
    return any(
        step.exit_code != 0 and _TROUBLE.search(step.stdout + step.stderr) is not None
        for step in observations.all_steps()
    )
