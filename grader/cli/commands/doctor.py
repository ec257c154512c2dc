"""`grader doctor`: tries every way to grade on this machine, and says what to do about what does not work."""

from __future__ import annotations

import argparse
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader import __version__
from grader.errors import GraderError, HarnessFault, UnavailableError
from grader.runs import assignments
from grader.runtime.pairs.kept import keep_trial, kept_trial
from grader.runtime.pairs.trial import try_pair
from grader.runtime.postgres.choose import SERVERS
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.choose import NO_SOCKET, SANDBOXES, names_for_auto
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.system import limits_here
from grader.runtime.workspace import workspace
from grader.text.console import is_read_by_a_program, plain_console

ROOM_BYTES = 1024**3
"""More than a few submissions at once need for their servers' data."""

_WITHOUT_LIMIT = 10_000
"""More characters than a line has."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument(
        "--assignment", type=Path, metavar="FILE", help="also check what this assignment.toml needs"
    )
    command.add_argument(
        "--quick", action="store_true", help="try nothing; say what came of the last trials on this machine"
    )


@dataclass(frozen=True)
class Line:
    """One line of the output."""

    status: str
    what: str
    detail: str = ""


@dataclass(frozen=True)
class TriedPair:
    """What is known of a pair of PostgreSQL and isolation."""

    postgres: str
    isolation: str
    status: str
    detail: str
    works: bool | None
    """None: it was not tried."""
    confined: bool


def run(arguments: argparse.Namespace) -> int:
    """Print what was found, what was tried, and what came of it.

    Returns:
        The exit code: 0 when submissions can be graded.

    Raises:
        UnavailableError: no pair of PostgreSQL and isolation works here.
    """
    with ExitStack() as stack:
        servers = {name: stack.enter_context(closing(make())) for name, make in SERVERS.items()}
        sandboxes = {name: make(NO_EXTRAS) for name, make in SANDBOXES.items()}
        lines = [*_machine()]
        there = {name: server.problem() for name, server in servers.items()}
        lines += [_server_line(server, there[name]) for name, server in servers.items()]
        usable = {name: box.problem() for name, box in sandboxes.items()}
        lines += [_sandbox_line(box, usable[name]) for name, box in sandboxes.items()]
        look = _kept if arguments.quick else _tried
        pairs = [
            look(server, box)
            for server_name, server in servers.items()
            for name, box in sandboxes.items()
            if there[server_name] is None and usable[name] is None
        ]
    lines += _pair_lines(pairs)
    if arguments.assignment is not None:
        lines += checked_needs(arguments.assignment)
    _print(lines)
    if not any(pair.works is not False for pair in pairs):
        raise UnavailableError(
            "no PostgreSQL and isolation work together here", next_step="Mend one of the lines above."
        )
    return 0


def _print(lines: Sequence[Line]) -> None:
    table = Table(title=f"grader {__version__}", title_justify="left", box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for item in lines:
        table.add_row(item.status, item.what, item.detail)
    console = Console()
    if is_read_by_a_program(console):
        console = Console(width=_WITHOUT_LIMIT)
    console.print(table, markup=False, highlight=False)


def _machine() -> Iterator[Line]:
    yield Line("found", "Python", platform.python_version())
    system = f"{platform.system()} {platform.release()} ({platform.machine()})"
    limits = limits_here()
    yield Line("limited" if limits else "found", "System", f"{system}: {limits}" if limits else system)
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free > ROOM_BYTES:
        yield Line("found", f"Space in {place}", f"{free // 1024**3} GB free")
    else:
        told = f"only {free // 1024**2} MB are free: make room or set TMPDIR"
        yield Line("too little", f"Space in {place}", told)


def _server_line(server: PostgresBackend, problem: str | None) -> Line:
    what = f"PostgreSQL {server.name}"
    if problem is not None:
        return Line("missing", what, problem)
    return Line("found", what, f"{server.good_for}; PostgreSQL {server.release}")


def _sandbox_line(box: SandboxBackend, problem: str | None) -> Line:
    what = f"Isolation {box.name}"
    if problem is not None:
        return Line("missing", what, problem)
    return Line("found", what, f"{box.good_for}; students' code gets Python {box.python}")


def _tried(server: PostgresBackend, box: SandboxBackend) -> TriedPair:
    """Try a pair now, and keep what comes of it."""
    if box.confined and not server.sockets:
        return TriedPair(server.name, box.name, "does not work", NO_SOCKET, works=False, confined=True)
    plain_console(stderr=True).print(f"Trying PostgreSQL {server.name} with isolation {box.name} ...")
    began = time.monotonic()
    try:
        with workspace() as folder:
            try_pair(server, box, folder)
    except HarnessFault as fault:
        keep_trial(server, box, fault.message)
        told = " ".join(filter(None, [fault.message, fault.next_step]))
        return TriedPair(server.name, box.name, "does not work", told, works=False, confined=box.confined)
    keep_trial(server, box, None)
    told = f"a small submission was run in {time.monotonic() - began:.1f} s"
    return TriedPair(server.name, box.name, "works", told, works=True, confined=box.confined)


def _kept(server: PostgresBackend, box: SandboxBackend) -> TriedPair:
    """What the last trial of a pair has shown."""
    kept = kept_trial(server, box)
    if kept is None:
        told = "nothing is known of it as it is now"
        return TriedPair(server.name, box.name, "not tried", told, works=None, confined=box.confined)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.when))
    if kept.passed:
        return TriedPair(server.name, box.name, "worked", f"on {when}", works=True, confined=box.confined)
    told = f"on {when}: {kept.problem}"
    return TriedPair(server.name, box.name, "did not work", told, works=False, confined=box.confined)


def _pair_lines(pairs: Sequence[TriedPair]) -> Iterator[Line]:
    chosen = next(
        (
            pair
            for pair in pairs
            if pair.works and pair.confined and pair.isolation in names_for_auto(pair.postgres)
        ),
        None,
    )
    for pair in pairs:
        detail = f"{pair.detail}; auto takes this for a class" if pair is chosen else pair.detail
        yield Line(pair.status, f"{pair.postgres} with {pair.isolation}", detail)


def checked_needs(path: Path) -> Iterator[Line]:
    """Check what an assignment needs besides: packages for each isolation that is there, and extensions.

    Raises:
        ConfigurationError: the assignment has an error.
    """
    project = assignments.load(path).project
    extras = ExtraPackages(project.requirements, path)
    for name, make in SANDBOXES.items() if extras else ():
        backend = make(extras)
        if backend.problem() is None:
            missing = backend.unprepared()
            told = f"not prepared: run `{extras.command}`" if missing else ", ".join(extras.requirements)
            yield Line("missing" if missing else "found", f"Packages for {name}", told)
    for name, start in SERVERS.items() if project.extensions else ():
        server = start()
        if server.problem() is None:
            with closing(server):
                yield _extensions_line(name, server, project.extensions)


def _extensions_line(name: str, server: PostgresBackend, extensions: tuple[str, ...]) -> Line:
    what = f"Extensions: {name}"
    try:
        with_extensions(server, extensions)
    except GraderError as error:
        return Line("missing", what, f"{error.message} {error.next_step}")
    return Line("found", what, ", ".join(extensions))
