"""The `grader` command: turns arguments into a run, and a `GraderError` into a message and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType

from rich.console import Console

from grader import __version__, assignment_file
from grader.assignment import Assignment
from grader.batch import Source, check_writable, grade_all, sources_in, sources_named, write_batch_files
from grader.commands import export, regrade
from grader.console import fit, plain_console
from grader.errors import GraderError, UsageError
from grader.github_actions import commands_stopped, places_of, publish
from grader.grading import Graded, Tools
from grader.postgres.choose import choose_backend
from grader.progress import progress_for
from grader.render.terminal import print_batch, print_report, print_timings
from grader.report import GradeReport
from grader.report_files import DEFAULT_FORMATS, FORMATS, Batch
from grader.roster import Roster, read_roster
from grader.sandbox.choose import CHOICES, choose_sandbox
from grader.untrusted_text import single_line
from grader.workspace import workspace

EXIT_BELOW = 1
EXIT_FAULT = 5
EXIT_INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the console script; always ends in `SystemExit`."""
    for stream in (sys.stdout, sys.stderr):
        # Where only ASCII can be shown, names must be shown all the same.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    errors = plain_console(stderr=True)
    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        code: int = arguments.run(arguments)
    except GraderError as error:
        errors.print(fit(f"grader: {error.message}"), style="bold")
        if error.next_step:
            errors.print(fit(error.next_step))
        code = error.exit_code
    except KeyboardInterrupt:
        errors.print("grader: interrupted; what was finished is in the output folder")
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a bug; who meets it can only pass it on
        errors.print(fit("".join(traceback.format_exception(error))))
        errors.print("grader: this is a fault of the grader itself. Please pass the lines above on to who")
        errors.print("maintains it. Reports that are in the output folder already are whole.")
        code = EXIT_FAULT
    sys.exit(code)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Take any request to end as an interrupt, but once: nothing must interrupt the clearing up after it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="grader", description="Grades database-migration exercises.")
    top.add_argument("--version", action="version", version=f"grader {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("grade", help="grade submissions and write their reports")
    command.set_defaults(run=run_grade)
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a submission: folder or archive"
    )
    command.add_argument("--all", action="store_true", help="every child of PATH is a submission")
    command.add_argument("--assignment", type=Path, metavar="FILE", help="the assignment.toml to grade by")
    command.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="default: reports")
    command.add_argument(
        "--jobs",
        type=positive,
        default=default_jobs(),
        metavar="N",
        help="submissions at once; default: %(default)s",
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
        "--format",
        default=",".join(DEFAULT_FORMATS),
        metavar="LIST",
        help=f"report files, of {', '.join(FORMATS)}; default: %(default)s",
    )
    command.add_argument(
        "--roster", type=Path, metavar="CSV", help="whose submission is whose, for grades.csv"
    )
    command.add_argument(
        "--fail-under", type=percentage, metavar="PERCENT", help="exit with 1 when a score is below this"
    )
    command.add_argument("--verbose", action="store_true", help="show where the time went")

    regrade.add_to(commands.add_parser("regrade", help="judge saved submissions by the rubric as it is now"))
    export.add_to(commands.add_parser("export", help="make files for a gradebook from saved reports"))

    command = commands.add_parser("doctor", help="what works on this machine, and what to do about the rest")
    command.set_defaults(run=run_doctor)

    command = commands.add_parser("image", help="the container images")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build the images of PostgreSQL and of the sandbox")
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
            f"there is no report format called {', '.join(unknown)}"
            if unknown
            else "--format names no format",
            next_step=f"Use any of: {', '.join(FORMATS)}.",
        )
    return wanted


def run_grade(arguments: argparse.Namespace) -> int:
    """`grader grade`."""
    formats = formats_in(arguments.format)
    assignment = assignment_file.load(arguments.assignment or assignment_file.default_path())
    sources = find_sources(arguments.paths, out=arguments.out, every_child=arguments.all)
    roster = read_roster(arguments.roster) if arguments.roster else Roster(Path())
    if arguments.all:  # else the rest of the class is not meant
        roster.check([source.id for source in sources], str(arguments.paths[0]))
    on_github = "github" in formats
    with commands_stopped(really=on_github):
        results = grade_sources(sources, assignment, arguments, formats)
        batch = Batch(
            entries=[(item.report, item.details) for item in results],
            handed_out=assignment.handed_out,
            people=roster.people,
            absent=roster.absent if arguments.all else (),
        )
        write_batch_files(batch, arguments.out, formats)
        show(results, verbose=arguments.verbose)
        plain_console().print(f"Reports: {fit(str(arguments.out))}")
    if on_github:
        pairs = zip(sources, results, strict=True)
        publish(batch.reports, {one.id: places_of(one.path, done.observations) for one, done in pairs})
    return exit_code(batch.reports, arguments.fail_under)


def grade_sources(
    sources: Sequence[Source], assignment: Assignment, arguments: argparse.Namespace, formats: Sequence[str]
) -> list[Graded]:
    """Choose what to grade with, and grade; each submission's files are written when it is done."""
    errors = plain_console(stderr=True)
    batch = arguments.all or len(sources) > 1
    check_writable(arguments.out)
    tell: Callable[[str], None] = lambda line: errors.print(fit(line))  # noqa: E731
    with closing(choose_backend(arguments.postgres, progress=tell)) as postgres:
        sandbox = choose_sandbox(arguments.isolation, postgres, batch=batch, progress=tell)
        errors.print(f"PostgreSQL: {postgres.name}. Isolation: {sandbox.name}.")
        with workspace() as folder, progress_for(errors, len(sources)) as progress:
            return grade_all(
                sources,
                Tools(assignment, postgres, sandbox, folder),
                out=arguments.out,
                jobs=arguments.jobs,
                formats=formats,
                progress=progress,
            )


def find_sources(paths: Sequence[Path], *, out: Path, every_child: bool) -> list[Source]:
    """The submissions that the command line names."""
    if not every_child:
        return sources_named(paths)
    if len(paths) != 1:
        raise UsageError("--all takes one folder", next_step="Name the folder that holds the submissions.")
    return sources_in(paths[0], out=out)


def show(results: Sequence[Graded], *, verbose: bool) -> None:
    """Print one report whole, or many as a table."""
    console = Console()
    if len(results) == 1:
        print_report(results[0].report, console)
    else:
        print_batch([item.report for item in results], console)
    if verbose:
        for item in results:
            console.print()
            plain_console().print(f"Time for {fit(single_line(item.report.submission.id))}")
            print_timings(item.timings.phases, item.timings.work, console)


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
    from grader.doctor import examine  # noqa: PLC0415 - loads the engine's clients

    return examine(Console())


def run_image_build(_: argparse.Namespace) -> int:
    """`grader image build`."""
    from grader.postgres.images import postgres_image  # noqa: PLC0415 - loads the engine's clients
    from grader.sandbox.images import sandbox_image  # noqa: PLC0415

    console = plain_console()
    for image in (postgres_image(), sandbox_image()):
        name = image.build(console.print)
        console.print(f"Built {name}.")
    return 0
