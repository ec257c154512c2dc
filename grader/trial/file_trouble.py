"""Finds submissions that failed at creating files, for a reason that their authors' machines do not have.

Some students' code creates folders and log files beside itself, as Flask's own tutorial does. A sandbox
refuses that, and without a sandbox two steps that run at the same time may disturb each other. This module
judges nothing. It says that the result may be different if steps run one after the other, on separate copies.
"""

from __future__ import annotations

import re

from grader.observations.model import Observations

_TROUBLE = re.compile(
    r"Read-only file system|\[Errno 17\] File exists|\[Errno 13\] Permission denied: '(?!/)"
)
"""Errors for a folder that cannot be changed, for a file that exists already, and for another user's folder.

The last one counts only for relative paths, which are the submission's: its root is left out of paths.
"""


def had_file_trouble(observations: Observations) -> bool:
    """Whether a step failed with an error about a file that it wanted to create."""
    return any(
        step.exit_code != 0 and _TROUBLE.search(step.stdout + step.stderr) is not None
        for step in observations.all_steps()
    )
