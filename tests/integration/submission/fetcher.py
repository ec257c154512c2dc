"""A harness in small, to be killed by a test: fetches a repository that never comes.

Called with its address and a folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grader.assignment.model import Limits
from grader.submission.git.address import GitAddress
from grader.submission.git.fetch import fetched


def main() -> None:
    """Fetch until killed."""
    address = GitAddress.parse(sys.argv[1])
    assert address is not None
    with fetched(address, Path(sys.argv[2]), Limits()):
        pass


if __name__ == "__main__":
    main()
