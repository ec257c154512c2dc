"""The `grader` command as a process of its own, and submissions for it to grade."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grader
from grader.observations.model import decode
from grader.report.formats.json import read_grade_json
from grader.runs.graded import Graded
from tests.waiting import SECONDS, children, is_there, wait_until

CHECKOUT = Path(grader.__file__).parents[1]
REFERENCE = CHECKOUT / "reference_solution"
TEMPLATE = CHECKOUT / "student_template"
EMBEDDED = ("--isolation", "none", "--postgres", "embedded")
PROGRAM = (sys.executable, "-m", "grader")
STOP_SECONDS = 240.0
"""After which a command counts as stuck, on a machine that is busy with other things."""


class Place:
    """A folder to run commands in, with a folder for temporary files of its own."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.out = top / "out"
        self.temporary = top / "tmp"
        self.temporary.mkdir()

    def environment(self, **more: str) -> dict[str, str]:
        """What a command finds in its environment."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV"))}
        own = {
            "PYTHONPATH": str(CHECKOUT),
            "TMPDIR": str(self.temporary),
            "XDG_STATE_HOME": str(self.top / "state"),
        }
        return {**plain, **own, **more}

    def run(
        self,
        *arguments: str | Path,
        environment: Mapping[str, str] | None = None,
        program: tuple[str, ...] = PROGRAM,
        seconds: float = STOP_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, which has to come within so many seconds."""
        return subprocess.run(
            [*program, *map(str, arguments)],
            cwd=self.top,
            env=self.environment(**(environment or {})),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )

    def grade(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """`grader grade` with the embedded server, unconfined, into `out`."""
        return self.run("grade", "--out", self.out, *EMBEDDED, *arguments)

    @contextmanager
    def start(self, *arguments: str | Path, out: Path | None = None) -> Iterator[Running]:
        """Start `grader grade` as `grade` does; it is killed at the end of the block."""
        with subprocess.Popen(
            [*PROGRAM, "grade", "--out", out or self.out, *EMBEDDED, *map(str, arguments)],
            cwd=self.top,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_hear_hangups,  # noqa: PLW1509 - it does nothing that another thread could disturb
        ) as process:
            try:
                yield Running(process)
            finally:
                process.kill()

    def report(self, submission: str) -> dict[str, Any]:
        """A submission's `grade.json`."""
        loaded: dict[str, Any] = json.loads((self.out / submission / "grade.json").read_bytes())
        return loaded

    def is_clean(self) -> bool:
        """No temporary file is left."""
        return not any(self.temporary.iterdir())


def _hear_hangups() -> None:
    """Whatever has started the tests may ignore them."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A command that runs, and all that it has started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.processes: set[int] = set()
        self.folders: set[Path] = set()

    def look(self) -> set[str]:
        """Take down all processes below the command, and the servers' folders; the programs' names."""
        waiting = [self.process.pid]
        programs: set[str] = set()
        while waiting:
            for process in children(waiting.pop()):
                waiting.append(process)
                self.processes.add(process)
                with contextlib.suppress(OSError):  # it ended meanwhile
                    programs |= self._look_at(process)
        return programs

    def _look_at(self, process: int) -> set[str]:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
        if words[0].endswith("/postgres"):
            self.folders.add(Path(f"/proc/{process}/cwd").readlink().parent)
        return {Path(word).name for word in words if word.endswith((".py", "/postgres"))}

    def wait(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what was written to standard error."""
        _, errors = self.process.communicate(timeout=STOP_SECONDS)
        return self.process.returncode, errors.decode()

    def wait_until_gone(self) -> None:
        """Wait until nothing is left of what was taken down."""
        wait_until(
            lambda: (
                not any(map(is_there, self.processes)) and not any(folder.exists() for folder in self.folders)
            ),
            f"processes {self.processes} and folders {self.folders} are gone",
            seconds=SECONDS,
        )


def as_written(folder: Path) -> Graded:
    """A result as it is on disk."""
    seen = folder / "observations.json"
    return Graded(
        read_grade_json(folder / "grade.json"), decode(seen.read_bytes()) if seen.exists() else None
    )


def reference(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """A copy of the reference solution; a change is a file's pattern, a text in it, and what replaces it."""
    shutil.copytree(REFERENCE, folder)
    for pattern, old, new in changes:
        (path,) = folder.glob(pattern)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def waiting(folder: Path, marker: Path, go: Path) -> Path:
    """A copy whose env.py writes where its server is into `marker`, and does nothing until there is `go`."""
    first = (
        "import os, pathlib, time\n"
        f"marker, go = pathlib.Path({str(marker)!r}), pathlib.Path({str(go)!r})\n"
        "part = marker.with_suffix(f'.{os.getpid()}')\n"
        "part.write_text(os.environ['PGHOST'])\n"
        "part.rename(marker)\n"
        "while not go.exists():\n"
        "    time.sleep(0.02)\n"
    )
    path = reference(folder) / "alembic" / "env.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(first + text.replace("from __future__ import annotations\n", ""), encoding="utf-8")
    return folder
