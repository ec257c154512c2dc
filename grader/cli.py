"""The `grader` command: turns arguments into a run, and a `GraderError` into a message and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from grader import __version__, assignment_file
from grader.batch import Source, grade_all, sources_in, sources_named
from grader.doctor import examine
from grader.errors import GraderError, UsageError
from grader.grading import Graded, Tools
from grader.postgres.choose import choose_backend
from grader.postgres.images import build_image
from grader.progress import progress_for
from grader.render.files import write_atomically
from grader.render.summary import summary_json
from grader.render.terminal import print_batch, print_report, print_timings
from grader.report import GradeReport
from grader.sandbox.choose import CHOICES, choose_sandbox
from grader.workspace import workspace

FORMATS = ("json", "md")
EXIT_BELOW = 1
EXIT_FAULT = 5
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends in `SystemExit`."""
    arguments = parser().parse_args(argv)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        code: int = arguments.run(arguments)
    except GraderError as error:
        errors.print(f"grader: {error.message}", style="bold", markup=False)
        if error.next_step:
            errors.print(error.next_step, markup=False)
        code = error.exit_code
    except KeyboardInterrupt:
        errors.print("grader: interrupted; what was finished is in the output folder", markup=False)
        code = EXIT_INTERRUPTED
    sys.exit(code)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Take a request to terminate as an interrupt, so that everything is cleaned up."""
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="grader", description="Grades database-migration exercises.")
    top.add_argument("--version", action="version", version=f"grader {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("grade", help="grade submissions and write their reports")
    command.set_defaults(run=run_grade)
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a submission: folder or archive")
    command.add_argument("--all", action="store_true", help="every child of PATH is a submission")
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to grade by")
    command.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")
    command.add_argument(
        "--jobs", type=positive, default=default_jobs(), metavar="N", help="submissions at once; default: %(default)s"
    )
    command.add_argument(
        "--postgres",
        default="auto",
        metavar="WHICH",
        help="auto, container, embedded, or the URL of a server for tests; default: auto",
    )
    command.add_argument(
        "--isolation", default="auto", choices=CHOICES, help="how students' code is confined; default: auto"
    )
    command.add_argument(
        "--format", default=",".join(FORMATS), metavar="LIST", help="report files; default: %(default)s"
    )
    command.add_argument(
        "--fail-under", type=percentage, metavar="PERCENT", help="exit with 1 when a score is below this"
    )
    command.add_argument("--verbose", action="store_true", help="show where the time went")

    command = commands.add_parser("doctor", help="what works on this machine, and what to do about the rest")
    command.set_defaults(run=run_doctor)

    command = commands.add_parser("image", help="the container images")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build the PostgreSQL image from the Dockerfile in the package")
    build.set_defaults(run=run_image_build)
    return top


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def percentage(text: str) -> float:
    """A number from 0 to 100."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 100")
    return value


def default_jobs() -> int:
    """One submission a core: a trial keeps a server and a worker busy."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def formats_in(text: str) -> list[str]:
    """The formats of `--format`."""
    wanted = [item.strip() for item in text.split(",") if item.strip()]
    unknown = [item for item in wanted if item not in FORMATS]
    if unknown or not wanted:
        raise UsageError(
            f"there is no format called {', '.join(unknown) or 'nothing'}",
            next_step=f"Use any of: {', '.join(FORMATS)}.",
        )
    return wanted


def run_grade(arguments: argparse.Namespace) -> int:
    """`grader grade`."""
    console = Console()
    errors = Console(stderr=True)
    formats = formats_in(arguments.format)
    assignment = assignment_file.load(arguments.assignment or assignment_file.default_path())
    sources = find_sources(arguments.paths, every_child=arguments.all)
    batch = arguments.all or len(sources) > 1
    sandbox = choose_sandbox(arguments.isolation, batch=batch)
    postgres = choose_backend(arguments.postgres, progress=lambda line: errors.print(line, markup=False))
    errors.print(f"PostgreSQL: {postgres.name}. Isolation: {sandbox.name}.", highlight=False, markup=False)
    with workspace() as folder, progress_for(errors, len(sources)) as progress:
        results = grade_all(
            sources,
            Tools(assignment, postgres, sandbox, folder),
            out=arguments.out,
            jobs=arguments.jobs,
            formats=formats,
            progress=progress,
            stop=threading.Event(),
        )
    reports = [item.report for item in results]
    write_atomically(arguments.out / "summary.json", summary_json(reports))
    show(results, console, verbose=arguments.verbose)
    console.print(f"Reports: {arguments.out}", highlight=False, markup=False, soft_wrap=True)
    return exit_code(reports, arguments.fail_under)


def find_sources(paths: Sequence[Path], *, every_child: bool) -> list[Source]:
    """The submissions that the command line names."""
    if not every_child:
        return sources_named(paths)
    if len(paths) != 1:
        raise UsageError("--all takes one folder", next_step="Name the folder that holds the submissions.")
    return sources_in(paths[0])


def show(results: Sequence[Graded], console: Console, *, verbose: bool) -> None:
    """Print one report whole, or many as a table."""
    if len(results) == 1:
        print_report(results[0].report, console)
    else:
        print_batch([item.report for item in results], console)
    if verbose:
        for item in results:
            if len(results) > 1:
                console.print(item.report.submission.id, highlight=False, markup=False)
            print_timings(item.timings, console)


def exit_code(reports: Sequence[GradeReport], fail_under: float | None) -> int:
    """5 when a submission needs a new run, 1 when a score is too low, else 0."""
    if any(report.status == "error" for report in reports):
        return EXIT_FAULT
    if fail_under is not None and any(
        report.score is not None and report.score < report.max_score * fail_under / 100 for report in reports
    ):
        return EXIT_BELOW
    return 0


def run_doctor(_: argparse.Namespace) -> int:
    """`grader doctor`."""
    return examine(Console())


def run_image_build(_: argparse.Namespace) -> int:
    """`grader image build`."""
    console = Console()
    name = build_image(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
    console.print(f"Built {name}.", markup=False, highlight=False, soft_wrap=True)
    return 0
