"""Small submissions for the tests of the worker, and a sandbox around one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grader.observations.model import Layout
from grader.runtime.sandbox.interface import Outcome, Step, StepLimits
from grader.runtime.sandbox.process import ProcessHandle, WorkerSandbox
from grader.runtime.sandbox.unconfined import UnconfinedBackend

PLAIN = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
OUTPUT_BYTES = 4096
LIMITS = StepLimits(OUTPUT_BYTES)
INI = "[alembic]\nscript_location = alembic\n"
RUN_WHAT_IS_TOLD = 'import os\nexec(compile(os.environ["CODE"], "env_code.py", "exec"))\n'
"""An env.py that does what a test puts into the environment of a step."""


def write_project(root: Path, env: str = RUN_WHAT_IS_TOLD, ini: str = INI) -> Path:
    """Write an Alembic project that has no revision."""
    (root / "alembic" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(ini)
    (root / "alembic" / "env.py").write_text(env)
    return root


class Place:
    """A worker around one project."""

    def __init__(self, sandbox: WorkerSandbox) -> None:
        assert isinstance(sandbox._handle, ProcessHandle)
        self.sandbox = sandbox
        self.process: subprocess.Popen[bytes] = sandbox._handle._process
        """The worker itself."""

    def run(
        self, code: str, *arguments: str, seconds: float = 60.0, environment: Mapping[str, str] | None = None
    ) -> Outcome:
        """Run code as the env.py of `alembic current`, or of another command."""
        step = Step("alembic", arguments or ("current",), {"CODE": code, **(environment or {})}, seconds)
        return self.sandbox.run(step)


@contextmanager
def place(
    root: Path,
    layout: Layout = PLAIN,
    limits: StepLimits = LIMITS,
) -> Iterator[Place]:
    """A worker around a project that is there already."""
    with UnconfinedBackend().sandbox(root, None) as sandbox:
        sandbox.set_up(layout, limits)
        yield Place(sandbox)
