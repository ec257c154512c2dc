"""A harness in small, to be killed by a test: runs a step that leaves a daemon behind and does not end.

Called with the folder of a submission. The step writes the ids of its processes to a file in that folder, and
that file is what the test waits for.
"""

from __future__ import annotations

import sys
from pathlib import Path

from grader.observations.model import Layout
from grader.runtime.sandbox.interface import Step, StepLimits
from grader.runtime.sandbox.unconfined import UnconfinedBackend


def main() -> None:
    """Run the step until killed."""
    root = Path(sys.argv[1])
    with UnconfinedBackend().sandbox(root, None) as sandbox:
        layout = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
        sandbox.set_up(layout, StepLimits(output_bytes=4096))
        sandbox.run(Step("alembic", ("current",), seconds=600.0))


if __name__ == "__main__":
    main()
