"""Runs `grader grade` over a small class and kills something of it: the harness, a server, a worker.

Whatever a run leaves can be told from what others leave: files, because it works in a folder of its own;
processes, because the test adopts them; containers, because the harness's name is on them.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grader.runtime.engine.client import engine
from tests.catalogue import case_named
from tests.integration.command import CHECKOUT, REFERENCE
from tests.waiting import children, is_zombie, wait_until

CLASS = {"ada": "right_reference", "grace": "wrong_exit_in_env"}
"""One whose trial is a whole one, and a short one beside it."""
Target = Literal["harness", "server", "worker"]
TARGETS: tuple[Target, ...] = ("harness", "server", "worker")
PROGRAM = """
import sys
from pathlib import Path
from grader.runtime.postgres import folders
folders._MEMORY_FOLDER = Path("/nowhere")  # so that data folders, too, are where the test looks
from grader.cli.main import main
main()
"""
_PR_SET_CHILD_SUBREAPER = 36
_STOP_SECONDS = 900.0
"""After which a command counts as stuck."""
_OWNER_LABEL = "migration-grader.owner"
_LOOK_SECONDS = 0.02
_SHARE_OF_PARTS = 0.4
"""How often only one process of a server is killed: a session's, or one of its own."""


@dataclass(frozen=True)
class Mode:
    """Where servers and workers run."""

    postgres: str
    isolation: str

    @property
    def options(self) -> tuple[str, ...]:
        """Of the command line."""
        return ("--postgres", self.postgres, "--isolation", self.isolation)


FAST = Mode("embedded", "none")
BUBBLEWRAP = Mode("embedded", "bubblewrap")
CONTAINERS = Mode("container", "container")


@dataclass
class Fault:
    """What is done to one run, and what came of it."""

    seed: int
    mode: Mode
    target: Target
    moment: float
    """As a share of the time that a whole run takes."""
    cold: bool
    """Whether nothing of an earlier run is there to make it faster."""
    hit: str = "nothing"
    seconds: float = 0.0
    """How long the run took."""
    code: int | None = None
    verdicts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, mode: Mode) -> Fault:
        """Choose by chance, and by the seed alone."""
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be guessed
        return cls(
            seed, mode, chance.choice(TARGETS), round(chance.uniform(0.0, 0.95), 3), chance.random() < 0.2
        )


@contextmanager
def adopting() -> Iterator[None]:
    """While inside, what loses its parent becomes a child of this process, if it comes from this process."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


class Ground:
    """A folder to run commands in; nothing but the commands of one test writes there."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.out = top / "out"
        self.temporary = top / "tmp"
        self.cache = top / "cache"
        self.assignment = top / "assignment.toml"
        self.temporary.mkdir()
        for name in ("assignment.toml", "reference_schema.sql"):
            shutil.copy(REFERENCE / name, top)
        # However busy the machine is: a step that takes too long would change a verdict by itself.
        text, changes = re.subn(
            r"(?m)^(# *)?step_seconds = .*", "step_seconds = 3600", self.assignment.read_text()
        )
        assert changes == 1
        self.assignment.write_text(text)
        for name, submission in CLASS.items():
            case_named(submission).write(top / "class" / name)

    @contextmanager
    def started(self, mode: Mode, *, fresh: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """Start grading the class."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV"))}
        own = {
            "PYTHONPATH": str(CHECKOUT),
            "TMPDIR": str(self.temporary),
            "XDG_STATE_HOME": str(self.top / "state"),
            "GRADER_CACHE_DIR": str(self.cache),
        }
        command = (
            *(sys.executable, "-c", PROGRAM, "grade", "--all", str(self.top / "class")),
            *("--out", str(self.out), "--jobs", "2", "--format", "json", *mode.options),
            *("--assignment", str(self.assignment)),
            *(("--fresh",) if fresh else ()),
        )
        with (
            (self.top / "errors").open("wb") as errors,
            subprocess.Popen(
                command,
                cwd=self.top,
                env=plain | own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def grade(self, mode: Mode, *, fresh: bool = False) -> int:
        """Grade the class to the end; the exit code."""
        with self.started(mode, fresh=fresh) as process:
            return process.wait(_STOP_SECONDS)

    @property
    def errors(self) -> str:
        """What the latest command wrote to its standard error."""
        return (self.top / "errors").read_text(errors="replace")

    def reports(self) -> dict[str, dict[str, Any]]:
        """The reports that are there, whole."""
        return {path.parent.name: json.loads(path.read_bytes()) for path in self.out.glob("*/grade.json")}

    def left(self) -> list[str]:
        """What ended runs have left among temporary files, in the cache, beside the reports."""
        return [
            str(path.relative_to(self.top))
            for path in (
                *self.temporary.iterdir(),
                *self.cache.glob("*/.*"),
                *self.out.rglob(".*.tmp"),
                *self.out.rglob(".*.probe"),
            )
        ]


@contextmanager
def ground() -> Iterator[Ground]:
    """A folder that servers' users can get to; their programs need a short path, too."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        top = Path(folder)
        top.chmod(0o755)
        made = Ground(top)
        made.temporary.chmod(0o755)
        yield made


def verdict(report: dict[str, Any]) -> dict[str, Any]:
    """What a report comes to, the same in all modes."""
    return {
        "status": report["status"],
        "score": report["score"],
        "bonus": report["bonus"],
        "flags": [flag["id"] for flag in report["flags"]],
        "criteria": {
            item["id"]: (
                item["status"],
                item["points"],
                [(one["id"], one["status"]) for one in item["checks"]],
            )
            for item in report["criteria"]
        },
    }


# --- what there is to kill --------------------------------------------------------------------------------


def below(process: int) -> list[int]:
    """All processes that come from one and still run, by one look at what there is."""
    offspring: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            state, parent, *_ = path.read_text(errors="replace").rpartition(")")[2].split()
            if state != "Z":
                offspring.setdefault(int(parent), []).append(int(path.parent.name))
    found: list[int] = []
    waiting = [process]
    while waiting:
        new = offspring.get(waiting.pop(), [])
        found += new
        waiting += new
    return found


def processes_of(
    harness: int, target: Target, chance: random.Random
) -> tuple[int, signal.Signals, str] | None:
    """A process to kill, and how."""
    if target == "harness":
        return harness, signal.SIGKILL, "the harness"
    found = servers_of(harness) if target == "server" else workers_of(harness)
    if not found:
        return None
    process = chance.choice(found)
    if target == "server" and chance.random() < _SHARE_OF_PARTS and (parts := children(process)):
        return chance.choice(parts), signal.SIGKILL, "a process of a server"
    if target == "server":
        # Killed outright it would leave shared memory behind, which only a server of the same folder removes.
        return process, signal.SIGQUIT, "a server"
    return process, signal.SIGKILL, "a worker"


def servers_of(harness: int) -> list[int]:
    """The first processes of all servers; not the supervisors, which belong to the harness."""
    return [
        process
        for process in below(harness)
        if (words := command_line(process))[0].endswith("/postgres") and "-D" in words
    ]


def workers_of(harness: int) -> list[int]:
    """The workers and what confines them; not the steps that they have forked, which are the submission's."""
    found = [process for process in children(harness) if is_worker(process)]
    walls = [process for process in found if command_line(process)[0].endswith("bwrap")]
    return [*found, *(inner for wall in walls for inner in children(wall) if is_worker(inner))]


def is_worker(process: int) -> bool:
    """Tell by the command line, which names the worker's file somewhere."""
    return any(word.endswith("worker.py") for word in command_line(process))


def command_line(process: int) -> list[str]:
    """The words of a command line; one empty word for a process that has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def containers_of(harness: int) -> list[Any]:
    """The containers that a harness has made."""
    with engine() as client:
        return [
            item
            for item in client.containers.list(all=True, filters={"label": _OWNER_LABEL}, ignore_removed=True)
            if item.labels.get(_OWNER_LABEL, "").rpartition("/")[2].startswith(f"{harness}-")
        ]


def kill_container(harness: int, target: Target, chance: random.Random) -> str | None:
    """Kill one of a harness's containers; what it was."""
    kind = {"server": "postgres", "worker": "sandbox"}[target]
    found = [item for item in containers_of(harness) if kind in str(item.attrs["Config"]["Image"])]
    if not found:
        return None
    with engine() as client:
        client.api.kill(chance.choice(found).id)
    return f"a container of the {target}"


def strike(fault: Fault, process: subprocess.Popen[bytes], whole_seconds: float) -> None:
    """Wait for the moment, then kill the target; if there is none yet, as soon as there is one."""
    chance = random.Random(fault.seed + 1)  # noqa: S311 - to be repeated, not to be guessed
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(fault.moment * whole_seconds)
    while process.poll() is None:
        if fault.mode == CONTAINERS and fault.target != "harness":
            with contextlib.suppress(Exception):  # it was gone before it could be killed
                if hit := kill_container(process.pid, fault.target, chance):
                    fault.hit = hit
                    return
        elif (found := processes_of(process.pid, fault.target, chance)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found[0], found[1])
                fault.hit = found[2]
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)


# --- one run ----------------------------------------------------------------------------------------------


def suffer(where: Ground, fault: Fault, expected: dict[str, Any], whole_seconds: float) -> None:
    """Run with a fault, then run again; fails when a verdict changes, or something is lost or left."""
    shutil.rmtree(where.out, ignore_errors=True)
    if fault.cold:
        shutil.rmtree(where.cache, ignore_errors=True)
    before = set(children(os.getpid()))
    began = time.monotonic()
    with where.started(fault.mode) as process:
        strike(fault, process, whole_seconds)
        fault.code = process.wait(_STOP_SECONDS)
    fault.seconds = time.monotonic() - began
    found = where.reports()
    fault.verdicts = {name: report["status"] for name, report in found.items()}
    if fault.hit == "the harness":
        assert fault.code == -signal.SIGKILL, fault
    else:
        assert fault.code in (0, 5), f"{fault}\n{where.errors}"
        assert sorted(found) == sorted(CLASS), fault
        assert (fault.code == 5) == ("error" in fault.verdicts.values()), fault
    for name, report in found.items():
        if report["status"] == "error":
            assert report["score"] is None, fault
        else:
            assert changes(verdict(report), expected[name]) == [], fault
    wait_until(lambda: all_gone(before), f"no process is left: {fault}")
    if fault.mode == CONTAINERS:
        # What had not been started when the harness was killed is for the next start to remove.
        may_stay = ("created",) if fault.hit == "the harness" else ()
        wait_until(
            lambda: all(item.status in may_stay for item in containers_of(process.pid)),
            f"no container is left: {fault}",
        )
    if fault.hit != "the harness":
        assert where.left() == [], f"{where.left()} is left: {fault}"
    assert where.grade(fault.mode) == 0, f"{fault}\n{where.errors}"
    assert {name: verdict(report) for name, report in where.reports().items()} == expected, fault
    assert where.left() == [], f"{where.left()} is left after the next run: {fault}"
    if fault.mode == CONTAINERS:
        assert containers_of(process.pid) == [], f"after the next run: {fault}"
    wait_until(lambda: all_gone(before), f"no process is left after the next run: {fault}")


def changes(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What differs between two verdicts."""
    flat = [{**item, **item["criteria"], "criteria": None} for item in (found, expected)]
    return [
        f"{name}: {flat[0].get(name)}, not {value}"
        for name, value in flat[1].items()
        if flat[0].get(name) != value
    ]


def all_gone(before: set[int]) -> bool:
    """Reap what has been adopted; whether nothing of it lives."""
    for path in Path("/proc").glob("[0-9]*"):
        process = int(path.name)
        if process not in before and is_zombie(process):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
    return set(children(os.getpid())) <= before


def measured(where: Ground, mode: Mode) -> float:
    """How long a run without a fault takes, in seconds, when there has been one before."""
    assert where.grade(mode) == 0, where.errors
    began = time.monotonic()
    assert where.grade(mode, fresh=True) == 0, where.errors
    return time.monotonic() - began
