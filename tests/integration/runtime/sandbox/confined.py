"""A small submission in any sandbox, and a harness around one that tests can kill.

Run as a script it is that harness: `confined.py container|bubblewrap FOLDER` runs a step that does not end,
prints a line with the label of its run, and waits to be killed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.observations.model import Layout
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.container import ContainerSandboxBackend
from grader.runtime.sandbox.interface import Outcome, Step, StepLimits
from grader.runtime.sockets import Sockets

if TYPE_CHECKING:
    from grader.runtime.sandbox.interface import SandboxBackend

Run = Callable[[str], Outcome]
LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
SECONDS = 20.0


@contextmanager
def running(
    backend: SandboxBackend, folder: Path, *, total_bytes: int = StepLimits.total_bytes
) -> Iterator[Run]:
    """A way to run code as the env.py of a submission, in a sandbox."""
    root, sockets = folder / "submission", folder / "sockets"
    if not root.exists():
        (root / "alembic" / "versions").mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
        (root / "alembic" / "env.py").write_text("import os\nexec(os.environ['CODE'])\n")
        sockets.mkdir()
    with backend.sandbox(root, Sockets(sockets)) as sandbox:
        sandbox.set_up(LAYOUT, StepLimits(output_bytes=65536, total_bytes=total_bytes))

        def run(code: str) -> Outcome:
            return sandbox.run(Step("alembic", ("current",), {"CODE": code}, SECONDS))

        yield run


def main() -> None:
    """Hold a sandbox with a step in it until killed."""
    container = ContainerSandboxBackend()
    backend: SandboxBackend = container if sys.argv[1] == "container" else BubblewrapBackend()
    with running(backend, Path(sys.argv[2])) as run:
        step = threading.Thread(target=run, args=("import time\ntime.sleep(600)",), daemon=True)
        step.start()
        print(container._run, flush=True)  # noqa: T201 - this is what the test reads
        step.join()


if __name__ == "__main__":
    main()
