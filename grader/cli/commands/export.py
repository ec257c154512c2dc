"""`grader export DIR --to TARGET`: makes files for other systems from saved reports.

`grader export --to gradescope-autograder` packs the grader itself for Gradescope.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.assignment import file as assignment_file
from grader.cli.class_options import add_roster_option
from grader.errors import UsageError
from grader.files.atomic import write_atomically, write_or_remove
from grader.files.reservation import reading_in
from grader.report.gradebooks import GRADEBOOKS
from grader.report.gradebooks.export import export
from grader.report.gradebooks.interface import ExportOptions
from grader.report.roster import read_roster
from grader.report.saved import read_reports
from grader.runs.class_inputs import ROSTER
from grader.text.console import plain_console, terminal_safe

AUTOGRADER = "gradescope-autograder"
"""The target that needs no reports."""
AUTOGRADER_ZIP = Path("autograder.zip")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.set_defaults(run=run)
    command.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help=f"the reports that `grader grade` wrote; none for {AUTOGRADER}",
    )
    command.add_argument(
        "--to", required=True, choices=(*GRADEBOOKS, AUTOGRADER), help="the system that is to take the file"
    )
    add_roster_option(command)
    command.add_argument(
        "--without-bonus", action="store_true", help="the points without those of bonus criteria"
    )
    command.add_argument(
        "--worksheet", type=Path, metavar="FILE", help="Moodle's offline grading worksheet, to be filled in"
    )
    command.add_argument(
        "--column", metavar="NAME", help='Canvas: the assignment\'s column, "Title (id)"; default: its title'
    )
    command.add_argument(
        "--assignment", type=Path, metavar="FILE", help=f"{AUTOGRADER}: the assignment.toml to grade by"
    )
    command.add_argument(
        *("--output", "--out"),
        type=Path,
        metavar="FILE",
        help=f"default: a file in DIR; {AUTOGRADER_ZIP} here for {AUTOGRADER}",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files for the target."""
    return run_autograder(arguments) if arguments.to == AUTOGRADER else run_reports(arguments)


def run_autograder(arguments: argparse.Namespace) -> int:
    """Pack the grader and the assignment into a zip."""
    others = ("folder", "roster", "worksheet", "column", "without_bonus")
    if given := [name for name in others if getattr(arguments, name) not in (None, False)]:
        named = "a folder of reports" if given[0] == "folder" else f"--{given[0].replace('_', '-')}"
        raise UsageError(
            f"--to {AUTOGRADER} does not go with {named}: it packs the grader itself, no reports",
            next_step="Leave it out. For reports that are there already, use --to gradescope.",
        )
    from grader.integrations.gradescope.package import autograder_zip  # noqa: PLC0415 - loads engine's clients

    assignment = arguments.assignment or assignment_file.default_path()
    output = arguments.output or AUTOGRADER_ZIP
    data = autograder_zip(assignment)
    write_atomically(output, data)
    console = plain_console()
    console.print(
        terminal_safe(f"Written: {output} ({len(data) / 1e6:.1f} MB), by the assignment {assignment}")
    )
    console.print("Upload it under Configure Autograder in the settings of the Gradescope assignment.")
    return 0


def run_reports(arguments: argparse.Namespace) -> int:
    """Read and check all reports, write the files, and print the notes, such as submissions left out."""
    folder: Path | None = arguments.folder
    if folder is None:
        raise UsageError(
            f"--to {arguments.to} takes a folder of reports",
            next_step="Name the folder that `grader grade --out` wrote its reports to.",
        )
    if arguments.assignment is not None:
        raise UsageError(
            f"--assignment goes with --to {AUTOGRADER} only: reports have their verdicts already",
            next_step="Leave it out, or run `grader regrade --assignment` first.",
        )
    kept = folder / ROSTER
    roster_path = arguments.roster or (kept if kept.is_file() else None)
    if arguments.without_bonus and arguments.to == "csv":
        raise UsageError(
            "--without-bonus does not go with --to csv: score and bonus have columns of their own there",
            next_step="Leave it out.",
        )
    options = ExportOptions(
        roster=None if roster_path is None else read_roster(roster_path),
        checked=arguments.roster is not None,
        bonus=not arguments.without_bonus,
        worksheet=arguments.worksheet,
        column=arguments.column,
        output=arguments.output,
    )
    with reading_in(folder):
        saved = read_reports(folder)
        result = export(folder, saved, arguments.to, options)
        for path, data in result.files.items():
            write_or_remove(path, data)
    console = plain_console()
    written = [path for path, data in result.files.items() if data is not None]
    shown = str(written[0]) if len(written) == 1 else f"{len(written)} files in {folder}"
    console.print(terminal_safe(f"Written: {shown}"))
    if arguments.to != "csv" and any(item.report.max_bonus for item in saved):
        console.print(f"All points are {'with' if options.bonus else 'without'} the bonus.")
    if options.roster is not None and options.roster.remark:
        console.print(terminal_safe(options.roster.remark))
    if result.notes:
        console.print(f"To look at ({len(result.notes)}):")
    for note in result.notes:
        console.print(terminal_safe(f"    {note}"))
    return 0
